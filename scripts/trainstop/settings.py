"""The environment, read once, frozen. Nothing else in trainstop looks at `os.environ`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What the surroundings say. Empty strings count as unset, since an unset input of an action arrives as one."""

    environ: Mapping[str, str] = field(repr=False)
    github_actions: bool
    hosted_runner: bool
    repository: str
    commit: str
    ref: str
    actor: str
    run_url: str
    output_file: Path | None
    tracking_uri: str
    colour: bool
    overrides: tuple[str, ...]
    """Lines of `TRAINSTOP_SET`, each `section.key=value`."""

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
            hosted_runner=present.get("RUNNER_ENVIRONMENT") == "github-hosted",
            repository=repository,
            commit=present.get("GITHUB_SHA", ""),
            ref=present.get("GITHUB_REF", ""),
            actor=present.get("GITHUB_ACTOR", present.get("USER", "")),
            run_url=f"{server}/{repository}/actions/runs/{run}" if server and repository and run else "",
            output_file=Path(present["GITHUB_OUTPUT"]) if "GITHUB_OUTPUT" in present else None,
            tracking_uri=present.get("MLFLOW_TRACKING_URI", ""),
            colour="NO_COLOR" not in present,
            overrides=tuple(line.strip() for line in present.get("TRAINSTOP_SET", "").splitlines() if line.strip()),
        )
