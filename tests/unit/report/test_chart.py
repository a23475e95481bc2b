"""The chart in the comment: Mermaid takes it, whatever names it carries, and it shows what the table says."""

import json
import re
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.linters import MODULES, NODE, ROOT

from trainstop.records.judging import Comparison, Estimate, EvaluatePart, MetricResult
from trainstop.report.chart import MOST, differences
from trainstop.report.comment import cut, render_comment
from trainstop.report.view import gather

HOSTILE = [
    'a"] bar [1',
    "``` @everyone",
    "a\n```\n# h",
    "x]\n%%{init: {}}%%",
    '";<script>',
    "",
    "é漢字",
    "- - -",
    "click a href",
    "#quot;",
]


def metric(name: str, difference: float = 0.01, half: float = 0.02, tolerance: float | None = 0.02) -> MetricResult:
    interval = (difference - half, difference + half)
    return MetricResult(
        name=name,
        greater_is_better=True,
        candidate=Estimate(value=0.7),
        comparison=Comparison(difference=difference, interval=interval, tolerance=tolerance, word="no worse"),
    )


def part(*metrics: MetricResult, champion: int | None = 3) -> EvaluatePart:
    return EvaluatePart(rung=2, champion_version=champion, metrics=metrics)


def read(charts: Sequence[str]) -> list[Any]:
    """Return what Mermaid takes each chart for, and its bars: section, text, start, end, whether a milestone."""
    done = subprocess.run(
        [str(NODE), str(ROOT / "tests" / "tools" / "mermaid.mjs"), str(MODULES)],
        input=json.dumps(list(charts)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_mermaid_draws_every_chart_whatever_its_metrics_are_called() -> None:
    charts = [differences(part(metric(name), metric("auc"))) for name in HOSTILE]
    charts.append(differences(part(*(metric(f"m{number}", 1e6 * (-1) ** number) for number in range(9)))))
    found = read(charts)
    assert [each["type"] for each in found] == ["gantt"] * len(charts)
    assert [len(each["tasks"]) for each in found] == [5] * len(HOSTILE) + [2 * MOST + 1]


def test_mermaid_would_say_so_if_it_could_not_draw_one() -> None:
    (said,) = read([differences(part(metric("auc"))).replace("todayMarker", "tomorrow")])
    assert "Parse error" in said["type"]


def test_mermaid_reads_each_interval_and_difference_in_thousandths_of_a_tolerance() -> None:
    (said,) = read([differences(part(metric("auc", -0.01, 0.02, 0.02), metric("brier", 0.05, 0.01, 0.1)))])
    assert said["tasks"] == [
        ["auc", "no worse", -1500, 500, False],
        ["auc", "-0.50", -500, -500, True],
        ["brier", "no worse", 400, 600, False],
        ["brier", "+0.50", 500, 500, True],
        ["tolerance", "tolerated", -1000, 0, False],
    ]


def test_an_interval_of_no_width_has_a_bar_that_can_be_seen() -> None:
    (said,) = read([differences(part(metric("auc", 0.0, 0.0)))])
    assert said["tasks"][0][2:4] == [0, 1]


@pytest.mark.parametrize(("half", "step"), [(0.1, 1), (0.2, 5)])
def test_a_long_axis_marks_every_fifth_tolerance(half: float, step: int) -> None:
    assert f"tickInterval {step}second" in differences(part(metric("auc", 0.0, half)))


@pytest.mark.parametrize(
    ("word", "look"), [("worse", "crit"), ("better", "active"), ("no worse", "active"), ("cannot tell", "done")]
)
def test_the_colour_says_the_word_too(word: str, look: str) -> None:
    one = metric("auc")
    said = one.model_copy(update={"comparison": one.comparison.model_copy(update={"word": word})})
    assert f"    {word} :{look}, " in differences(part(said))


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        part(),
        part(metric("auc"), champion=None),
        part(metric("auc", tolerance=None)),
        part(metric("auc").model_copy(update={"comparison": Comparison(difference=None, tolerance=0.1, reason="no")})),
    ],
)
def test_without_a_tolerance_and_an_interval_there_is_no_chart(nothing: EvaluatePart | None) -> None:
    assert differences(nothing) == ""


@given(st.text(max_size=60))
def test_no_name_ends_the_block_or_its_string(name: str) -> None:
    text = differences(part(metric(name)))
    assert re.fullmatch(
        r"gantt\n    title [^:\n`]+: [^:\n`]+\n    dateFormat x\n    axisFormat %s\n    tickInterval 1second\n"
        r"    todayMarker off\n    section [\w. -]+\n    no worse :active, -?\d+, \d+\n"
        r"    \+0.50 :milestone, 500, 500\n    section tolerance\n    tolerated :done, -1000, 0",
        text,
        re.ASCII,
    )


def test_a_comment_that_is_cut_within_the_chart_closes_it(write: Any, make: Any) -> None:
    text = render_comment(gather(write(), model="flight-delay"))
    place = text.index("section auc")
    shorter = cut(text, "the records", place + 60, len)
    assert shorter.count("```") == 2
