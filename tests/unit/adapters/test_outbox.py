"""The outbox: each effect once, whoever asks and however often, and pages a person can read."""

import json
import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from trainstop import files
from trainstop.adapters import outbox
from trainstop.adapters.outbox import OutboxForge
from trainstop.adapters.runner import Runner
from trainstop.errors import InputError, UnavailableError
from trainstop.ports.forge import hidden

MARKER = "trainstop:incident:flight-delay:feature:temp"


class Clock:
    """A minute passes each time it is asked."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def forge(tmp_path: Path) -> OutboxForge:
    return OutboxForge(tmp_path / "outbox", Clock())


def test_a_comment_is_updated_in_its_place(forge: OutboxForge, tmp_path: Path) -> None:
    first = forge.put_comment("trainstop:report:delay", "one")
    second = forge.put_comment("trainstop:report:delay", "two")
    assert first.address == second.address == str(tmp_path / "outbox" / "comment.md")
    text = Path(first.address).read_text()
    assert text == "<!-- trainstop:comment -->\n<!-- trainstop:report:delay -->\ntwo\n"


def test_two_models_have_a_section_each_in_one_comment(forge: OutboxForge) -> None:
    told = (("a", "1"), ("ab", "2"), ("a", "3"))
    paths = [forge.put_comment(f"trainstop:report:{name}", text) for name, text in told]
    assert {Path(path.address).name for path in paths} == {"comment.md"}
    lines = Path(paths[0].address).read_text().splitlines()
    assert [line for line in lines if line.isdecimal()] == ["3", "2"]


def test_only_update_makes_no_comment(forge: OutboxForge, tmp_path: Path) -> None:
    marker = "trainstop:report:m"
    assert forge.put_comment(marker, "text", only_update=True).address == ""
    assert not (tmp_path / "outbox" / "comment.md").exists()
    forge.put_comment(marker, "text")
    assert Path(forge.put_comment(marker, "later", only_update=True).address).read_text().endswith("later\n")


def test_a_body_that_carries_its_marker_carries_it_once(forge: OutboxForge) -> None:
    mark = hidden("trainstop:report:m")
    text = Path(forge.put_comment("trainstop:report:m", f"{mark}\ntext").address).read_text()
    assert text.count(mark) == 1


@pytest.mark.parametrize("word", ["a--><img src=x>", "a -- b", "\n", "é", "\ud800", ""])
def test_a_marker_cannot_end_its_own_comment(word: str) -> None:
    mark = hidden(word)
    assert mark.count("-->") == 1
    assert mark.endswith(" -->")
    assert "\n" not in mark
    assert mark == hidden(mark)


def test_the_summary_goes_to_the_job_too(tmp_path: Path) -> None:
    page = tmp_path / "summary"
    forge = OutboxForge(tmp_path / "outbox", Clock(), Runner(summary=page, stream=StringIO()))
    written = forge.put_summary("# Report\ud800")
    assert Path(written).read_text() == "# Report?"
    assert page.read_text() == "# Report?\n"


def test_an_issue_has_a_life(forge: OutboxForge, tmp_path: Path) -> None:
    opened = forge.open_issue(MARKER, "temp drifts", "first words", ["trainstop"])
    forge.comment_issue(opened.number, "window-1", "still there")
    forge.update_issue(opened.number, "later words")
    forge.close_issue(opened.number)
    seen = forge.issue(MARKER)
    assert seen is not None
    assert (seen.number, seen.state, seen.labels, seen.comments) == (1, "closed", ("trainstop",), ("still there",))
    assert seen.body == f"{hidden(MARKER)}\nlater words"
    page = Path(seen.url).read_text()
    order = ["temp drifts", "closed", "later words", "opened on 2026-03-01 at 06:01:00 UTC", "commented", "still there"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert page.rstrip().endswith("*closed on 2026-03-01 at 06:04:00 UTC*")


def test_everything_twice_is_once(forge: OutboxForge, tmp_path: Path) -> None:
    for _ in range(2):
        number = forge.open_issue(MARKER, "title", "body", ()).number
        forge.comment_issue(number, "key", "text")
        forge.update_issue(number, "body 2")
    for _ in range(2):
        forge.close_issue(1)
    events = json.loads((tmp_path / "outbox" / "issues" / "1.json").read_text())["events"]
    assert [event["what"] for event in events] == ["opened", "commented", "updated", "closed"]


def test_a_closed_issue_is_reopened_under_its_number(forge: OutboxForge) -> None:
    number = forge.open_issue(MARKER, "title", "body", ()).number
    forge.close_issue(number)
    again = forge.open_issue(MARKER, "title", "it is back", ())
    assert (again.number, again.state) == (number, "open")
    assert again.body.endswith("it is back")


def test_another_marker_is_another_issue(forge: OutboxForge) -> None:
    assert forge.issue(MARKER) is None
    assert [forge.open_issue(marker, "t", "b", ()).number for marker in ("a", "b", "a")] == [1, 2, 1]


def test_an_unknown_issue_is_an_error(forge: OutboxForge) -> None:
    with pytest.raises(InputError, match="no issue 7"):
        forge.close_issue(7)


def test_a_broken_issue_is_an_error_that_says_where(forge: OutboxForge, tmp_path: Path) -> None:
    forge.open_issue(MARKER, "t", "b", ())
    (tmp_path / "outbox" / "issues" / "1.json").write_text("{")
    with pytest.raises(UnavailableError, match=r"1\.json"):
        forge.issue(MARKER)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match="outbox cannot be written"):
        OutboxForge(tmp_path / "outbox", Clock()).put_summary("x")


ROUNDS = 8


def _open_many(folder: Path, barrier: "multiprocessing.synchronize.Barrier", who: int) -> None:
    forge = OutboxForge(folder, Clock())
    for turn in range(ROUNDS):
        barrier.wait(30)
        for incident in (f"own{who}-{turn}", f"shared{turn}"):
            number = forge.open_issue(incident, "t", "b", ()).number
            forge.comment_issue(number, "same", "text")
            forge.comment_issue(number, f"from {who}", "text")
        forge.put_comment(f"trainstop:report:{who}", "text")


def test_many_at_once_make_each_issue_and_comment_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(4)
    workers = [context.Process(target=_open_many, args=(tmp_path, barrier, who)) for who in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    letters = [json.loads(path.read_text()) for path in (tmp_path / "issues").glob("[0-9]*.json")]
    expected = [f"own{who}-{turn}" for who in range(4) for turn in range(ROUNDS)]
    expected += [f"shared{turn}" for turn in range(ROUNDS)]
    assert sorted(letter["marker"] for letter in letters) == sorted(map(hidden, expected))
    for letter in letters:
        keys = [event["key"] for event in letter["events"] if event["what"] == "commented"]
        who = ["0", "1", "2", "3"] if "shared" in letter["marker"] else [letter["marker"].split("own")[1][0]]
        assert sorted(keys) == sorted(["same", *(f"from {one}" for one in who)])
    (comment,) = tmp_path.glob("comment*.md")
    assert comment.read_text().count("<!-- trainstop:report:") == 4


def _killed_at(folder: Path, write: int) -> None:
    """Do an issue's whole life, and die in the middle of the given write."""
    count = 0
    real = files.write_text

    def write_text(path: Path, text: str) -> None:
        nonlocal count
        count += 1
        if count == write:
            with files.replacing(path) as beside:
                beside.write_text(text[: len(text) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
        real(path, text)

    outbox.files.write_text = write_text
    _life(folder)


def _life(folder: Path) -> None:
    forge = OutboxForge(folder, Clock())
    number = forge.open_issue(MARKER, "t", "b", ()).number
    forge.comment_issue(number, "key", "text")
    forge.close_issue(number)


@pytest.mark.parametrize("write", range(1, 7))
def test_a_kill_at_any_write_and_a_second_run_leave_one_whole_issue(tmp_path: Path, write: int) -> None:
    worker = multiprocessing.get_context("fork").Process(target=_killed_at, args=(tmp_path, write))
    worker.start()
    worker.join(30)
    assert worker.exitcode == -signal.SIGKILL
    _life(tmp_path)
    forge = OutboxForge(tmp_path, Clock())
    seen = forge.issue(MARKER)
    assert seen is not None
    assert (seen.number, seen.state, seen.comments) == (1, "closed", ("text",))
    assert [path.name for path in (tmp_path / "issues").glob("[0-9]*.json")] == ["1.json"]
    assert Path(seen.url).read_text().count("text") == 1
