"""The environment, read once, frozen. Nothing else in trainstop looks at `os.environ`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What the surroundings say. Empty strings count as unset, since an unset input of an action arrives as one."""

    environ: Mapping[str, str] = field(repr=False)
    github_actions: bool
    runner: str
    """What kind of machine a job runs on, `github-hosted` or `self-hosted`; empty where there is no runner."""
    repository: str
    commit: str
    ref: str
    actor: str
    run_url: str
    output_file: Path | None
    token: str = field(repr=False)
    login: str
    api_url: str
    event: str
    event_file: Path | None
    run: int
    run_number: int
    attempt: int
    workflow: str
    colour: bool
    overrides: tuple[str, ...]
    """Lines of `TRAINSTOP_SET`, each `section.key=value`."""

    @property
    def in_a_step(self) -> bool:
        """Whether a runner waits for what a verb tells its step."""
        return self.github_actions or self.output_file is not None

    @property
    def on_github(self) -> bool:
        """Whether there is a GitHub that we may ask: a job of GitHub Actions that was given a token."""
        return self.github_actions and bool(self.token) and bool(self.repository)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read settings from environment variables."""
        present = {name: value for name, value in environ.items() if value != ""}
        server, repository, run = (
            present.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
        )
        return cls(
            environ=present,
            github_actions=present.get("GITHUB_ACTIONS") == "true",
            # Runners of other makers say that they are one, and mostly not of which kind.
            runner=present.get("RUNNER_ENVIRONMENT", "self-hosted" if present.get("GITHUB_ACTIONS") == "true" else ""),
            repository=repository,
            commit=present.get("GITHUB_SHA", ""),
            ref=present.get("GITHUB_REF", ""),
            actor=present.get("GITHUB_ACTOR", present.get("USER", "")),
            run_url=f"{server}/{repository}/actions/runs/{run}" if server and repository and run else "",
            output_file=Path(present["GITHUB_OUTPUT"]) if "GITHUB_OUTPUT" in present else None,
            token=present.get("GITHUB_TOKEN", ""),
            login=present.get("TRAINSTOP_GITHUB_LOGIN", ""),
            api_url=present.get("GITHUB_API_URL", "https://api.github.com"),
            event=present.get("GITHUB_EVENT_NAME", ""),
            event_file=Path(present["GITHUB_EVENT_PATH"]) if "GITHUB_EVENT_PATH" in present else None,
            run=_number(run),
            run_number=_number(present.get("GITHUB_RUN_NUMBER", "")),
            attempt=_number(present.get("GITHUB_RUN_ATTEMPT", "")),
            workflow=_workflow(present.get("GITHUB_WORKFLOW_REF", "")) or present.get("GITHUB_WORKFLOW", ""),
            colour="NO_COLOR" not in present,
            overrides=tuple(line.strip() for line in present.get("TRAINSTOP_SET", "").splitlines() if line.strip()),
        )


def _number(text: str) -> int:
    """Return a whole number; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() else 0


def _workflow(reference: str) -> str:
    """Return the file of `owner/name/.github/workflows/ci.yml@refs/...`: two workflows may share a name, not a file."""
    return reference.partition("@")[0].rpartition("/.github/workflows/")[2]
