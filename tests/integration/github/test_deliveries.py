"""Environments, approvals and starts of workflows."""

from datetime import timedelta

import pytest
from tests.fakes.github.clock import START
from tests.fakes.github.faults import FAULTS
from tests.fakes.github.server import FakeGitHub
from tests.integration.github.conftest import TOKEN, Start

from trainstop.errors import ConfigurationError, InputError
from trainstop.ports.forge import Approval, Dispatch, Rules

REVIEWERS = [
    {"type": "User", "reviewer": {"login": "grace", "type": "User"}},
    {"type": "Team", "reviewer": {"slug": "ops", "name": "ops"}},
]


def environment(**changes: object) -> dict[str, object]:
    return {
        "protection_rules": [
            {"id": 1, "node_id": "a", "type": "wait_timer", "wait_timer": 30},
            {
                "id": 2,
                "node_id": "b",
                "type": "required_reviewers",
                "prevent_self_review": True,
                "reviewers": REVIEWERS,
            },
            {"id": 3, "node_id": "c", "type": "branch_policy"},
        ],
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
        "can_admins_bypass": False,
        **changes,
    }


def test_the_rules_of_an_environment_are_read_and_nothing_is_made(github: FakeGitHub, job: Start) -> None:
    github.world.environments["prod/eu"] = environment()
    github.world.patterns["prod/eu"] = ["main", "release/*"]
    rules = job().forge.rules("prod/eu")
    assert (rules.reviewers, rules.patterns) == (("grace", "team ops"), ("main", "release/*"))
    assert (rules.branches, rules.self_review, rules.administrators_bypass) == ("named", False, False)
    assert job().forge.rules("missing") == Rules(exists=False)
    assert {asked.method for asked in github.seen} == {"GET"}
    assert list(github.world.environments) == ["prod/eu"]


def test_an_environment_without_rules_is_open_to_all(github: FakeGitHub, job: Start) -> None:
    github.world.environments["production"] = environment(
        protection_rules=[], deployment_branch_policy=None, can_admins_bypass=True
    )
    rules = job().forge.rules("production")
    assert (rules.reviewers, rules.branches, rules.self_review) == ((), "any", True)
    assert rules.administrators_bypass


def test_rules_that_may_not_be_read_name_the_permission(github: FakeGitHub, job: Start) -> None:
    github.world.rights = {}
    with pytest.raises(ConfigurationError) as caught:
        job().forge.rules("production")
    assert "actions: read" in caught.value.fix


def test_who_approved_is_read(github: FakeGitHub, job: Start) -> None:
    github.world.approvals = [
        {
            "state": "approved",
            "comment": "ship it",
            "user": {"login": "grace"},
            "environments": [{"name": "production"}, {"name": "eu"}],
        }
    ]
    assert job().forge.approvals() == (
        Approval(environment="production", person="grace", state="approved", comment="ship it"),
        Approval(environment="eu", person="grace", state="approved", comment="ship it"),
    )
    assert github.requests("GET")[-1].endswith("/actions/runs/100/approvals")


def wanted(key: str = "abc") -> Dispatch:
    return Dispatch(workflow="train.yml", key=key, reason="it fell", since=START - timedelta(days=7))


@pytest.mark.parametrize("fault", [None, *sorted(FAULTS)])
@pytest.mark.parametrize("run_names", [True, False])
def test_one_occasion_starts_one_run_whatever_goes_wrong(
    fault: str | None, run_names: bool, github: FakeGitHub, job: Start
) -> None:
    github.world.workflows["train.yml"] = {"reason"}
    github.world.run_names = run_names
    if fault:
        github.faults[(TOKEN, 2)] = FAULTS[fault]
    first = job().forge.dispatch(wanted())
    again = job().forge.dispatch(wanted())
    (run,) = github.world.runs
    assert first.created
    assert not again.created
    assert again.address == run["html_url"]
    assert run["head_branch"] == "main"


def test_another_occasion_starts_another_run(github: FakeGitHub, job: Start) -> None:
    github.world.workflows["train.yml"] = {"reason"}
    for key in ("abc", "xyz"):
        assert job().forge.dispatch(wanted(key)).created
    assert [run["display_title"] for run in github.world.runs] == ["it fell (trainstop abc)", "it fell (trainstop xyz)"]


def test_a_workflow_that_cannot_be_started_says_what_it_needs(github: FakeGitHub, job: Start) -> None:
    with pytest.raises(InputError) as missing:
        job().forge.dispatch(wanted())
    github.world.workflows["train.yml"] = set()
    with pytest.raises(InputError) as unexpected:
        job().forge.dispatch(wanted())
    assert "workflow_dispatch" in missing.value.fix
    assert "Unexpected inputs" in unexpected.value.what


def test_a_missing_right_to_start_names_the_permission(github: FakeGitHub, job: Start) -> None:
    github.world.workflows["train.yml"] = {"reason"}
    github.world.rights = {"actions": "read"}
    with pytest.raises(ConfigurationError) as caught:
        job().forge.dispatch(wanted())
    assert "actions: write" in caught.value.fix
