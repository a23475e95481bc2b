"""The page of a report: what stands in it, what may act in it, and how large it becomes."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.reported import view, written

from trainstop.records import Results
from trainstop.report.page import assembling
from trainstop.report.page.assembling import LIMIT, render_page
from trainstop.report.view import gather

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script> -->",
    "'\"><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "a\u202eb\u200bc\ufeffd",
    "line\u2028break\u2029and\r\nmore\x00",
    "&lt;b&gt;",
    "`code` and `more`",
    "datum.x",
    "constructor",
    "__proto__",
]
VOID = {"meta", "link", "input", "img", "br", "hr"}


class Seen(HTMLParser):
    """Every element of a page with its attributes, and what stands in scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str | None, str]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.crossed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            kind = next(attrs.get("type") for tag, attrs in reversed(self.elements) if tag == self.open[-1])
            self.raw.append((self.open[-1], kind, data))
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def charts(self) -> dict[str, Any]:
        return dict(json.loads(next(data for _, kind, data in self.raw if kind == "application/json")))


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(seen: Seen) -> dict[str, list[str]]:
    told = next(
        attrs["content"] for tag, attrs in seen.elements if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert told
    return {name: sources for name, *sources in (part.split() for part in told.split("; "))}


def test_the_first_screen_answers_what_a_reader_asks(tmp_path: Path) -> None:
    text = Seen(render_page(view(tmp_path))).text
    begin, end = text.index("Is it better?"), text.index("To read these numbers")
    first = text[begin:end]
    for question in ("By how much?", "How sure is that?", "For whom is it worse?", "What happened in production?"):
        assert question in first
    assert "f1 0.0200 better" in first
    assert "f1: 0.7323 against 0.7123; up to 0.01 worse is tolerated." in first
    assert "f1 from 0.0140 better to 0.0260 better" in first
    assert "4,000 rows in 31 clusters of day whose rows are taken to depend on one another" in first
    assert "Worse for carrier = 23, carrier = 19 and 10 more slices; " in first
    assert "Version 3 serves; the last look found" in first
    stopped = "deploy of version 3 on production, stopped: p95 above the limit."
    back, last = "rollback to version 1 on production, done.", "promote of version 3 on production, done."
    assert first.index(stopped) < first.index(back) < first.index(last), "in the order of time"
    assert "the model performs worse than when it was judged (act)" in first


def test_only_our_own_scripts_and_styles_may_act(tmp_path: Path) -> None:
    seen = Seen(render_page(view(tmp_path)))
    rules = policy(seen)
    acting = [data for tag, kind, data in seen.raw if tag == "script" and kind is None]
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == [digest(text) for text in acting]
    assert rules["style-src"] == [digest(data) for tag, _, data in seen.raw if tag == "style"]
    assert (rules["base-uri"], rules["form-action"], rules["img-src"]) == (["'none'"], ["'none'"], ["data:"])
    assert not any("unsafe" in source for sources in rules.values() for source in sources)


def test_the_page_names_nothing_to_load(tmp_path: Path) -> None:
    for tag, attrs in Seen(render_page(view(tmp_path))).elements:
        assert not {"src", "srcset", "style", "background"} & set(attrs), tag
        assert not any(name.startswith("on") for name in attrs), tag
        if tag == "link":
            assert attrs["href"] == "data:,"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_foreign_text_stays_text(tmp_path: Path, hostile: str) -> None:
    plain = Seen(render_page(view(tmp_path / "plain")))
    seen = Seen(render_page(view(tmp_path / "hostile", name=lambda name: f"{hostile} {name}")))
    assert [tag for tag, _ in seen.elements if tag != "code"] == [tag for tag, _ in plain.elements if tag != "code"]
    assert not seen.crossed
    assert not seen.open
    assert [kind for _, kind, _ in seen.raw] == [kind for _, kind, _ in plain.raw]
    assert [data for tag, kind, data in seen.raw if kind is None] == [
        data for tag, kind, data in plain.raw if kind is None
    ]
    assert seen.charts().keys() == plain.charts().keys()


def test_data_cannot_end_the_script_it_stands_in(tmp_path: Path) -> None:
    page = render_page(view(tmp_path, name=lambda name: f"<&>\u2028\u2029 {name}"))
    data = next(part for part in re.findall(r'id="charts">(.*?)</script>', page, re.DOTALL))
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)


def test_foreign_text_is_never_more_than_a_value_in_a_chart(tmp_path: Path) -> None:
    charts = Seen(render_page(view(tmp_path, name=lambda name: f"FOREIGN {name}"))).charts()

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items() if key not in ("values", "domain")}
        return [strip(each) for each in value] if isinstance(value, list) else value

    assert "FOREIGN" in json.dumps(charts)
    assert "FOREIGN" not in json.dumps([strip(each["spec"]) for each in charts.values()])


def test_every_chart_has_a_sentence_a_table_and_steps(tmp_path: Path) -> None:
    for task, expected in (("binary", "roc"), ("multiclass", "confusion-candidate"), ("regression", "residuals-0")):
        page = assembling.gathered(view(tmp_path / task, task=task))
        keys = [figure.key for figure in page.figures]
        assert expected in keys
        assert len(set(keys)) == len(keys)
        for figure in page.figures:
            assert figure.says.endswith(".")
            assert figure.table.rows
            numbers = {row["n"] for row in figure.spec["data"]["values"]}
            assert numbers == set(range(len(figure.steps))), figure.key
            assert all(figure.steps)


def test_what_is_not_known_of_production_is_said(tmp_path: Path) -> None:
    text = Seen(render_page(view(tmp_path, production=False))).text
    assert "Nothing is known here: neither the ledger nor a look at production came with these records." in text
    assert "Versions and deployments are not shown: no registry could be read" in text
    assert "Drift and incidents are not shown" in text


def test_a_project_that_only_writes_numbers_has_a_page(tmp_path: Path, write: Any, make: Any) -> None:
    part = make.evaluated(
        rung=0, rows=0, clusters=None, slices=(), champion_version=None, metrics=(make.first_metric(),)
    )
    text = Seen(render_page(gather(write(evaluate=part), model="m"))).text
    assert "they carry no uncertainty" in text
    assert "No slices were looked at." in text
    assert "ROC" not in text


def test_nothing_at_all_is_a_page_too(tmp_path: Path) -> None:
    seen = Seen(render_page(gather(Results(tmp_path), model="m")))
    assert "Nothing was judged: evaluate has not run." in seen.text
    assert seen.charts() == {}


def test_records_that_cannot_be_read_are_said_and_break_nothing(tmp_path: Path) -> None:
    results = written(tmp_path)
    for stage in ("monitor", "baseline", "evaluate"):
        results.path(stage).write_text("{")
    assert "unreadable" in Seen(render_page(gather(results, model="m"))).text


def test_a_long_table_is_cut_before_the_page_becomes_too_large(tmp_path: Path) -> None:
    page = render_page(view(tmp_path, slices=500, metrics=8, name=lambda name: f"{name} {'&' * 290}"))
    assert len(page.encode()) < LIMIT
    assert "more rows in the records" in page


def test_what_was_vendored_needs_no_other_file() -> None:
    for script in (
        *map(assembling._library, assembling.LIBRARIES),
        assembling._interpreter(),
        assembling._asset("page.js"),
    ):
        assert "</script" not in script.lower()
        assert "<!--" not in script
        assert "sourceMappingURL" not in script
        assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert "</style" not in assembling._asset("page.css").lower()
