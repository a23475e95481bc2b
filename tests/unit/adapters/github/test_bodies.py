"""What GitHub takes: never too long, cut between rows, with what an issue remembers by."""

import pytest

from trainstop.adapters.github.bodies import LONGEST, LONGEST_TITLE, fitting, title

ROW = "| feature:temperature | 0.31 | it moved |"


def test_a_text_that_fits_stays_as_it_is() -> None:
    text = "x" * LONGEST
    assert fitting(text, "elsewhere") == text


@pytest.mark.parametrize("character", ["x", "é", "✅", "😀"])
def test_a_text_that_is_too_long_fits_in_characters_and_in_utf_16(character: str) -> None:
    cut = fitting(f"{ROW}{character}\n" * 4000, "the job's summary")
    assert len(cut.encode("utf-16-le")) // 2 <= LONGEST
    assert "The rest is in the job's summary" in cut


def test_it_is_cut_at_the_end_of_a_row() -> None:
    cut = fitting(f"{ROW}\n" * 4000, "elsewhere")
    rows = cut.split("\n\n*Cut here")[0].splitlines()
    assert set(rows) == {ROW}
    assert len(rows) > 1500


def test_what_is_open_is_closed() -> None:
    cut = fitting("<details>\n" + f"{ROW}\n" * 4000 + "</details>\n", "elsewhere")
    assert cut.count("<details>") == cut.count("</details>") == 1


def test_the_memory_of_an_issue_survives_the_cut() -> None:
    memory = '<!-- trainstop:memory {"level":"act"} -->'
    cut = fitting(f"{ROW}\n" * 4000 + memory, "elsewhere")
    assert cut.rstrip().endswith(memory)
    assert len(cut) <= LONGEST


def test_what_utf_8_cannot_hold_is_replaced() -> None:
    assert fitting("a\ud800b\x00", "elsewhere") == "a?b\ufffd"


def test_a_title_is_one_short_line() -> None:
    assert title("a\n b\x00\r\nc") == "a b c"
    assert len(title("x" * 1000)) == LONGEST_TITLE
