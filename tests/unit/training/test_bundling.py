"""What goes into a bundle."""

import json
from pathlib import Path

import pytest

from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.training import bundling
from trainstop.training.runs import Export, LoggedModel, Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    artifacts = tmp_path / "artifacts"
    for name in ("notes.txt", "plots/a.svg", "model/MLmodel"):
        (artifacts / name).parent.mkdir(parents=True, exist_ok=True)
        (artifacts / name).write_text("0123456789")
    model = LoggedModel(name="model", path=str(artifacts / "model"))
    return Run(id="1", name="r", status="FINISHED", start=1, artifacts=str(artifacts), models=(model,))


def names(bundle: Bundle) -> list[str]:
    return sorted(path.relative_to(bundle.root).as_posix() for path in bundle.root.rglob("*") if path.is_file())


def test_artifacts_are_copied_and_models_among_them_are_not(tmp_path, run) -> None:
    bundle = Bundle(tmp_path / "bundle")
    assert bundling.copy_artifacts(run, bundle) == []
    assert names(bundle) == ["artifacts/notes.txt", "artifacts/plots/a.svg"]


def test_too_much_is_left_out_by_name(tmp_path, run, monkeypatch) -> None:
    monkeypatch.setattr(bundling, "ARTIFACT_BYTES", 15)
    bundle = Bundle(tmp_path / "bundle")
    assert bundling.copy_artifacts(run, bundle) == ["plots/a.svg"]
    assert names(bundle) == ["artifacts/notes.txt"]


def test_links_in_a_model_become_files(tmp_path) -> None:
    (tmp_path / "weights").write_text("w")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").symlink_to(tmp_path / "weights")
    bundle = Bundle(tmp_path / "bundle")
    bundling.copy_model(tmp_path / "model", bundle)
    assert list(bundle.manifest()) == ["model/weights"]


def test_a_training_that_logged_nothing_has_an_empty_run(tmp_path) -> None:
    bundle = Bundle(tmp_path)
    bundling.write_run(Export(), None, bundle)
    assert json.loads(bundle.run.read_text())["metrics"] == {}


def test_the_profile_depends_on_what_columns_mean() -> None:
    def settings(**data) -> str:
        given = {"model": {"name": "m", "task": "binary"}, "data": data}
        return bundling.profile_settings(Config.model_validate(given).data)

    assert settings(time="at") != settings()
    assert settings(exclude=["a"]) != settings()
    assert settings(slices=["a"], evaluation=["x.csv"]) == settings()
