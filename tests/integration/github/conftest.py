"""A job of GitHub Actions that talks to the fake GitHub."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.fakes.github.clock import VirtualClock
from tests.fakes.github.server import FakeGitHub, running
from tests.fakes.github.world import World

from trainstop.adapters.github import GitHubForge
from trainstop.adapters.progress import Lines
from trainstop.adapters.runner import Runner
from trainstop.settings import Settings

TOKEN = "ghs_a1b2c3d4e5"
HEAD = "0" * 40


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def github(clock: VirtualClock) -> Iterator[FakeGitHub]:
    with running(World(clock)) as fake:
        yield fake
        assert not fake.complaints


def event_file(folder: Path, number: int = 7, sha: str = HEAD) -> Path:
    path = folder / "event.json"
    path.write_text(json.dumps({"pull_request": {"number": number, "head": {"sha": sha}}}))
    return path


def surroundings(address: str, event: Path, *, run: int = 100, attempt: int = 1, **more: str) -> dict[str, str]:
    """Return the environment variables of a job."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": "acme/flights",
        "GITHUB_API_URL": address,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_WORKFLOW_REF": "acme/flights/.github/workflows/model.yml@refs/pull/7/merge",
        **more,
    }


class Job:
    """A job's forge, and what it said."""

    def __init__(self, environ: dict[str, str], clock: VirtualClock) -> None:
        self.said, self.noted = io.StringIO(), io.StringIO()
        settings = Settings.from_environ(environ)
        self.forge = GitHubForge(settings, clock, Runner.from_settings(settings, self.said), Lines(self.noted))

    @property
    def notices(self) -> list[str]:
        return [line.split("::", 2)[2] for line in self.said.getvalue().splitlines() if line.startswith("::notice")]


Start = Callable[..., Job]


@pytest.fixture
def job(github: FakeGitHub, clock: VirtualClock, tmp_path: Path) -> Start:
    """Starts a job; its run, attempt and further variables can be said."""

    def start(**more: object) -> Job:
        clock.sleep(60)
        variables = surroundings(github.address, event_file(tmp_path), **more)  # type: ignore[arg-type]
        return Job(variables, clock)

    return start
