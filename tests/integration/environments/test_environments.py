"""Real environments, made by uv from wheels written here: no network."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from trainstop.adapters.environments import UvEnvironments
from trainstop.adapters.processes import ChildProcesses
from trainstop.config import Config
from trainstop.errors import ConfigurationError, InputError, UnavailableError
from trainstop.workspace import COMPLETE

CONFIG = Config.model_validate({"model": {"name": "m", "task": "binary"}})


def test_an_environment_is_made_once_from_a_hashed_file_and_used_again(world):
    (world.project / "requirements.txt").write_text(world.line["small"])
    first = world.environments().project()
    assert world.version(first) == "1.0"
    assert first.source == "requirements.txt"
    assert first.version.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert sorted(world.processes.names) == ["uv pip sync", "uv venv"]
    world.processes.names.clear()
    assert world.environments().project() == first
    assert world.processes.names == []


def test_a_changed_lock_makes_another_environment_and_going_back_finds_the_first(world):
    requirements = world.project / "requirements.txt"
    requirements.write_text(world.line["small"])
    old = world.environments().project()
    requirements.write_text(world.line["newer"])
    new = world.environments().project()
    assert (world.version(old), world.version(new)) == ("1.0", "2.0")
    assert old.digest != new.digest
    requirements.write_text("# said again\n" + world.line["small"])
    assert world.environments().project().digest == old.digest


def test_requirements_without_versions_are_pinned_first(world):
    (world.project / "requirements.txt").write_text("tlarge\ntsmall<2\n")
    interpreter = world.environments().project()
    assert world.version(interpreter) == "1.0"
    assert world.version(interpreter, "tlarge") == "1.0"


def test_a_project_killed_in_the_middle_leaves_nothing_that_is_used(world):
    (world.project / "requirements.txt").write_text(world.line["small"])
    code = (
        "import json, os, pathlib, signal, sys\n"
        "from trainstop.adapters.environments import UvEnvironments\n"
        "from trainstop.adapters.processes import ChildProcesses\n"
        "from trainstop.config import Config\n"
        "from trainstop.workspace import Workspace\n"
        "class Dying(ChildProcesses):\n"
        "    def run(self, command):\n"
        "        if 'sync' in command.argv: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return super().run(command)\n"
        "workspace = Workspace(pathlib.Path(sys.argv[1]))\n"
        "config = Config.model_validate({'model': {'name': 'm', 'task': 'binary'}})\n"
        "UvEnvironments(config, workspace, Dying(json.loads(sys.argv[2]), workspace.logs)).project()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, world.project, json.dumps(world.variables)], check=False)
    assert done.returncode == -9
    left = [path for path in world.workspace.environments.iterdir() if path.is_dir()]
    assert len(left) == 1
    assert not (left[0] / COMPLETE).exists()
    assert world.version(world.environments().project()) == "1.0"
    assert (left[0] / COMPLETE).exists()


def test_two_at_once_make_it_once(world):
    (world.project / "requirements.txt").write_text(world.line["small"])
    found = []
    threads = [threading.Thread(target=lambda: found.append(world.environments().project())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    assert world.processes.names.count("uv pip sync") == 1


def test_an_environment_whose_python_is_gone_is_made_again(world):
    (world.project / "requirements.txt").write_text(world.line["small"])
    python = world.environments().project().python
    python.unlink()
    again = world.environments().project()
    assert again.python == python
    assert world.version(again) == "1.0"


def test_a_file_that_is_not_the_one_the_lock_names_is_refused(world):
    (world.project / "requirements.txt").write_text("tsmall==1.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(InputError) as raised:
        world.environments().project()
    assert "ash" in raised.value.where


def test_needs_that_cannot_be_had_together_are_the_inputs_fault(world):
    (world.project / "requirements.txt").write_text("tsmall==1.0\ntsmall==2.0\n")
    with pytest.raises(InputError, match="cannot be made"):
        world.environments().project()


def test_a_python_that_is_not_here_is_said(world):
    (world.project / "requirements.txt").write_text(world.line["small"])
    with pytest.raises(ConfigurationError, match="not on this machine"):
        world.environments(python="3.99").project()


def test_an_index_that_does_not_answer_is_not_the_users_fault(world, tmp_path):
    (world.project / "requirements.txt").write_text("tnowhere\n")
    environ = {
        "PATH": os.environ["PATH"],
        "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
        "UV_CACHE_DIR": str(tmp_path / "empty"),
        "UV_HTTP_RETRIES": "0",
    }
    processes = ChildProcesses(environ, world.workspace.logs)
    with pytest.raises(UnavailableError, match="could not be fetched"):
        UvEnvironments(CONFIG, world.workspace, processes).project()


def test_a_model_gets_what_its_project_has_and_no_more(world):
    (world.project / "requirements.txt").write_text(world.line["small"] + world.line["large"])
    environments = world.environments()
    project = environments.project()
    (world.project / "wants.txt").write_text("tlarge\n")
    lock = world.project / "environment.txt"
    environments.lock(world.project / "wants.txt", project, lock)
    text = lock.read_text()
    assert text.startswith(f"# python: {project.version}\n")
    # Not 2.0, which the wheels have too, because the project has 1.0.
    assert "tsmall==1.0" in text
    assert text.count("--hash=sha256:") == 2
    assert str(world.variables["UV_FIND_LINKS"]) not in text
    model = environments.model(lock)
    assert world.version(model, "tlarge") == "1.0"
    assert model.note == ""
    assert environments.model(lock) == model
    clean = environments.clean(lock, world.project / "clean")
    assert clean.python != model.python
    assert clean.digest == model.digest
    assert world.version(clean) == "1.0"


def test_a_model_that_wants_what_its_project_has_not_is_refused(world):
    (world.project / "requirements.txt").write_text(world.line["small"])
    environments = world.environments()
    (world.project / "wants.txt").write_text("tsmall==2.0\n")
    with pytest.raises(InputError):
        environments.lock(world.project / "wants.txt", environments.project(), world.project / "out.txt")
    assert not (world.project / "out.txt").exists()


def test_another_patch_of_python_is_used_and_said(world):
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    lock = world.project / "environment.txt"
    lock.write_text(f"# python: {minor}.99\n" + world.line["small"])
    model = world.environments().model(lock)
    assert model.version.startswith(minor)
    assert f"{minor}.99" in model.note
    assert model.version in model.note


@pytest.mark.parametrize("text", ["tsmall==1.0\n", None])
def test_a_lock_without_hashes_or_without_a_file_is_refused(world, text):
    lock = world.project / "environment.txt"
    if text:
        lock.write_text(text)
    with pytest.raises(InputError, match="lock of a model"):
        world.environments().model(lock)


def test_nothing_of_the_environment_around_us_gets_in(world):
    (world.project / "requirements.txt").write_text(world.line["small"])
    interpreter = world.environments().project()
    code = "import importlib.util as u; print(u.find_spec('trainstop'), u.find_spec('pydantic'))"
    done = subprocess.run([interpreter.python, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "None None"


BACKEND = """
import os, pathlib, zipfile
def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    pathlib.Path("seen.txt").write_text("\\n".join(sorted(os.environ)))
    info = "tproject-1.dist-info/"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / "tproject-1-py3-none-any.whl", "w") as archive:
        archive.writestr("tproject.pth", str(pathlib.Path("src").absolute()))
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tproject\\nVersion: 1\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "")
    return "tproject-1-py3-none-any.whl"
"""
PACKAGED = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tproject"
version = "1"
dependencies = ["tsmall<2"]
"""


def test_a_packaged_project_is_importable_from_anywhere_and_its_build_sees_no_password(world):
    (world.project / "pyproject.toml").write_text(PACKAGED)
    (world.project / "backend.py").write_text(BACKEND)
    (world.project / "src").mkdir()
    (world.project / "src" / "tproject.py").write_text("version = 'mine'\n")
    world.variables["UV_INDEX_CORP_PASSWORD"] = "hunter2hunter2"
    world.processes = type(world.processes)(world.variables, world.workspace.logs)
    interpreter = world.environments().project()
    assert world.version(interpreter) == "1.0"
    assert world.version(interpreter, "tproject") == "mine"
    seen = (world.project / "seen.txt").read_text().split()
    assert "PATH" in seen
    assert "UV_INDEX_CORP_PASSWORD" not in seen
    world.processes.names.clear()
    world.environments().project()
    assert world.processes.names == []
    (world.project / "pyproject.toml").write_text(PACKAGED + "[project.scripts]\ntool = 'tproject:version'\n")
    world.environments().project()
    assert world.processes.names == ["uv install of the project"]


def test_a_project_that_cannot_be_built_says_why(world):
    (world.project / "pyproject.toml").write_text(PACKAGED)
    (world.project / "backend.py").write_text("raise RuntimeError('no wheel today')\n")
    with pytest.raises(UnavailableError) as raised:
        world.environments().project()
    assert "no wheel today" in raised.value.where


def uv(world, *arguments):
    program = Path(sys.executable).parent / "uv"
    subprocess.run([program, "--quiet", *arguments], cwd=world.project, env=world.variables, check=True)


def test_a_uv_project_is_installed_from_its_lock_with_its_tools_for_development(world):
    (world.project / "pyproject.toml").write_text(
        '[project]\nname = "tp"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["tsmall"]\n'
        '[dependency-groups]\ndev = ["tlarge"]\n'
    )
    uv(world, "lock", "--upgrade-package", "tsmall==1.0")
    interpreter = world.environments().project()
    assert interpreter.source == "uv.lock"
    assert world.version(interpreter) == "1.0"
    assert world.version(interpreter, "tlarge") == "1.0"


def test_a_standard_lock_is_installed(world):
    (world.project / "wants.in").write_text("tsmall==1.0\n")
    uv(world, "pip", "compile", "wants.in", "--format", "pylock.toml", "--output-file", "pylock.toml")
    interpreter = world.environments().project()
    assert interpreter.source == "pylock.toml"
    assert world.version(interpreter) == "1.0"


def test_locks_of_two_trainings_at_once_do_not_meet_and_leave_nothing(world):
    (world.project / "requirements.txt").write_text(world.line["small"] + world.line["large"])
    environments = world.environments()
    project = environments.project()
    wishes = {name: world.project / f"{name}.in" for name in ("tsmall", "tlarge")}
    for name, path in wishes.items():
        path.write_text(f"{name}\n")

    def lock(name):
        environments.lock(wishes[name], project, world.project / f"{name}.txt")

    threads = [threading.Thread(target=lock, args=(name,)) for name in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outs = [each.argv[each.argv.index("--output-file") + 1] for each in world.processes.commands[-2:]]
    assert len(set(outs)) == 2
    assert "tlarge" not in (world.project / "tsmall.txt").read_text()
    assert "tlarge" in (world.project / "tlarge.txt").read_text()
    assert list(world.workspace.scratch.iterdir()) == []
