"""Which run counts, and where its files are."""

from pathlib import Path

import pytest

from trainstop.errors import ProjectCodeError
from trainstop.training.runs import Export, LoggedModel, Run, adopted, pick


def run(name: str, start: int, *, status: str = "FINISHED", parent: str = "", **metrics: float) -> Run:
    return Run(id=f"id-{name}", name=name, start=start, status=status, parent=parent, metrics=metrics)


THREE = (run("a", 1, loss=0.3, auc=0.7), run("b", 3, loss=0.1, auc=0.6), run("c", 2, loss=0.2, auc=0.8))


def test_no_run_is_no_choice() -> None:
    assert pick((), "only", "", where="") is None


def test_one_run_is_the_only_one() -> None:
    assert pick(THREE[:1], "only", "", where="").name == "a"


def test_several_runs_are_listed_when_one_is_expected() -> None:
    with pytest.raises(ProjectCodeError, match=r"3 runs.*a, b, c"):
        pick(THREE, "only", "", where="")


@pytest.mark.parametrize(("how", "best", "name"), [("last", "", "b"), ("best", "auc", "c"), ("best", "-loss", "b")])
def test_the_configuration_picks(how, best, name) -> None:
    assert pick(THREE, how, best, where="").name == name


def test_children_do_not_count_as_the_only_or_last_run_but_may_be_the_best() -> None:
    runs = (run("parent", 1, auc=0.1), run("child", 2, parent="id-parent", auc=0.9))
    assert pick(runs, "only", "", where="").name == "parent"
    assert pick(runs, "last", "", where="").name == "parent"
    assert pick(runs, "best", "auc", where="").name == "child"


def test_a_failed_run_never_counts() -> None:
    runs = (run("good", 1, auc=0.5), run("bad", 2, status="FAILED", auc=0.9))
    assert {pick(runs, how, "auc", where="").name for how in ("only", "last", "best")} == {"good"}
    with pytest.raises(ProjectCodeError, match="all of them failed"):
        pick(runs[1:], "last", "", where="")


def test_a_metric_that_no_run_logged_is_answered_with_those_that_are_there() -> None:
    with pytest.raises(ProjectCodeError) as caught:
        pick(THREE, "best", "f1", where="")
    assert "auc, loss" in caught.value.fix


def test_only_the_folders_of_this_training_leave_the_project(tmp_path) -> None:
    ours = tmp_path / "mlruns" / "1" / "id-a" / "artifacts"
    model = tmp_path / "mlruns" / "1" / "models" / "m-1" / "artifacts"
    theirs = tmp_path / "mlruns" / "1" / "id-z" / "artifacts"
    for folder in (ours, model, theirs):
        folder.mkdir(parents=True)
        (folder / "file").write_text(folder.parent.name)
    logged = LoggedModel(name="model", path=str(model))
    inside = LoggedModel(name="inner", path=str(ours / "inner"))
    before = Export(runs=(THREE[0].model_copy(update={"artifacts": str(ours), "models": (logged, inside)}),))

    after = adopted(before, tmp_path, tmp_path / "room").runs[0]

    assert (Path(after.artifacts) / "file").read_text() == "id-a"
    assert (Path(after.models[0].path) / "file").read_text() == "m-1"
    assert after.models[1].path == f"{after.artifacts}/inner"
    assert [path.name for path in (tmp_path / "mlruns" / "1").iterdir()] == ["id-z"]


def test_nothing_is_moved_from_elsewhere(tmp_path) -> None:
    folder = tmp_path / "data" / "id-a" / "artifacts"
    folder.mkdir(parents=True)
    export = Export(runs=(THREE[0].model_copy(update={"artifacts": str(folder)}),))
    assert adopted(export, tmp_path, tmp_path / "room") == export
    assert folder.is_dir()


def test_an_emptied_mlruns_is_removed(tmp_path) -> None:
    folder = tmp_path / "mlruns" / "1" / "id-a" / "artifacts"
    folder.mkdir(parents=True)
    adopted(Export(runs=(THREE[0].model_copy(update={"artifacts": str(folder)}),)), tmp_path, tmp_path / "room")
    assert not (tmp_path / "mlruns").exists()
