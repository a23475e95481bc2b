from datetime import date

import numpy as np
import pandas as pd
import pytest
import skops.io

from flight_delay.columns import CATEGORIES, FEATURES, GAPLESS_WEATHER, NUMBERS, TARGET
from flight_delay.data import Windows, build_table, split
from flight_delay.model import TRUSTED_TYPES, build_model
from flight_delay.train import validate

WINDOWS = Windows(date(2013, 1, 1), date(2013, 3, 31), date(2013, 4, 1), date(2013, 4, 30), ())


@pytest.fixture(scope="module")
def rows(flights, weather) -> pd.DataFrame:
    files = split(build_table(flights, weather), WINDOWS)
    return pd.concat([part for name, part in files.items() if name.startswith("train/")], ignore_index=True)


def small(*, bin_weather: bool = False):
    """Return the model with leaves small enough for a small table."""
    return build_model(bin_weather=bin_weather).set_params(trees__min_samples_leaf=5, trees__max_iter=20)


@pytest.fixture(scope="module")
def model(rows):
    return small().fit(rows[FEATURES], rows[TARGET])


def test_answers_are_probabilities(model, rows):
    answers = model.predict_proba(rows[FEATURES])
    assert answers.shape == (len(rows), 2)
    assert np.allclose(answers.sum(axis=1), 1)


def test_the_same_seed_gives_the_same_model(model, rows):
    again = small().fit(rows[FEATURES], rows[TARGET])
    assert np.array_equal(again.predict_proba(rows[FEATURES]), model.predict_proba(rows[FEATURES]))


def test_it_learns_that_evenings_are_late(model, rows):
    one = rows[FEATURES].head(1)
    morning, evening = one.assign(sched_dep_time=6.75 * 60), one.assign(sched_dep_time=21.75 * 60)
    assert model.predict_proba(evening)[0, 1] > model.predict_proba(morning)[0, 1] + 0.2


@pytest.mark.parametrize("column", CATEGORIES)
def test_a_carrier_or_airport_never_seen_is_answered(model, rows, column):
    answers = model.predict_proba(rows[FEATURES].head(1).assign(**{column: "new"}))
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("column", NUMBERS)
def test_a_missing_number_is_answered(model, rows, column):
    answers = model.predict_proba(rows[FEATURES].head(1).assign(**{column: np.nan}))
    assert np.isfinite(answers).all()


def test_binned_weather_refuses_gaps(rows):
    whole = rows.dropna(subset=GAPLESS_WEATHER)
    binned = small(bin_weather=True).fit(whole[FEATURES], whole[TARGET])
    assert np.isfinite(binned.predict_proba(whole[FEATURES])).all()
    with pytest.raises(ValueError, match="NaN"):
        binned.predict_proba(whole[FEATURES].head(1).assign(pressure=np.nan))


def test_the_saved_model_asks_to_trust_nothing_but_what_is_listed(model):
    saved = skops.io.dumps(model)
    assert set(skops.io.get_untrusted_types(data=saved)) <= set(TRUSTED_TYPES)


def test_validation_leaves_whole_weeks_out_and_says_how_it_went(rows):
    metrics = validate(rows, bin_weather=False, seed=0)
    assert 0.4 < metrics["validation_auc"] <= 1
    assert metrics["validation_log_loss"] > 0
