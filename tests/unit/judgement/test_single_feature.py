"""What one feature alone says: ranks and categories against scikit-learn's and SciPy's, and the target in disguise."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from trainstop.judgement.single_feature import Feature, area, area_of_scores, correlation, same_as_target

ROWS = 400
RANDOM = np.random.default_rng(3)
TARGET = (RANDOM.random(ROWS) < 0.3).astype(np.intp)
NUMBERS = np.round(TARGET + RANDOM.normal(size=ROWS), 2)
AMOUNT = np.exp(RANDOM.normal(size=ROWS))


def numeric(values: object) -> Feature:
    return Feature("numeric", np.asarray(values, dtype=float))


def categories(values: object) -> Feature:
    return Feature("categorical", np.asarray(values, dtype=np.intp))


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_are_ranked_with_ties_in_the_better_direction(sign: int) -> None:
    peer = roc_auc_score(TARGET, NUMBERS)
    assert area_of_scores(NUMBERS, TARGET == 1) == pytest.approx(peer)
    assert area(numeric(sign * NUMBERS), TARGET, seed=0) == pytest.approx(max(peer, 1 - peer))


def test_rank_correlation_is_scipys() -> None:
    values = np.round(AMOUNT + RANDOM.normal(size=ROWS), 1)
    assert correlation(numeric(values), AMOUNT, seed=0) == pytest.approx(abs(spearmanr(values, AMOUNT)[0]))


def test_a_missing_value_can_give_the_target_away() -> None:
    values = np.where(TARGET == 1, np.nan, RANDOM.normal(size=ROWS))
    assert area(numeric(values), TARGET, seed=0) == 1


def test_categories_are_worth_what_they_say_of_other_rows() -> None:
    telling = TARGET * 10 + RANDOM.integers(0, 3, ROWS)
    assert area(categories(telling), TARGET, seed=0) == 1
    assert area(numeric((telling * 7) % 13), TARGET, seed=0) == 1, "numbers may be codes"
    assert area(categories(np.arange(ROWS)), TARGET, seed=0) < 0.6, "a name for each row says nothing"
    assert correlation(categories(np.arange(ROWS)), AMOUNT, seed=0) < 0.1
    assert area(categories(RANDOM.integers(0, 5, ROWS)), TARGET, seed=0) < 0.62


def test_classes_are_taken_one_against_the_rest() -> None:
    target = np.arange(ROWS) % 3
    assert area(categories(target), target, seed=0) == 1
    only_first = area(numeric(target == 0), target, seed=0)
    assert only_first == pytest.approx((1 + 0.75 + 0.75) / 3, abs=0.02)


def test_a_constant_says_nothing() -> None:
    assert area(numeric(np.ones(ROWS)), TARGET, seed=0) == 0.5
    assert correlation(numeric(np.ones(ROWS)), AMOUNT, seed=0) == 0


@pytest.mark.parametrize(
    ("feature", "same"),
    [
        (numeric(TARGET), True),
        (numeric(7 - 2 * TARGET), True),
        (categories(1 - TARGET), True),
        (numeric(np.where(TARGET, np.nan, 3)), True),
        (numeric(TARGET + (np.arange(ROWS) == 0)), False),
        (categories(np.arange(ROWS)), False),
        (categories(np.zeros(ROWS)), False),
    ],
)
def test_a_renamed_class_is_the_target(feature: Feature, same: bool) -> None:
    assert same_as_target(feature, TARGET, classes=True) is same


@pytest.mark.parametrize(
    ("feature", "same"),
    [
        (numeric(AMOUNT), True),
        (numeric(100 - 3 * AMOUNT), True),
        (numeric(AMOUNT + 1e-4 * RANDOM.normal(size=ROWS)), False),
        (numeric(np.arange(ROWS)), False),
        (numeric(np.ones(ROWS)), False),
        (categories(np.arange(ROWS)), False),
        (numeric(np.where(np.arange(ROWS) == 0, np.nan, AMOUNT)), False),
    ],
)
def test_a_line_through_a_number_is_the_target(feature: Feature, same: bool) -> None:
    assert same_as_target(feature, AMOUNT, classes=False) is same
