import json
from pathlib import Path

import pytest

from trainstop.adapters.linters.base import Bench
from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.ports.processes import Outcome
from trainstop.workspace import Workspace


class Tool:
    """Plays a tool: notes how it is called, writes what it is told to, ends as it is told to."""

    def __init__(self, folder: Path, content=None, exit_code=0, tail="", timed_out=False):
        self.folder, self.content, self.exit_code, self.tail, self.timed_out = (
            folder,
            content,
            exit_code,
            tail,
            timed_out,
        )
        self.commands, self.inputs = [], ""

    def run(self, command):
        log = self.folder / "tool.log"
        log.write_text(self.tail)
        if command.argv[0] == "git":
            raise InputError("no git")
        self.commands.append(command)
        for word in map(Path, command.argv):
            if word.name == "in.txt":
                self.inputs = word.read_text()
            if word.name == "out.json" and self.content is not None:
                word.write_text(self.content if isinstance(self.content, str) else json.dumps(self.content))
        return Outcome(
            exit_code=self.exit_code,
            timed_out=self.timed_out,
            tail=self.tail,
            wall_seconds=0,
            cpu_seconds=0,
            peak_memory_bytes=0,
            log=log,
        )

    def plain(self, text, secrets=()):
        return text


@pytest.fixture
def project(tmp_path):
    """Write files into a project and return its folder."""

    def project(**files):
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder

    return project


@pytest.fixture
def bench(tmp_path, project):
    """Put a project on the bench with a played tool, and return both."""

    def bench(files, lint=None, lock="", **tool):
        config = Config.model_validate(
            {"model": {"name": "m", "task": "binary"}, "lint": lint or {}, "project": {"lock": lock}}
        )
        played = Tool(tmp_path, **tool)
        return Bench(config, Workspace(project(**files)), played), played

    return bench
