"""The page whole: sections from a view, one HTML file that loads nothing and allows nothing but its own scripts."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from trainstop.records import Check
from trainstop.report.page import curves, differences, past, tallies
from trainstop.report.page.answer import Answer
from trainstop.report.page.answers import answers
from trainstop.report.page.drift import drift
from trainstop.report.page.escaping import data
from trainstop.report.page.figures import Figure, Table
from trainstop.report.page.speed import latency
from trainstop.report.page.templating import environment
from trainstop.report.verdict import Verdict, decide
from trainstop.report.view import View

HERE = Path(__file__).parent
LIMIT = 3_000_000
"""Bytes of a page."""
ROWS = (10_000, 3000, 1000, 300, 100, 30)
"""How many rows of each table are tried, one after the other, until the page is small enough."""
LIBRARIES = ("vega.min.js", "vega-lite.min.js")
IMPORT = "import { ascending, isString, DisallowedObjectProperties } from 'vega-util';"
EXPORT = "export { expression as expressionInterpreter };"
"""The interpreter comes as a module only. One file has no modules to import from, so it takes these from Vega."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything the template shows."""

    view: View
    verdict: Verdict
    answers: tuple[Answer, ...]
    metrics: Figure | None
    metrics_table: Table | None
    slices: Figure | None
    slices_table: Table | None
    curves: tuple[Figure, ...]
    latency: Figure | None
    production: tuple[Figure, ...]
    rows: int
    """How many rows a table may have."""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All charts, in the page's order."""
        found = (self.metrics, self.slices, *self.curves, self.latency, *self.production)
        return tuple(each for each in found if each is not None)

    @property
    def gates(self) -> tuple[Check, ...]:
        """What decided."""
        return self.view.stage("evaluate").checks


def render_page(view: View) -> str:
    """Return the page, less than `LIMIT` bytes of UTF-8; a table that had to be cut says how many rows it lacks."""
    page = gathered(view)
    text = ""
    for rows in ROWS:
        text = _rendered(replace(page, rows=rows))
        if len(text.encode()) < LIMIT:
            break
    return text


def gathered(view: View) -> Page:
    """Return what a view's page shows."""
    part, tested = view.evaluate, view.model_test
    return Page(
        view=view,
        verdict=decide(view),
        answers=answers(view),
        metrics=differences.of_metrics(part.metrics) if part else None,
        metrics_table=differences.metrics_table(part.metrics) if part and part.metrics else None,
        slices=differences.of_slices(view.slices),
        slices_table=differences.slices_table(view.slices) if view.slices else None,
        curves=(*curves.figures(part.charts), *tallies.figures(part.charts)) if part and part.charts else (),
        latency=latency(tested.performance) if tested and tested.performance else None,
        production=_production(view),
        rows=ROWS[0],
    )


def _production(view: View) -> tuple[Figure, ...]:
    """Return the charts of production that there is data for."""
    seen = view.production
    drifted = drift(seen.monitor) if seen.monitor else None
    metrics = [each.name for each in view.evaluate.metrics] if view.evaluate else []
    return (*([drifted] if drifted else []), *(past.figures(seen.past, metrics) if seen.past else ()))


def policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Return the content policy that lets these styles and scripts act, by their digests, and nothing else."""
    parts = {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "img-src": "data:",
        "style-src": " ".join(map(_source, styles)),
        "script-src": " ".join(map(_source, scripts)),
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def _source(text: str) -> str:
    """Return a text's digest as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _rendered(page: Page) -> str:
    """Fill the template once."""
    styles, scripts = [_asset("page.css")], [*(_library(name) for name in LIBRARIES), _interpreter(), _asset("page.js")]
    charts = {figure.key: _chart(figure) for figure in page.figures if figure.spec}
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            policy=policy(styles, scripts),
            styles=[_ours(text) for text in styles],
            scripts=[_ours(text) for text in scripts],
            charts=data(charts),
        )
    )


def _chart(figure: Figure) -> dict[str, Any]:
    """Return what the script needs of a chart."""
    return {"spec": figure.spec, "steps": figure.steps}


@cache
def _asset(name: str) -> str:
    """Read a file that lies beside this module."""
    return (HERE / name).read_text(encoding="utf-8")


@cache
def _library(name: str) -> str:
    """Read a library, without the line that sends a browser's tools for its source map."""
    lines = _asset(f"vendor/{name}").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("//# sourceMappingURL="))


@cache
def _interpreter() -> str:
    """Return Vega's interpreter of expressions as a script of its own, which needs no `eval`."""
    text = _library("vega-interpreter.js")
    if text.count(IMPORT) != 1 or text.count(EXPORT) != 1:
        raise RuntimeError("vendor/vega-interpreter.js is not the version this module was written for")
    taken = text.replace(IMPORT, IMPORT.removeprefix("import").partition(" from ")[0].join(("const", " = vega;")))
    return f"const expressionInterpreter = (() => {{\n{taken.replace(EXPORT, 'return expression;')}}})();\n"


def _ours(text: str) -> Markup:
    """Return a style or script of ours as it stands; a test holds that none of them ends its own element."""
    return Markup(text)  # nosec B704 # noqa: S704  # files of this package, never foreign text
