"""The file: records of ours come out of it, or nothing does; and whatever came out can be shown."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import strangers

from trainstop.records import Provenance, Results
from trainstop.records.checks import Finding, LintPart
from trainstop.relaying.condensing import condensed
from trainstop.relaying.limits import UnfitError
from trainstop.relaying.reading import Received, attributed, read
from trainstop.report.comment import render_comment, render_summary
from trainstop.report.view import View, gather

FILES = strangers.files()
ORIGIN = Provenance(
    repository="acme/flights", commit="a" * 40, run_url="https://github.com/acme/flights/actions/runs/1"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
EDGES = st.sampled_from(
    [0, 1, -1, 2**53, -(2**53), 1e200, -1e200, 5e-324, 0.1, "", "x" * 300, strangers.NASTY, None, True, [], {}, "1e5"]
)
PLACES = [
    place
    for place in strangers.places(json.loads(json.dumps(strangers.letter()), parse_int=str, parse_float=str))
    if place[0] == "records"
]


def view(folder: Path, received: Received) -> View:
    """Return what a report would show."""
    results = Results(folder)
    for record in received.records:
        results.write(attributed(record, ORIGIN))
    return gather(results, model="delays")


def test_what_was_written_comes_out_in_the_order_of_the_line() -> None:
    content = strangers.letter()
    content["records"].reverse()
    received = read(strangers.written(content))
    assert list(received.records) == strangers.records()


@pytest.mark.parametrize("name", FILES)
def test_what_no_honest_run_writes_is_refused_with_words(name: str) -> None:
    content, words = FILES[name]
    with pytest.raises(UnfitError, match=words):
        read(content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_other_things_are_refused(content: bytes) -> None:
    with pytest.raises(UnfitError):
        read(content)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), EDGES | JSON), min_size=1, max_size=5))
def test_whatever_is_put_into_a_record_it_is_refused_or_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    content = strangers.letter()
    for place, value in changes:
        try:
            strangers.put(content, place, value)
        except (KeyError, IndexError, TypeError):  # an earlier change took its place away
            continue
    try:
        received = read(strangers.written(content))
    except UnfitError:
        return
    shown = view(tmp_path_factory.mktemp("results"), received)
    assert strangers.acting(render_comment(shown)) == []
    assert strangers.acting(render_summary(shown)) == []


def test_a_text_that_would_act_does_not_wherever_it_stands(tmp_path: Path) -> None:
    content, count = strangers.full_of(strangers.NASTY)
    assert count > 60, "it stands nearly everywhere"
    shown = view(tmp_path, read(content))
    for page in (render_comment(shown), render_summary(shown)):
        assert "@everyone" in page
        assert strangers.acting(page) == []


def test_many_small_entries_are_shown_in_seconds(tmp_path: Path) -> None:
    content = strangers.letter()
    part = strangers.of(content, "evaluate")["part"]
    one = part["slices"][0]
    part["slices"] = [{**one, "metrics": [], "column": "a", "value": ""}] * 9000
    strangers.of(content, "evaluate")["checks"] = [{"name": "", "status": "failed"}] * 9000
    assert len(strangers.written(content)) < 1 << 20
    assert len(render_comment(view(tmp_path, read(strangers.written(content))))) < 65_536


def test_a_record_says_the_origin_that_we_know_and_links_nowhere() -> None:
    finding = Finding(tool="ruff", rule="F401", path="train.py", message="unused", url="https://evil.example")
    part = LintPart(findings=(finding,), sarif="../../etc/passwd")
    (record, *_) = read(condensed(strangers.records(lint=part)).encode()).records
    known = attributed(record, ORIGIN)
    assert known.provenance == ORIGIN
    assert "evil" not in known.model_dump_json()
    assert known.part.sarif == ""
    assert known.part.findings[0].message == "unused"
