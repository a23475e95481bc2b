"""What a run of `workflow_run` is about, on GitHub: the checked run, its pull request, its artifact."""

from functools import cached_property

from trainstop.adapters.github.answers import Artifacts, ListedPull
from trainstop.adapters.github.api import Api
from trainstop.adapters.github.downloads import Downloads, TooLargeError
from trainstop.adapters.github.event import checked_run
from trainstop.adapters.github.patience import CAP, Patience
from trainstop.adapters.github.trouble import RefusedError
from trainstop.adapters.github.words import allowed
from trainstop.ports import Clock, Progress
from trainstop.ports.inbox import CheckedRun, OpenPull, Parcel
from trainstop.settings import Settings

GONE = frozenset({404, 410})


class GitHubInbox:
    """Fulfils `ports.inbox.Inbox`. Nothing that it returns was told by the artifact, but the artifact itself."""

    def __init__(self, settings: Settings, api: Api, patience: Patience, downloads: Downloads) -> None:
        """Keep what to ask with; `of` makes it from the settings alone."""
        self._settings = settings
        self._api = api
        self._patience = patience
        self._downloads = downloads

    @classmethod
    def of(cls, settings: Settings, clock: Clock, progress: Progress, *, cap: float = CAP) -> "GitHubInbox":
        """Return the inbox of a job of GitHub Actions with a token.

        Args:
            settings: of the job.
            clock: to wait by.
            progress: told of every wait.
            cap: seconds that may be waited in all.

        """
        api = Api(settings.api_url, settings.token, settings.repository, clock)
        downloads = Downloads(settings.api_url, settings.token, clock)
        return cls(settings, api, Patience(api, clock, progress, cap), downloads)

    def checked(self) -> CheckedRun:
        """Return the run that the event is about."""
        return self._checked

    @cached_property
    def _checked(self) -> CheckedRun:
        return checked_run(self._settings.event, self._settings.event_file)

    def pull_requests(self, run: CheckedRun) -> tuple[OpenPull, ...]:
        """Return the open pull requests of the run's branch, from all pages."""
        if not (run.owner and run.branch):
            return ()
        query = {"state": "open", "head": f"{run.owner}:{run.branch}"}
        with allowed("the open pull requests", "pull-requests: read"):
            return self._patience.settle(
                lambda: tuple(map(opened, self._api.pages(ListedPull, self._api.path("/pulls"), **query)))
            )

    def artifact(self, run: CheckedRun, name: str, size: int) -> Parcel:
        """Return the newest artifact of this name. What says to be too large is not even asked for."""
        place = f"/actions/runs/{run.number}/artifacts"
        with allowed(f"the artifacts of run {run.number}", "actions: read"):
            listed = self._patience.settle(
                lambda: self._api.get(Artifacts, self._api.path(place), name=name, per_page=100)
            )
            ours = (each for each in listed.artifacts if each.name == name)
            newest = max(ours, key=lambda each: each.id, default=None)
            said = f"the artifact `{name}` of run {run.number}"
            if newest is None:
                return Parcel(reason=f"run {run.number} left no artifact `{name}`: it ended before its report")
            if newest.workflow_run is not None and newest.workflow_run.id != run.number:
                return Parcel(reason=f"{said} is another run's")
            if newest.expired:
                return Parcel(reason=f"{said} has expired")
            if newest.size_in_bytes > size:
                return Parcel(reason=f"{said} has {newest.size_in_bytes} bytes, more than {size}")
            return self._fetched(newest.id, said, size)

    def _fetched(self, artifact: int, said: str, size: int) -> Parcel:
        """Return the content of an artifact that is there, if it is as small as it says."""
        try:
            content = self._patience.settle(
                lambda: self._downloads.get(self._api.path(f"/actions/artifacts/{artifact}/zip"), size)
            )
        except TooLargeError:
            return Parcel(reason=f"{said} has more bytes than the {size} that it may have")
        except RefusedError as error:
            if error.status not in GONE:
                raise
            return Parcel(reason=f"{said} is not there any more")
        return Parcel(content=content)


def opened(pull: ListedPull) -> OpenPull:
    """Return a pull request in the port's words."""
    repository = pull.head.repo.id if pull.head.repo else 0
    return OpenPull(number=pull.number, commit=pull.head.sha, repository_id=repository)
