"""What changes a fingerprint, and what an unchanged tree costs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainstop import digests
from trainstop.config import Config
from trainstop.errors import ConfigurationError
from trainstop.fingerprint import DigestMemory, take
from trainstop.ports.environments import Interpreter
from trainstop.project_files import matching

LATER = 3600.0


def config(**train) -> Config:
    return Config.model_validate(
        {"model": {"name": "m", "task": "binary"}, "data": {"train": ["data/*.csv"]}, "train": train}
    )


def interpreter(digest: str = "sha256:env") -> Interpreter:
    return Interpreter(python=Path(sys.executable), digest=digest, version="3.11.7", source="lock")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "train.py": "a",
        "src/deep/er.py": "b",
        "data/one.csv": "x\n1\n",
        ".venv/lib/other.py": "c",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def fingerprint(tree: Path, settings: Config | None = None, python: Interpreter | None = None):
    memory = DigestMemory(tree / ".trainstop" / "digests.json", time.time() + LATER)
    return take(settings or config(), tree, python or interpreter(), memory)


def test_only_the_named_files_count_and_hidden_folders_never(tree) -> None:
    found = [path.relative_to(tree).as_posix() for path in matching(tree, ["**/*.py"])]
    assert found == ["src/deep/er.py", "train.py"]
    before = fingerprint(tree)
    (tree / "notes.md").write_text("new")
    assert fingerprint(tree) == before


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda tree: (tree / "src/deep/er.py").write_text("other"), "code"),
        (lambda tree: (tree / "new.py").write_text(""), "code"),
        (lambda tree: (tree / "train.py").rename(tree / "train2.py"), "code"),
        (lambda tree: (tree / "data/one.csv").write_text("x\n2\n"), "data"),
        (lambda tree: (tree / "data/two.csv").write_text("x\n1\n"), "data"),
    ],
)
def test_a_changed_file_changes_its_part_and_the_whole(tree, change, part) -> None:
    before = fingerprint(tree)
    change(tree)
    after = fingerprint(tree)
    differing = {name for name in type(before).model_fields if getattr(before, name) != getattr(after, name)}
    assert differing == {part, "digest"}


@pytest.mark.parametrize(
    "train", [{"command": "python other.py"}, {"environment": {"A": "1"}}, {"run": "last"}, {"model": "m"}]
)
def test_what_the_command_is_told_counts(tree, train) -> None:
    assert fingerprint(tree, config(**train)).command != fingerprint(tree).command


def more(tree: Path, **sections: dict) -> Config:
    (tree / "evaluation.csv").write_text("x\n3\n")
    base = {"model": {"name": "m", "task": "binary"}, "data": {"train": ["data/*.csv"], "evaluation": ["eval*.csv"]}}
    merged = {name: base.get(name, {}) | sections.get(name, {}) for name in base.keys() | sections.keys()}
    return Config.model_validate(merged)


@pytest.mark.parametrize("judged", [{"metrics-file": "metrics.json"}, {"predictions": "predictions.csv"}])
def test_the_evaluation_data_counts_where_the_training_writes_what_is_judged(tree, judged) -> None:
    settings = more(tree, evaluate=judged)
    before = fingerprint(tree, settings)
    (tree / "evaluation.csv").write_text("x\n4\n")
    after = fingerprint(tree, settings)
    assert (after.data != before.data, after.command) == (True, before.command)


def test_the_evaluation_data_does_not_count_where_a_model_answers_it(tree) -> None:
    before = fingerprint(tree, more(tree))
    (tree / "evaluation.csv").write_text("x\n4\n")
    assert fingerprint(tree, more(tree)) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"model": {"task": "regression"}},
        {"data": {"target": "y"}},
        {"data": {"id": "row"}},
        {"data": {"exclude": ["z"]}},
    ],
)
def test_what_wraps_a_plain_file_counts_and_only_there(tree, changed) -> None:
    plain = {"train": {"model": "m.pkl", "flavor": "sklearn"}}
    assert fingerprint(tree, more(tree, **plain, **changed)).command != fingerprint(tree, more(tree, **plain)).command
    assert fingerprint(tree, more(tree, **changed)) == fingerprint(tree, more(tree))


def test_how_long_it_may_take_and_its_secrets_do_not_count(tree) -> None:
    assert fingerprint(tree, config(timeout="1h", secrets=["TOKEN"])) == fingerprint(tree)


def test_the_environment_counts(tree) -> None:
    assert fingerprint(tree, python=interpreter("sha256:new")).environment != fingerprint(tree).environment


def test_the_same_tree_elsewhere_has_the_same_fingerprint(tree, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other") / "project"
    before = fingerprint(tree)
    tree.rename(other)
    assert fingerprint(other) == before


def test_no_code_at_all_is_a_mistake(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match=r"project\.source"):
        fingerprint(tmp_path)


def test_an_unchanged_file_is_not_read_again(tree, monkeypatch) -> None:
    before = fingerprint(tree)
    monkeypatch.setattr(digests, "of_file", lambda path: pytest.fail(f"{path} was read"))
    assert fingerprint(tree) == before


def test_a_file_put_back_with_its_old_time_is_read_again(tree) -> None:
    path = tree / "data/one.csv"
    before, status = fingerprint(tree), path.stat()
    path.write_text("x\n2\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert fingerprint(tree).data != before.data


def test_a_file_changed_just_now_is_not_remembered(tree) -> None:
    memory = DigestMemory(tree / "memory.json", time.time())
    take(config(), tree, interpreter(), memory)
    assert not (tree / "memory.json").exists()


@pytest.mark.parametrize("content", ["", "[]", "{broken", "null"])
def test_an_unreadable_memory_knows_nothing(tree, content) -> None:
    before = fingerprint(tree)
    (tree / ".trainstop" / "digests.json").write_text(content)
    assert fingerprint(tree) == before


def test_the_decision_imports_nothing_heavy() -> None:
    code = (
        "import sys, trainstop.stages.train\n"
        "print([name for name in ('numpy', 'pyarrow', 'duckdb', 'mlflow', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
