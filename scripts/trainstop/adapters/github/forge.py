"""The forge on GitHub: comments, issues, approvals and starts of workflows, each effect once."""

from collections.abc import Sequence
from urllib.parse import quote

from trainstop.adapters.github import bodies
from trainstop.adapters.github.answers import ApprovalAnswer, EnvironmentAnswer, Pattern, Patterns, Pull
from trainstop.adapters.github.api import Api
from trainstop.adapters.github.comments import Comments
from trainstop.adapters.github.dispatches import Dispatches
from trainstop.adapters.github.downloads import Downloads
from trainstop.adapters.github.environments import approvals_of, rules_of
from trainstop.adapters.github.event import PullRequest
from trainstop.adapters.github.identity import Identity
from trainstop.adapters.github.inbox import GitHubInbox
from trainstop.adapters.github.issues import Issues
from trainstop.adapters.github.patience import CAP, Patience
from trainstop.adapters.github.places import Nowhere, place_of
from trainstop.adapters.github.trouble import RefusedError
from trainstop.adapters.github.twins import Rank, Wanted, marked, text_of
from trainstop.adapters.github.words import Notice, allowed, moved_on, no_comment, refusal
from trainstop.adapters.runner import Runner
from trainstop.errors import InputError, TrainstopError
from trainstop.ports import Clock, Progress
from trainstop.ports.forge import Approval, Dispatch, Dispatched, Issue, Posted, Rules, hidden
from trainstop.settings import Settings

COMMENT = "trainstop:comment"
NEWER = "a newer run has written its result there"
MISSING = 404


class GitHubForge:
    """Fulfils `ports.forge.Forge`."""

    def __init__(
        self, settings: Settings, clock: Clock, runner: Runner, progress: Progress, *, cap: float = CAP
    ) -> None:
        """Keep where and for whom we run; GitHub is asked when something is first wanted of it.

        Args:
            settings: of a job of GitHub Actions, with a token.
            clock: to wait by.
            runner: takes the summary and the notices.
            progress: told of every wait.
            cap: seconds that may be waited in all.

        """
        self._settings = settings
        self._runner = runner
        self._api = Api(settings.api_url, settings.token, settings.repository, clock)
        self._patience = Patience(self._api, clock, progress, cap)
        downloads = Downloads(settings.api_url, settings.token, clock)
        self._inbox = GitHubInbox(settings, self._api, self._patience, downloads)
        self._identity = Identity(self._api, settings.token, settings.login)
        self._comments = Comments(self._api, self._patience, self._identity)
        self._rank = Rank(settings.run, settings.attempt)
        self._issues = Issues(self._api, self._patience, self._identity, self._comments, self._rank)

    def put_comment(self, marker: str, body: str, *, only_update: bool = False, checked_run: int = 0) -> Posted:
        """Create or update the section of this marker, in the checking workflow's comment on its run's pull request."""
        place = place_of(self._settings, self._inbox, checked_run)
        if isinstance(place, Nowhere):
            if place.surprising:
                self._notice(place.reason)
            return Posted(reason=place.reason)
        pull = place.pull
        section, mark = hidden(marker), marked(COMMENT, place.workflow)
        room = bodies.LONGEST - len(mark) - 2
        text = bodies.fitting(text_of(section, body, place.rank), "the job's summary", room)
        wanted = Wanted(mark=mark, body=text, rank=place.rank, section=section)
        try:
            done = self._comments.put(pull.number, wanted, only_update=only_update)
        except RefusedError as error:
            reason = no_comment(error, pull.number)
            if not reason:
                raise refusal(error, f"the comment on pull request {pull.number}", "pull-requests: write") from error
            self._notice(reason)
            return Posted(reason=reason)
        if done.found is None:
            return Posted(reason="there is none to update")
        reason = NEWER if done.superseded else self._moved_on(pull)
        if reason:
            self._notice(reason)
        return Posted(address=done.found.address, reason=reason)

    def put_summary(self, body: str) -> str:
        """Add the text to the job's page, which has no address of its own."""
        self._runner.add_summary(body)
        return ""

    def issue(self, marker: str) -> Issue | None:
        """Return our oldest issue with this marker."""
        with allowed("the issues", "issues: write"):
            found = self._issues.find(hidden(marker))
            return self._issues.told(found) if found else None

    def open_issue(self, marker: str, title: str, body: str, labels: Sequence[str]) -> Issue:
        """Open an issue, or reopen the closed one with this marker."""
        with allowed("opening an issue", "issues: write"):
            found, changed = self._issues.open(hidden(marker), title, body, labels)
            issue = self._issues.told(found)
        missing = sorted(set(labels) - set(issue.labels))
        if changed and missing:
            self._notice(f"issue {issue.number} has no label {', '.join(missing)}: GitHub did not take it")
        return issue

    def update_issue(self, number: int, body: str) -> bool:
        """Replace an issue's text; its marker stays, and so does a newer run's text."""
        with allowed(f"updating issue {number}", "issues: write"):
            done = self._issues.update(number, body)
        if not done:
            self._notice(f"issue {number} stays as it is: {NEWER}")
        return done

    def comment_issue(self, number: int, key: str, body: str) -> None:
        """Add a comment, once per key."""
        with allowed(f"commenting on issue {number}", "issues: write"):
            self._issues.comment(number, key, body)

    def close_issue(self, number: int) -> None:
        """Close an issue."""
        with allowed(f"closing issue {number}", "issues: write"):
            self._issues.close(number)

    def rules(self, environment: str) -> Rules:
        """Return what protects an environment. It is read only: naming one in a job would make it."""
        with allowed(f"the rules of environment `{environment}`", "actions: read"):
            return self._patience.settle(lambda: self._rules(environment))

    def approvals(self) -> tuple[Approval, ...]:
        """Return who approved or rejected this run so far."""
        with allowed("who approved this run", "actions: read"):
            answers = self._patience.settle(
                lambda: self._api.get(
                    tuple[ApprovalAnswer, ...], self._api.path(f"/actions/runs/{self._settings.run}/approvals")
                )
            )
            return approvals_of(answers)

    def dispatch(self, wanted: Dispatch) -> Dispatched:
        """Start a workflow, once per key."""
        try:
            return Dispatches(self._api, self._patience, self._identity).start(wanted)
        except RefusedError as error:
            if error.status in {MISSING, 422}:
                raise InputError(
                    f"the workflow `{wanted.workflow}` cannot be started: {error.reason}",
                    where=f".github/workflows/{wanted.workflow}",
                    fix="name a workflow of the default branch with `on: workflow_dispatch` and an input `reason`",
                ) from error
            raise refusal(error, f"starting `{wanted.workflow}`", "actions: write") from error

    def _rules(self, environment: str) -> Rules:
        """Read an environment and its branches."""
        place = self._api.path(f"/environments/{quote(environment, safe='')}")
        try:
            answer = self._api.get(EnvironmentAnswer, place)
        except RefusedError as error:
            if error.status == MISSING:
                return Rules(exists=False)
            raise
        patterns: tuple[str, ...] | None = ()
        if answer.deployment_branch_policy and answer.deployment_branch_policy.custom_branch_policies:
            patterns = self._patterns(place)
        return rules_of(answer, patterns)

    def _patterns(self, place: str) -> tuple[str, ...] | None:
        """Return the branches and tags that may deploy; None where we may not read them."""
        try:
            found = self._api.get(Patterns, f"{place}/deployment-branch-policies", per_page=100).branch_policies
        except RefusedError:
            return None
        return tuple(map(_name, found))

    def _moved_on(self, pull: PullRequest) -> str:
        """Say in words what became of the pull request since the run began; empty when nothing did."""
        try:
            now = self._patience.settle(lambda: self._api.get(Pull, self._api.path(f"/pulls/{pull.number}")))
        except (RefusedError, TrainstopError):
            return ""
        return moved_on(now, pull)

    def _notice(self, text: str) -> None:
        """Show a notice beside the job."""
        self._runner.annotate([Notice(text)])


def _name(pattern: Pattern) -> str:
    return pattern.name
