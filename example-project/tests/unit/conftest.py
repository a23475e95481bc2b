from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

ORIGINS = ("EWR", "JFK")
FIRST_DAY = datetime(2013, 1, 1)  # noqa: DTZ001  # the published data is in New York's own time


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    """Four flights a day from each of two airports, for 120 days; every tenth is cancelled, the late ones are late."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(120):
        day = FIRST_DAY + timedelta(days=number)
        for hour in (6, 9, 14, 21):
            for origin in ORIGINS:
                delay = random.normal(40 if hour == 21 else 0, 20)
                rows.append(
                    {
                        "year": day.year, "month": day.month, "day": day.day, "hour": hour, "minute": 45,
                        "time_hour": f"{day:%Y-%m-%d}T{hour:02}:00:00Z",
                        "dep_time": hour * 100 + 50.0, "sched_dep_time": hour * 100 + 45, "dep_delay": 5.0,
                        "arr_time": hour * 100 + 150.0, "sched_arr_time": hour * 100 + 145,
                        "arr_delay": np.nan if len(rows) % 10 == 0 else delay, "air_time": 60.0,
                        "carrier": ("AA", "UA")[number % 2], "flight": 100 + hour, "tailnum": "N1",
                        "origin": origin, "dest": ("BOS", "ORD", "LAX")[number % 3], "distance": 200 + 100 * hour,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def weather(flights: pd.DataFrame) -> pd.DataFrame:
    """An hour of weather for each hour with flights, except for one; the pressure has gaps."""
    random = np.random.default_rng(1)
    hours = flights[["origin", "time_hour"]].drop_duplicates(ignore_index=True).iloc[1:]
    measured = {
        "temp": 50, "dewp": 40, "humid": 60, "wind_speed": 10, "wind_dir": 180, "wind_gust": 25, "precip": 0.1,
        "pressure": 1015, "visib": 9,
    }  # fmt: skip
    table = hours.assign(**{name: value * random.uniform(0.9, 1.1, len(hours)) for name, value in measured.items()})
    table.loc[table.index % 5 == 0, "pressure"] = np.nan
    table.loc[table.index % 4 > 0, "wind_gust"] = np.nan
    return table
