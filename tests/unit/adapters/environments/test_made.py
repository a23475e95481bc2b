"""What an environment holds, and what says so."""

import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from trainstop.adapters.environments.made import UvEnvironments, installed
from trainstop.config import Config
from trainstop.ports.environments import Interpreter
from trainstop.workspace import Workspace

LOCK = """\
version = 1
[[package]]
name = "model"
version = "0"
source = { virtual = "model" }
dependencies = [{ name = "shared" }]
[[package]]
name = "shared"
version = "0"
source = { editable = "shared" }
"""
NAMED = '[project]\nname = "{}"\nversion = "0"\n'


def package(site: Path, name: str, version: str, **files: str) -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for file, text in files.items():
        (folder / file.replace("__", ".")).write_text(text)


def test_packages_from_an_index_are_listed_at_their_versions_and_those_from_a_folder_are_not(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    package(site, "numpy", "2.1.0")
    package(site, "Typing-Extensions", "4.1.0+local")
    package(site, "own", "0.1", direct_url__json='{"url": "file:///somewhere", "dir_info": {}}')
    (site / "broken-1.dist-info").mkdir()
    python = Interpreter(python=tmp_path / "bin" / "python", digest="", version="3.12.4", source="")
    assert installed(python) == ["Typing-Extensions==4.1.0+local", "numpy==2.1.0"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project beside a package that it may share with others."""
    for name in ("model", "shared"):
        (tmp_path / name).mkdir()
    (tmp_path / "shared/pyproject.toml").write_text(NAMED.format("shared"))
    (tmp_path / "shared/base.txt").write_text("numpy\n")
    return tmp_path / "model"


def places(project: Path) -> tuple[str, ...]:
    """Return what the environment of a project is said to come from, without making one."""
    config = Config.model_validate({"model": {"name": "m", "task": "binary"}})
    environments = UvEnvironments(config, Workspace(project), cast("Any", None))
    made = Interpreter(Path(sys.executable), "d", "3.11", "x")
    environments._kept = cast("Any", SimpleNamespace(ensure=lambda *_: made, locked=lambda _: nullcontext()))
    return environments.project().places


def test_files_that_requirements_include_and_packages_of_other_folders_are_named(project: Path) -> None:
    (project / "requirements.txt").write_text("-r ../shared/base.txt\n-e ../shared\n-e ./own\n")
    assert places(project) == ("../shared", "../shared/base.txt", "own", "requirements.txt")


def test_a_lock_of_a_workspace_above_is_named(project: Path) -> None:
    (project / "pyproject.toml").write_text(NAMED.format("model"))
    (project.parent / "uv.lock").write_text(LOCK)
    assert places(project) == ("../shared", "../uv.lock")


def test_a_lock_in_the_folder_is_all_that_is_named(project: Path) -> None:
    (project / "pylock.toml").write_text('lock-version = "1.0"\n')
    assert places(project) == ("pylock.toml",)


def test_a_project_that_says_itself_what_it_needs_is_its_own_place(project: Path) -> None:
    (project / "pyproject.toml").write_text(NAMED.format("model") + 'dependencies = ["numpy"]\n')
    assert "pyproject.toml" in places(project)
