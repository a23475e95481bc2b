from pathlib import Path

import pytest

from trainstop.commands import project_command, words_of
from trainstop.errors import ConfigurationError
from trainstop.ports.environments import Interpreter

INTERPRETER = Interpreter(Path("/e/bin/python"), "sha256:x", "3.11.7", "requirements.txt")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python train.py --depth 3", ("python", "train.py", "--depth", "3")),
        ("python -m pytest 'a b'", ("python", "-m", "pytest", "a b")),
        ("pytest -k 'a and (b | c)'", ("pytest", "-k", "a and (b | c)")),
        ("make train", ("make", "train")),
    ],
)
def test_a_plain_command_is_split_into_words(text, words):
    assert words_of(text, "train.command") == words


@pytest.mark.parametrize("text", ["a && b", "a | b", "a > out.txt", "echo $HOME", "a; b", "echo `date`", "(a)", "a&"])
def test_a_command_that_needs_a_shell_gets_one_that_stops_at_the_first_failure(text):
    assert words_of(text, "test.command") == ("bash", "-e", "-o", "pipefail", "-c", text)


@pytest.mark.parametrize("text", ["", "   ", "python 'x"])
def test_a_command_that_cannot_be_read_names_its_key(text):
    with pytest.raises(ConfigurationError) as raised:
        words_of(text, "train.command")
    assert raised.value.where == "train.command"


@pytest.mark.parametrize("name", ["python", "python3"])
def test_python_means_the_projects(name):
    command = project_command((name, "x.py"), INTERPRETER, cwd=Path("/p"), name="x", secrets=("A",), timeout=3)
    assert command.argv == ("/e/bin/python", "x.py")
    assert command.path == (Path("/e/bin"),)
    assert command.environment["VIRTUAL_ENV"] == "/e"
    assert (command.secrets, command.timeout) == (("A",), 3)
