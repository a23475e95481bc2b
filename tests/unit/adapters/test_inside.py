"""A secret is found in a file also where compression hides it from whoever reads the bytes."""

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop.adapters import inside
from trainstop.adapters.masking import Masker

SECRET = "a-secret-that-is-long-enough"
TEXT = f"some words, and {SECRET} among them. " + "more words " * 400


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first.json", "nothing here " * 100)
        archive.writestr("folder/second.json", TEXT)


def table(path: Path) -> None:
    columns = {"x": [1.0, 2.0], "text": ["words", TEXT]}
    parquet.write_table(pa.table(columns), path, compression="zstd")


def categories(path: Path) -> None:
    values = pa.array(["words", TEXT, "words"]).dictionary_encode()
    parquet.write_table(pa.table({"kind": values}), path, compression="zstd")


def nested(path: Path) -> None:
    parquet.write_table(pa.table({"kind": [[{"a": "words"}], [{"a": TEXT}]]}), path, compression="gzip")


WAYS = {
    "plain": lambda path: path.write_text(TEXT),
    "zip": zipped,
    "gzip": lambda path: path.write_bytes(gzip.compress(TEXT.encode())),
    "table": table,
    "categories": categories,
    "nested": nested,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_found_in_a_file(way: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    WAYS[way](path)
    assert (SECRET.encode() in path.read_bytes()) is (way == "plain")
    assert Masker([SECRET]).in_file(path)
    assert not Masker(["another-secret-that-is-long"]).in_file(path)


def test_a_secret_over_the_edge_of_two_pieces_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "CHUNK", 20)
    zipped(tmp_path / "file")
    assert Masker([SECRET]).in_file(tmp_path / "file")


@pytest.mark.parametrize("way", [way for way in WAYS if way != "plain"])
def test_a_broken_archive_is_looked_at_as_far_as_it_goes(way: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    WAYS[way](path)
    content = path.read_bytes()
    for cut in range(2, len(content), max(1, len(content) // 20)):
        for broken in (content[:cut], content[:cut] + b"!" + content[cut + 1 :]):
            path.write_bytes(broken)
            Masker([SECRET]).in_file(path)


def test_a_bomb_is_left_after_the_most_that_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "CHUNK", 1000)
    monkeypatch.setattr(inside, "MOST", 10_000)
    (tmp_path / "file").write_bytes(gzip.compress(b"0" * 1_000_000))
    assert sum(len(piece) for piece in list(map(list, inside.contents(tmp_path / "file")))[1]) <= 11_000
