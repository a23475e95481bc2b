from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from flight_delay.columns import DAY, FEATURES, GAPLESS_WEATHER, ID, TARGET, TIME
from flight_delay.data import HOLD_OUT, Windows, arguments, build_table, minutes, split, write

HELD_OUT = date(2013, 2, 11)
WINDOWS = Windows(date(2013, 1, 1), date(2013, 2, 28), date(2013, 3, 1), date(2013, 3, 31), (HELD_OUT,))
KNOWN_ONLY_AFTERWARDS = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}


@pytest.fixture(scope="module")
def table(flights, weather) -> pd.DataFrame:
    return build_table(flights, weather)


@pytest.fixture(scope="module")
def files(table) -> dict[str, pd.DataFrame]:
    return split(table, WINDOWS)


def rows_of(files: dict[str, pd.DataFrame], folder: str) -> pd.DataFrame:
    return pd.concat([rows for name, rows in files.items() if name.startswith(f"{folder}/")])


def test_every_flight_has_a_row_and_a_name_of_its_own(table, flights):
    assert len(table) == len(flights)
    assert table[ID].is_unique
    assert table[ID].notna().all()


def test_a_name_does_not_depend_on_the_order_of_the_source(flights, weather, table):
    shuffled = build_table(flights.sample(frac=1, random_state=0), weather)
    pd.testing.assert_frame_equal(shuffled, table)


def test_nothing_that_is_known_only_afterwards_is_a_column(table):
    assert set(table.columns) == {ID, TIME, DAY, *FEATURES, TARGET}
    assert not KNOWN_ONLY_AFTERWARDS & set(table.columns)


def test_features_do_not_change_when_the_flight_turns_out_otherwise(flights, weather, table):
    otherwise = flights.assign(**{name: flights[name] + 500 for name in KNOWN_ONLY_AFTERWARDS})
    pd.testing.assert_frame_equal(build_table(otherwise, weather)[FEATURES], table[FEATURES])


def test_late_means_fifteen_minutes_or_more(flights, weather):
    some = flights.head(4).assign(arr_delay=[14.0, 15.0, -3.0, None])
    late = build_table(some, weather).set_index(ID)[TARGET]
    names = build_table(some.assign(arr_delay=0.0), weather)[ID]
    assert set(names) == set(late.index)
    assert sorted(late.dropna()) == [0, 0, 1]
    assert late.isna().sum() == 1


def test_times_of_day_become_minutes():
    assert minutes(pd.Series([0, 5, 545, 2359])).tolist() == [0, 5, 345, 1439]


def test_a_flight_without_weather_stays_with_gaps(table):
    assert table["temp"].isna().sum() == 1


def test_days_and_hours_of_a_flight_agree(table):
    assert (table[TIME].dt.strftime("%Y-%m-%d") == table[DAY]).all()


def test_training_evaluation_and_production_share_no_flight(files):
    folders = [set(rows_of(files, folder)[ID]) for folder in ("train", "evaluation", "production")]
    assert all(folders)
    assert sum(map(len, folders)) == len(set.union(*folders))


def test_training_ends_before_evaluation_and_evaluation_before_production(files):
    last = rows_of(files, "train")[DAY].max()
    evaluation = rows_of(files, "evaluation")[DAY]
    later = {name for name in files if name.startswith("production/") and name != f"production/{HELD_OUT}"}
    assert last < evaluation.min()
    assert evaluation.max() < min(files[name][DAY].min() for name in later)


def test_a_held_out_week_is_in_production_only(files):
    week = files[f"production/{HELD_OUT}"]
    assert week[DAY].agg(["min", "max"]).tolist() == ["2013-02-11", "2013-02-17"]
    assert not rows_of(files, "train")[DAY].isin(week[DAY]).any()


def test_production_has_no_label_and_labels_nothing_else(files):
    assert TARGET not in rows_of(files, "production").columns
    assert rows_of(files, "labels").columns.tolist() == [ID, TARGET]


def test_cancelled_flights_are_asked_for_and_never_labelled(table, files):
    cancelled = set(table.loc[table[TARGET].isna(), ID])
    asked = set(rows_of(files, "production")[ID])
    assert cancelled & asked
    assert not cancelled & set(rows_of(files, "labels")[ID])
    assert asked - cancelled == set(rows_of(files, "labels")[ID])
    assert rows_of(files, "train")[TARGET].isin([0, 1]).all()


def test_incomplete_weather_is_dropped_from_training_and_evaluation_only(table, files):
    fewer = split(table, WINDOWS, drop_incomplete_weather=True)
    for folder in ("train", "evaluation"):
        assert rows_of(fewer, folder)[GAPLESS_WEATHER].notna().all(axis=None)
        assert rows_of(files, folder)[GAPLESS_WEATHER].isna().any(axis=None)
    pd.testing.assert_frame_equal(rows_of(fewer, "production"), rows_of(files, "production"))


@pytest.mark.parametrize(
    "days",
    [
        ("2013-01-01", "2013-03-01", "2013-03-01", "2013-03-31"),
        ("2013-02-01", "2013-01-01", "2013-03-01", "2013-03-31"),
        ("2013-01-01", "2013-02-01", "2013-03-31", "2013-03-01"),
    ],
)
def test_windows_in_which_training_would_see_the_evaluation_are_refused(days):
    with pytest.raises(ValueError, match="training must end"):
        Windows(*map(date.fromisoformat, days), ())


def test_a_week_that_starts_on_another_day_is_refused():
    with pytest.raises(ValueError, match="Monday"):
        Windows(date(2013, 1, 1), date(2013, 2, 1), date(2013, 3, 1), date(2013, 3, 2), (date(2013, 2, 12),))


def test_without_options_june_and_july_judge_what_the_months_before_taught():
    windows = arguments([]).windows
    assert (windows.train_to, windows.evaluate_from) == (date(2013, 5, 31), date(2013, 6, 1))
    assert windows.evaluate_to == date(2013, 7, 31)
    assert windows.hold_out == tuple(HOLD_OUT)


def test_windows_that_cannot_be_are_refused_in_words(capsys):
    with pytest.raises(SystemExit):
        arguments(["--train-to", "2013-06-15"])
    assert "training must end before evaluation starts" in capsys.readouterr().err


def test_moved_windows_leave_no_old_file_behind(tmp_path: Path, table):
    write(split(table, WINDOWS), tmp_path)
    assert (tmp_path / "train/2013-02.parquet").is_file()
    moved = Windows(date(2013, 1, 1), date(2013, 1, 31), date(2013, 2, 1), date(2013, 2, 28), ())
    write(split(table, moved), tmp_path)
    assert [path.name for path in (tmp_path / "train").iterdir()] == ["2013-01.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evaluation", "labels", "production", "train"]


def test_a_written_table_reads_back_the_same(tmp_path: Path, files):
    write(files, tmp_path)
    for name, rows in files.items():
        pd.testing.assert_frame_equal(
            pd.read_parquet(tmp_path / f"{name}.parquet"), rows.reset_index(drop=True), check_dtype=True
        )
