"""The runner's door: whatever a value holds, the runner reads that value and no command."""

import re
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.adapters.runner import SUMMARY_BYTES, Runner, workflow_command
from trainstop.errors import InputError, UnavailableError
from trainstop.settings import Settings

HOSTILE = [
    "",
    " ",
    "\n",
    "a\r\nb",
    "\x00",
    "::set-output name=x::y",
    "\n::add-mask::x",
    "%0A::error::",
    "EOF",
    "ghadelimiter_1",
    "a=b",
    "a<<EOF\nb\nEOF",
    "${{ github.token }}",
    "\ud800",
    "\x1b[31m",
    "\u202e",
    ",file=x",
    ":::",
]


@dataclass(frozen=True)
class Note:
    kind: str
    message: str = "text"
    properties: dict[str, str | int] = field(default_factory=dict)


def outputs_as_the_runner_reads_them(text: str) -> dict[str, str]:
    """Read a GITHUB_OUTPUT file by the runner's rules: `name=value` or `name<<delimiter` up to the delimiter's line."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, _, delimiter = line.partition("<<")
            value: list[str] = []
            for inner in lines:
                if inner == delimiter:
                    break
                value.append(inner)
            found[name] = "\n".join(value)
        else:
            name, _, single = line.partition("=")
            found[name] = single
    return found


def unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


@given(message=st.text(max_size=200), title=st.text(max_size=50))
def test_a_command_is_one_line_with_its_own_message_and_title(message: str, title: str) -> None:
    line = workflow_command("error", message, title=title)
    assert "\n" not in line
    assert "\r" not in line
    parts = re.fullmatch(r"::error(?: title=([^:,]+))?::(.*)", line)
    assert parts is not None
    if message.isprintable():
        assert unescaped(parts[2]) == message.replace("##[", "# #[")  # an older way to write a command


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_message_stays_on_its_line(text: str) -> None:
    line = workflow_command("error", f"before{text}after")
    assert len(line.splitlines()) == 1
    assert line.startswith("::error::before")
    assert line.endswith("after")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_title_sets_no_other_property(text: str) -> None:
    line = workflow_command("warning", "message", title=text, file="train.py", line=3)
    assert line.count("::") == 2
    assert line.endswith("file=train.py,line=3::message")
    said = line.removeprefix("::warning ").partition("::")[0].split(",")
    assert [each.partition("=")[0] for each in said] == [*(["title"] if text else []), "file", "line"]


def test_a_command_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="not a workflow command"):
        workflow_command("set-env", "x")


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 65536])
def test_an_output_is_read_back_as_it_was_and_sets_no_other(tmp_path: Path, text: str) -> None:
    file = tmp_path / "output"
    Runner(output=file).set_outputs({"status": text, "record": "last"})
    read = outputs_as_the_runner_reads_them(file.read_bytes().decode())
    assert read == {
        "status": text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode(),
        "record": "last",
    }


def test_nobody_can_know_the_delimiter(tmp_path: Path) -> None:
    file = tmp_path / "output"
    Runner(output=file).set_outputs({"a": "x", "b": "x"})
    Runner(output=file).set_outputs({"a": "x"})
    delimiters = re.findall(r"<<end-([0-9a-f]{32})\n", file.read_text())
    assert len(set(delimiters)) == 3


@given(values=st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), st.text(), max_size=4))
def test_any_outputs_are_read_back(tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]) -> None:
    file = tmp_path_factory.mktemp("runner") / "output"
    Runner(output=file).set_outputs(values)
    read = outputs_as_the_runner_reads_them(file.read_bytes().decode()) if file.exists() else {}
    assert read == {name: value.replace("\x00", "\ufffd") for name, value in values.items()}


@pytest.mark.parametrize("name", ["", "A", "a b", "a=b", "a\nb", "a<<b", "_x", "x" * 101])
def test_an_odd_name_of_an_output_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of an output"):
        Runner(output=tmp_path / "output").set_outputs({name: "x"})


def test_outputs_that_github_would_lose_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="larger than"):
        Runner(output=tmp_path / "output").set_outputs({"status": "x" * (1 << 19)})
    assert not (tmp_path / "output").exists()


def test_a_long_summary_is_cut_at_a_line_and_says_so(tmp_path: Path) -> None:
    page = tmp_path / "summary"
    runner = Runner(summary=page)
    runner.add_summary("first")
    runner.add_summary("| é |\n" * 300_000)
    runner.add_summary("too late")
    text = page.read_bytes()
    assert len(text) <= SUMMARY_BYTES
    assert text.startswith("first\n| é |\n".encode())
    assert "| é |\n\n\n*Cut here" in text.decode()
    assert b"too late" not in text


def test_a_runner_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be written"):
        Runner(output=tmp_path).set_outputs({"status": "passed"})


def test_annotations_beyond_what_github_shows_are_counted() -> None:
    stream = StringIO()
    Runner(stream=stream).annotate([Note("error", f"e{n}", {"line": n}) for n in range(12)] + [Note("warning")])
    lines = stream.getvalue().splitlines()
    assert lines[0] == "::error line=0::e0"
    assert lines[9] == "::error::3 more are in the job's summary and in the records"
    assert lines[10:] == ["::warning::text"]


def test_ten_annotations_are_all_shown() -> None:
    stream = StringIO()
    Runner(stream=stream).annotate([Note("error", str(n)) for n in range(10)])
    assert stream.getvalue().splitlines() == [f"::error::{n}" for n in range(10)]


def step(folder: Path, name: str) -> tuple[Runner, StringIO]:
    """Start another step of the same job."""
    stream = StringIO()
    environ = {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(folder / name)}
    return Runner.from_settings(Settings.from_environ(environ), stream), stream


def test_the_worst_kind_is_shown_first() -> None:
    stream = StringIO()
    Runner(stream=stream).annotate([Note("notice"), Note("warning"), Note("error")])
    assert [line[: line.index("::", 2)] for line in stream.getvalue().splitlines()] == [
        "::error",
        "::warning",
        "::notice",
    ]


def test_a_step_s_limit_holds_over_all_verbs_in_it(tmp_path: Path) -> None:
    shown = []
    for _ in range(3):
        runner, stream = step(tmp_path, "one step")
        runner.annotate([Note("error", str(n)) for n in range(4)])
        shown += stream.getvalue().splitlines()
    assert len(shown) == 10
    assert shown[-1] == "::error::3 more are in the job's summary and in the records"


def test_a_job_s_limit_holds_over_its_steps_and_the_last_places_are_kept_for_errors(tmp_path: Path) -> None:
    shown = []
    for number in range(7):
        runner, stream = step(tmp_path, f"step {number}")
        runner.annotate([Note("warning") for _ in range(10)] + [Note("notice") for _ in range(10)])
        shown += stream.getvalue().splitlines()
    assert len(shown) == 30
    for number in range(7):
        runner, stream = step(tmp_path, f"later step {number}")
        runner.annotate([Note("error") for _ in range(10)])
        shown += stream.getvalue().splitlines()
    assert len(shown) == 50
    assert sum(line.startswith("::error") for line in shown) == 20


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"job": "x"}', b"\xff", b'{"job": -7, "step": 1, "kinds": 3}', b"[" * 99_999]
)
def test_a_broken_count_keeps_nothing_from_being_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "trainstop-annotations.json").write_bytes(content)
    runner, stream = step(tmp_path, "a step")
    runner.annotate([Note("error")])
    assert stream.getvalue() == "::error::text\n"


def test_untrusted_text_stands_between_a_stop_and_its_own_word_even_when_it_fails() -> None:
    stream = StringIO()
    runner = Runner(stream=stream)

    def breaks_off() -> None:
        with runner.untrusted():
            stream.write("::error::not ours\n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        breaks_off()
    stop, _, resume = stream.getvalue().splitlines()
    token = stop.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert resume == f"::{token}::"


def test_outside_actions_nothing_is_written(tmp_path: Path) -> None:
    stream = StringIO()
    surroundings = {"GITHUB_OUTPUT": str(tmp_path / "o"), "GITHUB_STEP_SUMMARY": str(tmp_path / "s")}
    runner = Runner.from_settings(Settings.from_environ(surroundings), stream)
    runner.set_outputs({"status": "passed"})
    runner.add_summary("text")
    runner.annotate([Note("error")])
    assert not list(tmp_path.iterdir())
    assert stream.getvalue() == ""


def test_in_actions_the_named_files_are_written(tmp_path: Path) -> None:
    surroundings = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "o"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "s"),
    }
    stream = StringIO()
    runner = Runner.from_settings(Settings.from_environ(surroundings), stream)
    runner.set_outputs({"status": "passed"})
    runner.add_summary("text")
    runner.annotate([Note("notice")])
    assert outputs_as_the_runner_reads_them((tmp_path / "o").read_text()) == {"status": "passed"}
    assert (tmp_path / "s").read_text() == "text\n"
    assert stream.getvalue() == "::notice::text\n"
