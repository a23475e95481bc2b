"""The page of a report in a real browser: it is quiet, reachable, readable in both themes, and small."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.fakes.reported import view

from chromium import MODULES
from trainstop.report.page.assembling import LIMIT, render_page

pytestmark = pytest.mark.slow
AXE = (MODULES / "axe-core" / "axe.min.js").read_text()
AXE_FOUND = "axe.run().then(found => found.violations.map(each => [each.id, each.nodes.map(node => node.html)]))"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TASKS = ("binary", "multiclass", "regression")
FOCUSABLE = "a[href], button, input, summary, [tabindex='0']"


@dataclass
class Opened:
    """A page that is open, and what it did besides."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Open a page with these records; at the end it must have been quiet."""
    contexts = []
    shown: list[Opened] = []

    def opened(*, theme: Any = "light", size: Any = DESKTOP, scripts: bool = True, **more: Any) -> Opened:
        path = tmp_path / f"{len(shown)}" / "report.html"
        text = render_page(view(path.parent, **more))
        path.write_text(text, encoding="utf-8")
        context = browser.new_context(color_scheme=theme, viewport=size, java_script_enabled=scripts)
        contexts.append(context)
        one = Opened(context.new_page())
        one.page.on("console", lambda message: one.said.append(f"{message.type}: {message.text}"))
        one.page.on("pageerror", lambda error: one.said.append(str(error)))
        one.page.on("dialog", lambda dialog: one.said.append(f"dialog: {dialog.message}"))
        one.page.on("request", lambda request: one.asked.append(request.url))
        one.page.goto(path.as_uri())
        if scripts:
            one.page.wait_for_selector("html[data-drawn]", timeout=30_000)
        shown.append(one)
        return one

    yield opened
    for one in shown:
        assert one.said == []
        assert one.asked == [one.page.url.partition("#")[0]]
    for context in contexts:
        context.close()


def charts(page: Page) -> tuple[int, int]:
    """Return how many charts there should be, and how many have drawn marks."""
    drawn = page.locator("[data-chart] svg").filter(has=page.locator("g.role-mark :is(path, line, text)"))
    return page.locator("[data-chart]").count(), drawn.count()


def contrast_and_more(page: Page) -> list[Any]:
    """Return what axe finds, everything folded away opened."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    return list(page.evaluate(f"{AXE}; {AXE_FOUND}"))


@pytest.mark.parametrize("task", TASKS)
def test_every_chart_is_drawn_without_a_word_or_a_request(show: Callable[..., Opened], task: str) -> None:
    wanted, drawn = charts(show(task=task).page)
    assert wanted == drawn > 5


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(show: Callable[..., Opened], theme: str, size: dict[str, int]) -> None:
    page = show(theme=theme, size=size).page
    assert contrast_and_more(page) == []


def test_the_toggle_shows_both_themes_and_axe_finds_nothing(show: Callable[..., Opened]) -> None:
    page = show().page
    grounds = []
    for expected in ("Theme: light", "Theme: dark", "Theme: as the system"):
        page.locator("#theme").click()
        assert page.locator("#theme").inner_text() == expected
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert contrast_and_more(page) == []
    assert grounds[0] == grounds[2] != grounds[1]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_screen(show: Callable[..., Opened], size: dict[str, int]) -> None:
    page = show(size=size, slices=60, name=lambda name: f"{name} {'w' * 290}").page
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    ends = "[...document.querySelectorAll('[data-chart] svg')].map(each => each.getBoundingClientRect().right)"
    assert max(page.evaluate(ends)) <= size["width"]


def test_tab_reaches_every_control_in_the_order_of_the_page(show: Callable[..., Opened]) -> None:
    page = show().page
    seen = f'[...document.querySelectorAll("{FOCUSABLE}")].filter(each => each.checkVisibility())'
    mark = f"{seen}.map((each, n) => each.dataset.tab = n).length"
    wanted = page.evaluate(mark)
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.tab"))
        outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined != "none", page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    assert reached == [str(number) for number in range(wanted)]
    assert wanted > 30


def test_a_chart_can_be_read_with_the_arrow_keys(show: Callable[..., Opened]) -> None:
    page = show().page
    slider = page.locator("#roc-step")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    said = page.locator("output[for='roc-step']").inner_text()
    assert said.startswith("candidate: false positive rate 0")
    assert slider.get_attribute("aria-valuetext") == said
    expect(page.locator("#roc .mark-symbol.role-mark path")).to_have_count(1)


def test_pointing_at_a_mark_says_it(show: Callable[..., Opened]) -> None:
    page = show().page
    page.locator("#differences .mark-symbol.role-mark path").first.hover(force=True)
    expect(page.locator("output[for='differences-step']")).to_contain_text("auc: +0.00097")


def test_rows_can_be_searched(show: Callable[..., Opened]) -> None:
    page = show(slices=40).page
    page.locator("#slices-forest summary").click()
    page.locator("#slices-forest-find").fill("carrier = 39")
    assert page.locator("#slices-forest-rows tbody tr:visible").count() == 2
    assert page.locator("output[for='slices-forest-find']").inner_text() == "2 of 80 rows"


def test_on_paper_the_tables_are_open_and_the_ground_is_white(show: Callable[..., Opened]) -> None:
    page = show(theme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#roc-step").is_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")  # and says that it has printed
    assert page.locator("details[open]").count() == 0


def test_without_scripts_the_words_and_the_tables_are_there(show: Callable[..., Opened]) -> None:
    page = show(scripts=False).page
    assert page.locator("h1").inner_text().startswith("flight-delay: ")
    page.locator("#roc summary").click()
    assert page.locator("#roc-rows tbody tr").first.is_visible()
    assert page.locator("#theme").is_hidden()


@pytest.mark.parametrize(
    "hostile",
    ["</script><script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "__proto__", "a\u202eb\u2028c"],
)
def test_hostile_names_do_nothing(show: Callable[..., Opened], hostile: str) -> None:
    page = show(name=lambda name: f"{hostile} {name}").page
    assert page.locator("img").count() == 0
    wanted, drawn = charts(page)
    assert wanted == drawn


def test_a_million_rows_500_slices_and_long_names_stay_small_and_readable(show: Callable[..., Opened]) -> None:
    page = show(rows=1_000_000, slices=500, name=lambda name: f"{name} {'x' * 300}"[:300]).page
    assert len(page.content().encode()) < LIMIT
    assert page.locator("#slices-forest .mark-rule line").count() > 30
    assert page.locator("#slices-forest-rows tbody tr").count() == 1000
    assert page.evaluate("document.querySelector('#slices-forest svg').getBoundingClientRect().height") < 1000
    assert contrast_and_more(page) == []
