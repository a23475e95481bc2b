"""Where the model is."""

import os
from pathlib import Path

import pytest

from trainstop.errors import ProjectCodeError
from trainstop.training.finding import Left, left_model, logged_model
from trainstop.training.running import _found
from trainstop.training.runs import Export, LoggedModel

LONG_AGO = 1_000_000.0


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "MLmodel").write_text("flavors: {}")
    return path


def logged(path: Path, name: str) -> LoggedModel:
    return LoggedModel(name=name, path=str(folder(path / name)))


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "out").mkdir()
    (tmp_path / "project").mkdir()
    return tmp_path / "out", tmp_path / "project"


def test_one_logged_model_counts_and_is_counted_once(tmp_path) -> None:
    one = logged(tmp_path, "model")
    assert logged_model([one, one], "", where="") == tmp_path / "model"
    assert logged_model([], "", where="") is None


def test_of_several_the_name_picks(tmp_path) -> None:
    both = [logged(tmp_path, "first"), logged(tmp_path, "second")]
    with pytest.raises(ProjectCodeError, match="first, second"):
        logged_model(both, "", where="")
    assert logged_model(both, "second", where="") == tmp_path / "second"


def test_a_model_on_another_machine_is_said_so() -> None:
    with pytest.raises(ProjectCodeError, match="not on this machine"):
        logged_model([LoggedModel(name="model", path="s3://bucket/model")], "", where="")


@pytest.mark.parametrize("name", ["", "saved"])
def test_a_folder_left_where_it_was_told(places, name) -> None:
    out, project = places
    folder(out / "saved")
    assert left_model(out, project, name, since=0) == Left("folder", out / "saved")


def test_the_folder_it_was_given_may_be_the_model_itself(places) -> None:
    out, project = places
    (out / "MLmodel").write_text("flavors: {}")
    (out / "weights").write_text("")
    assert left_model(out, project, "", since=0) == Left("folder", out)


def test_a_named_file_in_the_project(places) -> None:
    out, project = places
    (project / "model.onnx").write_text("")
    assert left_model(out, project, "model.onnx", since=0) == Left("file", project / "model.onnx")
    assert left_model(out, project, "", since=0) is None


def test_a_model_that_is_older_than_the_training_is_not_its_own(places) -> None:
    out, project = places
    (project / "model.onnx").write_text("")
    os.utime(project / "model.onnx", (LONG_AGO, LONG_AGO))
    assert left_model(out, project, "model.onnx", since=LONG_AGO + 60) is None


def test_several_files_without_a_name_are_no_model(places) -> None:
    out, project = places
    (out / "a.txt").write_text("")
    (out / "b.txt").write_text("")
    assert left_model(out, project, "", since=0) is None


def test_a_logged_model_comes_before_a_folder_and_a_folder_before_a_wrapped_file(tmp_path) -> None:
    left, wrapped = Left("folder", tmp_path / "left"), Export(wrapped=str(tmp_path / "wrapped"))
    assert _found(tmp_path / "logged", left, wrapped) == ("logged", tmp_path / "logged")
    assert _found(None, left, wrapped) == ("folder", tmp_path / "left")
    assert _found(None, Left("file", tmp_path / "left"), wrapped) == ("file", tmp_path / "wrapped")
    assert _found(None, Left("file", tmp_path / "left"), Export()) == ("", None)
