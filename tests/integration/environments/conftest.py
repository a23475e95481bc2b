"""A project's folder with wheels written here, so that uv needs no network."""

import base64
import hashlib
import os
import subprocess
import zipfile

import pytest

from trainstop.adapters.environments import UvEnvironments
from trainstop.adapters.processes import ChildProcesses
from trainstop.config import Config
from trainstop.workspace import Workspace

CONFIG = Config.model_validate({"model": {"name": "m", "task": "binary"}})


def wheel(folder, name, version, needs=()):
    """Write a wheel with one module that knows its version, and return `name==version` with its hash."""
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {need}\n" for need in needs),
        f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    files[f"{name}-{version}.dist-info/RECORD"] = record + f"{name}-{version}.dist-info/RECORD,,\n"
    place = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(place.read_bytes()).hexdigest()}\n"


class Counting(ChildProcesses):
    """Remembers what was run."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.names = []
        self.commands = []

    def run(self, command):
        self.commands.append(command)
        self.names.append(command.name)
        return super().run(command)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    lines = {
        "small": wheel(folder, "tsmall", "1.0"),
        "newer": wheel(folder, "tsmall", "2.0"),
        "large": wheel(folder, "tlarge", "1.0", ["tsmall"]),
    }
    return folder, lines


@pytest.fixture
def world(tmp_path, wheels):
    """A project's folder, what runs its children, and its environments."""
    folder, lines = wheels
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "UV_FIND_LINKS": str(folder),
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
    }

    class World:
        workspace = Workspace(tmp_path / "a project")
        project = workspace.project
        processes = Counting(environ, workspace.logs)
        line = lines
        variables = environ

        def environments(self, **project):
            config = CONFIG.model_copy(update={"project": CONFIG.project.model_copy(update=project)})
            return UvEnvironments(config, self.workspace, self.processes)

        def version(self, interpreter, name="tsmall"):
            code = f"import {name}; print({name}.version)"
            done = subprocess.run([interpreter.python, "-c", code], capture_output=True, text=True, check=False)
            return done.stdout.strip()

    World.project.mkdir()
    return World()
