"""How intervals are made: by which method, what it says of itself, and that the methods agree where they should."""

import numpy as np
import pytest

from trainstop.judgement import measuring, resampling
from trainstop.judgement.closed_forms import Area
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.resampling import stratified_codes
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules, judge
from trainstop.records.judging import MetricResult

METRICS = [BY_TASK["binary"][name] for name in ("auc", "accuracy", "f1", "log_loss")]


def pair(rows: int, clusters: int = 0, seed: int = 0) -> Pair:
    random = np.random.default_rng(seed)
    codes = np.sort(random.integers(0, clusters, rows)) if clusters else None
    codes = None if codes is None else np.unique(codes, return_inverse=True)[1]
    target = random.random(rows) < 0.4
    common = target + random.normal(size=rows)
    scores = [1 / (1 + np.exp(-(common + 0.5 * random.normal(size=rows)))) for _ in range(2)]
    samples = [
        Sample(task="binary", target=target, score=score, prediction=score >= 0.6, probability=True) for score in scores
    ]
    return Pair(candidate=samples[0], champion=samples[1], clusters=codes)


def found(of: Pair, **rules: object) -> dict[str, MetricResult]:
    return {result.name: result for result in judge(of, METRICS, Rules(**{"resamples": 400, **rules}))}  # type: ignore[arg-type]


def width(result: MetricResult, *, difference: bool) -> float:
    interval = result.comparison and result.comparison.interval if difference else result.candidate.interval
    assert interval
    return interval[1] - interval[0]


@pytest.mark.parametrize(("rows", "clusters"), [(3000, 0), (3000, 60), (12_000, 0), (30_000, 6000)])
def test_closed_forms_and_resampling_agree_where_units_are_many(rows: int, clusters: int) -> None:
    of = pair(rows, clusters)
    closed, resampled = found(of, method="closed-form"), found(of, method="bootstrap")
    singly = found(of, method="rows")
    for name, result in closed.items():
        for difference in (False, True):
            expected = pytest.approx(width(result, difference=difference), rel=0.12)
            assert width(resampled[name], difference=difference) == expected
            assert width(singly[name], difference=difference) == expected


def test_rows_that_were_added_up_are_as_sure_as_the_rows_themselves() -> None:
    """The error of an area over 12,000 rows is DeLong's, whatever groups the resamples drew."""
    of = pair(12_000)
    held = found(of, method="closed-form")["auc"].comparison
    assert held is not None
    assert held.interval is not None
    assert of.champion is not None
    own, other = (Area.of(METRICS[0].terms(sample)) for sample in (of.candidate, of.champion))
    delong = float(np.sqrt(own.covariance(own) + other.covariance(other) - 2 * own.covariance(other)))
    assert (held.interval[1] - held.interval[0]) / 2 / 1.96 == pytest.approx(delong, rel=1e-3)
    codes, groups = resampling.unit_codes(12_000, None, seed=0)
    units = measuring.Units(None, 12_000, codes, groups)
    models = [measuring.measure(METRICS[0], sample, units, closed=False) for sample in (of.candidate, of.champion)]
    pooled = measuring.Measured(METRICS[0], models[0], models[1], "").statistics()["difference"]
    assert pooled.error == pytest.approx(delong, rel=1e-3)


def test_within_classes_the_share_of_positive_rows_is_no_source_of_doubt() -> None:
    """The share of right answers among the positive rows varies as much either way, accuracy varies less."""
    random = np.random.default_rng(1)
    target = random.random(4000) < 0.5
    prediction = np.where(target, random.random(4000) < 0.99, random.random(4000) < 0.5)  # right: 99% and 50%
    of = Pair(candidate=Sample(task="binary", target=target, prediction=prediction))
    accuracy = [BY_TASK["binary"]["accuracy"]]
    widths = [
        width(judge(of, accuracy, Rules(resamples=2000, method=method))[0], difference=False)
        for method in ("stratified", "bootstrap")
    ]
    right = np.where(target, 0.99, 0.5)
    within = np.sqrt((right * (1 - right)).mean())
    assert widths[0] / widths[1] == pytest.approx(within / np.sqrt(right.mean() * (1 - right.mean())), rel=0.06)


def test_rows_are_added_up_within_their_class_only() -> None:
    strata = (np.arange(50_000) % 50 == 0).astype(np.intp)
    codes, of_group = stratified_codes(strata, seed=0)
    assert np.array_equal(of_group[codes], strata)
    assert np.bincount(of_group).tolist() == [3920, 80]


def test_every_method_says_what_it_is() -> None:
    rows, clustered = pair(2000), pair(2000, 50)
    assert found(rows)["accuracy"].method.startswith("Wilson score interval")
    assert "of the difference: paired bootstrap-t over 2,000 rows" in found(rows)["accuracy"].method
    assert found(clustered)["accuracy"].method.startswith("paired bootstrap-t over 50 ")
    closed = found(rows, method="closed-form")
    assert closed["auc"].method.startswith("DeLong over 2,000 rows")
    assert closed["f1"].method.startswith("delta method")
    assert found(clustered, method="closed-form")["auc"].method.startswith("Obuchowski over 50")
    assert "rows are worth" not in closed["accuracy"].method
    assert "every single one of 2,000 rows" in found(rows, method="rows")["auc"].method
    assert "within classes" in found(rows, method="stratified")["auc"].method
    assert "not within classes" in found(clustered, method="stratified")["auc"].method


@pytest.mark.parametrize("method", ["auto", "bootstrap", "stratified", "rows", "closed-form"])
def test_the_same_input_gives_the_same_digits(method: str) -> None:
    of = pair(9000)
    assert found(of, method=method, seed=4) == found(of, method=method, seed=4)
