"""`preflight`: looks whether anybody has to approve, before a job names the environment."""

from trainstop.delivery.protection import branches_of, checks_of
from trainstop.job import Job
from trainstop.records import CheckStatus, Result, conclude
from trainstop.records.delivery import PreflightPart


def run(
    job: Job,
    *,
    environment: str = "production",
    github_environment: str | None = None,
    allow_unprotected: bool = False,
) -> Result[PreflightPart]:
    """Judge the rules of an environment on GitHub. It is only read: nothing is made or changed.

    Raises:
        ConfigurationError: the rules may not be read.
        UnavailableError: GitHub does not answer.

    """
    name = github_environment or environment
    rules = job.ports.forge.rules(name)
    open_to_all = any(check.status is CheckStatus.FAILED for check in checks_of(rules, name, allow_unprotected=False))
    part = PreflightPart(
        environment=environment,
        github_environment=name,
        reviewers=rules.reviewers if rules else (),
        branches=branches_of(rules) if rules else "",
        unprotected=open_to_all and allow_unprotected,
    )
    return conclude(checks_of(rules, name, allow_unprotected=allow_unprotected), part)
