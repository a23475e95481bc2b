"""How the model behaves, in its own environment: `trainstop model-test` gives the fixtures.

None of them sends a row with gaps in the weather; README.md says why.
"""

import pandas as pd

CALM_MORNING = {
    "carrier": "UA", "origin": "EWR", "dest": "ORD",
    "sched_dep_time": 380.0, "sched_arr_time": 470.0, "distance": 719.0, "weekday": 5.0,
    "temp": 62.0, "dewp": 45.0, "humid": 53.0, "wind_speed": 5.0, "wind_dir": 230.0, "wind_gust": None,
    "precip": 0.0, "pressure": 1021.0, "visib": 10.0,
}  # fmt: skip
STORMY_EVENING = CALM_MORNING | {
    "sched_dep_time": 1140.0, "sched_arr_time": 1250.0, "weekday": 3.0,
    "temp": 75.0, "dewp": 72.0, "humid": 92.0, "wind_speed": 21.0, "wind_gust": 33.0,
    "precip": 0.3, "pressure": 1006.0, "visib": 2.0,
}  # fmt: skip


def flights(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).astype({"wind_gust": "float64"})


def test_an_evening_in_a_storm_is_riskier_than_a_calm_morning(trainstop_model):
    morning, evening = trainstop_model.predict(flights(CALM_MORNING, STORMY_EVENING))["score"]
    assert morning < 0.3
    assert evening > morning + 0.2


def test_an_airport_it_never_saw_is_answered(trainstop_model):
    (score,) = trainstop_model.predict(flights(CALM_MORNING | {"dest": "XXX"}))["score"]
    assert 0 < score < 1


def test_evenings_are_riskier_than_mornings_on_the_whole(trainstop_predictions):
    hour = pd.to_datetime(trainstop_predictions["time_hour"]).dt.hour
    morning = trainstop_predictions.loc[hour < 9, "score"].mean()
    evening = trainstop_predictions.loc[hour >= 18, "score"].mean()
    assert evening > morning + 0.1
