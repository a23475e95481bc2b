"""Files that a version lost in the registry: what is the same to the byte is put back, and nothing else is."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.registry.conftest import Open, make_bundle
from tests.integration.registry.workers import connect

from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import InputError


@pytest.fixture
def registry(embedded: Embedded, bundle: Bundle) -> MlflowRegistry:
    """A registry with version 1 of `m`."""
    made = connect(embedded.uri, embedded)
    made.publish("m", "key", bundle, {})
    return made


@pytest.fixture
def stored(embedded: Embedded, registry: MlflowRegistry) -> Path:
    """The files of version 1, where the registry keeps them."""
    return next(embedded.artifacts.rglob(MANIFEST)).parent


def content(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


LOSSES: dict[str, Callable[[Path], object]] = {
    "a file": lambda root: (root / "model/w.bin").unlink(),
    "a folder": lambda root: shutil.rmtree(root / "model"),
    "the manifest": lambda root: (root / MANIFEST).unlink(),
    "everything": shutil.rmtree,
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_what_was_lost_is_put_back_by_registering_the_same_again(
    registry: MlflowRegistry, stored: Path, bundle: Bundle, tmp_path: Path, loss: Callable[[Path], object]
) -> None:
    before = content(stored)
    loss(stored)
    version = registry.publish("m", "key", bundle, {})
    assert version.number == 1
    assert content(stored) == before
    registry.download(version, tmp_path / "copy").verify(version.manifest)
    assert len(registry.versions("m")) == 1


def test_what_was_lost_on_a_server_is_put_back_too(
    open_registry: Open, name: str, bundle: Bundle, tmp_path: Path
) -> None:
    registry = open_registry()
    version = registry.publish(name, "key", bundle, {})
    run = registry._client.ask("looking", lambda api: api.get_model_version(name, "1").run_id)

    def lose(api: object) -> None:
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        uri = registry._client.uri
        place = api.get_run(run).info.artifact_uri  # type: ignore[attr-defined]
        get_artifact_repository(place, tracking_uri=uri, registry_uri=uri).delete_artifacts("bundle/model")

    registry._client.ask("losing", lose)
    with pytest.raises(InputError, match="file is missing: model/MLmodel"):
        registry.download(version, tmp_path / "copy")
    assert open_registry().publish(name, "key", bundle, {}) == version
    registry.download(version, tmp_path / "copy").verify(version.manifest)


def test_what_is_the_same_is_put_back_though_the_rest_is_another(
    registry: MlflowRegistry, stored: Path, tmp_path: Path
) -> None:
    before = content(stored)
    (stored / "run.json").unlink()
    registry.publish("m", "key", make_bundle(tmp_path / "again", "of another training"), {})
    assert content(stored) == before


@pytest.mark.parametrize("lost", ["model/w.bin", MANIFEST])
def test_what_cannot_be_made_again_is_not_replaced_by_something_else(
    registry: MlflowRegistry, stored: Path, tmp_path: Path, lost: str
) -> None:
    (stored / lost).unlink()
    left = content(stored)
    with pytest.raises(InputError, match=f"version 1 of `m` lost files that are not here either: {lost}") as caught:
        registry.publish("m", "key", make_bundle(tmp_path / "again", "of another training"), {})
    assert "remove version 1 from the registry, then register the model again" in caught.value.fix
    assert content(stored) == left


def test_removing_such_a_version_and_registering_again_makes_a_new_one(
    registry: MlflowRegistry, stored: Path, tmp_path: Path
) -> None:
    shutil.rmtree(stored)
    registry._client.ask("as the text says", lambda api: api.delete_model_version("m", "1"))
    made = registry.publish("m", "key", make_bundle(tmp_path / "again", "of another training"), {})
    assert (made.number, made.complete) == (2, True)
    registry.download(made, tmp_path / "copy").verify(made.manifest)


def test_what_was_changed_is_said_and_never_written_over(
    registry: MlflowRegistry, stored: Path, bundle: Bundle
) -> None:
    (stored / "model/w.bin").write_text("something that is longer")
    with pytest.raises(InputError, match=r"version 1 of `m` was changed in the registry: model/w\.bin"):
        registry.publish("m", "key", bundle, {})
    assert (stored / "model/w.bin").read_text() == "something that is longer"
    (stored / MANIFEST).write_text("{}")
    with pytest.raises(InputError, match="manifest is not the one"):
        registry.publish("m", "key", bundle, {})


def test_putting_back_that_died_is_finished_by_the_next(
    embedded: Embedded, registry: MlflowRegistry, stored: Path, bundle: Bundle
) -> None:
    before = content(stored)
    shutil.rmtree(stored)
    steps: list[str] = []

    def die(step: str) -> None:
        steps.append(step)
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        connect(embedded.uri, embedded, die).publish("m", "key", bundle, {})
    assert stored.exists()
    assert content(stored) != before
    registry.publish("m", "key", bundle, {})
    assert content(stored) == before


def test_a_version_whose_run_was_removed_for_good_is_beyond_repair(
    registry: MlflowRegistry, bundle: Bundle, tmp_path: Path
) -> None:
    def remove(api: Any) -> None:
        run = api.get_model_version("m", "1").run_id
        api.delete_run(run)
        api._tracking_client.store._hard_delete_run(run)

    version = registry.version("m", "1")
    registry._client.ask("as `mlflow gc` does", remove)
    with pytest.raises(InputError, match="file is missing"):
        registry.download(version, tmp_path / "copy")
    with pytest.raises(InputError, match="version 1 of `m` lost files that are not here either"):
        registry.publish("m", "key", bundle, {})
