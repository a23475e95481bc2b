"""Every metric equals scikit-learn's, ties included."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.samples import Sample

ROWS = st.integers(4, 60)
SEEDS = st.integers(0, 2**32 - 1)
CLOSE = {"rel": 1e-12, "abs": 1e-12}


def binary(seed: int, rows: int, steps: int) -> Sample:
    """A sample of both classes with scores in `steps` steps: few steps, many ties."""
    random = np.random.default_rng(seed)
    target = random.random(rows) < random.uniform(0.1, 0.9)
    target[:2] = [True, False]
    score = np.round(np.clip(random.random(rows) * 0.7 + 0.3 * target, 0, 1) * steps) / steps
    return Sample(task="binary", target=target, score=score, prediction=score >= 0.5, probability=True)


def values(sample: Sample) -> dict[str, float]:
    return {name: metric.value(sample) for name, metric in BY_TASK[sample.task].items()}


@given(SEEDS, ROWS, st.sampled_from([1, 2, 10, 10**6]))
@settings(deadline=None, max_examples=150)
def test_binary_metrics(seed: int, rows: int, steps: int) -> None:
    sample = binary(seed, rows, steps)
    target, score, predicted = sample.target, sample.score, sample.prediction
    expected = {
        "auc": reference.roc_auc_score(target, score),
        "average_precision": reference.average_precision_score(target, score),
        "log_loss": reference.log_loss(target, score, labels=[False, True]),
        "brier": reference.brier_score_loss(target, score),
        "accuracy": reference.accuracy_score(target, predicted),
        "recall": reference.recall_score(target, predicted),
        "specificity": reference.recall_score(target, predicted, pos_label=False),
        "balanced_accuracy": reference.balanced_accuracy_score(target, predicted),
        "f1": reference.f1_score(target, predicted),
        "calibration_bias": float(np.mean(score) - np.mean(target)),
    }
    found = values(sample)
    found.pop("calibration_slope")
    if predicted.any():
        expected["precision"] = reference.precision_score(target, predicted)
    else:
        assert np.isnan(found.pop("precision"))
    if predicted.any() and not predicted.all():
        expected["mcc"] = reference.matthews_corrcoef(target, predicted)
    else:
        assert not np.isfinite(found.pop("mcc"))
    assert found == pytest.approx(expected, **CLOSE)


@given(SEEDS, ROWS, st.integers(2, 6))
@settings(deadline=None, max_examples=100)
def test_multiclass_metrics(seed: int, rows: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    target = random.integers(0, classes, rows)
    predicted = np.where(random.random(rows) < 0.5, target, random.integers(0, classes, rows))
    score = random.dirichlet(np.ones(classes), rows)
    order = tuple(random.permutation(classes).tolist())
    sample = Sample(
        task="multiclass",
        target=target,
        prediction=predicted,
        score=score[:, order],
        probability=True,
        classes=tuple("abcdef"[:classes]),
        score_classes=order,
    )
    labels = list(range(classes))
    found = values(sample)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": reference.accuracy_score(target, predicted),
            "macro_f1": reference.f1_score(target, predicted, average="macro"),
            "macro_precision": reference.precision_score(target, predicted, average="macro", zero_division=0),
            "macro_recall": reference.recall_score(target, predicted, average="macro", zero_division=0),
            "balanced_accuracy": reference.balanced_accuracy_score(target, predicted),
            "kappa": reference.cohen_kappa_score(target, predicted),
            "log_loss": reference.log_loss(target, score, labels=labels),
            "brier": reference.brier_score_loss(target, score, labels=labels, scale_by_half=False),
        }
        if len(set(target)) == classes:
            one_against_all = [reference.roc_auc_score(target == label, score[:, label]) for label in labels]
            expected["macro_auc"] = np.mean(one_against_all)
        else:
            assert np.isnan(found.pop("macro_auc"))
    assert found == pytest.approx(expected, nan_ok=True, **CLOSE)


@given(SEEDS, ROWS, st.integers(3, 6))
@settings(deadline=None, max_examples=100)
def test_macro_averages_of_a_champion_are_over_the_classes_of_the_candidate(seed: int, rows: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    target, said, other = random.integers(0, classes - 1, rows), *random.integers(0, classes, (2, rows))
    names = tuple("abcdef"[:classes])
    candidate = Sample(task="multiclass", target=target, prediction=said, classes=names)
    # The champion's labels are numbered otherwise, and do not hold what only the candidate says.
    held = sorted({*target.tolist(), *other.tolist()}, reverse=True)
    places = np.array([held.index(label) if label in held else -1 for label in range(classes)])
    champion = Sample(
        task="multiclass",
        target=places[target],
        prediction=places[other],
        classes=tuple(names[label] for label in held),
    ).beside(candidate)
    labels = sorted({*target.tolist(), *said.tolist()})
    found = {
        name: BY_TASK["multiclass"][name].value(champion) for name in ("macro_f1", "macro_precision", "macro_recall")
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = {"labels": labels, "average": "macro", "zero_division": 0}
        expected = {
            "macro_f1": reference.f1_score(target, other, **given),
            "macro_precision": reference.precision_score(target, other, **given),
            "macro_recall": reference.recall_score(target, other, **given),
        }
    assert found == pytest.approx(expected, **CLOSE)


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("macro_f1", reference.f1_score),
        ("macro_precision", reference.precision_score),
        ("macro_recall", reference.recall_score),
    ],
)
def test_what_a_champion_s_row_adds_is_how_its_macro_average_moves_with_the_row_s_weight(name: str, score: Any) -> None:
    random = np.random.default_rng(3)
    target, said = random.integers(0, 3, 60), random.integers(0, 5, 60)
    sample = Sample(task="multiclass", target=target, prediction=said, classes=tuple("abcde"), averaged=tuple("abcd"))
    metric = BY_TASK["multiclass"][name]
    changes = metric.terms(sample)[:, 0] - metric.value(sample)

    def moved(row: int, step: float) -> float:
        weights = np.ones(60)
        weights[row] += step
        return float(score(target, said, labels=[0, 1, 2, 3], average="macro", zero_division=0, sample_weight=weights))

    expected = [60 * (moved(row, 1e-5) - moved(row, -1e-5)) / 2e-5 for row in range(60)]
    assert changes.tolist() == pytest.approx(expected, abs=1e-6)
    assert changes.sum() == pytest.approx(0, abs=1e-9)


@given(SEEDS, st.integers(3, 5))
@settings(deadline=None, max_examples=30)
def test_the_area_of_several_classes_counts_ties_as_scikit_learn_does(seed: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    target = np.append(np.arange(classes), random.integers(0, classes, 40))
    score = random.multinomial(4, np.ones(classes) / classes, len(target)) / 4
    names = tuple("abcdef"[:classes])
    sample = Sample(
        task="multiclass",
        target=target,
        score=score,
        probability=True,
        classes=names,
        score_classes=tuple(range(classes)),
    )
    expected = reference.roc_auc_score(target, score, multi_class="ovr")
    assert BY_TASK["multiclass"]["macro_auc"].value(sample) == pytest.approx(expected, **CLOSE)


@given(SEEDS, ROWS, st.sampled_from([0.0, 1e3, -1e6]))
@settings(deadline=None, max_examples=100)
def test_regression_metrics(seed: int, rows: int, level: float) -> None:
    random = np.random.default_rng(seed)
    target = random.normal(level, 3, rows)
    predicted = target + random.normal(0.5, 1, rows)
    sample = Sample(task="regression", target=target, prediction=predicted)
    expected = {
        "mae": reference.mean_absolute_error(target, predicted),
        "rmse": reference.root_mean_squared_error(target, predicted),
        "r2": reference.r2_score(target, predicted),
        "bias": float(np.mean(predicted - target)),
        "explained_variance": reference.explained_variance_score(target, predicted),
        "mape": reference.mean_absolute_percentage_error(target, predicted),
    }
    found = values(sample)
    if min(target.min(), predicted.min()) >= 0:
        expected["rmsle"] = reference.root_mean_squared_log_error(target, predicted)
    else:
        assert np.isnan(found.pop("rmsle"))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-9 if level else 1e-12)


def test_a_true_number_of_zero_leaves_no_percentage() -> None:
    sample = Sample(task="regression", target=np.array([0.0, 2.0]), prediction=np.array([1.0, 2.0]))
    assert np.isnan(BY_TASK["regression"]["mape"].value(sample))


@given(SEEDS, st.sampled_from([0.5, 1.0, 2.0]))
@settings(deadline=None, max_examples=20)
def test_the_slope_of_calibration_is_that_of_a_logistic_regression_on_the_log_odds(seed: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    line = random.normal(-1, 1.5, 400)
    target = random.random(400) < 1 / (1 + np.exp(-line))
    score = 1 / (1 + np.exp(-spread * line))
    sample = Sample(task="binary", target=target, score=score, probability=True)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit((spread * line)[:, None], target)
    assert BY_TASK["binary"]["calibration_slope"].value(sample) == pytest.approx(fitted.coef_[0, 0], rel=1e-5)


@pytest.mark.parametrize("score", [[0.1, 0.2, 0.8, 0.9], [0.5, 0.5, 0.5, 0.5]])
def test_a_slope_of_calibration_that_no_data_limit_has_no_value(score: list[float]) -> None:
    target = np.array([False, False, True, True])
    sample = Sample(task="binary", target=target, score=np.array(score), probability=True)
    assert np.isnan(BY_TASK["binary"]["calibration_slope"].value(sample))


def test_a_probability_of_zero_for_what_was_true_costs_as_much_as_in_scikit_learn() -> None:
    target, score = np.array([True, False, True]), np.array([0.0, 0.5, 1.0])
    sample = Sample(task="binary", target=target, score=score, probability=True)
    assert BY_TASK["binary"]["log_loss"].value(sample) == pytest.approx(reference.log_loss(target, score), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "target"), [("auc", [True] * 3), ("auc", [False] * 3), ("average_precision", [False] * 3)]
)
def test_a_ranking_of_one_class_has_no_value(name: str, target: list[bool]) -> None:
    sample = Sample(task="binary", target=np.array(target), score=np.array([0.1, 0.2, 0.3]))
    assert np.isnan(BY_TASK["binary"][name].value(sample))


def test_a_true_class_without_a_score_column_has_no_log_loss() -> None:
    sample = Sample(
        task="multiclass",
        target=np.array([0, 2]),
        score=np.array([[0.5, 0.5], [0.4, 0.6]]),
        probability=True,
        classes=("a", "b", "c"),
        score_classes=(0, 1),
    )
    assert np.isnan(BY_TASK["multiclass"]["log_loss"].value(sample))


def test_metrics_say_what_they_lack() -> None:
    bare = Sample(task="binary", target=np.array([True, False]), prediction=np.array([True, True]))
    margins = Sample(task="binary", target=np.array([True, False]), score=np.array([3.0, -2.0]))
    metrics = BY_TASK["binary"]
    assert metrics["auc"].missing(bare) == "there are no scores, only predictions"
    assert metrics["accuracy"].missing(bare) == ""
    assert metrics["log_loss"].missing(margins) == "the scores are not probabilities"
    assert metrics["auc"].missing(margins) == ""
    assert metrics["accuracy"].missing(margins) == "there are no predictions, only scores"
