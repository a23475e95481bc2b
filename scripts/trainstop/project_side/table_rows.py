"""The rows of tables, read in batches in the model's interpreter, and files written all or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trainstop.project_side.score_error import ScoreError, brief

UNREADABLE = "write it as Parquet, or as CSV with one header line"


def spread(total: int, count: int) -> range | list[int]:
    """Return at most `count` positions below `total`, evenly spread, in order.

    >>> spread(10, 4)
    [0, 3, 6, 9]
    """
    if count >= total:
        return range(total)
    if count == 1:
        return [0]
    return [(place * (total - 1) + (count - 1) // 2) // (count - 1) for place in range(count)]


def batches(paths: list[str], size: int) -> Iterator[tuple[int, Any]]:
    """Yield pieces of a table in order, each with the position of its first row.

    A CSV file is read whole: its types are guessed, and piece by piece they would be guessed differently.
    """
    start = 0
    for path in paths:
        for rows in parquet_batches(path, size) if is_parquet(path) else [read_csv(path)]:
            yield start, rows
            start += len(rows)


def parquet_batches(path: str, size: int) -> Iterator[Any]:
    """Yield pieces of a Parquet file."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=size):
            yield batch.to_pandas()


def read_csv(path: str) -> Any:
    """Read a CSV file."""
    import pandas as pd

    try:
        return pd.read_csv(path, low_memory=False)
    except (ValueError, OSError) as error:
        raise ScoreError("input", f"not a readable CSV file: {brief(error)}", where=path, fix=UNREADABLE) from error


def count_rows(path: str) -> int:
    """Count the rows of a file."""
    if not is_parquet(path):
        return len(read_csv(path))
    import pyarrow.parquet

    try:
        return int(pyarrow.parquet.read_metadata(path).num_rows)
    except (ValueError, OSError) as error:
        raise ScoreError("input", f"not a readable Parquet file: {brief(error)}", where=path, fix=UNREADABLE) from error


def is_parquet(path: str) -> bool:
    """Tell by its name whether a file is Parquet."""
    return path.endswith((".parquet", ".pq"))


def joined(pieces: list[Any]) -> Any:
    """Put pieces together: tables as a table, arrays as an array."""
    if hasattr(pieces[0], "columns"):
        import pandas as pd

        return pd.concat(pieces, ignore_index=True)
    import numpy as np

    return np.concatenate(pieces)


def write_parquet(table: Any, path: Path) -> None:
    """Write a table, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    table.to_parquet(beside, index=False)
    beside.replace(path)


def write_json(value: dict[str, Any], path: Path) -> None:
    """Write JSON, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(value, allow_nan=False), encoding="utf-8")
    beside.replace(path)
