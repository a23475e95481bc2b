"""The example project as a user would leave it: a configuration that loads, a lock that does not tell who made it."""

import re
import tomllib
from pathlib import Path

import pytest

from trainstop.config import Config, load

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "example-project"
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def config() -> Config:
    return load(EXAMPLE)


def pins(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall(path.read_text(encoding="utf-8")):
        found.setdefault(name, set()).add(version)
    return found


def test_the_schema_that_the_configuration_names_is_there():
    first = (EXAMPLE / "trainstop.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("#:schema ")
    assert (EXAMPLE / first.removeprefix("#:schema ")).resolve() == ROOT / "schema" / "trainstop.schema.json"


def test_every_key_of_the_configuration_is_explained_in_plain_words():
    lines = (EXAMPLE / "trainstop.toml").read_text(encoding="utf-8").splitlines()
    settings = [(number, line) for number, line in enumerate(lines) if re.match(r"[a-z0-9-]+ = ", line)]
    bare = [line for number, line in settings if " # " not in line and not lines[number - 1].startswith("#")]
    assert bare == []


def test_training_and_evaluation_are_files_that_the_prepare_command_writes(config):
    assert config.data.prepare == "python -m flight_delay.data"
    assert {Path(glob).parts[:2] for glob in (*config.data.train, *config.data.evaluation, *config.monitor.labels)} == {
        ("data", "train"),
        ("data", "evaluation"),
        ("data", "labels"),
    }


def test_the_code_that_training_depends_on_is_found_by_the_globs(config):
    found = {path.name for glob in config.project.source for path in EXAMPLE.glob(glob)}
    assert {"columns.py", "data.py", "model.py", "train.py"} <= found


def test_the_types_to_trust_are_those_that_the_training_names(config):
    text = (EXAMPLE / "flight_delay" / "model.py").read_text(encoding="utf-8")
    named = re.search(r"TRUSTED_TYPES = \[(.*?)\]", text, re.DOTALL)
    assert named
    assert set(config.train.trusted_types) == set(re.findall(r'"([^"]+)"', named[1]))


def test_the_training_script_knows_nothing_of_trainstop():
    for path in (EXAMPLE / "flight_delay").glob("*.py"):
        assert "trainstop" not in path.read_text(encoding="utf-8").lower(), path.name


def test_the_lock_has_hashes_and_no_address():
    text = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert str(ROOT) not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_lock_holds_all_that_the_project_asks_for():
    asked = {re.split(r"[=<>]", line)[0] for line in (EXAMPLE / "requirements.in").read_text(encoding="utf-8").split()}
    assert asked <= pins(EXAMPLE / "requirements.txt").keys()


def test_the_lock_agrees_with_our_own_so_that_one_cache_serves_both():
    ours = pins(ROOT / "requirements" / "dev.txt")
    differing = {
        name: versions
        for name, versions in pins(EXAMPLE / "requirements.txt").items()
        if name in ours and not versions <= ours[name]
    }
    assert differing == {}


def test_the_project_has_settings_of_its_own_for_the_tools_that_check_it():
    tools = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert {"pytest", "ruff", "bandit", "coverage"} <= tools.keys()
