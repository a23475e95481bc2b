"""The charting library in the package is the one that npm has at the locked version, byte for byte."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "scripts" / "trainstop" / "report" / "page" / "vendor"
MODULES = ROOT / ".cache" / "node" / "node_modules"
WHERE = {
    "vega.min.js": "vega/build/vega.min.js",
    "vega-lite.min.js": "vega-lite/build/vega-lite.min.js",
    "vega-interpreter.js": "vega-interpreter/build/vega-interpreter.js",
    "vega.LICENSE": "vega/LICENSE",
    "vega-lite.LICENSE": "vega-lite/LICENSE",
    "vega-interpreter.LICENSE": "vega-interpreter/LICENSE",
}


def test_every_vendored_file_is_looked_at() -> None:
    assert {path.name for path in VENDOR.iterdir()} == set(WHERE)


@pytest.mark.parametrize("name", WHERE)
def test_a_vendored_file_is_npm_s(name: str) -> None:
    assert (VENDOR / name).read_bytes() == (MODULES / WHERE[name]).read_bytes()


@pytest.mark.parametrize("package", ["vega", "vega-lite", "vega-interpreter"])
def test_the_installed_package_is_the_locked_one(package: str) -> None:
    locked = json.loads((ROOT / "tests" / "tools" / "package-lock.json").read_text())["packages"]
    installed = json.loads((MODULES / package / "package.json").read_text())
    assert installed["version"] == locked[f"node_modules/{package}"]["version"]
