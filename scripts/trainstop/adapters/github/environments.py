"""What protects an environment, and who approved. Pure: from GitHub's answers to the port's words."""

from collections.abc import Iterable

from trainstop.adapters.github.answers import ApprovalAnswer, EnvironmentAnswer
from trainstop.ports.forge import Approval, Rules

REVIEWERS = "required_reviewers"


def rules_of(answer: EnvironmentAnswer, patterns: tuple[str, ...] | None) -> Rules:
    """Return the rules of an environment.

    Args:
        answer: GitHub's.
        patterns: names of the branches that may deploy; None when they could not be read.

    """
    asked = [rule for rule in answer.protection_rules if rule.type == REVIEWERS]
    names = (entry.reviewer.login or f"team {entry.reviewer.slug}" for rule in asked for entry in rule.reviewers)
    policy = answer.deployment_branch_policy
    return Rules(
        exists=True,
        reviewers=tuple(names),
        branches="any" if policy is None else "protected" if policy.protected_branches else "named",
        patterns=patterns,
        self_review=not any(rule.prevent_self_review for rule in asked),
        administrators_bypass=answer.can_admins_bypass,
        address=answer.html_url,
    )


def approvals_of(answers: Iterable[ApprovalAnswer]) -> tuple[Approval, ...]:
    """Return who said what about which environment, as GitHub tells it."""
    return tuple(
        Approval(
            environment=environment.name,
            person=answer.user.login if answer.user else "",
            state=answer.state,
            comment=answer.comment,
        )
        for answer in answers
        for environment in answer.environments
    )
