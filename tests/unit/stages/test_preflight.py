"""`preflight`: refuses before anything is deployed that nobody had to approve."""

from pathlib import Path

from tests.fakes.delivering import world

from trainstop.ports.forge import Rules
from trainstop.records import Status
from trainstop.stages import preflight

SAFE = Rules(exists=True, reviewers=("ada", "team ops"), branches="named", patterns=("main",), self_review=False)


def test_outside_github_nobody_can_approve(tmp_path: Path) -> None:
    result = preflight.run(world(tmp_path).job)
    assert result.status is Status.FAILED
    assert "outside GitHub" in result.reason


def test_who_must_approve_and_what_may_deploy_is_in_the_record(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.forge.found = SAFE
    result = preflight.run(here.job, github_environment="prod-eu")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.reviewers, result.part.branches) == (("ada", "team ops"), "main")
    assert (result.part.github_environment, result.part.unprotected) == ("prod-eu", False)


def test_going_on_without_protection_is_in_the_record(tmp_path: Path) -> None:
    result = preflight.run(world(tmp_path).job, allow_unprotected=True)
    assert result.status is Status.PASSED
    assert result.part is not None
    assert result.part.unprotected


def test_allowing_it_changes_nothing_where_all_is_protected(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.forge.found = SAFE
    part = preflight.run(here.job, allow_unprotected=True).part
    assert part is not None
    assert not part.unprotected
