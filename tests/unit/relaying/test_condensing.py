"""The file's writer: all of it where it fits, else the most telling part of it; the reader always takes it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import strangers
from tests.unit.report.conftest import check, evaluated, metric

from trainstop.records import checks as of_code
from trainstop.records.charting import Charts, ModelCharts
from trainstop.records.judging import SliceResult
from trainstop.relaying.condensing import condensed
from trainstop.relaying.limits import BYTES
from trainstop.relaying.reading import read


def sliced(count: int, text: str = "value") -> Any:
    return evaluated(
        slices=tuple(
            SliceResult(column="origin", value=f"{text}{n}", rows=n, metrics=(metric(),)) for n in range(count)
        )
    )


def test_an_ordinary_check_is_left_whole() -> None:
    found = read(condensed(strangers.records()).encode())
    assert (list(found.records), found.left_out) == (strangers.records(), 0)


@pytest.mark.parametrize("count", [2_000, 6_000])
def test_too_many_slices_are_cut_and_counted(count: int) -> None:
    text = condensed(strangers.records(evaluate=sliced(count)))
    assert len(text.encode()) <= BYTES
    found = read(text.encode())
    kept = next(record.part for record in found.records if record.stage == "evaluate").slices
    assert len(kept) >= 1000
    assert len(kept) + found.left_out == count
    assert kept[0].value == "value0"


def test_of_too_many_checks_those_that_stand_out_stay() -> None:
    checks = tuple(check(f"check {n}", "failed" if n == 39_000 else "passed", reason="x" * 60) for n in range(40_000))
    (lint, *others) = strangers.records()
    found = read(condensed([lint.model_copy(update={"checks": checks}), *others]).encode())
    names = [each.name for each in found.records[0].checks]
    assert "check 39000" in names
    assert names[0] == "check 0"
    assert names == sorted(names, key=lambda name: int(name.split()[1]))


def test_long_texts_are_cut_and_of_a_processs_words_the_last_stay() -> None:
    failure = of_code.TestFailure(name="n" * 900, message="m" * 9000)
    part = of_code.TestPart(tests=1, failed=1, failures=(failure,), tail="begin" + "x" * 9000 + "end")
    found = read(condensed(strangers.records(test=part)).encode()).records[1].part
    assert found.failures[0].name == "n" * 299 + "…"
    assert len(found.failures[0].message) == 2000
    assert found.tail.startswith("…x")
    assert found.tail.endswith("xend")


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 600),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3000),
    st.dictionaries(st.text(max_size=500), st.text(max_size=50), max_size=20),
)
def test_whatever_a_project_is_like_its_file_is_small_and_is_taken(
    count: int, text: str, params: dict[str, str]
) -> None:
    train = strangers.parts()["train"].model_copy(update={"params": params})
    known = strangers.records(evaluate=sliced(count, text), train=train)
    content = condensed(known).encode()
    assert len(content) <= BYTES
    assert len(read(content).records) == len(known)


def test_charts_do_not_travel_since_half_a_curve_would_be_a_wrong_one() -> None:
    judged = next(record for record in strangers.records() if record.stage == "evaluate")
    drawn = judged.part.model_copy(update={"charts": Charts(candidate=ModelCharts())})
    (found,) = read(condensed([judged.model_copy(update={"part": drawn})]).encode()).records
    assert drawn.charts is not None
    assert found == judged
