"""What looking at the project's folder does not show is named."""

import sys
from pathlib import Path
from typing import Any

import pytest

from trainstop.config import Config
from trainstop.ports.environments import Interpreter
from trainstop.training.elsewhere import elsewhere

PROJECT = Path("/work/project")


def found(*, places: tuple[str, ...] = (), read: tuple[str, ...] = (), **sections: Any) -> tuple[str, ...]:
    config = Config.model_validate({"model": {"name": "m", "task": "binary"}, **sections})
    interpreter = Interpreter(Path(sys.executable), "d", "3.11", "uv.lock", places=places)
    return elsewhere(config, PROJECT, interpreter, read)


def test_a_project_that_keeps_to_itself_names_nothing() -> None:
    data = {"train": ["data/**/*.csv"], "evaluation": ["./held-out.parquet"]}
    read = ("/work/project/src/train.py", "/work/project/data/a.csv")
    assert found(places=("uv.lock", "libs/ours", "."), read=read, data=data) == ()


@pytest.mark.parametrize(
    "pattern", ["../data/*.csv", "data/../../x.csv", "/data/*.parquet", ".cache/x.csv", ".c*/x.csv"]
)
@pytest.mark.parametrize("key", ["train", "evaluation"])
def test_data_from_outside_or_from_a_tools_folder_is_named(pattern: str, key: str) -> None:
    assert found(data={key: ["data.csv", pattern]}) == (pattern,)


def test_code_from_outside_is_named_even_when_it_is_taken_out() -> None:
    assert found(project={"source": ["**/*.py", "../libs/**/*.py", "!../libs/old/*.py"]}) == (
        "../libs/**/*.py",
        "../libs/old/*.py",
    )


def test_a_lock_or_package_from_outside_is_named() -> None:
    assert found(places=("../uv.lock", "requirements.txt", "../libs/ours")) == ("../libs/ours", "../uv.lock")


def test_the_tools_folder_that_a_file_was_read_from_is_named_once() -> None:
    assert found(read=tuple(f"/work/project/jobs/.dvc/{name}/run.py" for name in "abc")) == ("jobs/.dvc",)


@pytest.mark.parametrize("key", ["metrics-file", "predictions"])
def test_what_is_judged_is_named_where_looking_at_the_folder_does_not_show_it(key: str) -> None:
    assert found(evaluate={key: ".cache/out.json"}) == (".cache/out.json",)
