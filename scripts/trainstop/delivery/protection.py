"""What protects an environment, and who approved: judged from the rules, never taken for granted."""

from collections.abc import Iterator

from trainstop.errors import TrainstopError
from trainstop.job import Job
from trainstop.ports.forge import Rules
from trainstop.records import Check, CheckStatus
from trainstop.records.delivery import PreflightPart

EVERYTHING = frozenset({"*", "**", "*/*", "**/*"})
"""Names of branches that name all of them."""
ALLOWED = "allowed by `allow-unprotected`"


def checks_of(rules: Rules | None, name: str, *, allow_unprotected: bool) -> list[Check]:
    """Judge the rules of an environment. An approval that is not configured is not an approval.

    Args:
        rules: as they were read; None where nobody keeps environments.
        name: of the environment on GitHub.
        allow_unprotected: whether to go on without protection, saying so.

    """
    checks = list(_judged(rules, name))
    if not allow_unprotected:
        return checks
    return [_allowed(check) if check.status is CheckStatus.FAILED else check for check in checks]


def _allowed(check: Check) -> Check:
    """Turn what would stop the line into a warning that says who let it pass."""
    return check.model_copy(update={"status": CheckStatus.WARNED, "reason": f"{check.reason}; {ALLOWED}"})


def _judged(rules: Rules | None, name: str) -> Iterator[Check]:
    """Yield the checks."""
    if rules is None:
        yield _failed("environment", "outside GitHub there is nobody who could be asked to approve")
        return
    if not rules.exists:
        yield _failed("environment", f"GitHub has no environment `{name}`: a job that names it makes one without rules")
        return
    yield _reviewers(rules, name)
    yield _branches(rules, name)
    if rules.reviewers:
        reason = (
            "who started a run may approve it: switch on that self-review is prevented" if rules.self_review else ""
        )
        yield _warned_if("self-review", reason)
    bypass = {
        True: "administrators may pass the rules by: switch that off",
        None: "GitHub does not say whether administrators may pass the rules by",
    }
    yield _warned_if("administrators", bypass.get(rules.administrators_bypass, ""))


def _reviewers(rules: Rules, name: str) -> Check:
    """Judge who must approve."""
    if not rules.reviewers:
        return _failed("reviewers", f"nobody has to approve what goes to `{name}`: add required reviewers to it")
    return Check(name="reviewers", status=CheckStatus.PASSED, value=", ".join(rules.reviewers))


def _branches(rules: Rules, name: str) -> Check:
    """Judge which branches may deploy."""
    if rules.branches == "any" or EVERYTHING & set(rules.patterns or ()):
        return _failed("branches", f"any branch may deploy to `{name}`: let only protected or named branches do so")
    if rules.patterns is None:
        reason = "the names of the branches that may deploy could not be read"
        return Check(name="branches", status=CheckStatus.WARNED, reason=reason)
    return Check(name="branches", status=CheckStatus.PASSED, value=branches_of(rules))


def branches_of(rules: Rules) -> str:
    """Say which branches may deploy."""
    return ", ".join(rules.patterns or ()) if rules.branches == "named" else rules.branches


def approved(job: Job, environment: str, *, unprotected: bool = False) -> tuple[str, list[Check]]:
    """Return who approved this run, for the ledger, and a check that says so.

    It never stops anything: what was approved is done already, and the ledger must say what is known.

    Args:
        job: where the record of `preflight` may be, and who is asked.
        environment: of the configuration.
        unprotected: whether `preflight` said, in another job, that it went on without protection.

    """
    before = job.results.find(PreflightPart, environment)
    part = before.part if before else None
    name = part.github_environment if part else environment
    try:
        found = job.ports.forge.approvals()
    except TrainstopError as error:
        reason = f"who approved could not be read: {error.what}"
        return "unknown", [Check(name="approval", status=CheckStatus.WARNED, reason=reason)]
    if found is None:
        return "", []
    people = [each.person for each in found if each.environment == name and each.state == "approved"]
    if people:
        said = ", ".join(dict.fromkeys(people))
        return said, [Check(name="approval", status=CheckStatus.PASSED, value=said)]
    said = f"nobody ({ALLOWED})" if unprotected or (part and part.unprotected) else "nobody"
    reason = f"{said} approved this run for `{name}`"
    return said, [Check(name="approval", status=CheckStatus.WARNED, reason=reason)]


def _failed(name: str, reason: str) -> Check:
    return Check(name=name, status=CheckStatus.FAILED, reason=reason)


def _warned_if(name: str, reason: str) -> Check:
    return Check(name=name, status=CheckStatus.WARNED if reason else CheckStatus.PASSED, reason=reason)
