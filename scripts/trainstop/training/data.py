"""The data files a training is given: which they are, and whether there is anything in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainstop.errors import InputError
from trainstop.project_files import matching

if TYPE_CHECKING:
    from trainstop.config.root import DataSection

PARQUET = frozenset({".parquet", ".pq"})


def missing_globs(data: "DataSection", project: Path) -> list[str]:
    """Return the globs of training and evaluation data that match no file, each with its key."""
    named = {"data.train": data.train, "data.evaluation": data.evaluation}
    return [
        f"{key}: {pattern}"
        for key, patterns in named.items()
        for pattern in patterns
        if not matching(project, [pattern])
    ]


def refuse_missing(data: "DataSection", project: Path) -> None:
    """Raise when a glob matches no file.

    Raises:
        InputError: names every such glob.

    """
    if missing := missing_globs(data, project):
        fix = "see why `data.prepare` does not make it" if data.prepare else "correct the glob, or set `data.prepare`"
        raise InputError(f"no file matches {', '.join(missing)}", where=str(project), fix=fix)


def training_rows(patterns: Sequence[str], project: Path) -> int | None:
    """Return the number of training rows; None when no data is configured.

    Raises:
        InputError: the files of a glob hold no row, or cannot be read.

    """
    total = 0
    for pattern in patterns:
        rows = sum(_count(path) for path in matching(project, [pattern]))
        if not rows:
            raise InputError(
                f"the training data has no rows: {pattern}",
                where=f"{project}, key `data.train`",
                fix="check how these files are made",
            )
        total += rows
    return total if patterns else None


def _count(path: Path) -> int:
    """Count the rows of a Parquet (by its metadata) or CSV file."""
    import pyarrow as pa  # noqa: PLC0415  # 0.1 s that an unchanged training must not pay
    from pyarrow import csv, parquet  # noqa: PLC0415

    try:
        if path.suffix in PARQUET:
            return int(parquet.read_metadata(path).num_rows)
        options = csv.ParseOptions(newlines_in_values=True)
        with csv.open_csv(path, parse_options=options) as reader:
            names = reader.schema.names
        # Kinds are guessed from the first megabyte, and later values may be of another: for a count all is text.
        text = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False)
        with csv.open_csv(path, parse_options=options, convert_options=text) as reader:
            return sum(int(batch.num_rows) for batch in reader)
    except (pa.ArrowException, OSError) as error:
        if "Empty CSV" in str(error):
            return 0
        raise InputError(
            f"the training data cannot be read: {error}".splitlines()[0],
            where=str(path),
            fix="Parquet or CSV with one header line",
        ) from error
