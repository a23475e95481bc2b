"""Reading predictions tables (Parquet or CSV): what a well-formed one is.

Whether its numbers make sense for a model is for `judgement`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from trainstop.errors import InputError
from trainstop.labels import spelling
from trainstop.tables.answers import CLASS_SCORE, ID, SCORE, TARGET, PredictionsTable, is_answer
from trainstop.tables.answers import not_as_it_should_be as _wrong

__all__ = ["PredictionsTable", "read"]


def read(path: Path, *, names: dict[str, str], keep: Sequence[str] = (), scores: bool = True) -> PredictionsTable:
    """Read a predictions table (Parquet, or CSV by its ending) and check that it is one.

    Args:
        path: the file.
        names: other names that our columns may have in it: `{"target": "arr_delay", "row_id": "flight"}`; one that
            answers have (`prediction`) is not looked for, since it holds what the model says.
        keep: further columns that must be there (cluster, slices).
        scores: whether the task's answers are scores too; if not, a column `score` is like any other.

    Raises:
        InputError: no such file, not a table, a column missing, no row, a row id twice, a row without target.

    """
    answers = _scored if scores else _unscored
    table = _renamed(_spelled(_opened(path), keep), names, answers)
    where = str(path)
    by_position = ID not in table.column_names and not names.get(ID)
    if by_position:
        table = table.append_column(ID, pa.array(range(table.num_rows)))
    _refuse_answers(table, names, where, answers)
    _require(table, [ID, TARGET, *keep], where)
    said = [name for name in table.column_names if answers(name)]
    if not said:
        raise _wrong("there is neither a `prediction` nor a `score` column", where, "write at least one of them")
    wanted = dict.fromkeys([ID, TARGET, *said, *keep])
    checked = PredictionsTable(table.select(list(wanted)), where, by_position)
    _check_rows(checked)
    return checked


def _opened(path: Path) -> Any:
    """Read a file into an Arrow table."""
    reader = pa.csv.read_csv if path.name.endswith((".csv", ".csv.gz")) else pa.parquet.read_table
    try:
        return reader(path)
    except FileNotFoundError as error:
        raise InputError(
            "there is no predictions table", where=str(path), fix="write it before `trainstop evaluate` runs"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise _wrong(f"the predictions table cannot be read: {error}".splitlines()[0], str(path)) from error


def _spelled(table: Any, keep: Sequence[str]) -> Any:
    """Spell the classes in the names of score columns as labels are, so that `score_1.0` is the score of 1."""
    names = [
        f"{CLASS_SCORE}{spelling(name.removeprefix(CLASS_SCORE))}"
        if name.startswith(CLASS_SCORE) and name not in keep
        else name
        for name in table.column_names
    ]
    return table.rename_columns(names)


def _scored(name: str) -> bool:
    """Say whether a column holds what a model said that gives scores."""
    return is_answer(name)


def _unscored(name: str) -> bool:
    """Say whether a column holds what a model said that gives numbers alone."""
    return is_answer(name) and name != SCORE and not name.startswith(CLASS_SCORE)


def _renamed(table: Any, names: dict[str, str], answers: Callable[[str], bool]) -> Any:
    """Give our names to the columns that the configuration names; a column that is called like ours gives way."""
    for ours, theirs in names.items():
        if theirs != ours and theirs in table.column_names and not answers(theirs):
            values = table[theirs]
            table = table.drop_columns([ours]) if ours in table.column_names else table
            table = table.append_column(ours, values)
    return table


def _refuse_answers(table: Any, names: dict[str, str], where: str, answers: Callable[[str], bool]) -> None:
    """Refuse a table whose only column of such a name is the answers: the truth would be what the model says."""
    for ours, theirs in names.items():
        if answers(theirs) and ours not in table.column_names:
            raise _wrong(
                f"`{theirs}` is what a predictions table calls the model's answers, so it cannot be its `{ours}`",
                where,
                f"write that column as `{ours}`",
            )


def _require(table: Any, columns: Sequence[str], where: str) -> None:
    """Refuse a table that lacks a column or has one twice."""
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise _wrong(
            f"the predictions table lacks {', '.join(f'`{name}`' for name in missing)}",
            where,
            f"it has: {', '.join(table.column_names[:30])}; correct the key that names another: `data.cluster`, "
            "`data.slices` or `model-test.fairness.columns`",
        )
    twice = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if twice:
        raise _wrong(f"the predictions table has these columns twice: {', '.join(twice)}", where)


def _check_rows(read: PredictionsTable) -> None:
    """Refuse an empty table, row ids that do not name one row each, and rows without a target."""
    if not len(read):
        raise _wrong("the predictions table has no row", read.where, "no data is never a pass: check `data.evaluation`")
    ids = read.ids()
    if ids.null_count:
        raise _wrong(f"{ids.null_count} of {len(ids)} rows have no `row_id`", read.where)
    distinct = pc.count_distinct(ids).as_py()
    if distinct < len(ids):
        counts = pc.value_counts(ids)
        first = counts.filter(pc.greater(counts.field("counts"), 1))[0]["values"].as_py()
        raise _wrong(
            f"{len(ids) - distinct} of {len(ids)} rows repeat a `row_id`, the first is {str(first)[:100]!r}",
            read.where,
            "set `data.id` to a column that names each row once",
        )
    target = read.table[TARGET]
    empty = target.null_count
    if pa.types.is_floating(target.type):
        empty += pc.sum(pc.invert(pc.is_finite(target))).as_py() or 0
    elif pa.types.is_string(target.type) or pa.types.is_large_string(target.type):
        empty += pc.sum(pc.equal(pc.utf8_trim_whitespace(target), "")).as_py() or 0
    if empty:
        raise _wrong(
            f"{empty} of {len(read)} rows have no target, or one that is not finite",
            read.where,
            "judge labelled rows only: remove those without a true answer from `data.evaluation`",
        )
