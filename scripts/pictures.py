"""The pictures of README and docs, taken of the example: part of `make docs`.

The demo runs in a terminal of its own, which is recorded; then its page, the comment of its retrained model, its first
and its third chapter are photographed in a headless Chromium. `docs/images/made-of.json` says which sources each
picture shows, by digest, so that a test can tell a stale one.

`python scripts/pictures.py` does nothing while none is stale, else takes them all, of one run;
`--kept` takes them from the last recording.
"""

import fcntl
import hashlib
import json
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from playwright.sync_api import Browser, Page

import chromium
from chromium import MODULES, ROOT
from trainstop import files

IMAGES = ROOT / "docs" / "images"
MADE_OF = IMAGES / "made-of.json"
KEPT = ROOT / "example-project" / ".trainstop"
RECORDED = ROOT / ".cache" / "pictures"
RECORDING, COMMENT, SHOWN = RECORDED / "demo.ansi", RECORDED / "comment.md", RECORDED / "report.html"

COLUMNS, ROWS = 132, 60
CHAPTER = "\x1b[1;36m▌ ".encode()
"""How a chapter begins: bold, cyan, a bar."""
RETRAINED = b"A bad version"
"""The chapter before which the outbox holds the comment of the retrained model."""
SHOWN_CHAPTERS = (1, 3)

TEMPLATES = "scripts/trainstop/report/templates"
COMMENT_SOURCES = (
    "tests/unit/report/golden/comment-normal.md",
    *(f"{TEMPLATES}/{name}.md.j2" for name in ("comment", "metrics", "metric_table", "gates", "chart")),
)
PAGES = "scripts/trainstop/report/page"
PAGE_SOURCES = (
    "scripts/trainstop/report/verdict.py",
    *(f"{PAGES}/{name}" for name in ("page.html.j2", "page.css", "page.js", "answers.py", "in_production.py")),
)
DEMO_SOURCES = ("scripts/demo.py", "scripts/trainstop/report/terminal.py", "scripts/trainstop/report/screen.py")


@dataclass(frozen=True)
class Picture:
    """A picture, the sources whose change makes it stale, and how it is taken."""

    name: str
    sources: tuple[str, ...]
    take: Callable[[Browser, Path], None]

    @property
    def digest(self) -> str:
        """SHA-256 over what the picture shows, as far as it is written in this repository."""
        digest = hashlib.sha256()
        for source in (*self.sources, "scripts/pictures.py"):
            digest.update((ROOT / source).read_bytes())
        return digest.hexdigest()


def stale() -> list[Picture]:
    """Return the pictures that are not there, or whose sources have changed since they were taken."""
    try:
        taken = json.loads(MADE_OF.read_text(encoding="utf-8"))
    except FileNotFoundError:
        taken = {}
    return [
        picture
        for picture in PICTURES
        if taken.get(picture.name) != picture.digest or not (IMAGES / picture.name).is_file()
    ]


def record() -> None:
    """Run the demo in a terminal and keep what it wrote there, its page, and the comment of the retrained model.

    Raises:
        SystemExit: if the demo failed.
    """
    RECORDED.mkdir(parents=True, exist_ok=True)
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    demo = subprocess.Popen(
        [sys.executable, ROOT / "scripts" / "demo.py"], stdin=its, stdout=its, stderr=its,
        env={**os.environ, "TERM": "xterm-256color"}, start_new_session=True,
    )  # fmt: skip
    os.close(its)
    seen = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        for chunk in _chunks(terminal.fileno()):
            before, seen = seen, seen + chunk
            sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
            if RETRAINED in seen and RETRAINED not in before:
                shutil.copyfile(KEPT / "outbox" / "comment.md", COMMENT)
    if demo.wait():
        raise SystemExit(f"pictures: the demo exited {demo.returncode}; nothing was photographed")
    RECORDING.write_bytes(seen)
    shutil.copyfile(KEPT / "report.html", SHOWN)


def _chunks(terminal: int) -> Iterator[bytes]:
    """Yield what is written to a terminal until its other end is closed."""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody holds the other end any more
            return
        if not chunk:
            return
        yield chunk


def comment(theme: str) -> Callable[[Browser, Path], None]:
    """Return what photographs the comment as GitHub shows it."""

    def take(browser: Browser, path: Path) -> None:
        text = COMMENT.read_text(encoding="utf-8")
        body = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
        body = body.replace('<pre lang="mermaid"><code>', '<pre class="mermaid">').replace("</code></pre>", "</pre>")
        css = (MODULES / "github-markdown-css" / f"github-markdown-{theme}.css").read_text(encoding="utf-8")
        edge, head = ("#3d444d", "#151b23") if theme == "dark" else ("#d1d9e0", "#f6f8fa")
        look = (
            f".comment {{ border: 1px solid {edge}; border-radius: 6px; overflow: hidden; height: 1060px }}"
            f".head {{ background: {head}; border-bottom: 1px solid {edge}; padding: 8px 16px }}"
            ".body { padding: 16px } .mermaid { background: none !important; text-align: center }"
            f"{_fonts()} .markdown-body {{ font: 14px/1.5 'Open Sans', 'Noto Color Emoji' }}"
            ".markdown-body :is(th, b, strong) { font-weight: 700 }"
            f"body {{ margin: 0; padding: 24px }}"
        )
        page = browser.new_page(viewport={"width": 1060, "height": 1110}, color_scheme=theme)  # type: ignore[arg-type]
        page.set_content(
            f"<!doctype html><style>{css}{look}</style><body class='markdown-body'><div class=comment>"
            f"<div class=head><b>github-actions</b> bot commented</div><div class=body>{body}</div></div>"
        )
        page.add_script_tag(path=MODULES / "mermaid" / "dist" / "mermaid.min.js")
        page.evaluate(
            f"mermaid.initialize({{startOnLoad: false, theme: '{'dark' if theme == 'dark' else 'default'}'}})"
        )
        page.evaluate("mermaid.run()")
        _photograph(page, path)

    return take


def page(theme: str) -> Callable[[Browser, Path], None]:
    """Return what photographs the upper part of the page."""

    def take(browser: Browser, path: Path) -> None:
        shown = browser.new_page(viewport={"width": 1280, "height": 1500}, color_scheme=theme)  # type: ignore[arg-type]
        shown.goto(SHOWN.as_uri())
        shown.wait_for_selector("html[data-drawn]", timeout=30_000)
        _photograph(shown, path)

    return take


def demo(browser: Browser, path: Path) -> None:
    """Photograph two chapters of the demo, in a terminal."""
    chapters = RECORDING.read_bytes().split(CHAPTER)
    seen = b"".join(CHAPTER + chapters[number] for number in SHOWN_CHAPTERS)
    shown = browser.new_page(viewport={"width": 1150, "height": 2600})
    xterm = MODULES / "@xterm" / "xterm"
    shown.set_content(
        f"<style>{_fonts()} body {{ margin: 0; background: #0d1117 }} #t {{ padding: 16px }}</style><div id=t></div>"
    )
    shown.add_style_tag(path=xterm / "css" / "xterm.css")
    shown.add_script_tag(path=xterm / "lib" / "xterm.js")
    shown.evaluate("Promise.all(['', 'bold '].map(weight => document.fonts.load(`${weight}14px 'DejaVu Mono'`)))")
    bottom = shown.evaluate(
        """([text, columns]) => new Promise(done => {
            const terminal = new Terminal({cols: columns, rows: 140, fontSize: 14, fontFamily: "'DejaVu Mono'",
                cursorInactiveStyle: 'none', theme: {background: '#0d1117', foreground: '#e6edf3'}})
            terminal.open(document.getElementById('t'))
            const bytes = Uint8Array.from(atob(text), each => each.charCodeAt(0))
            terminal.write(bytes, () => {
                const buffer = terminal.buffer.active
                let last = buffer.baseY + terminal.rows - 1
                while (last > 0 && !buffer.getLine(last).translateToString(true)) last--
                const {height} = document.querySelector('.xterm-screen').getBoundingClientRect()
                const finish = () => done(height * (last + 1) / terminal.rows)
                requestAnimationFrame(() => requestAnimationFrame(finish))
            })
        })""",
        [b64encode(seen).decode(), COLUMNS],
    )
    _photograph(shown, path, height=bottom + 32)


def _fonts() -> str:
    """Return faces of fonts out of packages, so that a picture looks the same wherever it is taken."""
    source = MODULES / "@fontsource"
    sans = chromium.unpacked() / "fonts" / "Open_Sans"
    mono, emoji = source / "dejavu-mono" / "files", source / "noto-color-emoji" / "files"
    faces = (
        ("Open Sans", sans / "OpenSans-Regular.ttf", "400", "U+0-218F"),
        ("Open Sans", sans / "OpenSans-Bold.ttf", "700", "U+0-218F"),
        ("DejaVu Mono", mono / "dejavu-mono-latin-400-normal.woff2", "400", "U+0-FFFF"),
        ("DejaVu Mono", mono / "dejavu-mono-latin-700-normal.woff2", "700", "U+0-FFFF"),
        # It has digits and spaces too, as wide as its pictures.
        ("Noto Color Emoji", emoji / "noto-color-emoji-emoji-400-normal.woff2", "400", "U+2190-2BFF, U+1F000-1FAFF"),
    )
    return "".join(
        f"@font-face {{ font-family: '{name}'; font-weight: {weight}; unicode-range: {covered}; "
        f"src: url(data:font/woff2;base64,{b64encode(file.read_bytes()).decode()}) }}"
        for name, file, weight, covered in faces
    )


def _photograph(shown: Page, path: Path, height: float | None = None) -> None:
    """Write a picture of a page beside its place, then move it there."""
    size = shown.viewport_size or {"width": 0, "height": 0}
    clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
    beside = path.with_suffix(".new.png")
    shown.screenshot(path=beside, clip=clip)  # type: ignore[arg-type]
    beside.replace(path)
    shown.close()


PICTURES = (
    Picture("comment-light.png", COMMENT_SOURCES, comment("light")),
    Picture("comment-dark.png", COMMENT_SOURCES, comment("dark")),
    Picture("page-light.png", PAGE_SOURCES, page("light")),
    Picture("page-dark.png", PAGE_SOURCES, page("dark")),
    Picture("demo.png", DEMO_SOURCES, demo),
)


def main(arguments: list[str]) -> int:
    """Take the pictures, if one is stale or they are asked for."""
    wanted = list(PICTURES) if "--kept" in arguments else stale()
    if not wanted:
        return 0
    if "--kept" not in arguments:
        print(
            f"stale: {', '.join(picture.name for picture in wanted)}; the demo runs for their sake, about six minutes"
        )
        record()
    elif not all(path.is_file() for path in (RECORDING, COMMENT, SHOWN)):
        raise SystemExit("pictures: nothing was recorded here yet; leave out --kept, and the demo runs")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, chromium.browser(Path(home)) as browser:
        for picture in PICTURES:
            picture.take(browser, IMAGES / picture.name)
            print(f"wrote: docs/images/{picture.name}")
    files.write_text(MADE_OF, json.dumps({picture.name: picture.digest for picture in PICTURES}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
