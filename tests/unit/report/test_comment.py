"""The comment and the summary, against golden files, under hostile names, and cut to what GitHub takes.

`UPDATE_GOLDEN=1` writes the golden files anew; look at the difference before you commit it.
"""

import os
import re
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

from trainstop.records import Status
from trainstop.records import checks as of_code
from trainstop.records.judging import BaselinePart, Changes, OwnTests, Perturbation, Robustness, SliceResult, WeakSpot
from trainstop.report.card import Words, render_card
from trainstop.report.comment import COMMENT_CHARACTERS, SUMMARY_BYTES, cut, render_comment, render_summary
from trainstop.report.view import View, gather

GOLDEN = Path(__file__).parent / "golden"
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = "@everyone | <img src=x> `fixes #1` [x](http://y)\n# h <!-- trainstop:report:delay --> </details>"
OURS = {"<details>", "<details open>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"}


def normal(write: Any, make: Any) -> View:
    params = {"C": ("0.5", "1.0"), "depth": ("3", None)}
    changes = Changes(code=True, data=False, command=False, environment=False, params=params)
    metrics = (make.metric(), make.metric("log_loss", value=0.61), make.metric("brier", word=None, value=0.1234))
    results = write(evaluate=make.evaluated(changes=changes, metrics=metrics))
    return gather(results, model="flight-delay", description="Delays of flights.")


def failing(write: Any, make: Any) -> View:
    part = make.evaluated(
        metrics=(
            make.metric(word="worse", difference=-0.031, interval=(-0.04, -0.022), value=0.6801),
            make.metric("log_loss", word="cannot tell", needed=91_000, interval=(-0.05, 0.04)),
        )
    )
    checks = (
        make.check("auc", "failed", value=0.6801, limit=0.7, interval=(0.67, 0.69), reason="0.6801 is below 0.7"),
        make.check("log_loss vs champion", "warned", reason="the data cannot tell; about 91,000 rows would"),
    )
    finding = of_code.Finding(tool="ruff", rule="F401", path="train.py", line=3, message="`os` imported but unused")
    failure = of_code.TestFailure(name="test_x", message="assert 1 == 2")
    lint = of_code.LintPart(findings=(finding,))
    test = of_code.TestPart(tests=12, failed=1, failures=(failure,))
    results = write(
        lint={"part": lint, "status": Status.FAILED, "checks": (make.check("style", "failed", reason="1 finding"),)},
        test={
            "part": test,
            "status": Status.FAILED,
            "checks": (make.check("tests", "failed", reason="1 of 12 failed"),),
        },
        evaluate={"part": part, "status": Status.FAILED, "checks": checks, "reason": "auc min: 0.6801 is below 0.7"},
        model_test=make.broken_off("the model's environment cannot be built", fix="pin scikit-learn"),
    )
    return gather(results, model="flight-delay")


def first(write: Any, make: Any) -> View:
    part = make.evaluated(champion_version=None, metrics=(make.first_metric(),), slices=(), clusters=None, cluster="")
    restored = make.parts()["train"].model_copy(update={"restored": True, "trained_commit": "abc1234"})
    train = {"part": restored, "reason": "restored: an earlier training had the same fingerprint"}
    return gather(write(train=train, baseline=BaselinePart(), evaluate=part), model="flight-delay")


def rung_0(write: Any, make: Any) -> View:
    plain = make.first_metric().model_copy(
        update={"candidate": make.first_metric().candidate.model_copy(update={"interval": None})}
    )
    part = make.evaluated(rung=0, rows=0, clusters=None, cluster="", champion_version=None, metrics=(plain,), slices=())
    return gather(write(evaluate=part, model_test=None), model="flight-delay")


def hostile(write: Any, make: Any) -> View:
    one = SliceResult(column=HOSTILE, value=HOSTILE, rows=3, metrics=(make.metric(HOSTILE, reason=HOSTILE),))
    changes = {"code": True, "data": True, "command": True, "environment": True}
    part = make.evaluated(
        metrics=(make.metric(HOSTILE, word="worse", reason=HOSTILE),),
        slices=(one,),
        notes=(HOSTILE,),
        cluster=HOSTILE,
        changes=Changes(**changes, params={HOSTILE: (HOSTILE, HOSTILE)}),
    )
    check = make.check(HOSTILE, "failed", value=HOSTILE, limit=HOSTILE, reason=HOSTILE)
    warned = make.check(HOSTILE, "warned", reason=HOSTILE)
    stage = {"status": Status.FAILED, "checks": (check, warned), "reason": HOSTILE}
    finding = of_code.Finding(tool=HOSTILE, rule=HOSTILE, path=HOSTILE, line=1, message=HOSTILE)
    train = make.parts()["train"].model_copy(
        update={"params": {HOSTILE: HOSTILE}, "metrics": {HOSTILE: 1.0}, "restored": True, "trained_commit": HOSTILE}
    )
    failure = of_code.TestFailure(name=HOSTILE, message=HOSTILE)
    test = of_code.TestPart(tests=1, failed=1, failures=(failure,), tail=HOSTILE)
    spoiled = {"column": HOSTILE, "detail": HOSTILE, "rows": 3}
    tested = make.tested(
        robustness=Robustness(
            metric=HOSTILE,
            value=None,
            tried=3,
            left_out=1,
            perturbations=(
                Perturbation(kind=HOSTILE, error=HOSTILE, **spoiled),
                Perturbation(kind="noise", not_finite=2, flips=0.5, **spoiled),
            ),
        ),
        tests=OwnTests(command=HOSTILE, tests=1, failed=1, failures=(failure,)),
    )
    results = write(
        lint={**stage, "part": of_code.LintPart(findings=(finding,), sarif=HOSTILE)},
        test={**stage, "part": test},
        train={**stage, "part": train},
        baseline=make.broken_off(HOSTILE, where=HOSTILE, fix=HOSTILE),
        evaluate={**stage, "part": part},
        model_test={**stage, "part": tested},
    )
    return gather(results, model="flight-delay", description=HOSTILE)


def sliced(write: Any, make: Any) -> View:
    """Better overall, and worse in two slices, one of them with a name that would like to act."""
    loss = make.metric(word="worse", difference=-0.05, interval=(-0.08, -0.02), value=0.61)
    less = make.metric(word="worse", difference=-0.03, interval=(-0.05, -0.011), value=0.63)
    slices = (
        SliceResult(column="carrier", value="UA", name="carrier = UA", rows=4000, metrics=(make.metric(),)),
        SliceResult(column="carrier", value=HOSTILE, name=f"carrier = {HOSTILE}", rows=700, metrics=(less,)),
        SliceResult(column="carrier", value="F9", name="carrier = F9", rows=300, metrics=(loss,)),
    )
    spot = WeakSpot(
        metric="auc",
        against="champion",
        looked_at=48,
        name=f"carrier = {HOSTILE}",
        rows=150,
        found=-0.06,
        difference=-0.04,
        interval=(-0.07, -0.01),
        confirmed=True,
    )
    quiet = spot.model_copy(update={"against": "all rows", "confirmed": False, "interval": (-0.07, 0.02)})
    part = make.evaluated(
        metrics=(make.metric(word="better", difference=0.02, interval=(0.01, 0.03)),),
        slices=slices,
        weakest=(quiet, spot),
    )
    warned = make.check("auc in carrier = F9 vs champion", "warned", value=-0.05, limit=-0.01, reason="worse: 0.61")
    return gather(write(evaluate={"part": part, "checks": (warned,)}), model="flight-delay")


CASES = {
    "normal": normal,
    "failing": failing,
    "first-version": first,
    "rung-0": rung_0,
    "sliced": sliced,
    "hostile": hostile,
}


def card(view: View) -> str:
    """Return the model card of a project that says nothing of its model, or of a hostile one."""
    text = HOSTILE if view.description == HOSTILE else ""
    said = dict.fromkeys(("intended_use", "out_of_scope", "limits", "owner", "license"), text)
    return render_card(view, Words(task="binary", serving="endpoint", said=said, periods=text))


PAGES = {"comment": render_comment, "summary": render_summary, "card": card}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_looks_as_it_was_agreed(case: str, page: str, write: Any, make: Any) -> None:
    text = PAGES[page](CASES[case](write, make))
    golden = GOLDEN / f"{page}-{case}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


def html_of(text: str) -> list[str]:
    """Return every piece of raw HTML that a page holds."""
    found: list[str] = []
    for token in PARSER.parse(text):
        found += [token.content] if token.type == "html_block" else []
        found += [child.content for child in token.children or [] if child.type == "html_inline"]
    return found


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("page", PAGES)
def test_the_only_html_links_and_headings_are_ours(case: str, page: str, write: Any, make: Any) -> None:
    text = PAGES[page](CASES[case](write, make))
    pieces = "".join(html_of(text))
    for ours in OURS:
        pieces = pieces.replace(ours, "")
    assert "<" not in pieces
    assert "<!--" not in text
    lines = text.splitlines()
    assert sum(line.startswith("<details") for line in lines) == lines.count("</details>")
    tokens = PARSER.parse(text)
    children = [child for token in tokens for child in token.children or []]
    links = {str(child.attrs["href"]) for child in children if child.type == "link_open"}
    assert links <= {"https://github.com/acme/flights/actions/runs/1"}
    assert not [child for child in children if child.type in ("image", "s_open")]
    words = "".join(child.content for child in children if child.type == "text")
    assert "@" not in words
    assert "#" not in words


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("page", PAGES)
def test_every_row_of_a_table_has_the_cells_of_its_heading(case: str, page: str, write: Any, make: Any) -> None:
    width = 0
    for line in [*PAGES[page](CASES[case](write, make)).splitlines(), ""]:
        if not line.startswith("|"):
            width = 0
            continue
        width = width or line.count("|")
        assert line.count("|") == width, line


def large(write: Any, make: Any, slices: int, name: str = "value") -> View:
    rows = tuple(
        SliceResult(column="origin", value=f"{name}{n}", rows=n, metrics=(make.metric(),)) for n in range(slices)
    )
    return gather(write(evaluate=make.evaluated(slices=rows)), model="flight-delay")


def test_a_slice_that_got_worse_leads_although_the_whole_got_better(write: Any, make: Any) -> None:
    first_line, _, second, *_ = render_comment(sliced(write, make)).splitlines()
    assert "better than version 3, but worse for `carrier = F9` and `carrier =" in first_line
    assert second == "**What to look at**"


@pytest.mark.parametrize("slices", [200, 3000])
def test_a_long_comment_is_cut_between_rows_and_says_so(write: Any, make: Any, slices: int) -> None:
    text = render_comment(large(write, make, slices))
    assert len(text) <= COMMENT_CHARACTERS
    shown = text.count("`origin = ")
    lacking = re.search(r"\*([0-9,]+) more: in the job's summary\.\*", text)
    assert shown + int(lacking[1].replace(",", "") if lacking else 0) == slices
    assert text.rstrip().endswith("</sub>")


def test_2000_metrics_are_cut_on_a_row_boundary_with_a_pointer(write: Any, make: Any) -> None:
    metrics = tuple(make.metric(f"metric {number} | @everyone") for number in range(2000))
    text = render_comment(gather(write(evaluate=make.evaluated(metrics=metrics)), model="flight-delay"))
    assert len(text) <= COMMENT_CHARACTERS
    page = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    tables = re.findall(r"<table>.*?</table>", page, re.DOTALL)
    rows = re.findall(r"<tr>.*?</tr>", tables[0], re.DOTALL)
    assert {row.count("<t") for row in rows} == {rows[0].count("<t")}
    shown = len(rows) - 1
    assert 10 < shown < 2000
    assert f"{2000 - shown:,} more: in the job's summary" in text
    assert page.count("<table>") == page.count("</table>")


def test_a_long_summary_fits_its_own_limit(write: Any, make: Any) -> None:
    text = render_summary(large(write, make, 9000))
    assert 100_000 < len(text.encode()) <= SUMMARY_BYTES
    assert "more: in the records" in text


def test_a_comment_of_long_texts_is_cut_at_a_line_and_closed(write: Any, make: Any) -> None:
    long = "\u202e" * 400
    checks = tuple(make.check(f"{long}{n}", "failed", value=long, limit=long, reason=long) for n in range(40))
    stage = {"status": Status.FAILED, "checks": checks, "reason": long}
    results = write(lint=stage, test=stage, train=stage, baseline=stage, evaluate=stage, model_test=stage)
    text = render_comment(gather(results, model="flight-delay"))
    assert len(text) <= COMMENT_CHARACTERS
    assert text.count("<details") == text.count("</details>")


def test_a_cut_closes_what_is_open() -> None:
    text = "a\n<details><summary>x</summary>\n\n| 1 |\n| 2 |\n</details>\n" + "b\n" * 100
    expected = "a\n<details><summary>x</summary>\n\n| 1 |\n\n</details>\n\n*Cut here. The rest is in the records.*\n"
    assert cut(text, "the records", len(expected) + 1, len) == expected
    assert "</details>\nb\nb\n" in cut(text, "the records", 160, len)
    assert cut(text, "the records", 160, len).count("</details>") == 1


def test_the_same_records_give_the_same_bytes(write: Any, make: Any) -> None:
    assert render_comment(normal(write, make)) == render_comment(normal(write, make))


def test_model_tests_that_failed_come_first_and_are_not_folded_away(write: Any, make: Any) -> None:
    checks = (make.check("fine"), make.check("unsure", "warned"), make.check("bad", "failed", reason="so it is"))
    text = render_comment(gather(write(model_test={"status": Status.FAILED, "checks": checks}), model="m"))
    assert "<details open><summary>Model tests (3, 2 to look at)</summary>" in text
    assert text.index("`bad` |") < text.index("`unsure` |") < text.index("`fine` |")
    assert "<details><summary>Model tests (2)</summary>" in render_comment(normal(write, make))


def test_metrics_that_no_gate_watches_are_folded_away_with_their_numbers(write: Any, make: Any) -> None:
    metrics = (make.metric(), make.metric("brier", word=None, value=0.1234), make.metric("f1", word="better"))
    told = render_comment(gather(write(evaluate=make.evaluated(metrics=metrics)), model="delay"))
    above, folded = told.split("<details><summary>1 more metric, which no gate watches</summary>")
    assert "| `auc` |" in above
    assert "| `f1` |" in above
    assert "`brier`" not in above
    assert "| `brier` | 0.1234 " in folded.partition("</details>")[0]


def test_a_gated_metric_is_never_folded_away(write: Any, make: Any) -> None:
    metrics = tuple(make.metric(name, word=None) for name in ("auc", "brier", "f1"))
    checks = (make.check("auc", value=0.7, limit=0.6), make.check("f1 vs champion", value=0.0, limit=0.1))
    view = gather(write(evaluate={"part": make.evaluated(metrics=metrics), "checks": checks}), model="delay")
    assert [metric.name for metric in view.metrics] == ["auc", "f1"]
    assert [metric.name for metric in view.further_metrics] == ["brier"]


def test_where_no_gate_watches_anything_every_metric_is_shown(write: Any, make: Any) -> None:
    part = make.evaluated(metrics=(make.metric("brier", word=None), make.metric("f1", word=None)))
    told = render_comment(gather(write(evaluate={"part": part, "checks": ()}), model="delay"))
    assert "which no gate watches" not in told
    assert told.index("| `brier` |") < told.index("| `f1` |")
