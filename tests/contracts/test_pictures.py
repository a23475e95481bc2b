"""The pictures of README and docs show what the code makes."""

import json
import re
from pathlib import Path

import pytest

import pictures


def test_no_picture_is_stale() -> None:
    assert [picture.name for picture in pictures.stale()] == [], "run `make docs`"


def test_every_picture_is_shown_somewhere_and_nothing_else_is_kept() -> None:
    pages = [pictures.ROOT / "README.md", *(pictures.ROOT / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"images/([\w-]+\.png)", page.read_text())}
    taken = {picture.name for picture in pictures.PICTURES}
    assert shown == taken == {path.name for path in pictures.IMAGES.iterdir()} - {pictures.MADE_OF.name}


@pytest.mark.parametrize("picture", pictures.PICTURES, ids=lambda picture: picture.name)
def test_a_changed_source_makes_its_picture_stale(
    picture: pictures.Picture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made_of = tmp_path / "made-of.json"
    made_of.write_text(json.dumps({each.name: each.digest for each in pictures.PICTURES} | {picture.name: "0" * 64}))
    monkeypatch.setattr(pictures, "MADE_OF", made_of)
    assert pictures.stale() == [picture]
