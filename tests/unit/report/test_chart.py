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
from trainstop.report.chart import differences
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


def kinds(charts: Sequence[str]) -> list[str]:
    """Return what Mermaid takes each chart for."""
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
    assert kinds(charts) == ["xychart"] * len(charts)


def test_mermaid_would_say_so_if_it_could_not_draw_one() -> None:
    (said,) = kinds([differences(part(metric("auc"))).replace("bar [", "bar [x")])
    assert "Parse error" in said


def test_each_metric_has_its_interval_and_difference_in_tolerances() -> None:
    text = differences(part(metric("auc", -0.01, 0.02, 0.02), metric("brier", 0.05, 0.01, 0.1)))
    assert 'x-axis ["auc low", "auc", "auc high", "brier low", "brier", "brier high"]' in text
    assert "bar [-1.50, -0.50, 0.50, 0.40, 0.50, 0.60]" in text
    assert '"tolerances" -2 --> 1' in text


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
        r'xychart-beta\n    title "[^"\n`]+"\n    x-axis \["[\w. -]+ low", "[\w. -]+", "[\w. -]+ high"\]\n'
        r'    y-axis "tolerances" -?\d+ --> \d+\n    bar \[[-\d., ]+\]',
        text,
        re.ASCII,
    )


def test_a_comment_that_is_cut_within_the_chart_closes_it(write: Any, make: Any) -> None:
    text = render_comment(gather(write(), model="flight-delay"))
    place = text.index("x-axis")
    shorter = cut(text, "the records", place + 60, len)
    assert shorter.count("```") == 2
