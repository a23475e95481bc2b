"""What a file holds, also behind compression: its bytes, what is in a zip or gzip file, the texts of a Parquet table.

One layer deep, and up to `MOST` bytes of what unpacks to more than it is: a bomb must not keep us.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

CHUNK = 1 << 22
MOST = 4 << 30
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
ROWS = 1 << 16
"""Rows of a table that are looked at together."""


def contents(path: Path) -> Iterator[Iterator[bytes]]:
    """Yield each content of a file in pieces, first its own bytes. What cannot be unpacked is left at that."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        yield iter(lambda: file.read(CHUNK), b"")
    if start.startswith(GZIP):
        with suppress(OSError, EOFError, zlib.error), gzip.open(path) as unpacked:
            yield _pieces(unpacked)
    elif start == PARQUET:
        yield _texts(path)
    elif zipfile.is_zipfile(path):
        yield from _members(path)


def _pieces(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """Yield what a file unpacks to, up to the most that we unpack."""
    with suppress(OSError, EOFError, zlib.error, zipfile.BadZipFile):
        taken = 0
        while (piece := file.read(CHUNK)) and taken < MOST:
            taken += len(piece)
            yield piece


def _members(path: Path) -> Iterator[Iterator[bytes]]:
    """Yield the compressed members of a zip file (skops, npz, torch, spreadsheets); others were seen already."""
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.compress_type == zipfile.ZIP_STORED:
                continue
            # One that is encrypted, or packed in a way that this Python has not, keeps what it holds.
            with suppress(RuntimeError, NotImplementedError, zipfile.BadZipFile), archive.open(member) as unpacked:
                yield _pieces(unpacked)


def _texts(path: Path) -> Iterator[bytes]:
    """Yield the values of a table's columns that are no numbers, where a reader for it is installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return
    with suppress(pa.ArrowException, OSError, ValueError), parquet.ParquetFile(path) as table:
        schema = table.schema_arrow
        names = [field.name for field in schema if not pa.types.is_primitive(field.type)]
        for batch in table.iter_batches(batch_size=ROWS, columns=names) if names else ():
            for column in batch.columns:
                values = column.dictionary if pa.types.is_dictionary(column.type) else column
                yield from (memoryview(buffer).tobytes() for buffer in values.buffers() if buffer is not None)
