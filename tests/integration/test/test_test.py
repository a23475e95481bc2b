"""Real pytest on small projects; our own interpreter plays the project's."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from trainstop.adapters.processes import ChildProcesses
from trainstop.config import Config
from trainstop.errors import InputError, TimeLimitError
from trainstop.ports.environments import Interpreter
from trainstop.records import CheckStatus, Status
from trainstop.stages import test as stage
from trainstop.workspace import Workspace

TOKEN = "hunter2-hunter2"
CODE = "def double(x):\n    return 2 * x\n\n\ndef never(x):\n    y = x\n    return y\n"
PASSING = "from model import double\n\ndef test_double():\n    assert double(2) == 4\n"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "project"
    said = []

    def run(files, /, python=sys.executable, **section):
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        config = Config.model_validate(
            {
                "model": {"name": "m", "task": "binary"},
                "test": {key.replace("_", "-"): value for key, value in section.items()},
            }
        )
        workspace = Workspace(folder)
        environ = {"PATH": os.environ["PATH"], "MY_TOKEN": TOKEN}
        ports = SimpleNamespace(
            progress=SimpleNamespace(note=said.append),
            environments=SimpleNamespace(
                project=lambda: Interpreter(Path(python), "sha256:x", "3.11", "requirements.txt")
            ),
            processes=ChildProcesses(environ, workspace.logs, grace=0.5),
        )
        return stage.run(SimpleNamespace(config=config, workspace=workspace, ports=ports))

    run.folder = folder
    return run


def test_tests_that_pass_pass_with_their_coverage(run):
    result = run({"model.py": CODE, "tests/test_model.py": PASSING}, minimum_coverage=0.5)
    assert result.status is Status.PASSED, result.reason
    assert (result.part.tests, result.part.failed) == (1, 0)
    # 2 definitions and 1 body of 5 lines; the tests themselves do not count.
    assert result.part.coverage == pytest.approx(3 / 5)
    assert sorted(path.name for path in run.folder.iterdir() if not path.name.startswith((".pytest", "__py"))) == [
        ".trainstop", "model.py", "tests",
    ]  # fmt: skip


def test_too_little_coverage_fails(run):
    result = run({"model.py": CODE, "tests/test_model.py": PASSING}, minimum_coverage=0.9)
    assert result.status is Status.FAILED
    assert result.reason == "coverage: 60.0% of the lines, at least 90.0% wanted"


def test_failures_are_listed_with_their_messages_masked(run):
    text = (
        "import os\n\ndef test_bad():\n    assert os.environ['MY_TOKEN'] == '::error::'\n\n"
        "def test_good():\n    print('fine')\n"
    )
    result = run({"test_a.py": text}, command="pytest", secrets=["MY_TOKEN"])
    assert result.status is Status.FAILED
    assert result.reason == "tests: 1 of 2 failed"
    (failure,) = result.part.failures
    assert failure.name == "test_a::test_bad"
    assert "***" in failure.message
    assert TOKEN not in result.model_dump_json()


def test_a_file_that_cannot_be_imported_fails(run):
    result = run({"test_a.py": "import no_such_thing\n"})
    assert result.status is Status.FAILED
    assert "no_such_thing" in result.part.tail


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model.py": CODE}, "no test was collected"),
        ({"test_a.py": "import pytest\n@pytest.mark.skip\ndef test_a(): pass\n"}, "all 1 tests were skipped"),
    ],
)
def test_no_test_fails_unless_that_is_allowed(run, files, words):
    result = run(files)
    assert result.status is Status.FAILED
    assert words in result.reason
    allowed = run(files, allow_none=True)
    assert allowed.status is Status.PASSED
    assert allowed.checks[0].status is CheckStatus.WARNED


def test_a_test_that_ends_the_process_with_zero_is_no_pass(run):
    result = run({"test_a.py": "import os\ndef test_a(): os._exit(0)\n"})
    assert result.status is Status.FAILED
    assert "without writing its report" in result.reason


def test_a_crash_is_named(run):
    result = run({"test_a.py": "import ctypes\ndef test_a(): ctypes.string_at(0)\n"})
    assert result.status is Status.FAILED
    assert "SIGSEGV" in result.reason
    assert "test_a.py" in result.part.tail


def test_tests_that_hang_are_ended_and_said_so(run):
    with pytest.raises(TimeLimitError, match="took longer") as raised:
        run({"test_a.py": "import time\ndef test_a(): time.sleep(60)\n"}, timeout=2)
    assert "test.timeout" in raised.value.fix


def test_an_earlier_report_is_never_taken_for_this_runs(run):
    assert run({"test_a.py": "def test_a(): pass\n"}, command="pytest --junitxml=own.xml").status is Status.PASSED
    result = run({"test_a.py": "import os\ndef test_a(): os._exit(0)\n"}, command="pytest --junitxml=own.xml")
    assert result.status is Status.FAILED


@pytest.mark.parametrize(
    ("command", "status"),
    [("python check.py", Status.PASSED), ("python check.py && false", Status.FAILED), ("false | true", Status.FAILED)],
)
def test_any_other_command_is_judged_by_its_exit_code(run, command, status):
    result = run({"check.py": "import sys; print(sys.executable)\n"}, command=command)
    assert result.status is status
    if "check" in command:
        assert result.part.tail == sys.executable


def test_an_environment_without_pytest_is_the_inputs_fault(run, tmp_path):
    bare = tmp_path / "bin" / "python"
    bare.parent.mkdir()
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(InputError, match="pytest is not in the project's environment"):
        run({"test_a.py": ""}, python=str(bare))
