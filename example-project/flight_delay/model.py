"""The model: gradient-boosted trees on the schedule and the weather."""

import math

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, OrdinalEncoder

from flight_delay.columns import CATEGORIES, GAPLESS_WEATHER, NUMBERS

TREES = {
    "max_iter": 150,
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 500,
    "l2_regularization": 5.0,
    # Stopping early would judge by single rows of days that training has seen, and leave a tenth of the rows unused.
    "early_stopping": False,
}
"""Chosen by leaving out whole weeks of the first half of 2013; small trees, because the rows of one day are alike."""

TRUSTED_TYPES = [
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
]
"""What the saved model needs beyond skops' own list; all of it is scikit-learn's and Python's."""


def build_model(*, bin_weather: bool = False, seed: int = 0) -> Pipeline:
    """Return the untrained pipeline from a table with `FEATURES` to the probability of being late.

    Args:
        bin_weather: cuts the weather into equal bins first. It costs robustness: bins know no missing values.
        seed: of the trees' histogram sample.

    """
    # Strings become numbers here and not as pandas categories: a request over HTTP can only carry strings.
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=math.nan)
    steps = [("categories", encoder, CATEGORIES)]
    plain = NUMBERS
    if bin_weather:
        steps.append(
            ("bins", KBinsDiscretizer(n_bins=16, encode="ordinal", strategy="uniform", subsample=None), GAPLESS_WEATHER)
        )
        plain = [name for name in NUMBERS if name not in GAPLESS_WEATHER]
    trees = HistGradientBoostingClassifier(
        categorical_features=list(range(len(CATEGORIES))), random_state=seed, **TREES
    )
    return Pipeline([("columns", ColumnTransformer([*steps, ("numbers", "passthrough", plain)])), ("trees", trees)])
