"""Performance on labels: when a fall is sure."""

import numpy as np
import pytest

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample
from trainstop.records.watching import Signal
from trainstop.watching.performance import Limit, Measured, Pace, clusters_of, measure, point, signal

AUC, LOSS = (BY_TASK["binary"][name] for name in ("auc", "log_loss"))


def judged(
    now: Measured | str,
    *,
    metric: object = AUC,
    tolerance: float | None = 0.02,
    tail: float = 1e-4,
    gate: float | None = None,
    blocks: bool = True,
) -> Signal:
    return signal(
        metric,  # type: ignore[arg-type]
        now,
        Measured(0.8 if metric is AUC else 0.4, 0.005, 60),
        limit=Limit(tolerance=tolerance, gate=gate, blocks=blocks),
        stretch="",
        tail=tail,
        confidence=0.95,
        windows=(None, 0.8),
    )


@pytest.mark.parametrize(
    ("value", "error", "level"),
    [
        (0.80, 0.005, "quiet"),
        (0.79, 0.005, "quiet"),
        (0.90, 0.005, "quiet"),
        (0.77, 0.010, "not enough data"),
        (0.70, 0.005, "act"),
        (0.70, 0.050, "not enough data"),
    ],
)
def test_only_a_fall_that_is_surely_beyond_the_tolerance_says_act(value: float, error: float, level: str) -> None:
    found = judged(Measured(value, error, 28))
    assert (found.level, found.value, found.limit) == (level, value, pytest.approx(0.78))
    assert found.windows == (None, 0.8)


def test_a_smaller_budget_takes_more_evidence() -> None:
    now = Measured(0.75, 0.01, 28)
    assert [judged(now, tail=tail).level for tail in (0.05, 1e-5)] == ["act", "not enough data"]


def test_less_is_better_for_a_loss() -> None:
    assert judged(Measured(0.3, 0.005, 28), metric=LOSS).level == "quiet"
    worse = judged(Measured(0.5, 0.005, 28), metric=LOSS)
    assert (worse.level, worse.limit) == ("act", pytest.approx(0.42))


def test_without_a_tolerance_the_references_own_uncertainty_is_one() -> None:
    assert judged(Measured(0.79, 0.005, 28), tolerance=None).limit == pytest.approx(0.8 - 2.0010 * 0.005, abs=1e-5)


def test_the_reason_says_which_fall_would_be_seen() -> None:
    few, many = (judged(Measured(0.8, error, 28)).reason for error in (0.02, 0.002))
    seen = [float(reason.split("a fall of ")[1].split()[0]) for reason in (few, many)]
    assert seen[0] > seen[1] > 0.02


@pytest.mark.parametrize(
    ("value", "error", "blocks", "level"),
    [
        (0.80, 0.002, True, "quiet"),
        (0.785, 0.01, True, "not enough data"),
        (0.785, 0.0002, True, "act"),
        (0.785, 0.0002, False, "look"),
    ],
)
def test_a_metric_that_surely_misses_its_own_gate_is_said_to_though_it_fell_by_little(
    value: float, error: float, blocks: bool, level: str
) -> None:
    found = judged(Measured(value, error, 28), gate=0.79, blocks=blocks)
    assert (found.level, found.limit) == (level, 0.79)
    assert ("`gates.auc.min` = 0.79" in found.reason) == (level != "quiet")


def test_of_a_loss_the_largest_value_is_the_gate() -> None:
    found = judged(Measured(0.415, 0.0002, 28), metric=LOSS, gate=0.41)
    assert (found.level, found.limit, "gates.log_loss.max" in found.reason) == ("act", 0.41, True)


def test_a_gate_is_judged_where_no_evaluation_can_be_compared_with() -> None:
    def alone(value: float) -> Signal:
        return signal(
            AUC,
            Measured(value, 0.001, 28),
            "no predictions",
            limit=Limit(gate=0.7),
            stretch="",
            tail=1e-4,
            confidence=0.95,
        )

    assert [alone(value).level for value in (0.6, 0.8)] == ["act", "not enough data"]
    assert "no predictions" in alone(0.8).reason


@pytest.mark.parametrize(("most", "beyond"), [(24, ", and no more than 24 are looked at"), (40, "")])
def test_too_few_clusters_say_how_long_enough_would_take(most: int, beyond: str) -> None:
    found = measure(AUC, sample(500, 250), clusters_of(["a", "b"] * 250), minimum=20, pace=Pace(4, "week", most))
    assert found == f"only 2 independent clusters; 20 are needed, which at that rate take 40 weeks{beyond}"


@pytest.mark.parametrize("side", ["now", "reference"])
def test_what_cannot_be_measured_is_not_quiet(side: str) -> None:
    found = signal(
        AUC,
        "no labels" if side == "now" else Measured(0.8, 0.01, 28),
        "no predictions" if side == "reference" else Measured(0.8, 0.01, 28),
        limit=Limit(tolerance=0.02),
        stretch="",
        tail=1e-4,
        confidence=0.95,
        windows=(),
    )
    assert found.level == "not enough data"
    assert ("no labels" if side == "now" else "no predictions") in found.reason


def sample(rows: int, positives: int) -> Sample:
    target = np.arange(rows) < positives
    return Sample(task="binary", target=target, score=np.linspace(1, 0, rows) ** 2, probability=True)


def test_a_metric_is_measured_over_clusters() -> None:
    random = np.random.default_rng(0)
    target = random.random(2000) < 0.5
    score = np.clip(0.5 + 0.3 * (target - 0.5) + random.normal(0, 0.2, 2000), 0, 1)
    made = Sample(task="binary", target=target, score=score, probability=True)
    found = measure(AUC, made, clusters_of([f"day {row // 80}" for row in range(2000)]), minimum=20)
    alone = measure(AUC, made, None, minimum=20)
    assert isinstance(found, Measured)
    assert isinstance(alone, Measured)
    assert (found.units, alone.units, found.value) == (25, 2000, pytest.approx(AUC.value(made)))
    assert found.error == pytest.approx(alone.error, rel=0.5)


@pytest.mark.parametrize(
    ("made", "clusters", "reason"),
    [
        (sample(0, 0), None, "no labelled row"),
        (sample(500, 10), None, "10 rows of positive"),
        (sample(500, 250), clusters_of(["a", "b"] * 250), "2 independent clusters"),
        (Sample(task="binary", target=np.arange(500) < 250, prediction=np.arange(500) < 200), None, "no scores"),
    ],
)
def test_too_few_is_too_few(made: Sample, clusters: object, reason: str) -> None:
    found = measure(AUC, made, clusters, minimum=20)  # type: ignore[arg-type]
    assert isinstance(found, str)
    assert reason in found


def test_a_window_without_both_classes_has_no_point() -> None:
    assert point(AUC, sample(10, 0)) is None
    assert point(AUC, sample(0, 0)) is None
    assert point(AUC, sample(10, 5)) == 1.0
