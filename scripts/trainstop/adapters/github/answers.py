"""GitHub's answers as far as we read them. Whatever does not fit is no answer: a proxy's page, or a body cut short."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of all; GitHub may add fields at any time."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Person(Answer):
    """A user, or an app's bot."""

    login: str


class Comment(Answer):
    """A comment on an issue or on a pull request."""

    id: int
    body: str = ""
    html_url: str
    user: Person | None = None
    """None when the account is gone."""


class Label(Answer):
    """A label of an issue."""

    name: str


class IssueAnswer(Answer):
    """An issue; a pull request, too, is listed as one."""

    number: int
    title: str
    body: str | None = None
    state: Literal["open", "closed"]
    labels: tuple[Label, ...] = ()
    comments: int = 0
    html_url: str
    user: Person | None = None
    pull_request: dict[str, object] | None = None


class Repository(Answer):
    """The repository, under the name it has today."""

    full_name: str
    default_branch: str
    archived: bool = False


class Commit(Answer):
    """The head of a pull request."""

    sha: str


class Pull(Answer):
    """A pull request as it is now."""

    state: Literal["open", "closed"]
    merged: bool = False
    locked: bool = False
    head: Commit


class Reviewer(Answer):
    """A person or a team that may approve."""

    login: str = ""
    slug: str = ""


class ReviewerEntry(Answer):
    """A reviewer as a rule names it."""

    reviewer: Reviewer = Reviewer()


class ProtectionRule(Answer):
    """One rule of an environment."""

    type: str
    prevent_self_review: bool = False
    reviewers: tuple[ReviewerEntry, ...] = ()


class BranchPolicy(Answer):
    """Which branches may deploy."""

    protected_branches: bool
    custom_branch_policies: bool


class EnvironmentAnswer(Answer):
    """An environment."""

    name: str
    html_url: str
    can_admins_bypass: bool | None = None
    protection_rules: tuple[ProtectionRule, ...] = ()
    deployment_branch_policy: BranchPolicy | None = None


class Pattern(Answer):
    """A branch or tag that may deploy, by pattern."""

    name: str


class Patterns(Answer):
    """A page of them."""

    branch_policies: tuple[Pattern, ...]


class Named(Answer):
    """The name of an environment."""

    name: str


class ApprovalAnswer(Answer):
    """A person's word about some environments of a run."""

    state: Literal["approved", "rejected", "pending"]
    user: Person | None = None
    comment: str = ""
    environments: tuple[Named, ...] = ()


class Run(Answer):
    """A run of a workflow."""

    id: int
    html_url: str
    created_at: datetime
    display_title: str = ""
    actor: Person | None = None


class Runs(Answer):
    """A page of runs, newest first."""

    workflow_runs: tuple[Run, ...]


class HeadRepository(Answer):
    """Where a pull request's branch is."""

    id: int


class ListedHead(Answer):
    """The branch of a pull request; `repo` is None when its repository is gone."""

    sha: str
    repo: HeadRepository | None = None


class ListedPull(Answer):
    """A pull request in a list of them."""

    number: int
    head: ListedHead


class ArtifactRun(Answer):
    """The run that left an artifact."""

    id: int | None = None


class ArtifactAnswer(Answer):
    """An artifact."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool
    workflow_run: ArtifactRun | None = None


class Artifacts(Answer):
    """A page of a run's artifacts."""

    artifacts: tuple[ArtifactAnswer, ...]
