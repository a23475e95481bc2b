"""The words for each way a training can fail."""

from pathlib import Path

import pytest

from trainstop.errors import ProjectCodeError, TimeLimitError
from trainstop.ports.processes import Outcome
from trainstop.training import explaining


def outcome(**changes) -> Outcome:
    given = {"exit_code": 1, "wall_seconds": 5.0, "cpu_seconds": 1.0, "peak_memory_bytes": 8_000_000_000}
    return Outcome(**{**given, "log": Path("train.log"), "tail": "first\nlast", **changes})


@pytest.mark.parametrize(
    ("changes", "kind", "words", "fix"),
    [
        ({"exit_code": 3}, ProjectCodeError, "exit code 3", "by hand"),
        ({"exit_code": None, "signal": "SIGSEGV"}, ProjectCodeError, "SIGSEGV", "native code"),
        ({"exit_code": 139}, ProjectCodeError, "exit code 139 (SIGSEGV behind a shell)", "native code"),
        ({"exit_code": None, "signal": "SIGKILL", "out_of_memory": True}, ProjectCodeError, "out of memory", "8.0 GB"),
        ({"exit_code": None, "timed_out": True}, TimeLimitError, "longer", "train.timeout"),
    ],
)
def test_each_ending_has_its_words_and_its_remedy(changes, kind, words, fix) -> None:
    error = explaining.failed("training failed", outcome(**changes), key="train.command")
    assert type(error) is kind
    assert words in error.what
    assert error.what.endswith("\n    first\n    last")
    assert "train.command" in error.where
    assert fix in error.fix


def test_only_the_last_lines_are_shown() -> None:
    error = explaining.failed("it failed", outcome(tail="\n".join(map(str, range(100)))), key="k")
    assert error.what.count("\n") == explaining.SHOWN_LINES
    assert error.what.endswith(" 99")


@pytest.mark.parametrize(
    "line",
    [
        "mlflow.set_tracking_uri('x')",
        "os.environ['MLFLOW_TRACKING_URI'] = 'x'",
        '  set_tracking_uri ( "x" )',
        "MLFLOW_TRACKING_URI=x",
    ],
)
def test_a_store_set_by_the_code_is_found(tmp_path, line) -> None:
    (tmp_path / "a.py").write_text("import mlflow\n")
    (tmp_path / "b.py").write_text(f"\n\n{line}\n")
    assert explaining.uri_set_at([tmp_path / "a.py", tmp_path / "b.py"], tmp_path) == "b.py:3"


@pytest.mark.parametrize("line", ["# mlflow.set_tracking_uri('x')", "uri = os.environ['MLFLOW_TRACKING_URI']"])
def test_a_store_that_is_only_spoken_of_is_not(tmp_path, line) -> None:
    (tmp_path / "a.py").write_text(line)
    assert explaining.uri_set_at([tmp_path / "a.py"], tmp_path) == ""


def test_an_older_model_is_said_to_be_older() -> None:
    error = explaining.no_model(outcome(exit_code=0), uri_set_at="", stores=(), stale="model.pkl")
    assert "model.pkl is older than this training" in error.what
