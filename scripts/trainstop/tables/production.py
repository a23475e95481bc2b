"""What production was asked and answered, counted: everything `monitor` judges, read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainstop.config import Config
from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.drift.windows import Windows
from trainstop.tables.engine import Source, identifier
from trainstop.tables.inference_log import InferenceLog, open_log
from trainstop.tables.labelled import between, few_shared, labelled
from trainstop.tables.logged_lines import EVENT, PREDICTION, SCORE, STATUS, VERSION
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.profiling import count_periods
from trainstop.tables.reference import Reference

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Requests:
    """Requests whose status can be read: `errors` have one of 500 or above, or 0, `refused` one of 400 to 499."""

    total: int
    errors: int
    refused: int
    p95_seconds: float | None


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


@dataclass(frozen=True, kw_only=True)
class Production:
    """What was read of the log and of the labels.

    Attributes:
        rows: of each window, whichever version was asked.
        features: the windows counted into the reference's bins; None when they hold no row.
        recent: the newest stretch counted so, as one period; None when it holds no row.
        recent_rows: rows of that stretch.
        answers: the judged version's answers in the windows, counted; None when there are none.
        requests: of the newest stretch, answered by the judged version: by all when the log does not say by which.
        other_requests: of the newest stretch, answered by other versions.
        unread_statuses: requests of the newest stretch, of the judged version, whose status cannot be read.
        answered: rows of the judged version in the windows that were answered.
        unusable: those of them whose answer is missing, not finite, or none that the task knows.
        recent_answered: answered rows of the judged version in the newest stretch.
        recent_unusable: those of them without a usable answer.
        answered_by: rows of the windows by the version that was asked; empty when the log does not say.
        newest: time of the newest row that was logged.
        labelled: answers of the windows with their true answers.
        labelled_before: the same of the longer stretch that ends with them.
        unjoined: why labels and log share few ids, in words; empty when they share them.
        notes: what a reader must know about the log.

    """

    rows: tuple[int, ...]
    features: Profile | None
    recent: Profile | None
    recent_rows: int
    answers: Profile | None
    requests: Requests
    other_requests: Requests
    unread_statuses: int
    answered: int
    unusable: int
    recent_answered: int
    recent_unusable: int
    answered_by: Mapping[int, int]
    newest: datetime | None
    labelled: Labelled
    labelled_before: Labelled
    unjoined: str
    notes: tuple[str, ...]


def read_production(
    connection: "DuckDBPyConnection",
    config: Config,
    reference: Reference,
    windows: Windows,
    *,
    longer: Windows,
    version: int,
    log: Sequence[Path],
    labels: Sequence[Path],
) -> Production:
    """Read the log and the labels of the windows, and of the newest stretch.

    Args:
        connection: engine to read with.
        config: names the columns.
        reference: of the version that is judged.
        windows: to look at.
        longer: more windows with the same end; labels of all of them are read.
        version: that is judged; its answers alone count for prediction and performance, everybody's rows for features.
        log: files of the inference log.
        labels: files with true answers.

    Raises:
        ConfigurationError, InputError: a file cannot be read, or lacks what the configuration names.

    """
    opened = open_log(
        connection,
        log,
        reference.answers,
        time=config.data.time,
        id_column=config.data.id,
        since=min(longer.start, windows.recent),
        until=windows.as_of,
    )
    recent = opened.between("recent", windows.recent, windows.as_of + INSTANT)
    everyone = opened.between("everyone", windows.start, windows.end)
    served = opened.between("served", windows.start, windows.end, version=_told_apart(opened, version))
    columns = reference.profile.columns
    labelled_before, labelled_now, unjoined = _labelled(
        config,
        opened.between("labelled", longer.start, longer.end, version=_told_apart(opened, version)),
        labels,
        windows,
    )
    requests, other_requests, unread = _requests(opened, windows, version)
    answered, unusable = _answered(served)
    newest = opened.between("newest", windows.recent, windows.as_of + INSTANT, version=_told_apart(opened, version))
    recent_answered, recent_unusable = _answered(newest)
    return Production(
        rows=tuple(opened.between("one", start, start + windows.length).rows() for start in windows.starts),
        features=_counted(everyone, columns, config, EVENT),
        recent=_counted(recent, columns, config, ""),
        recent_rows=recent.rows(),
        answers=_counted(served, reference.answer.columns, config, EVENT) if reference.answer else None,
        requests=requests,
        other_requests=other_requests,
        unread_statuses=unread,
        answered=answered,
        unusable=unusable,
        recent_answered=recent_answered,
        recent_unusable=recent_unusable,
        answered_by=_answered_by(everyone),
        newest=opened.newest,
        labelled=labelled_now,
        labelled_before=labelled_before,
        unjoined=unjoined,
        notes=opened.notes,
    )


def _told_apart(log: InferenceLog, version: int) -> int | None:
    """Return the version to filter by; None when the log does not say which version answered."""
    known = log.rows.one(f"SELECT count({identifier(VERSION)}) FROM {log.rows.name}")[0]  # quoted  # noqa: S608  # nosec B608
    return version if known else None


def _answered_by(rows: Source) -> dict[int, int]:
    """Count rows by the version that was asked."""
    version = identifier(VERSION)
    counts = rows.run(
        f"SELECT {version}, count(*) FROM {rows.name} WHERE {version} >= 0 GROUP BY 1 ORDER BY 1"  # quoted  # noqa: S608  # nosec B608
    )
    return dict(counts)


def _answered(rows: Source) -> tuple[int, int]:
    """Count the answered rows, and those of them without a usable answer."""
    status, score, label = (identifier(name) for name in (STATUS, SCORE, PREDICTION))
    answered, unusable = rows.one(
        f"SELECT count(*), count(*) FILTER (NOT ({label} IS NOT NULL OR coalesce(isfinite({score}), false))) "  # quoted  # noqa: S608  # nosec B608
        f"FROM {rows.name} WHERE {status} IS NULL OR {status} BETWEEN 200 AND 299"
    )
    return answered, unusable


def _counted(rows: Source, columns: Sequence[ColumnProfile], config: Config, time: str) -> Profile | None:
    """Count rows into a reference's bins; None when there are none."""
    return count_periods(rows, columns, time=time, period=config.data.period) if rows.rows() else None


def _requests(log: InferenceLog, windows: Windows, version: int) -> tuple[Requests, Requests, int]:
    """Count the newest requests of the judged version and of others, and the former without a readable status.

    A request that no version is named for is the judged one's: nobody else's failure it is.
    """
    own = f"(version IS NULL OR version IN ({version}))"
    stretch = (windows.recent, windows.as_of + INSTANT)
    mine = log.requests_between("own requests", *stretch, own)
    others = log.requests_between("other requests", *stretch, f"NOT {own}")
    (unread,) = mine.one(f"SELECT count(*) FROM {mine.name} WHERE status IS NULL OR status < 0")  # quoted  # noqa: S608  # nosec B608
    return _counted_requests(mine), _counted_requests(others), unread


def _counted_requests(asked: Source) -> Requests:
    """Count requests with a readable status, failures and refusals among them."""
    total, errors, refused, p95 = asked.one(
        "SELECT count(*), count(*) FILTER (status >= 500 OR status = 0), "  # quoted  # noqa: S608  # nosec B608
        "count(*) FILTER (status BETWEEN 400 AND 499), "
        f"quantile_cont(seconds, 0.95) FILTER (isfinite(seconds)) FROM {asked.name} WHERE status >= 0"
    )
    return Requests(total, errors, refused, p95)


def _labelled(config: Config, rows: Source, labels: Sequence[Path], windows: Windows) -> tuple[Labelled, Labelled, str]:
    """Join answers and labels, or say why that cannot be done; of all rows, of the windows, and why few are joined."""
    if reason := _without(config, rows, labels):
        return Labelled(None, reason=reason), Labelled(None, reason=reason), ""
    data = config.data
    joined = labelled(
        rows,
        labels,
        id_column=data.id,
        target=data.target,
        cluster=data.cluster,
        query=data.query if config.model.task == "ranking" else "",
        task=config.model.task,
    )
    each = [_table(between(joined, start, start + windows.length)) for start in windows.starts]
    unjoined = few_shared(rows, data.id)
    now = replace(_of(between(joined, windows.start, windows.end), unjoined), windows=tuple(each))
    return _of(joined, unjoined), now, unjoined


def _of(joined: Any, unjoined: str) -> Labelled:
    """Return labelled rows, or say why there are none."""
    table = _table(joined)
    reason = "" if table else unjoined or "no logged answer of this version has its true answer yet"
    return Labelled(table, tuple(joined["cluster"].to_pylist()), reason=reason)


def _without(config: Config, rows: Source, labels: Sequence[Path]) -> str:
    """Say why answers and labels cannot be joined, or return an empty text."""
    if not config.monitor.labels:
        return "`monitor.labels` names no tables with true answers"
    if not labels:
        return "no labels yet: no file matches `monitor.labels`"
    if not config.data.id:
        return "labels are joined by `data.id`, which is not set"
    if not rows.rows():
        return "no logged answer of this version is in the windows"
    if config.data.id not in rows.types:
        return f"the log has no column `{config.data.id}` to join the labels by: send it with each request"
    return ""


def _table(rows: Any) -> PredictionsTable | None:
    """Return labelled rows as a predictions table, without answer columns that hold nothing; None without rows."""
    if not rows.num_rows:
        return None
    names = ("score", "prediction")
    empty = [name for name in names if name in rows.column_names and rows[name].null_count == rows.num_rows]
    return PredictionsTable(rows.drop_columns(empty) if empty else rows, "the labelled answers")
