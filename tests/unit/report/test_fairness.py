"""Groups in the comment: the farthest apart first by name, every group in a row of its own, foreign names harmless."""

from typing import Any

from markdown_it import MarkdownIt

from trainstop.records.judging import Disparity, Estimate, FairnessResult, GroupResult, MetricResult, ModelTestPart
from trainstop.report.comment import render_comment, render_summary
from trainstop.report.view import gather

NONE = "\N{EN DASH}"
HOSTILE = "@everyone | <img src=x> `fixes #1` [x](http://y)\n# h <!-- trainstop:report:delay --> </details>"


def rate(name: str, value: float) -> MetricResult:
    return MetricResult(name=name, greater_is_better=None, candidate=Estimate(value=value, interval=(0.1, 0.9)))


def groups(column: str, first: str, second: str) -> FairnessResult:
    return FairnessResult(
        columns=(column, "age"),
        groups=(
            GroupResult(values=(first, "old"), rows=300, metrics=(rate("selection_rate", 0.5),)),
            GroupResult(values=(second, "old"), rows=200, metrics=(rate("selection_rate", 0.25),)),
            GroupResult(values=("few", "old"), rows=3, compared=False),
        ),
        disparities=(
            Disparity(
                name="demographic-parity-ratio",
                estimate=Estimate(value=0.5, interval=(0.3, 0.8)),
                between=((first, "old"), (second, "old")),
                rate="selection_rate",
                groups=2,
            ),
            Disparity(name="auc-difference", estimate=Estimate(value=None, reason="there are no scores")),
        ),
        method="Intervals that hold for all pairs",
        notes=("1 group is not compared", f"{column} is a column"),
    )


def page(write: Any, *results: FairnessResult) -> str:
    return render_comment(gather(write(model_test=ModelTestPart(rows=9, fairness=results)), model="flight-delay"))


def rows(text: str) -> list[str]:
    section = text.split("Groups beside one another", 1)[1].split("\n</details>", 1)[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def test_disparities_and_groups_are_shown_folded(write) -> None:
    found = rows(page(write, groups("sex", "f", "m")))
    assert "| `demographic-parity-ratio` (`selection_rate`) | 0.5 [0.3, 0.8] | `f / old` | `m / old` |" in found
    assert f"| `auc-difference` | {NONE} (there are no scores) | {NONE} | {NONE} |" in found
    assert "| `f / old` | 300 | 0.5 [0.1, 0.9] |" in found
    assert f"| `few / old` | 3 | {NONE} |" in found


def test_no_groups_show_nothing(write) -> None:
    assert "Groups beside" not in page(write)


def test_entries_without_any_group_are_no_mistake(write) -> None:
    empty = FairnessResult(columns=("sex",), groups=(), disparities=())
    assert "**By `sex`**" in page(write, empty)


def test_hostile_names_stay_names(write) -> None:
    part = ModelTestPart(fairness=(groups(HOSTILE, HOSTILE, "m"),))
    view = gather(write(model_test=part), model="flight-delay")
    for text in (render_comment(view), render_summary(view)):
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
        children = [child for token in tokens for child in token.children or []]
        html = "".join(each.content for each in [*tokens, *children] if each.type in ("html_block", "html_inline"))
        assert "<img" not in html
        assert "<!--" not in text
        assert not [child for child in children if child.type == "image"]
        assert "@" not in "".join(child.content for child in children if child.type == "text")
        widths = {line.count("|") for line in rows(text)}
        assert widths == {4, 5}
