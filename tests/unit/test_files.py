"""A file is there whole or not at all."""

from pathlib import Path

import pytest

from trainstop import digests, files


def test_a_failure_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    files.write_text(path, "old")

    def interrupted() -> None:
        with files.replacing(path) as beside:
            beside.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["record.json"]


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digests.of_value({"a": 1, "b": [2]}) == digests.of_value({"b": [2], "a": 1})
    assert digests.of_value({"a": 1}) != digests.of_value({"a": 2})


def test_a_renamed_file_changes_the_digest_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    before = digests.of_files(tmp_path, [tmp_path / "a"])
    (tmp_path / "a").rename(tmp_path / "b")
    assert digests.of_files(tmp_path, [tmp_path / "b"]) != before
