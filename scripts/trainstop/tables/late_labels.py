"""The judged version's answers beside their true answers, or why there are none: other signals do not wait for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trainstop.config import Config
from trainstop.drift.windows import Windows
from trainstop.errors import InputError
from trainstop.labels import spelling
from trainstop.tables.engine import Source, identifier
from trainstop.tables.labelled import Names, between, labelled
from trainstop.tables.logged_columns import USABLE
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.reference import Reference


@dataclass(frozen=True)
class Labelled:
    """Answers of the version that is judged, beside their true answers.

    Attributes:
        table: of all windows together; None when there is none, for `reason`.
        clusters: what each row belongs to.
        windows: of each window, oldest first; None where there is none.

    """

    table: PredictionsTable | None
    clusters: tuple[str, ...] = ()
    windows: tuple[PredictionsTable | None, ...] = ()
    reason: str = ""

    @property
    def rows(self) -> int:
        """How many rows have their true answer."""
        return len(self.table) if self.table else 0


@dataclass(frozen=True)
class LateLabels:
    """What was read of the labels.

    Attributes:
        before: of a longer stretch that ends with the windows.
        now: of the windows.
        unjoined: why labels and log share few ids, in words; empty when they share them.
        notes: which labels are left out.

    """

    before: Labelled
    now: Labelled
    unjoined: str = ""
    notes: tuple[str, ...] = ()


def read_labels(
    config: Config, reference: Reference, rows: Source, labels: Sequence[Path], windows: Windows
) -> LateLabels:
    """Join the judged version's answers and the labels, or say why that cannot be done.

    Args:
        config: names the columns.
        reference: of the version: which answers there can be.
        rows: of the log, of the longer stretch, of the version.
        labels: tables with true answers.
        windows: to look at.

    """
    reason = _without(config, reference, rows, labels)
    if reason:
        return _none(reason)
    data = config.data
    names = Names(
        id_column=data.id,
        target=data.target,
        cluster=data.cluster,
        query=data.query if config.model.task == "ranking" else "",
    )
    try:
        joined = labelled(rows, labels, names, reference.answers)
    except InputError as error:
        return _none(f"{error.what} ({error.where})")
    if config.model.task == "binary" and len(joined.table["target"].unique()) > 2:
        return _none("the labels have more than two values, and the task is binary", joined.notes)
    each = [_table(between(joined.table, start, start + windows.length)) for start in windows.starts]
    now = _of(between(joined.table, windows.start, windows.end), joined.unjoined, joined.notes)
    before = _of(joined.table, joined.unjoined, joined.notes)
    return LateLabels(before, replace(now, windows=tuple(each)), joined.unjoined, joined.notes)


def _none(reason: str, notes: tuple[str, ...] = ()) -> LateLabels:
    """Say that there is no labelled answer, and why."""
    return LateLabels(Labelled(None, reason=reason), Labelled(None, reason=reason), notes=notes)


def _of(joined: Any, unjoined: str, notes: tuple[str, ...]) -> Labelled:
    """Return labelled rows, or say why there are none."""
    table = _table(joined)
    reason = unjoined or "; ".join(("no logged answer of this version has its true answer yet", *notes))
    return Labelled(table, tuple(joined["cluster"].to_pylist()), reason="" if table else reason)


def _without(config: Config, reference: Reference, rows: Source, labels: Sequence[Path]) -> str:
    """Say why answers and labels cannot be joined, or return an empty text."""
    if not config.monitor.labels:
        return "`monitor.labels` names no tables with true answers"
    if not labels:
        return "no labels yet: no file matches `monitor.labels`"
    if not config.data.id:
        return "labels are joined by `data.id`, which is not set"
    known = reference.answers.labels
    if config.model.task == "binary" and known and spelling(config.data.positive) not in known:
        return f"`data.positive` is {config.data.positive!r}, and the version knows {' and '.join(known)}"
    return _without_answers(config.data.id, rows)


def _without_answers(id_column: str, rows: Source) -> str:
    """Say why there is no logged answer to join with labels, or return an empty text."""
    logged, usable = rows.one(f"SELECT count(*), count(*) FILTER ({identifier(USABLE)}) FROM {rows.name}")  # quoted  # noqa: S608  # nosec B608
    if not logged:
        return "no logged answer of this version is in the windows"
    if not usable:
        return f"none of the {logged} logged answers of this version can be read"
    if id_column not in rows.types:
        return f"the log has no column `{id_column}` to join the labels by: send it with each request"
    return ""


def _table(rows: Any) -> PredictionsTable | None:
    """Return labelled rows as a predictions table, without answer columns that hold nothing; None without rows."""
    if not rows.num_rows:
        return None
    names = ("score", "prediction")
    empty = [name for name in names if name in rows.column_names and rows[name].null_count == rows.num_rows]
    return PredictionsTable(rows.drop_columns(empty) if empty else rows, "the labelled answers")
