"""What the pages say is so: generated parts are fresh, links lead somewhere, configurations are valid."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from trainstop.config import Config

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "example-project" / "README.md")
    if path.is_file()
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_what_is_generated_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "docs.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readmes_configuration_is_valid() -> None:
    first, *more = TOML.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    written = tomllib.loads(first)
    Config.model_validate(written)
    for block in more:
        section = tomllib.loads(block)
        Config.model_validate({**written, **{name: {**written.get(name, {}), **section[name]} for name in section}})


def test_the_readmes_two_commands_are_run_before_anything_lands() -> None:
    commands = COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert commands[:2] == ["make demo", "make test"]
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
