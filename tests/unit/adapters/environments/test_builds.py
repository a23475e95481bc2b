"""Installs that run the project's own builds."""

from pathlib import Path

import pytest

from trainstop.adapters.environments import builds
from trainstop.adapters.environments.uv import Uv
from trainstop.errors import UnavailableError
from trainstop.ports.processes import Outcome

WORKED, FAILED = 0, 2


class Answers:
    """Ends each command as it is told, and remembers it."""

    def __init__(self, *codes):
        self.codes = list(codes)
        self.commands = []

    def run(self, command):
        self.commands.append(command)
        code = self.codes.pop(0)
        return Outcome(
            exit_code=code,
            tail=f"answer {len(self.commands)}",
            wall_seconds=0,
            cpu_seconds=0,
            peak_memory_bytes=0,
            log=Path("x.log"),
        )


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[build-system]\nrequires = ["hatchling"]\n')
    return folder


def install(package, *codes):
    answers = Answers(*codes)
    uv = Uv(Path("uv"), answers, package.parent)
    environment = package.parent / "environment"
    try:
        builds.install(uv, environment, [package], "sync", settings={"UV_PROJECT_ENVIRONMENT": "there"})
    except UnavailableError as error:
        return answers.commands, error
    return answers.commands, None


def test_a_build_that_needs_no_password_gets_none(package):
    commands, error = install(package, WORKED)
    assert error is None
    assert [command.secrets for command in commands] == [()]


def test_build_tools_of_a_private_index_are_fetched_with_passwords_and_the_build_still_gets_none(package):
    commands, error = install(package, FAILED, WORKED, WORKED)
    assert error is None
    assert [bool(command.secrets) for command in commands] == [False, True, False]
    assert "hatchling" in commands[1].argv
    assert "--no-build-isolation" in commands[2].argv
    assert commands[2].environment["UV_PROJECT_ENVIRONMENT"] == "there"
    assert commands[2].environment["PYTHONPATH"] == str(package.parent / "environment" / builds.TOOLS)


@pytest.mark.parametrize("codes", [(FAILED, FAILED), (FAILED, WORKED, FAILED)])
def test_when_build_tools_do_not_help_the_first_failure_is_told(package, codes):
    _, error = install(package, *codes)
    assert "answer 1" in error.where


def test_a_build_tool_that_is_the_projects_own_code_is_not_fetched(package):
    (package / "pyproject.toml").write_text('[build-system]\nrequires = ["mine @ file:///srv/mine"]\n')
    commands, error = install(package, FAILED)
    assert error is not None
    assert len(commands) == 1
