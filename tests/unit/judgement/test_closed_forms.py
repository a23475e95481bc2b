"""Closed forms against published examples, and against their definitions by counting pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.judgement import closed_forms
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.resampling import unit_sums
from trainstop.judgement.samples import Sample

AUC = BY_TASK["binary"]["auc"]

# Albumin, total protein, Krebs-Goplerud score (less is better) and survival of 43 patients with bowel obstruction from
# ovarian cancer: the data of DeLong, DeLong and Clarke-Pearson (1988), as SAS documents them for PROC LOGISTIC.
TABLE = """3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1
    3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0
    2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1
    3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0
    3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1
    3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1"""
PATIENTS = np.array(TABLE.split(), dtype=float).reshape(-1, 4)


def area_covariance(models: list[np.ndarray]) -> np.ndarray:
    """The covariances of several models' areas, shape (models, models)."""
    areas = [closed_forms.Area.of(sums) for sums in models]
    return np.array([[own.covariance(other) for other in areas] for own in areas])


def area_terms(target: np.ndarray, score: np.ndarray) -> np.ndarray:
    return AUC.terms(Sample(task="binary", target=target, score=score))


def test_delong_equals_the_published_areas_and_errors() -> None:
    survived = PATIENTS[:, 3] == 1
    models = [area_terms(survived, sign * PATIENTS[:, at]) for at, sign in ((0, 1), (1, 1), (2, -1))]
    areas = np.array([AUC.of_terms(model) for model in models])
    covariance = area_covariance(models)
    assert areas == pytest.approx([0.7366, 0.6478, 0.7258], abs=5e-5)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([0.0927, 0.1000, 0.1028], abs=5e-5)
    apart = np.array([[-1.0, 0, 1], [0, -1, 1]])
    assert apart @ areas == pytest.approx([-0.0108, 0.0780], abs=5e-5)
    assert np.sqrt(np.diag(apart @ covariance @ apart.T)) == pytest.approx([0.0953, 0.1046], abs=5e-5)


def by_counting(target: np.ndarray, scores: list[np.ndarray], clusters: np.ndarray) -> np.ndarray:
    """Obuchowski's (1997) covariance, term by term as the paper has it."""
    positive, negative = np.flatnonzero(target), np.flatnonzero(~target)
    names = np.unique(clusters)
    sums = []
    for score in scores:
        wins = (score[positive][:, None] > score[negative]) + 0.5 * (score[positive][:, None] == score[negative])
        area, of_positive, of_negative = wins.mean(), wins.mean(axis=1), wins.mean(axis=0)
        sums.append(
            [
                (
                    (of_positive[clusters[positive] == name] - area).sum(),
                    (of_negative[clusters[negative] == name] - area).sum(),
                )
                for name in names
            ]
        )
    placed, m, n = np.array(sums), len(positive), len(negative)
    with_positive, with_negative = len(np.unique(clusters[positive])), len(np.unique(clusters[negative]))
    found = np.zeros((len(scores), len(scores)))
    for r in range(len(scores)):
        for s in range(len(scores)):
            s10 = with_positive / ((with_positive - 1) * m) * (placed[r][:, 0] * placed[s][:, 0]).sum()
            s01 = with_negative / ((with_negative - 1) * n) * (placed[r][:, 1] * placed[s][:, 1]).sum()
            s11 = len(names) / (len(names) - 1) * (placed[r][:, 0] * placed[s][:, 1]).sum()
            s11_turned = len(names) / (len(names) - 1) * (placed[r][:, 1] * placed[s][:, 0]).sum()
            found[r, s] = s10 / m + s01 / n + (s11 + s11_turned) / (m * n)
    return found


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_obuchowski_equals_its_definition_ties_included(seed: int, rows_each: int) -> None:
    random = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(12), rows_each)
    target = random.random(len(clusters)) < 0.5
    target[:2], target[-2:] = True, False
    target[rows_each], target[-rows_each - 1] = False, True
    scores = [random.integers(0, 4, len(clusters)).astype(float) for _ in range(2)]
    sums = [unit_sums(area_terms(target, score), clusters, 12) for score in scores]
    positive, negative = clusters[target], clusters[~target]
    if len(np.unique(positive)) < 2 or len(np.unique(negative)) < 2:
        return
    assert area_covariance(sums) == pytest.approx(by_counting(target, scores, clusters), abs=1e-12)


def test_clusters_of_one_row_each_are_delongs_rows_but_for_what_a_row_of_both_classes_would_add() -> None:
    random = np.random.default_rng(3)
    target = random.random(60) < 0.4
    score = np.round(random.random(60), 1)
    terms = area_terms(target, score)
    placed = terms[target][:, 0], terms[~target][:, 2]
    delong = placed[0].var(ddof=1) / target.sum() + placed[1].var(ddof=1) / (~target).sum()
    assert area_covariance([terms])[0, 0] == pytest.approx(delong)


def test_wilson_equals_its_published_examples() -> None:
    """Newcombe (1998, Statistics in Medicine 17, 857-872), table I, method 3."""
    for hits, rows, expected in ((81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611))):
        assert closed_forms.wilson(hits / rows, rows, 1.959964) == pytest.approx(expected, abs=5e-5)
    assert closed_forms.wilson(1 / 29, 29, 1.959964) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert closed_forms.wilson(1.0, 20, 1.959964) == pytest.approx((1 - 0.1611, 1.0), abs=5e-5)


def test_clustered_rows_are_worth_fewer_independent_ones() -> None:
    assert closed_forms.effective_trials(0.5, 1000, 0.05) == pytest.approx(100)
    assert closed_forms.effective_trials(0.5, 1000, 1e-6) == 1000
    assert closed_forms.effective_trials(1.0, 1000, 0.0) == 1000


def test_the_influence_error_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).gamma(2, size=50)
    terms = np.column_stack([values, np.ones(50)])
    moved = closed_forms.influence(lambda sums: sums[..., 0] / sums[..., 1], terms, terms.sum(axis=0))
    assert closed_forms.influence_error(moved) == pytest.approx(values.std(ddof=1) / np.sqrt(50))
