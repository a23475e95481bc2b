"""Our workflows and actions: what they ask for, what they are given, and what GitHub's tools say of them."""

import shutil
from pathlib import Path

import pytest
import yaml
from tests.contracts import linters, yaml_rules
from tests.unit.test_release import script

from trainstop import verbs
from trainstop.report.outputs import described

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "example-project"


def test_our_own_rules_hold() -> None:
    assert yaml_rules.findings(ROOT) == []


@pytest.mark.parametrize("linter", [linters.actionlint, linters.zizmor, linters.parser], ids=lambda one: one.__name__)
def test_the_linters_of_this_field_find_nothing(linter: linters.Linter, tmp_path: Path) -> None:
    assert linter(linters.copy(tmp_path)) == []


@pytest.mark.parametrize("linter", [linters.actionlint, linters.zizmor, linters.parser], ids=lambda one: one.__name__)
def test_the_linters_find_nothing_in_what_a_user_writes(linter: linters.Linter, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / ".github", tmp_path / ".github")
    assert linter(tmp_path) == []


def test_there_is_one_action_a_verb_and_the_setup() -> None:
    folders = {path.parent.name for path in ROOT.glob("actions/*/action.yml")}
    assert folders == {verb.name for verb in verbs.VERBS} | {"setup"}


@pytest.mark.parametrize("verb", verbs.VERBS, ids=lambda verb: verb.name)
def test_an_action_takes_its_verbs_options_and_gives_its_outputs(verb: verbs.Verb) -> None:
    action = yaml.safe_load((ROOT / "actions" / verb.name / "action.yml").read_text())
    options = {option.name.strip("_").replace("_", "-") for option in verb.options}
    assert set(action["inputs"]) == options | {"config", "set", "working-directory"}
    assert set(action["outputs"]) == set(described(verb.name))
    step = action["runs"]["steps"][-1]
    assert step["run"] == f'exec "$TRAINSTOP" {verb.name}'  # no shell stays that has the same environment
    wanted = {f"TRAINSTOP_{name.upper().replace('-', '_')}" for name in {*options, "config", "set"}}
    assert set(step["env"]) == wanted | {"TRAINSTOP"}


def test_the_page_about_the_actions_lists_exactly_what_each_takes_and_gives() -> None:
    tables = script("action_tables")
    page = (ROOT / "docs" / "actions.md").read_text()
    listed: dict[str, set[tuple[str, str]]] = {}
    for section, kind, name in tables.listed(page):
        listed.setdefault(section, set()).add((kind, name))
    common = listed.pop("Every verb")
    wanted = {
        path: yaml.safe_load((ROOT / path).read_text())
        for path in (
            "action.yml",
            *(f"actions/{name}/action.yml" for name in ("setup", *(v.name for v in verbs.VERBS))),
        )
    }
    found = {
        **{path: listed.pop(uses) for uses, path in tables.BY_HAND.items()},
        **{f"actions/{verb.name}/action.yml": listed.pop(verb.name, set()) | common for verb in verbs.VERBS},
    }
    assert listed == {}
    assert found == {
        path: {("input", name) for name in action["inputs"]} | {("output", name) for name in action["outputs"]}
        for path, action in wanted.items()
    }


def test_there_are_callers_to_look_at() -> None:
    assert [path.name for path in yaml_rules.callers(ROOT)] == [
        "model.yml",
        "monitor.yml",
        "report.yml",
        "rollback.yml",
    ]


def test_a_production_is_looked_at_by_the_clock_of_its_own_place() -> None:
    for name in ("model.yml", "monitor.yml"):
        (at,) = yaml_rules.load(EXAMPLE / ".github" / "workflows" / name)["on"]["schedule"]
        assert at["timezone"] == "America/New_York"


def test_ci_asks_for_nothing_but_reading_and_the_comment() -> None:
    rights = {right for job in yaml_rules.ALLOWED["ci.yml"].values() for right in job.items()}
    assert rights == {("contents", "read"), ("pull-requests", "write")}
