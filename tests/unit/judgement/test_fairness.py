"""Groups beside one another: fairlearn's numbers, honest intervals, and limits."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score

from trainstop.config.fairness import FairnessSection
from trainstop.judgement import fairness, gates
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.records import CheckStatus

ROWS = 600
BASIS = gates.Basis("600 rows", 0.95)


def labels(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    names, codes = np.unique(values, return_inverse=True)
    return codes, tuple(str(name) for name in names)


@pytest.fixture(scope="module")
def people() -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)
    group, side = random.choice(["a", "b", "c"], ROWS, p=[0.5, 0.3, 0.2]), random.choice(["x", "y"], ROWS)
    truth = random.random(ROWS) < np.where(group == "a", 0.4, 0.55)
    noise = 0.25 * random.normal(size=ROWS) - 0.12 * (group == "c") + 0.05 * (side == "y")
    score = np.round(np.clip(0.5 * truth + 0.25 + noise, 0.01, 0.99), 2)
    return {"group": group, "side": side, "truth": truth, "score": score, "said": score >= 0.5}


def binary(people: dict[str, Any], **changes: Any) -> Sample:
    given = {"target": people["truth"], "prediction": people["said"], "score": people["score"], "probability": True}
    return Sample(task="binary", **{**given, **changes})


def judged(sample: Sample, *columns: np.ndarray, clusters: Any = None, **keys: Any) -> fairness.FairnessResult:
    named = {f"column{number}": labels(column) for number, column in enumerate(columns)}
    section = FairnessSection(columns=("x",), **keys)
    return fairness.judge_groups(Pair(candidate=sample, clusters=clusters), named, section, Rules(resamples=400))


def disparities(result: fairness.FairnessResult) -> dict[str, float | None]:
    return {each.name: each.estimate.value for each in result.disparities}


@pytest.mark.parametrize("columns", [("group",), ("side",), ("group", "side")], ids="-".join)
def test_disparities_of_a_binary_classifier_are_fairlearns(people: Any, columns: tuple[str, ...]) -> None:
    found = disparities(judged(binary(people), *(people[name] for name in columns), minimum_group=5))
    features = pd.DataFrame({name: people[name] for name in columns})
    for name in ("demographic-parity", "equalized-odds", "equal-opportunity"):
        for kind in ("difference", "ratio"):
            peer = getattr(fairlearn, f"{name}-{kind}".replace("-", "_"))
            truth = peer(people["truth"], people["said"], sensitive_features=features)
            assert found[f"{name}-{kind}"] == pytest.approx(truth, abs=1e-12), name
    for name, metric, answer in (("accuracy", accuracy_score, "said"), ("auc", roc_auc_score, "score")):
        frame = fairlearn.MetricFrame(
            metrics=metric, y_true=people["truth"], y_pred=people[answer], sensitive_features=features
        )
        assert found[f"{name}-difference"] == pytest.approx(frame.difference(), abs=1e-12)


def test_rates_of_a_group_are_fairlearns(people: Any) -> None:
    rates = {
        "selection_rate": fairlearn.selection_rate,
        "true_positive_rate": fairlearn.true_positive_rate,
        "false_positive_rate": fairlearn.false_positive_rate,
    }
    frame = fairlearn.MetricFrame(
        metrics=rates, y_true=people["truth"], y_pred=people["said"], sensitive_features=people["group"]
    ).by_group
    for group in judged(binary(people), people["group"]).groups:
        for metric in group.metrics:
            if metric.name in rates:
                assert metric.candidate.value == pytest.approx(frame.loc[group.values[0], metric.name])  # noqa: PD011
                low, high = metric.candidate.interval or (1, 0)
                assert low < (metric.candidate.value or 0) < high


def test_gaps_of_a_regression_are_those_of_the_groups(people: Any) -> None:
    truth = people["score"] * 10
    said = truth + np.where(people["group"] == "c", 1.5, 0.5) * np.cos(np.arange(ROWS))
    result = judged(Sample(task="regression", target=truth, prediction=said), people["group"])
    frame = fairlearn.MetricFrame(
        metrics={"mae": mean_absolute_error, "prediction": fairlearn.mean_prediction},
        y_true=truth,
        y_pred=said,
        sensitive_features=people["group"],
    ).difference()
    assert disparities(result) == {
        "prediction-difference": pytest.approx(frame["prediction"]),
        "mae-difference": pytest.approx(frame["mae"]),
    }
    assert result.disparities[1].between is not None
    assert result.disparities[1].between[0] == ("c",)


def test_classes_are_selected_at_the_rates_of_their_groups(people: Any) -> None:
    truth = np.arange(ROWS) % 3
    said = np.where((people["side"] == "y") & (np.arange(ROWS) % 2 == 0), 2, truth)
    result = judged(Sample(task="multiclass", target=truth, prediction=said, classes=("p", "q", "r")), people["side"])
    rates = [[np.mean(said[people["side"] == side] == place) for place in range(3)] for side in "xy"]
    assert disparities(result)["demographic-parity-difference"] == pytest.approx(np.abs(np.subtract(*rates)).max())
    assert result.disparities[0].rate == "selection_rate r"


def test_an_interval_holds_its_point_and_starts_at_nothing(people: Any) -> None:
    for disparity in judged(binary(people), people["group"], people["side"]).disparities:
        if disparity.estimate.interval:
            low, high = disparity.estimate.interval
            assert 0 <= low <= (disparity.estimate.value or 0) <= high <= 1, disparity.name


def test_rows_of_one_cluster_make_the_interval_wider(people: Any) -> None:
    alike = np.repeat(np.arange(ROWS // 10), 10)
    sample = binary(people, prediction=(np.random.default_rng(1).random(ROWS // 10) < 0.5)[alike])
    alone, together = (judged(sample, alike % 2, clusters=clusters) for clusters in (None, alike))
    narrow, wide = (each.disparities[0].estimate.interval or (0, 0) for each in (alone, together))
    assert wide[1] > narrow[1] + 0.1


def test_the_same_input_gives_the_same_digits(people: Any) -> None:
    assert judged(binary(people), people["group"]) == judged(binary(people), people["group"])


def test_small_groups_are_counted_and_not_compared(people: Any) -> None:
    group = people["group"].astype("U9")
    group[:19] = "tiny"
    result = judged(binary(people), group)
    tiny = next(each for each in result.groups if each.values == ("tiny",))  # noqa: PD011
    assert (tiny.rows, tiny.compared, tiny.metrics) == (19, False, ())
    assert "fewer than 20 rows are not compared: 1 with 19 rows together" in result.notes[0]
    assert disparities(result) == disparities(judged(binary(people).take(np.arange(19, ROWS)), group[19:]))


def test_a_rate_of_too_few_positives_is_not_compared(people: Any) -> None:
    truth = people["truth"] & (people["group"] != "c")
    result = judged(binary(people, target=truth), people["group"])
    compared = {each.name: each.groups for each in result.disparities}
    assert compared["demographic-parity-difference"] == 3
    assert compared["equal-opportunity-difference"] == 2


def test_one_group_alone_is_no_pass(people: Any) -> None:
    result = judged(binary(people), np.full(ROWS, "all"))
    assert "fewer than two groups" in result.disparities[0].estimate.reason
    section = FairnessSection(columns=("column0",), limits={"demographic-parity-difference": 0.9})
    (check,) = fairness.checks(section, result, BASIS)
    assert check.status is CheckStatus.FAILED


def test_few_clusters_give_no_interval(people: Any) -> None:
    result = judged(binary(people), people["side"], clusters=np.arange(ROWS) % 10)
    assert result.disparities[0].estimate.interval is None
    assert "only 10 rows to judge by" in result.disparities[0].estimate.reason


def test_a_group_that_is_never_selected_has_an_interval_that_reaches_beyond_it(people: Any) -> None:
    said = np.where(people["group"] == "c", False, people["said"])
    found = {each.name: each.estimate for each in judged(binary(people, prediction=said), people["group"]).disparities}
    low, high = found["demographic-parity-difference"].interval or (0, 0)
    assert low < (found["demographic-parity-difference"].value or 0) < high
    assert (found["demographic-parity-ratio"].value, found["demographic-parity-ratio"].interval) == (0, None)
    nobody = judged(binary(people, prediction=np.zeros(ROWS, dtype=bool)), people["group"])
    assert disparities(nobody)["demographic-parity-ratio"] is None
    assert disparities(nobody)["demographic-parity-difference"] == 0
    low, high = nobody.disparities[0].estimate.interval or (1, 0)
    assert low == 0
    assert high > 0.02


def test_rows_without_a_value_belong_to_no_group(people: Any) -> None:
    codes, names = labels(people["group"])
    columns = {"group": (np.where(np.arange(ROWS) < 50, -1, codes), names)}
    result = fairness.judge_groups(
        Pair(candidate=binary(people)), columns, FairnessSection(columns=("group",)), Rules(resamples=200)
    )
    assert sum(group.rows for group in result.groups) == ROWS - 50
    assert "50 rows have no value" in result.notes[-1]


def test_a_column_of_many_values_is_cut(people: Any) -> None:
    many = judged(binary(people), np.arange(ROWS))
    assert len(many.groups) == fairness.MOST_SMALL
    assert "600 with 600 rows together" in many.notes[0]


MANY = 40


@pytest.fixture(scope="module")
def minority(people: dict[str, Any]) -> tuple[Sample, np.ndarray]:
    """40 groups of 10 rows and more; the smallest is always selected, one beyond the 30 largest never."""
    sizes = np.array([15] * (MANY - 1) + [ROWS - 15 * (MANY - 1) - 1, 1])
    group = np.repeat(np.arange(MANY + 1), sizes)
    group[group == MANY] = MANY - 1
    group[-5:] = 0
    said = np.arange(ROWS) % 2 == 0
    said[group == MANY - 1] = True
    said[group == MANY - 2] = False
    return binary(people, prediction=said), group


def test_a_minority_beyond_the_largest_groups_is_compared(minority: Any) -> None:
    sample, group = minority
    result = judged(sample, group, minimum_group=5)
    parity = result.disparities[0]
    assert (parity.name, parity.estimate.value, parity.groups) == ("demographic-parity-difference", 1.0, MANY)
    assert parity.between == ((str(MANY - 1),), (str(MANY - 2),))
    section = FairnessSection(columns=("column0",), limits={"demographic-parity-difference": 0.6})
    (check,) = fairness.checks(section, result, BASIS)
    assert check.status is CheckStatus.FAILED


@pytest.mark.parametrize(
    ("keys", "status"), [({}, CheckStatus.WARNED), ({"decide": "interval"}, CheckStatus.FAILED)], ids=["point", "all"]
)
def test_a_limit_over_more_groups_than_intervals_are_made_for_never_passes(
    people: Any, keys: Any, status: CheckStatus
) -> None:
    result = judged(binary(people), np.arange(ROWS) % MANY, minimum_group=2)
    section = FairnessSection(columns=("column0",), limits={"accuracy-difference": 1.0}, **keys)
    (check,) = fairness.checks(section, result, BASIS)
    assert (check.status, check.interval) == (status, None)
    assert "40 groups are compared, 10 more than intervals are made for" in check.reason
    assert "`model-test.fairness.minimum-group`" in check.reason


def test_as_many_groups_as_intervals_are_made_for_have_one(people: Any) -> None:
    result = judged(binary(people), np.arange(ROWS) % fairness.MOST_GROUPS, minimum_group=5)
    accuracy = next(each for each in result.disparities if each.name == "accuracy-difference")
    assert accuracy.groups == fairness.MOST_GROUPS
    assert "more than intervals" not in accuracy.estimate.reason


def test_the_largest_groups_are_shown_and_those_that_a_disparity_names(minority: Any) -> None:
    sample, group = minority
    result = judged(sample, group, minimum_group=5)
    shown = [each.values for each in result.groups]  # noqa: PD011
    named = {values for each in result.disparities for values in each.between or ()}
    assert named <= set(shown)
    assert fairness.MOST_GROUPS <= len(shown) < MANY
    assert [each.rows for each in result.groups] == sorted((each.rows for each in result.groups), reverse=True)
    assert f"all {MANY} groups are compared, and {len(shown)} are shown" in result.notes[0]


def test_unusable_answers_give_no_value(people: Any) -> None:
    result = judged(binary(people, prediction=None, score=None), people["group"])
    assert {each.estimate.value for each in result.disparities} == {None}
    assert "there are no predictions" in result.disparities[0].estimate.reason


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({"limits": {"demographic-parity-difference": 0.5}}, CheckStatus.PASSED),
        ({"limits": {"demographic-parity-difference": 0.2}}, CheckStatus.WARNED),
        ({"limits": {"demographic-parity-difference": 0.2}, "decide": "interval"}, CheckStatus.FAILED),
        ({"limits": {"demographic-parity-difference": 0.1}}, CheckStatus.FAILED),
        ({"limits": {"demographic-parity-difference": 0.1}, "mode": "warn"}, CheckStatus.WARNED),
        ({"limits": {"demographic-parity-ratio": 0.5}}, CheckStatus.PASSED),
        ({"limits": {"demographic-parity-ratio": 0.7}}, CheckStatus.WARNED),
        ({"limits": {"demographic-parity-ratio": 0.8}}, CheckStatus.FAILED),
        ({"limits": {"mae-difference": 1.0}}, CheckStatus.FAILED),
        ({"mode": "off"}, CheckStatus.SKIPPED),
        ({}, CheckStatus.SKIPPED),
    ],
)
def test_limits_are_held_as_gates_hold_theirs(people: Any, keys: Any, status: CheckStatus) -> None:
    section = FairnessSection(columns=("column0",), **keys)
    (check,) = fairness.checks(section, judged(binary(people), people["group"]), BASIS)
    assert check.status is status, check.reason
    if check.limit is not None and check.value is not None:
        assert "`b`" in check.reason
        assert "`c`" in check.reason
