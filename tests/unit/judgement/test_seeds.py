"""Several seeds: the metric of the code, each end of its interval widened by the spread, and the words that follow."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.seeds import Seeds, about_code
from trainstop.judgement.verdicts import Rules
from trainstop.records.judging import Comparison, Estimate, MetricResult

METRICS = BY_TASK["binary"]
VALUES = (0.80, 0.78, 0.82, 0.81)
T = 3.182446  # of 3 degrees of freedom at 0.975


def result(
    *,
    value: float = 0.80,
    interval: tuple[float, float] | None = (0.77, 0.82),
    champion: float | None = 0.79,
    difference: tuple[float, float] | None = (-0.005, 0.02),
    tolerance: float | None = 0.05,
) -> MetricResult:
    """One file's AUC, with an interval that is skewed, beside a champion's."""
    comparison = None
    if champion is not None:
        comparison = Comparison(
            difference=value - champion,
            interval=difference,
            tolerance=tolerance,
            word="no worse",
            smallest_visible=0.018,
        )
    return MetricResult(
        name="auc",
        greater_is_better=True,
        candidate=Estimate(value=value, interval=interval),
        champion=None if champion is None else Estimate(value=champion, interval=(0.76, 0.81)),
        comparison=comparison,
        method="bootstrap-t",
    )


def judged(seeds: Seeds, given: MetricResult | None = None, **rules: float) -> MetricResult:
    (found,) = about_code([given or result()], seeds, METRICS, Rules(**rules), 1000)
    return found


def compared(found: MetricResult) -> Comparison:
    assert found.comparison is not None
    return found.comparison


def spread(values: tuple[float, ...]) -> float:
    return float(np.std(values, ddof=1))


def test_the_metric_of_the_code_is_the_mean_and_each_end_is_widened_apart() -> None:
    found = judged(Seeds({"auc": VALUES}), result(champion=None))
    mean, reach = 0.8025, T * spread(VALUES) / 2
    assert found.candidate.value == pytest.approx(mean)
    assert found.candidate.interval == pytest.approx((mean - math.hypot(0.03, reach), mean + math.hypot(0.02, reach)))
    assert found.seeds is not None
    assert found.seeds.candidate == VALUES
    assert "mean of 4 seeds' models" in found.method
    assert "3 degrees of freedom, 3.18 standard errors" in found.method
    assert found.method.startswith("bootstrap-t; ")


def test_an_end_never_leaves_what_the_metric_can_be() -> None:
    values = (0.99, 0.60, 1.0)
    found = judged(Seeds({"auc": values}), result(value=0.99, interval=(0.98, 1.0), champion=None))
    assert found.candidate.interval is not None
    assert found.candidate.interval[1] == 1.0
    assert found.candidate.interval[0] >= 0.0


def test_a_champion_with_seeds_on_the_same_rows_adds_their_spread_and_is_its_mean() -> None:
    theirs = (0.79, 0.77, 0.80)
    found = judged(Seeds({"auc": VALUES}, {"auc": theirs}, same_rows=True))
    t_theirs = float(stats.t.ppf(0.975, 2))
    ours, others = T * spread(VALUES) / 2, t_theirs * spread(theirs) / math.sqrt(3)
    apart = 0.8025 - float(np.mean(theirs))
    assert compared(found).difference == pytest.approx(apart)
    # The file's difference is 0.01, from -0.005 to 0.02.
    wanted = (apart - math.hypot(0.015, ours, others), apart + math.hypot(0.01, ours, others))
    assert compared(found).interval == pytest.approx(wanted)
    assert found.champion is not None
    assert found.champion.value == pytest.approx(float(np.mean(theirs)))
    assert found.seeds is not None
    assert found.seeds.champion == theirs
    assert "the champion's 3 seeds add their own" in found.method


@pytest.mark.parametrize(
    ("seeds", "error", "words"),
    [
        (Seeds({"auc": VALUES}), (T * spread(VALUES) * math.sqrt(1 / 4 + 1),), "draw from the same spread"),
        (
            Seeds({"auc": VALUES}, {"auc": (0.79, 0.74, 0.84)}),
            (T * spread(VALUES) / 2, float(stats.t.ppf(0.975, 2)) * spread((0.79, 0.74, 0.84))),
            "answered other rows",
        ),
        (
            Seeds({"auc": VALUES}, {"auc": (0.71, 0.74, 0.84)}, same_rows=True),
            (T * spread(VALUES) / 2, float(stats.t.ppf(0.975, 2)) * spread((0.71, 0.74, 0.84))),
            "answered other rows",
        ),
    ],
    ids=["without seeds", "on other rows", "whose first seed is another value"],
)
def test_a_champion_of_which_one_model_is_known_counts_as_one_draw(
    seeds: Seeds, error: tuple[float, ...], words: str
) -> None:
    found = judged(seeds)
    apart = 0.8025 - 0.79
    wanted = (apart - math.hypot(0.015, *error), apart + math.hypot(0.01, *error))
    assert compared(found).interval == pytest.approx(wanted)
    assert found.champion == result().champion
    assert words in found.method


def test_the_same_code_beside_itself_is_not_made_unsure_by_its_seeds() -> None:
    same = result(champion=0.80, difference=(0.0, 0.0))
    found = judged(Seeds({"auc": VALUES}, {"auc": VALUES}, same_rows=True), same)
    assert compared(found).interval == (0.0, 0.0)
    assert compared(found).word == "no worse"


def test_a_loss_is_signed_so_that_more_is_better() -> None:
    loss = result().model_copy(update={"name": "log_loss", "greater_is_better": False})
    found = judged(Seeds({"log_loss": VALUES}), loss)
    assert compared(found).difference == pytest.approx(-(0.8025 - 0.79))


def test_a_lucky_file_of_an_unsteady_code_is_not_better() -> None:
    lucky = result(value=0.84, champion=0.80, difference=(0.01, 0.07))
    assert compared(judged(Seeds({"auc": (0.84, 0.72, 0.79)}), lucky)).word == "cannot tell"


def test_two_seeds_are_allowed_wide_and_said_to_be() -> None:
    found = judged(Seeds({"auc": (0.80, 0.81)}), result(champion=None))
    assert "1 degree of freedom, 12.7 standard errors" in found.method
    assert "two seeds say little" in found.method


def test_a_seed_whose_model_has_no_value_leaves_the_code_without_one() -> None:
    found = judged(Seeds({"auc": (0.80, None, 0.81)}))
    assert found.candidate.value is None
    assert found.candidate.reason == "the model of seed 1 has no value"
    assert compared(found).difference is None
    assert compared(found).word is None


def test_too_few_rows_stay_too_few() -> None:
    few = result(interval=None, difference=None)
    few = few.model_copy(update={"comparison": compared(few).model_copy(update={"word": "cannot tell"}), "method": ""})
    found = judged(Seeds({"auc": VALUES}), few)
    assert (found.candidate.interval, compared(found).interval) == (None, None)
    assert compared(found).word == "cannot tell"
    assert found.method == ""


def test_where_the_seeds_hide_the_tolerance_more_rows_are_not_promised() -> None:
    found = compared(judged(Seeds({"auc": VALUES}), result(difference=(-0.06, 0.07), tolerance=0.02)))
    assert found.word == "cannot tell"
    assert found.needed is None
    assert "more of them would tell, more rows alone would not" in found.reason


def test_rows_that_would_tell_are_counted_beside_what_the_seeds_take() -> None:
    values = (0.800, 0.801, 0.799, 0.800, 0.8005)
    found = compared(judged(Seeds({"auc": values}), result(difference=(-0.06, 0.07), tolerance=0.012)))
    error = spread(values) * math.sqrt(1 / 5 + 1)
    seeds = (float(stats.t.ppf(0.975, 4)) + float(stats.t.ppf(0.8, 4))) * error
    assert found.word == "cannot tell"
    assert found.smallest_visible == pytest.approx(math.hypot(0.018, seeds))
    assert found.needed == math.ceil(1000 * 0.018**2 / (0.012**2 - seeds**2))


@given(
    values=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=8),
    below=st.floats(0, 0.2),
    above=st.floats(0, 0.2),
)
def test_an_interval_about_the_code_is_never_narrower_than_the_files(
    values: list[float], below: float, above: float
) -> None:
    bare = result(value=values[0], interval=(values[0] - below, values[0] + above), champion=None)
    bare = bare.model_copy(update={"name": "own"})
    (found,) = about_code([bare], Seeds({"own": values}), METRICS, Rules(), 100)
    assert found.candidate.interval is not None
    assert found.candidate.value is not None
    low, high = found.candidate.interval
    assert found.candidate.value - low >= below - 1e-12
    assert high - found.candidate.value >= above - 1e-12
