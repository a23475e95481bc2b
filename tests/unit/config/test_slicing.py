"""Which slices a project may ask for."""

from pathlib import Path
from typing import Any

import pytest

from trainstop.config import Config, load
from trainstop.errors import ConfigurationError

MODEL = '[model]\nname = "m"\ntask = "binary"\n'


def written(folder: Path, text: str) -> Config:
    (folder / "trainstop.toml").write_text(MODEL + text)
    return load(folder)


def test_slices_are_columns_and_pairs_of_them(tmp_path: Path) -> None:
    data = written(tmp_path, '[data]\nslices = ["origin", ["carrier", "origin"]]').data
    assert data.slices == (("origin",), ("carrier", "origin"))
    assert data.slice_columns == ("origin", "carrier")


@pytest.mark.parametrize("entry", ['["a", "b", "c"]', '["a", "a"]', "1", "[]", '""', '["a", 1]'])
def test_anything_else_is_refused_and_says_what_an_entry_is(tmp_path: Path, entry: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be") as error:
        written(tmp_path, f"[data]\nslices = [{entry}]")
    assert "column" in error.value.fix
    assert "data.slices.0" in error.value.where


@pytest.mark.parametrize("line", ['mode = "stop"', "tolerance = { auc = 0 }", "bins = 1", "most = 0", "most = 100000"])
def test_keys_of_slices_have_their_bounds(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be"):
        written(tmp_path, f"[slices]\n{line}")


def test_what_is_read_can_be_written_and_read_again(tmp_path: Path) -> None:
    config: Any = written(tmp_path, '[data]\nslices = ["origin", ["carrier", "origin"]]')
    assert Config.model_validate(config.model_dump(mode="json")) == config
