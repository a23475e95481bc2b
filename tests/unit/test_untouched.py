"""A record is told again for as long as nothing was touched, and not a moment longer."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from trainstop import untouched
from trainstop.config.load import FILE_NAME
from trainstop.delivery.exclusive import exclusively

LATER = datetime.now(UTC) + timedelta(hours=1)
"""A time at which nothing is still moving."""
RECORD = {"stage": "train", "subject": "", "status": "passed", "reason": "restored", "started_at": "then", "part": {}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a repository, with a candidate and an environment."""
    folder = tmp_path / "project"
    kept = ".trainstop/candidate/model/weights"
    for name in ("src/train.py", "src/model.py", "data.csv", "trainstop.toml", ".dvc/config", kept):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name} as it was\n")
    (tmp_path / "outside.csv").write_text("outside as it was\n")
    (folder / "link.csv").symlink_to("../outside.csv")
    made = folder / ".trainstop/environments/project-abc/.complete.json"
    made.parent.mkdir(parents=True)
    made.write_text(json.dumps({"python": str(made.with_name("python"))}))
    made.with_name("python").touch()
    (folder / ".trainstop/trainings/abc").mkdir(parents=True)
    (folder / ".trainstop/trainings/abc/kept.json").write_text("kept\n")
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitignore").write_text(".trainstop\n")
    commit(folder)
    return folder


def git(folder: Path, *arguments: str) -> None:
    argv = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


def said(folder: Path, *arguments: str) -> str:
    argv = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "more")


def watch(project: Path, **changes: Any) -> untouched.Watch | None:
    given = {"verb": "train", "config": project, "environ": {"HOME": "/home/me"}, "overrides": (), "now": LATER}
    return untouched.watch(**{**given, **changes})


def remember(project: Path, **changes: Any) -> bool:
    watched = watch(project, **changes)
    return watched is not None and watched.remember(json.dumps(RECORD), ["  a  row"])


def recall(project: Path, **changes: Any) -> untouched.Told | None:
    watched = watch(project, **changes)
    return watched.recall(lambda: 0.25) if watched else None


def in_place(path: Path) -> None:
    """Change a file, and put back all that a program can put back."""
    before, content = path.stat(), path.read_bytes()
    with path.open("r+b") as file:
        file.write(content.swapcase())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_it_is_told_again_with_new_times_and_written_anew(project: Path) -> None:
    assert remember(project)
    told = recall(project)
    assert told is not None
    assert told.record == RECORD | {"started_at": LATER.isoformat().replace("+00:00", "Z"), "duration_seconds": 0.25}
    assert told.rows == ["  a  row"]
    assert json.loads((project / ".trainstop/results/train.json").read_text()) == told.record


def test_nothing_is_told_that_was_never_remembered(project: Path) -> None:
    assert recall(project) is None


TOUCHES: dict[str, Callable[[Path], object]] = {
    "a file written": lambda folder: (folder / "data.csv").write_text("other\n"),
    "a file changed and its time put back": lambda folder: in_place(folder / "src/train.py"),
    "a file behind a link changed": lambda folder: in_place(folder / "link.csv"),
    "a link led elsewhere": lambda folder: [(folder / "link.csv").unlink(), (folder / "link.csv").symlink_to("src")],
    "a file added": lambda folder: (folder / "src/new.py").touch(),
    "a hidden file added": lambda folder: (folder / ".env").touch(),
    "a file removed": lambda folder: (folder / "src/model.py").unlink(),
    "a file renamed": lambda folder: (folder / "src/model.py").rename(folder / "src/models.py"),
    "a file nobody may run any more": lambda folder: (folder / "src/train.py").chmod(0o600),
    "a folder added": lambda folder: (folder / "data").mkdir(),
    "the configuration changed": lambda folder: in_place(folder / "trainstop.toml"),
    "a commit": commit,
    "another branch": lambda folder: git(folder, "checkout", "-q", "-b", "other"),
    "a file no longer tracked": lambda folder: git(folder, "rm", "-q", "--cached", "data.csv"),
    "a commit put elsewhere": lambda folder: git(
        folder, "update-ref", "HEAD", said(folder, "commit-tree", "-m", "y", "HEAD^{tree}")
    ),
    "the same commit on another branch": lambda folder: git(folder, "symbolic-ref", "HEAD", "refs/heads/other"),
    "another branch that is packed": lambda folder: [
        git(folder, "branch", "other"),
        git(folder, "pack-refs", "--all"),
        git(folder, "symbolic-ref", "HEAD", "refs/heads/other"),
    ],
    "a file of a tool's folder that is tracked": lambda folder: in_place(folder / ".dvc/config"),
    "another remote": lambda folder: git(folder, "remote", "add", "origin", "https://github.com/a/b"),
    "no repository any more": lambda folder: shutil.rmtree(folder / ".git"),
    "the candidate changed": lambda folder: in_place(folder / ".trainstop/candidate/model/weights"),
    "the candidate added to": lambda folder: (folder / ".trainstop/candidate/golden.json").touch(),
    "the candidate gone": lambda folder: shutil.rmtree(folder / ".trainstop/candidate"),
    "a champion fetched": lambda folder: (folder / ".trainstop/champion").mkdir() or in_champion(folder),
    "the trainings gone": lambda folder: shutil.rmtree(folder / ".trainstop/trainings"),
    "a kept training changed": lambda folder: in_place(folder / ".trainstop/trainings/abc/kept.json"),
    "the environment's Python gone": lambda folder: (folder / ".trainstop/environments/project-abc/python").unlink(),
    "the environment's mark broken": lambda folder: (
        folder / ".trainstop/environments/project-abc/.complete.json"
    ).write_text("{"),
    "another environment": lambda folder: (folder / ".trainstop/environments/project-new").mkdir(),
    "the environment gone": lambda folder: shutil.rmtree(folder / ".trainstop/environments/project-abc"),
    "the memory gone": lambda folder: (folder / ".trainstop/untouched-train.json").unlink(),
}


def in_champion(folder: Path) -> None:
    (folder / ".trainstop/champion/manifest.json").touch()


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_whatever_is_touched_ends_it(project: Path, touch: Callable[[Path], object]) -> None:
    assert remember(project)
    assert recall(project) is not None
    touch(project)
    assert recall(project) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"environ": {"HOME": "/home/me", "TRAINSTOP__TRAIN__SEEDS": "3"}},
        {"environ": {}},
        {"environ": {"HOME": "/home/you"}},
        {"overrides": ("train.seeds=3",)},
        {"verb": "lint"},
    ],
)
def test_another_question_is_not_answered(project: Path, changes: dict[str, Any]) -> None:
    assert remember(project)
    assert recall(project, **changes) is None


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_a_workspace_above_counts_up_to_the_repositorys_root(project: Path, name: str) -> None:
    """A project's packages may be said there."""
    model = project / "models/one"
    model.mkdir(parents=True)
    assert remember(model)
    (project.parent / name).write_text("outside of the repository\n")
    assert recall(model) is not None
    (project / name).write_text("new\n")
    assert recall(model) is None
    assert remember(model)
    in_place(project / name)
    assert recall(model) is None


def test_another_python_is_another_question(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert remember(project)
    monkeypatch.setattr(untouched.sys, "executable", "/usr/bin/python")
    assert recall(project) is None


@pytest.mark.parametrize("changes", [{"environ": {"X": "\udcff"}}, {"overrides": ("model.name=\udcff",)}])
def test_what_is_no_text_is_for_the_verb_to_say(project: Path, changes: dict[str, Any]) -> None:
    assert watch(project, **changes) is None


def test_another_configuration_of_the_same_folder_is_another_question(project: Path) -> None:
    (project / "other.toml").write_text("other\n")
    assert remember(project, config=project / "other.toml")
    assert recall(project) is None
    assert recall(project, config=project / "trainstop.toml") is None


def test_another_trainstop_answers_for_itself(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert remember(project)
    with monkeypatch.context() as patch:
        patch.setattr(untouched, "__version__", "999")
        assert recall(project) is None
    (tmp_path / "package").mkdir()
    (tmp_path / "package/untouched.py").touch()
    with monkeypatch.context() as patch:
        patch.setattr(untouched, "__file__", str(tmp_path / "package/untouched.py"))
        assert recall(project) is None
    assert recall(project) is not None


@pytest.mark.parametrize("name", ["__pycache__/train.pyc", ".venv/bin/python", ".git/objects/x", ".trainstop/logs/a"])
def test_what_tools_keep_for_themselves_does_not_end_it(project: Path, name: str) -> None:
    assert remember(project)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("new")
    assert recall(project) is not None


def test_what_a_shell_says_of_itself_is_no_part_of_the_question(project: Path) -> None:
    assert remember(project, environ={"HOME": "/home/me", "_": "/usr/bin/time", "PWD": "/here", "SHLVL": "2"})
    assert recall(project) is not None


def test_a_file_that_may_still_change_within_its_tick_is_waited_for(project: Path) -> None:
    assert not remember(project, now=datetime.now(UTC))
    assert remember(project)


def test_a_time_that_was_put_back_does_not_make_a_file_settled(project: Path) -> None:
    for path in (path for path in project.rglob("*") if ".git" not in path.parts):
        os.utime(path, (1e9, 1e9))
    assert not remember(project, now=datetime.now(UTC))


def test_a_name_that_is_no_text_is_no_memory(project: Path) -> None:
    before = watch(project)
    assert before is not None
    (project / "junk\udcff").touch()
    assert not before.remember(json.dumps(RECORD), [])


def test_a_flat_folder_of_many_files_is_not_looked_at_to_its_end(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untouched, "ENTRIES", 50)
    for number in range(1000):
        (project / f"{number}.png").touch()
    looked: list[object] = []
    monkeypatch.setattr(untouched, "state", lambda status: looked.append(status) or [])
    assert watch(project) is None
    assert len(looked) <= 51


def test_what_was_touched_while_the_verb_ran_is_not_taken_as_seen(project: Path) -> None:
    before = watch(project)
    assert before is not None
    (project / "data.csv").write_text("while it was read\n")
    assert not before.remember(json.dumps(RECORD), [])
    assert recall(project) is None


def test_what_the_verb_itself_puts_in_place_is_taken_as_it_left_it(project: Path) -> None:
    before = watch(project)
    assert before is not None
    (project / ".trainstop/candidate/model/weights").write_text("restored\n")
    assert before.remember(json.dumps(RECORD), [])
    assert recall(project) is not None


def elsewhere(tmp_path: Path, project: Path) -> None:
    (tmp_path / "others").mkdir()
    (project / "libs").symlink_to(tmp_path / "others")


def many(_: Path, project: Path) -> None:
    for number in range(untouched.ENTRIES + 1):
        (project / f"{number}.txt").touch()


def linked(tmp_path: Path, project: Path) -> None:
    shutil.move(project / FILE_NAME, tmp_path / FILE_NAME)
    (project / FILE_NAME).symlink_to(tmp_path / FILE_NAME)


@pytest.mark.parametrize("makes", [elsewhere, many, linked])
def test_a_folder_that_does_not_show_everything_is_not_watched(
    tmp_path: Path, project: Path, makes: Callable[[Path, Path], None]
) -> None:
    makes(tmp_path, project)
    assert watch(project) is None


@pytest.mark.parametrize("name", ["nowhere", "trainstop.toml/below", "a\0b"])
def test_a_place_that_is_none_is_not_watched(project: Path, name: str) -> None:
    assert watch(project, config=project / name / "trainstop.toml") is None


def test_a_link_to_nothing_is_seen_as_a_link(project: Path) -> None:
    (project / "later.csv").symlink_to("not-there.csv")
    assert remember(project)
    assert recall(project) is not None
    (project / "not-there.csv").touch()
    assert recall(project) is None


def test_nothing_is_told_while_somebody_else_is_busy(project: Path) -> None:
    assert remember(project)
    with exclusively(project / ".trainstop/train.lock", "a training"):
        assert recall(project) is None
    assert recall(project) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "[" * 200_000,
        lambda _: "[]",
        lambda _: "{}",
        lambda memory: json.dumps(memory | {"format": 0}),
        lambda memory: json.dumps(memory | {"record": []}),
        lambda memory: json.dumps(memory | {"record": {"stage": "train"}}),
        lambda memory: json.dumps(memory | {"record": RECORD | {"status": "failed"}}),
        lambda memory: json.dumps(memory | {"record": RECORD | {"stage": "evaluate"}}),
        lambda memory: json.dumps(memory | {"rows": None}),
        lambda memory: json.dumps(memory | {"record": RECORD | {"subject": {"a": "b"}}}),
        lambda memory: json.dumps(memory | {"record": RECORD | {"reason": ["x"]}}),
        lambda memory: json.dumps(memory | {"record": RECORD | {"part": {"x": "\ud800"}}}),
    ],
)
def test_a_memory_that_is_none_tells_nothing(project: Path, change: Callable[[Any], str]) -> None:
    assert remember(project)
    memory = project / ".trainstop/untouched-train.json"
    memory.write_text(change(json.loads(memory.read_text())))
    assert recall(project) is None


def test_what_is_in_the_way_of_a_record_is_for_the_verb_to_say(project: Path) -> None:
    assert remember(project)
    (project / ".trainstop/results/train.json").mkdir(parents=True)
    assert recall(project) is None


def test_the_memory_is_its_owners_alone_and_holds_no_value_of_the_environment(project: Path) -> None:
    assert remember(project, environ={"TOKEN": "s3cr3t-of-mine"})
    memory = project / ".trainstop/untouched-train.json"
    assert stat.S_IMODE(memory.stat().st_mode) == 0o600
    assert "s3cr3t" not in memory.read_text()


def test_a_full_disk_is_only_a_memory_less(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(untouched.files, "write_text", full)
    assert not remember(project)
