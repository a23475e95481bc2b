"""Protection: an approval that is not configured is no approval, and what is not known is said."""

import pytest

from trainstop.delivery.protection import checks_of
from trainstop.ports.forge import Rules
from trainstop.records import CheckStatus, Status, conclude

SAFE = Rules(exists=True, reviewers=("ada",), branches="protected", self_review=False, administrators_bypass=False)


def judged(rules: Rules | None, *, allow: bool = False) -> dict[str, CheckStatus]:
    return {check.name: check.status for check in checks_of(rules, "production", allow_unprotected=allow)}


def changed(**changes: object) -> Rules:
    return Rules(**{**vars(SAFE), **changes})  # type: ignore[arg-type]


def test_a_protected_environment_passes_without_a_warning() -> None:
    assert set(judged(SAFE).values()) == {CheckStatus.PASSED}


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        (None, "environment"),
        (Rules(exists=False), "environment"),
        (changed(reviewers=()), "reviewers"),
        (changed(branches="any"), "branches"),
        (changed(branches="named", patterns=("main", "*")), "branches"),
        (changed(branches="named", patterns=("**/*",)), "branches"),
    ],
)
def test_what_nobody_guards_is_refused_unless_it_was_typed(rules: Rules | None, name: str) -> None:
    assert judged(rules)[name] is CheckStatus.FAILED
    assert conclude(checks_of(rules, "production", allow_unprotected=False)).status is Status.FAILED
    allowed = checks_of(rules, "production", allow_unprotected=True)
    assert conclude(allowed).status is Status.PASSED
    assert ["allowed by `allow-unprotected`" in check.reason for check in allowed if check.name == name] == [True]


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        (changed(self_review=True), "self-review"),
        (changed(administrators_bypass=True), "administrators"),
        (changed(administrators_bypass=None), "administrators"),
        (changed(branches="named", patterns=None), "branches"),
    ],
)
def test_what_weakens_an_approval_is_warned_about(rules: Rules, name: str) -> None:
    assert judged(rules)[name] is CheckStatus.WARNED


def test_named_branches_are_enough() -> None:
    assert judged(changed(branches="named", patterns=("main", "release/*")))["branches"] is CheckStatus.PASSED
