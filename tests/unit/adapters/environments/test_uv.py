from pathlib import Path

import pytest

from trainstop.adapters.environments.uv import Uv, failure, find_uv
from trainstop.errors import ConfigurationError, InputError, MissingExtraError, UnavailableError
from trainstop.ports.processes import Outcome


def outcome(tail, exit_code=1, **options):
    return Outcome(
        exit_code=exit_code, tail=tail, wall_seconds=0, cpu_seconds=0, peak_memory_bytes=0, log=Path("x.log"), **options
    )


class Answers:
    """Answers each command with the next outcome."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.commands = []

    def run(self, command):
        self.commands.append(command)
        return self.outcomes.pop(0)

    def plain(self, text, secrets=()):
        return text


AWAY = "error: Request failed\n  cause: Failed to fetch: x\n  cause: tcp connect error"


def test_without_a_network_the_cache_is_asked():
    answers = Answers(outcome(AWAY), outcome("", 0))
    assert Uv(Path("uv"), answers, Path()).run("pip", "sync", about="sync").ok
    assert "--offline" not in answers.commands[0].argv
    assert "--offline" in answers.commands[1].argv


def test_without_a_network_and_without_a_cache_the_first_answer_is_told():
    answers = Answers(outcome(AWAY), outcome("error: No solution found because the network was disabled"))
    with pytest.raises(UnavailableError, match="could not be fetched") as raised:
        Uv(Path("uv"), answers, Path()).run("pip", "sync", about="sync")
    assert "tcp connect error" in raised.value.where


def test_the_users_indexes_are_passed_and_nothing_else_secret():
    answers = Answers(outcome("", 0))
    Uv(Path("uv"), answers, Path()).run("venv", about="venv")
    assert answers.commands[0].secrets == ("UV_*", "NETRC")


@pytest.mark.parametrize(
    ("tail", "error"),
    [
        ("error: Hash mismatch for `six`", InputError),
        ("error: No solution found when resolving dependencies", InputError),
        ("In `--require-hashes` mode, all requirements must have a hash", InputError),
        ("error: No interpreter found for Python 3.99", ConfigurationError),
        ("error: 403 Forbidden", UnavailableError),
        ("error: Failed to build `x`", UnavailableError),
        ("", UnavailableError),
    ],
)
def test_each_failure_says_whose_it_is(tail, error):
    assert type(failure(outcome(tail), "sync")) is error


def test_an_installer_that_was_killed_is_nobodys_wrong_input():
    assert type(failure(outcome("No such file", None, signal="SIGKILL"), "sync")) is UnavailableError


def test_uv_is_looked_for_where_it_is_said_to_be_and_beside_us(tmp_path):
    own = tmp_path / "uv"
    own.write_text("")
    assert find_uv(own) == own
    assert find_uv(None).name == "uv"


def test_no_uv_names_the_extra(tmp_path):
    with pytest.raises(MissingExtraError, match="not installed") as raised:
        find_uv(None, beside=tmp_path / "nowhere", path="")
    assert "environments" in raised.value.fix
