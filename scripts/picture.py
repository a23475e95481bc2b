"""Make the README's picture: a pull-request comment as GitHub shows it. Needs Chromium.

`python scripts/picture.py example-project/.trainstop/outbox/comment.md` writes `docs/images/comment.png`.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "comment.png"
WIDTH, HEIGHT = 1100, 760
STYLE = """
body { margin: 0; padding: 24px; background: #fff; color: #1f2328 }
body { font: 14px/1.5 "Noto Sans", "Liberation Sans", sans-serif }
.comment { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e }
.body { padding: 8px 16px }
h3 { font-size: 17px; margin: 8px 0 12px }
table { border-collapse: collapse; margin: 0 0 14px; font-size: 13px }
th, td { border: 1px solid #d1d9e0; padding: 4px 10px }
tr:nth-child(even) { background: #f6f8fa }
code { background: #eff1f3; border-radius: 4px; padding: 1px 5px }
code { font: 12px "Noto Sans Mono", "Liberation Mono", monospace }
"""


def main(source: Path) -> None:
    """Render the comment and photograph its upper part."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("picture: no Chromium here; install the package `chromium`")
    body = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(source.read_text(encoding="utf-8"))
    page = (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><div class=comment>"
        f"<div class=head><b>github-actions</b> bot commented</div><div class=body>{body}</div></div>"
    )
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "comment.html"
        html.write_text(page, encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        subprocess.run(
            [chromium, *flags, f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{HEIGHT}",
             f"--screenshot={PICTURE}", html.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
