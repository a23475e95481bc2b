"""Profiles: what is counted, in which bins, for which period."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.errors import InputError
from trainstop.tables.counting import count_periods
from trainstop.tables.engine import open_arrow, opened
from trainstop.tables.profiling import profile_table

MONDAY = datetime.fromisoformat("2025-03-03")


def table(tmp_path: Path, columns: Mapping[str, Any], name: str = "t.parquet") -> Path:
    path = tmp_path / name
    pq.write_table(pa.table(dict(columns)), path)
    return path


def text(tmp_path: Path, content: str, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_text(content)
    return path


def profile(*paths: Path, time: str = "", period: Any = "week", exclude: Sequence[str] = ()) -> Profile:
    return profile_table(paths, time=time, period=period, exclude=exclude)


def column(tmp_path: Path, values: Any) -> ColumnProfile:
    return profile(table(tmp_path, {"v": values})).columns[0]


def window(reference: Profile, columns: Mapping[str, Any]) -> Profile:
    with opened() as connection:
        source = open_arrow(connection, pa.table(dict(columns)))
        return count_periods(source, reference.columns, time=reference.time, period=reference.period)


def test_weeks_begin_on_monday_and_every_row_is_in_one(tmp_path: Path) -> None:
    times = [MONDAY - timedelta(seconds=1), MONDAY, MONDAY + timedelta(days=6, hours=23), MONDAY + timedelta(days=7)]
    found = profile(table(tmp_path, {"t": times, "v": [1.0, 2.0, 3.0, 4.0]}), time="t")
    assert found.starts == (date(2025, 2, 24), date(2025, 3, 3), date(2025, 3, 10))
    assert (found.days, found.usual_days, found.whole(2)) == ((1, 2, 1), 1, (False, True, False))
    assert (found.rows, found.total, found.covered_days) == ((1, 2, 1), 4, 21)
    assert [sum(counts) for counts in found.columns[0].counts] == [1, 2, 1]


def test_days_are_utc_whatever_zone_the_times_are_in(tmp_path: Path) -> None:
    rows = "t,v\n2025-01-01T00:30:00+01:00,1\n2025-01-01T23:30:00-01:00,2\n2025-01-01T12:00:00Z,3\n"
    assert profile(text(tmp_path, rows), time="t", period="day").starts == (
        date(2024, 12, 31),
        date(2025, 1, 1),
        date(2025, 1, 2),
    )
    zoned = pa.array([datetime(2025, 1, 1, 0, 30, tzinfo=UTC)], pa.timestamp("us", tz="America/New_York"))
    assert profile(table(tmp_path, {"t": zoned}), time="t", period="day").starts == (date(2025, 1, 1),)


def test_without_a_time_column_all_is_one_period(tmp_path: Path) -> None:
    found = profile(table(tmp_path, {"v": [1, 2, 3]}))
    assert (found.starts, found.rows, found.covered_days) == ((None,), (3,), 0)


def test_numbers_fall_into_twenty_about_equal_bins_and_none_is_out_of_range(tmp_path: Path) -> None:
    counts = column(tmp_path, np.random.default_rng(0).normal(size=10_000)).counts[0]
    assert len(counts) == 22
    assert (counts[0], counts[-1]) == (0, 0)
    assert max(abs(count - 500) for count in counts[1:-1]) <= 1


def test_bins_agree_with_numpy_on_ties_and_edges(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 40, 5000).astype(float)
    found = column(tmp_path, values)
    places = np.searchsorted(found.edges, values, side="left")
    assert found.counts[0] == tuple(np.bincount(places, minlength=len(found.edges) + 1))


def test_edges_of_many_rows_come_from_a_sample_that_is_the_same_every_time(tmp_path: Path) -> None:
    values = np.random.default_rng(2).normal(size=450_000)
    path = table(tmp_path, {"v": values})
    found = profile(path)
    assert found == profile(path)
    shares = np.array(found.columns[0].counts[0][1:-1]) / len(values)
    assert np.abs(shares - 0.05).max() < 0.004
    assert (found.columns[0].edges[-1], found.columns[0].counts[0][0]) == (values.max(), 0)


def test_nulls_nans_and_infinities_are_counted_apart_and_are_in_no_bin(tmp_path: Path) -> None:
    found = column(tmp_path, [1.0, None, float("nan"), float("inf"), float("-inf"), 2.0])
    assert (found.nulls, found.nans, found.infinities, found.missing(0)) == ((1,), (1,), (2,), 2)
    assert sum(found.counts[0]) == 2


@pytest.mark.parametrize(
    ("values", "kind", "bins"),
    [
        ([True, False, None], "categorical", 3),
        (["a", "b", "a"], "categorical", 3),
        ([7, 7, 7], "numeric", 3),
        ([Decimal("1.5"), Decimal("2.5")], "numeric", 4),
        (pa.array([None, None], pa.float64()), "uncounted", 0),
        (pa.array([None, None], pa.string()), "uncounted", 0),
        (pa.nulls(2), "uncounted", 0),
        ([float("nan"), float("inf")], "uncounted", 0),
        ([date(2025, 1, 1), date(2025, 1, 2)], "uncounted", 0),
        ([[1, 2], [3]], "uncounted", 0),
        (pa.array(["a", "b"]).dictionary_encode(), "categorical", 3),
        ([10**30, 1], "numeric", 4),
    ],
    ids=[
        "bool",
        "text",
        "constant",
        "decimal",
        "empty number",
        "empty text",
        "null",
        "nan",
        "date",
        "list",
        "enum",
        "huge",
    ],
)
def test_each_kind_of_column_is_counted_by_its_way(tmp_path: Path, values: Any, kind: str, bins: int) -> None:
    if values and isinstance(values, list) and isinstance(values[0], int) and values[0] > 2**64:
        values = pa.array([Decimal(value) for value in values], pa.decimal128(38, 0))
    found = column(tmp_path, values)
    assert (found.kind, found.bins) == (kind, bins)
    assert [len(counts) for counts in found.counts] == ([bins] if bins else [])


def test_of_many_categories_the_most_frequent_are_counted_and_the_others_together(tmp_path: Path) -> None:
    values = ["often"] * 50 + [f"id{number:04d}" for number in range(500)]
    found = column(tmp_path, values)
    assert (len(found.values), found.values[0], found.counts[0][0]) == (100, "often", 50)
    assert found.counts[0][-1] == 500 - 99
    assert not found.complete


def test_a_window_is_counted_into_the_references_bins(tmp_path: Path) -> None:
    reference = profile(table(tmp_path, {"v": [1.0, 2.0, 3.0], "c": ["a", "b", "a"], "gone": [1, 2, 3]}))
    seen = window(reference, {"v": [0.5, 1.0, 9.0, float("nan")], "c": ["a", "new", None, None], "more": [1, 2, 3, 4]})
    number, category = seen.columns
    assert [each.name for each in seen.columns] == ["v", "c"]
    assert (number.counts[0], number.nans) == ((1, 1, 0, 0, 1), (1,))
    assert (category.values, category.counts[0], category.nulls) == (("a", "b"), (1, 0, 1), (2,))


def test_what_is_no_number_where_numbers_were_is_mistyped(tmp_path: Path) -> None:
    reference = profile(table(tmp_path, {"v": [1.0, 2.0]}))
    found = window(reference, {"v": ["1.5", "much", None]}).columns[0]
    assert (found.mistyped, found.nulls, sum(found.counts[0])) == ((1,), (1,), 1)


def test_single_precision_values_return_from_text_into_their_own_bin(tmp_path: Path) -> None:
    values = np.array([0.1, 0.2, 0.7], dtype=np.float32)
    reference = profile(table(tmp_path, {"v": values}))
    found = window(reference, {"v": [0.1, 0.2, 0.7]})
    assert found.columns[0].counts == reference.columns[0].counts


def test_csv_and_parquet_give_the_same_profile(tmp_path: Path) -> None:
    rows = "t,v,c\n2025-01-01,1.5,a\n2025-01-09,NA,\n2025-01-10,2.5,b\n"
    times = [datetime.fromisoformat(f"2025-01-{day:02d}") for day in (1, 9, 10)]
    same = table(tmp_path, {"t": times, "v": [1.5, None, 2.5], "c": ["a", None, "b"]})
    assert profile(text(tmp_path, rows), time="t") == profile(same, time="t")


def test_files_are_joined_by_column_name(tmp_path: Path) -> None:
    first = table(tmp_path, {"v": [1, 2], "w": [1, 1]}, "a.parquet")
    second = table(tmp_path, {"w": [3], "v": [4]}, "b.parquet")
    third = text(tmp_path, "w,v\n5,6\n", "c.csv")
    found = profile(first, second, third).by_name()
    assert (found["v"].edges[-1], found["w"].edges[-1]) == (6, 5)


def test_odd_names_of_files_and_columns_are_taken_literally(tmp_path: Path) -> None:
    path = table(tmp_path, {'say "v"; --': [1, 2], "täg": [1, 2]}, "it's [a] *?.parquet")
    assert [each.name for each in profile(path).columns] == ['say "v"; --', "täg"]


def test_excluded_columns_and_the_time_are_left_out(tmp_path: Path) -> None:
    path = table(tmp_path, {"t": [MONDAY], "id": [1], "v": [1]})
    assert [each.name for each in profile(path, time="t", exclude=["id", "not there"]).columns] == ["v"]


def test_rows_without_a_readable_time_are_counted_apart(tmp_path: Path) -> None:
    found = profile(text(tmp_path, "t,v\n2025-01-01,1\nsoon,2\n,3\n"), time="t")
    assert (found.rows, found.untimed) == ((1,), 2)


@pytest.mark.parametrize(
    ("content", "name", "time", "what"),
    [
        ("v\n", "t.csv", "", "without rows"),
        ("v\n1\n", "t.csv", "t", "not in the table"),
        ("t,v\nsoon,1\n", "t.csv", "t", "no row has a readable time"),
        ("t,v\n5,1\n", "t.csv", "t", "no row has a readable time in `t`"),
        ("no parquet", "t.parquet", "", "cannot be read"),
        ("v\n1\n", "t.xlsx", "", "neither Parquet nor CSV"),
    ],
)
def test_a_table_that_cannot_be_profiled_says_why(
    tmp_path: Path, content: str, name: str, time: str, what: str
) -> None:
    with pytest.raises(InputError, match=what) as raised:
        profile(text(tmp_path, content, name), time=time)
    assert raised.value.fix


def test_no_table_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no table"):
        profile()
    with pytest.raises(InputError, match="missing"):
        profile(tmp_path / "gone.parquet")


def test_a_profile_survives_its_file(tmp_path: Path) -> None:
    found = profile(table(tmp_path, {"t": [MONDAY], "v": [1.5], "c": ["ä"]}), time="t")
    found.write(tmp_path / "profile.json")
    assert Profile.read(tmp_path / "profile.json") == found


def test_a_broken_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Profile.read(text(tmp_path, '{"schema_version": 1', "profile.json"))


@pytest.mark.parametrize(
    ("trained", "sent"),
    [
        ([True, False], [1, 0]),
        ([True, False], [1.0, 0.0]),
        ([True, False], ["True", "False"]),
        ([True, False], ["1", "0"]),
        (["True", "False"], [True, False]),
        (["97", "98"], [97.0, 98.0]),
        (["97", "98"], ["97.0", "98"]),
        (["97.0", "98.0"], ["97.0", "98.0"]),
        ([None, True], [None, "true"]),
    ],
)
def test_a_category_is_known_whatever_its_type(tmp_path: Path, trained: list[Any], sent: list[Any]) -> None:
    reference = profile(table(tmp_path, {"v": trained}))
    counts = window(reference, {"v": sent}).columns[0].counts[0]
    assert (sum(counts), counts[-1]) == (sum(value is not None for value in sent), 0)


@pytest.mark.parametrize(("trained", "sent"), [([True, False], [2, 3]), (["97"], ["97.5", "097.0"])])
def test_a_category_that_is_none_of_the_references_is_new(tmp_path: Path, trained: list[Any], sent: list[Any]) -> None:
    reference = profile(table(tmp_path, {"v": trained}))
    assert window(reference, {"v": sent}).columns[0].counts[0][-1] == 2


def test_dates_of_a_csv_file_whose_day_and_month_cannot_be_told_are_no_times(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row has a readable time in `t`"):
        profile(text(tmp_path, "t,v\n01/02/2025,1\n"), time="t")
