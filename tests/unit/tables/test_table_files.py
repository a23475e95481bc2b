"""Parquet and CSV files as one relation."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainstop.errors import InputError
from trainstop.tables.engine import ROW_NUMBER, opened
from trainstop.tables.table_files import open_files, open_readable


@pytest.fixture
def engine() -> Iterator[Any]:
    with opened() as connection:
        yield connection


def table(folder: Path, name: str, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / name)
    return folder / name


def text(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content)
    return folder / name


def in_order(engine: Any, paths: list[Path], **more: Any) -> list[Any]:
    source = open_files(engine, paths, **more)
    return [row[0] for row in source.run(f'SELECT x FROM {source.name} ORDER BY "{ROW_NUMBER}"')]


def test_rows_have_their_place_among_all_files(engine: Any, tmp_path: Path) -> None:
    paths = [
        table(tmp_path, "a.parquet", x=[1, 2]),
        text(tmp_path, "b.csv", "x\n3\n4\n"),
        table(tmp_path, "c.parquet", x=[5]),
        text(tmp_path, "d.csv", "x\n6\n"),
    ]
    assert in_order(engine, paths) == [1, 2, 3, 4, 5, 6]
    assert in_order(engine, paths[::-1]) == [6, 5, 3, 4, 1, 2]


@pytest.mark.parametrize("name", ["file_row_number", "FILE_INDEX", "filename"])
def test_a_table_may_have_columns_that_are_called_like_the_engines_own(engine: Any, tmp_path: Path, name: str) -> None:
    odd: dict[str, Any] = {name: [9, 8]}
    paths = [table(tmp_path, "a.parquet", x=[1, 2], **odd), text(tmp_path, "b.csv", f"x,{name}\n3,9\n")]
    assert in_order(engine, paths) == [1, 2, 3]
    assert open_files(engine, paths).types[name] == "BIGINT"


def test_a_csv_file_with_a_header_alone_has_no_row(engine: Any, tmp_path: Path) -> None:
    paths = [text(tmp_path, "a.csv", "x\n1\n"), text(tmp_path, "b.csv", "x\n"), text(tmp_path, "c.csv", "")]
    assert in_order(engine, paths) == [1]
    assert open_files(engine, paths[1:2]).rows() == 0


def test_a_broken_file_among_many_is_named(engine: Any, tmp_path: Path) -> None:
    good, bad, empty = table(tmp_path, "a.parquet", x=[1]), tmp_path / "b.parquet", tmp_path / "c.parquet"
    bad.write_bytes(b"PAR1 no table")
    empty.touch()
    for path in (bad, empty):
        with pytest.raises(InputError) as raised:
            open_files(engine, [good, path])
        assert raised.value.where == str(path)


def test_files_that_cannot_be_read_are_left_out_and_named(engine: Any, tmp_path: Path) -> None:
    good, bad, empty = table(tmp_path, "a.parquet", x=[1]), tmp_path / "b.parquet", tmp_path / "c.parquet"
    bad.write_bytes(b"PAR1 no table")
    empty.touch()
    source, said = open_readable(engine, [bad, good, empty])
    assert (source.rows(), said) == (1, f"2 files cannot be read ({bad}, {empty})")
    assert open_readable(engine, [good])[1] == ""
    with pytest.raises(InputError):
        open_readable(engine, [bad])
    with pytest.raises(InputError):
        open_readable(engine, [bad, empty])


def test_kinds_of_files_may_be_mixed_where_some_cannot_be_read(engine: Any, tmp_path: Path) -> None:
    good = [table(tmp_path, "a.parquet", x=[1]), text(tmp_path, "b.csv", "x\n2\n"), text(tmp_path, "c.csv", "")]
    (tmp_path / "d.parquet").write_bytes(b"PAR1 no table")
    (tmp_path / "e.csv.gz").write_bytes(b"no gzip")
    for bad in ("d.parquet", "e.csv.gz"):
        source, said = open_readable(engine, [tmp_path / bad, *good], name=bad)
        assert (source.rows(), said) == (2, f"one file cannot be read ({tmp_path / bad})")


def test_files_that_are_all_empty_are_refused(engine: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty file"):
        open_files(engine, [text(tmp_path, "a.csv", "")])


def test_columns_may_be_read_as_they_are_written(engine: Any, tmp_path: Path) -> None:
    path = tmp_path / "a{b}.csv.gz"
    path.write_bytes(gzip.compress(b"x,t,{y}\n007,01/02/2025,1\n,NA,2\n"))
    source = open_files(engine, [path], text=("x", "t", "other", "{y}"))
    rows = source.run(f'SELECT x, t, "{{y}}" FROM {source.name} ORDER BY "{ROW_NUMBER}"')
    assert rows == [("007", "01/02/2025", "1"), (None, None, "2")]


def test_a_word_for_missing_is_a_value_where_it_is_listed(engine: Any, tmp_path: Path) -> None:
    path = text(tmp_path, "a.csv", "x,y,z\nNone,None,1\nNA,a,None\n")
    source = open_files(engine, [path], listed={"x": ("None", "b")})
    rows = source.run(f'SELECT x, y, z FROM {source.name} ORDER BY "{ROW_NUMBER}"')
    assert rows == [("None", None, "1"), (None, "a", None)]
