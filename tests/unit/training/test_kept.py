"""Earlier trainings: whole or not there, intact or not used, and only a few."""

import os
from pathlib import Path

import pytest

from trainstop.bundles import Bundle
from trainstop.errors import InputError
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.training import kept
from trainstop.workspace import Workspace


def described(name: str, **changes) -> kept.Kept:
    fingerprint = Fingerprint(digest=f"sha256:{name * 20}", code="", data="", command="", environment="")
    cost = Cost(wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1)
    part = TrainPart(fingerprint=fingerprint, restored=False, cost=cost)
    return kept.Kept(**{"part": part, "manifest": "", "profile": "", **changes})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "run.json").write_text("{}")
    return Workspace(tmp_path)


def keep(workspace: Workspace, name: str, **changes) -> kept.Kept:
    kept.keep(workspace, Bundle(workspace.project / "made"), described(name, **changes))
    found = kept.find(workspace, described(name).part.fingerprint)
    assert found is not None
    return found


def test_a_restored_candidate_is_a_copy_of_its_own(workspace) -> None:
    bundle = kept.restore(workspace, keep(workspace, "a"))
    bundle.run.write_text("changed in place")
    again = kept.restore(workspace, kept.find(workspace, described("a").part.fingerprint))
    assert again.run.read_text() == "{}"


def test_another_fingerprint_with_the_same_first_digits_is_not_it(workspace) -> None:
    keep(workspace, "a")
    other = described("a").part.fingerprint.model_copy(update={"code": "other"})
    assert kept.find(workspace, other) is None


def test_what_is_not_described_was_never_finished(workspace) -> None:
    keep(workspace, "a")
    [description] = workspace.trainings.glob(f"*/{kept.DESCRIPTION}")
    description.write_text('{"format": 2}')
    assert kept.find(workspace, described("a").part.fingerprint) is None


@pytest.mark.parametrize("damage", ["bundle/run.json", "bundle/added", "outputs/metrics.json"])
def test_a_damaged_one_is_forgotten(workspace, damage) -> None:
    (workspace.project / "metrics.json").write_text("{}")
    found = keep(workspace, "a", outputs={"metrics.json": ""})
    [place] = workspace.trainings.iterdir()
    (place / damage).write_text("damage")
    with pytest.raises(InputError):
        kept.restore(workspace, found)
    assert not place.exists()
    assert not workspace.candidate.root.exists()


def test_the_ones_used_last_are_kept(workspace) -> None:
    for age, name in enumerate("abcde"):
        keep(workspace, name)
        path = kept.folder(workspace, described(name).part.fingerprint) / kept.DESCRIPTION
        os.utime(path, (1000 + age, 1000 + age))
    kept.restore(workspace, kept.find(workspace, described("a").part.fingerprint))
    keep(workspace, "f")
    left = [name for name in "abcdef" if kept.find(workspace, described(name).part.fingerprint)]
    assert left == ["a", "c", "d", "e", "f"]


def test_training_again_takes_the_place_of_the_older_result(workspace) -> None:
    keep(workspace, "a")
    (workspace.project / "made" / "run.json").write_text('{"new": 1}')
    assert kept.restore(workspace, keep(workspace, "a")).run.read_text() == '{"new": 1}'


def test_only_what_was_abandoned_long_ago_is_swept(workspace) -> None:
    for name, changed in (("train-old", 1000), ("train-new", 90_000), ("score-old", 1000)):
        (workspace.scratch / name).mkdir(parents=True)
        os.utime(workspace.scratch / name, (changed, changed))
    kept.sweep(workspace, 100_000)
    assert sorted(path.name for path in workspace.scratch.iterdir()) == ["score-old", "train-new"]
