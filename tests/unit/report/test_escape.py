"""Foreign text in Markdown: whatever comes in, what comes out is words on one line, and nothing else."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from trainstop.report.escape import IN_CODE, block, code, markdown, visible

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "",
    " ",
    "\n",
    "\r\n\r\n# heading",
    "\x00",
    "\t",
    "x" * 255,
    "x" * 65_536,
    " " * 100_000 + "end",
    "$(id)",
    "`id`",
    '"; id; #',
    "${{ github.token }}",
    "::set-output name=x::y",
    "%0A::error::",
    "EOF",
    "--help",
    "-rf",
    "../../x",
    "/etc/passwd",
    "C:\\x",
    "file://x",
    "http://169.254.169.254/",
    "HTTPS://EXAMPLE.COM",
    "//example.com",
    "www.example.com",
    "WWW.example.com",
    "(www.example.com)",
    "mailto:a@b.example",
    "me@example.com",
    "models:/x@y",
    "runs:/",
    "|",
    "a | b \\| c",
    "```",
    "~~~",
    "`` ` ``",
    "a`",
    "<img src=x onerror=alert(1)>",
    "<b>bold</b>",
    "</details>",
    "<!-- trainstop:report:x -->",
    "<!--",
    "-->",
    "<!--->",
    "<?php ?>",
    "<![CDATA[ x ]]>",
    "<https://example.com>",
    "@everyone",
    "@acme/team",
    "hi@",
    "(@me)",
    "\uff20me",
    "\u200b@me",
    "fixes #1",
    "closes: acme/repo#12",
    "Resolves GH-7",
    "fixes https://github.com/acme/repo/issues/1",
    "0123456789abcdef0123456789abcdef01234567",
    "acme/repo@0123456789",
    "[x](javascript:1)",
    "[x][y]",
    "[x]: https://example.com",
    "[^1]: note",
    "![x](y)",
    "[ ] task",
    "- [x] task",
    "# heading",
    "> quote",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "---",
    "===",
    "***",
    ":--",
    "    indented",
    "_x_",
    "__x__",
    "*x*",
    "**x**",
    "~~x~~",
    "a_b_ c",
    "_ x _",
    ":tada:",
    "$x$",
    "$`x`$",
    "&lt;img&gt;",
    "&#64;me",
    "&amp;",
    "\\",
    "x\\",
    "\\@me",
    "ends in spaces  ",
    "👩\u200d🔬 ⚠️ é e\u0301",
    "\u202ereversed\u202c",
    "zero\u200bwidth\u00adsoft",
    "\ud800",
    "a\udfffb",
    "\ufeffbom",
    "\u2028line\u2029",
    "\x1b[31mred\x1b[0m",
    "\U000e0041tag",
]
ORDINARY = [
    "auc",
    "log_loss",
    "f1 (macro)",
    "Brier score",
    "recall at 5%",
    "p95, in ms",
    "mean_absolute_error",
    "is 0.7123, below 0.75",
    "d = -0.0012 (t = 0.01)",
    "data/train.csv",
    "feature:temp",
    "Genauigkeit für Äpfel",
    "精度",
    "it's 1/2 + 3; isn't it?",
]
LINKS = re.compile(r"@|#|://|//|www\.|\bgh-\d|:\S+:|\b(?=\d*[a-f])[0-9a-f]{7,}\b|\$", re.IGNORECASE)
"""What GitHub makes something of in rendered text outside code."""


def inline(text: str) -> list[Token]:
    """Parse Markdown that shall be one paragraph, and return what is in it."""
    tokens = PARSER.parse(text)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return tokens[1].children or []


def plain(tokens: list[Token]) -> str:
    """Return what a reader sees of inline tokens."""
    assert {token.type for token in tokens} <= {"text", "code_inline"}, [token.type for token in tokens]
    return "".join(token.content for token in tokens)


def without_backticks(text: str) -> str:
    """Return text as far as escaping must keep it: what is between backticks may become code, and lose them."""
    for active, harmless in IN_CODE.items():
        text = text.replace(active, harmless)
    return text.replace(IN_CODE["`"], "")


def check_harmless(given_text: str, escaped: str, limit: int) -> None:
    """Hold `escaped` against everything that is promised of it."""
    assert "\n" not in escaped
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") for character in escaped)
    assert "<!--" not in escaped
    if not escaped:
        assert not given_text
        return
    tokens = inline(escaped)
    seen = plain(tokens)
    assert without_backticks(seen) == without_backticks(visible(given_text, limit))
    assert len(seen) <= limit
    for token in tokens:
        if token.type == "text":
            assert not LINKS.search(unicodedata.normalize("NFKC", token.content)), token.content
            assert "`" not in token.content
    row = PARSER.parse(f"| a | b | c |\n|--|--|--|\n| x | {escaped} | z |\n\nafter\n")
    cells = [token for token in row if token.type == "inline"]
    assert [cells[index].content for index in (3, 5, 6)] == ["x", "z", "after"]
    assert plain(cells[4].children or []) == seen


@pytest.mark.parametrize("text", HOSTILE + ORDINARY, ids=lambda text: ascii(text[:30]))
def test_hostile_text_becomes_words(text: str) -> None:
    check_harmless(text, markdown(text), 300)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert markdown(text) == text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_a_code_span_holds_hostile_text_as_one_span(text: str) -> None:
    tokens = inline(code(text))
    assert [token.type for token in tokens] == ["code_inline"]
    assert "|" not in code(text)


PIECES = st.sampled_from(
    [
        *"`|<>@#[](){}*_~!&\\-+=.:/$^\"' \n\r\t",
        "www.",
        "http",
        "GH-1",
        "fixes",
        "1.",
        "<!--",
        "-->",
        "&lt;",
        "```",
        "a",
        "é",
    ]
)


@given(text=st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
@example(text="a_`b_")
@example(text="!\n[x](y)")
def test_any_text_becomes_words(text: str) -> None:
    check_harmless(text, markdown(text), 300)


@given(text=st.lists(PIECES, max_size=25).map("".join), limit=st.integers(min_value=1, max_value=12))
def test_a_cut_leaves_nothing_open(text: str, limit: int) -> None:
    check_harmless(text, markdown(text, limit=limit), limit)


@given(text=st.text(max_size=200))
def test_a_block_is_one_block_whatever_it_holds(text: str) -> None:
    tokens = PARSER.parse(f"{block(text)}\n\nafter\n")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert "<!--" not in block(text)


@pytest.mark.parametrize("text", ["```\n@me", "~~~\n", "a\r\n```\r\nb", "    ```", "\ud800\x00", "<!-- x -->"])
def test_a_block_cannot_be_left(text: str) -> None:
    tokens = PARSER.parse(f"{block(text)}\n\nafter\n")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_a_long_block_keeps_its_end() -> None:
    lines = block("first\n" + "x\n" * 5000 + "last", limit=100).splitlines()
    assert lines[:2] == ["```text", "…"]
    assert lines[-2:] == ["last", "```"]


def test_long_text_is_cut_where_it_can_be_seen() -> None:
    assert markdown("word " * 100, limit=22) == "word word word word w…"
    assert markdown("x" * 1_000_000, limit=10) == "xxxxxxxxx…"


def test_what_cannot_be_seen_is_shown() -> None:
    assert markdown("a\u202eb\u200bc\x1bd") == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+001B⟩d"
    assert markdown("one\ntwo") == "one ⏎ two"
    assert markdown("  ") == "(blank)"
    assert code("") == "`(blank)`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("over 31 clusters of `day`.", "over 31 clusters of `day`."),
        ("(`report.comment`), off", "(`report.comment`), off"),
        ("run `trainstop train --force` again", "run `trainstop train --force` again"),
        ("`@me` and @you", "`@me` and `@you`"),
        ("`a|b`", "`a¦b`"),
    ],
)
def test_a_name_between_backticks_stays_code(text: str, expected: str) -> None:
    assert markdown(text) == expected


@pytest.mark.parametrize("text", ["x`@y`", "`a``@b`", "$`x`$", "` @a `", "`a` `@b", "```@a```", "@x`y`", "`x`@y"])
def test_backticks_that_do_not_stand_apart_are_only_shown(text: str) -> None:
    check_harmless(text, markdown(text), 300)
    assert "@" not in re.sub(r"`[^`]*`", "", markdown(text))


def test_intervals_and_comparisons_stay_readable() -> None:
    assert markdown("0.61 [0.58, 0.64] <= 0.7") == r"0.61 \[0.58, 0.64\] &lt;= 0.7"
