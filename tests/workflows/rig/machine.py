"""act's command line, and the machine it runs on: what the steps see of this one, and what they must not."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.workflows.rig import log, trees
from tests.workflows.rig.events import REPOSITORY, Event

HERE = Path(__file__).parent
ACT = Path(sys.executable).with_name("act")
LIMIT = 900.0
KEPT = ("LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
KEPT_PREFIXES = ("PIP_", "UV_", "NPM_CONFIG_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy")
"""Where packages come from is the machine's business; all else of it stays outside."""
TOKEN, READING_TOKEN = "ghs_rigMayWrite7301", "ghs_rigMayRead5528"
FIRST_RUN = 7301
"""The first run's number; each run has the next."""
LABELS = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-slim")


@dataclass
class Machine:
    """A place to run workflows. `folder` holds everything: act's state, homes, artifacts, remotes.

    `api` is the fake GitHub's address; `environment` is seen by every step; `packages` is uv's cache, the user's own
    when left out.
    """

    folder: Path
    library: Path
    api: str = "http://127.0.0.1:9"
    environment: dict[str, str] = field(default_factory=dict)
    packages: Path | None = None
    runs: int = 0

    def run(
        self,
        checkout: Path,
        event: Event,
        workflow: str,
        *,
        secrets: Mapping[str, str] | None = None,
        artifacts: Path | None = None,
        limit: float = LIMIT,
    ) -> log.Run:
        """Run one workflow of a caller's repository to its end.

        Args:
            checkout: the caller's repository, at the commit the event is about.
            event: what happened. An event that is not trusted gets no secret, and a token that only reads.
            workflow: name of the workflow's file.
            secrets: by name.
            artifacts: folder with what earlier jobs of the same run uploaded; the run keeps their number.
            limit: seconds after which everything is ended.

        """
        self.runs += 1
        state = self.folder / f"run-{self.runs}"
        for name in ("act", "home", "bin"):
            (state / name).mkdir(parents=True)
        shutil.copytree(artifacts, state / "artifacts") if artifacts else (state / "artifacts").mkdir()
        (state / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
        publish(checkout, event, self.folder / "remotes" / REPOSITORY)
        command = self._command(checkout, event, workflow, state, secrets or {})
        code, lines = execute(command, checkout, surroundings(state, self.packages or uv_cache()), limit)
        stems = [path.stem for tree in (checkout, self.library) for path in trees.workflow_files(tree)]
        return log.read(lines, code, stems)

    @property
    def state(self) -> Path:
        """What the newest run left: `fresh.jsonl`, `permissions.json`, `artifacts`."""
        return self.folder / f"run-{self.runs}"

    def _command(
        self, checkout: Path, event: Event, workflow: str, state: Path, secrets: Mapping[str, str]
    ) -> list[str]:
        """Write act's files and return its command line."""
        (state / "event.json").write_text(json.dumps(event.payload))
        token = {"GITHUB_TOKEN": TOKEN if event.trusted else READING_TOKEN}
        given = {**secrets, **token} if event.trusted else token
        (state / "secrets.yaml").touch(mode=0o600)
        (state / "secrets.yaml").write_text(json.dumps(given))
        (state / "env.yaml").write_text(json.dumps(self._environment(event, state)))
        (state / "none").touch()
        flags = {
            "--workflows": f".github/workflows/{workflow}",
            "--eventpath": state / "event.json",
            "--action-cache-path": state / "act",
            "--concurrent-jobs": 1,  # so that all that runs belongs to one job
            "--secret-file": state / "secrets.yaml",  # read as YAML, which names with hyphens need
            "--env-file": state / "env.yaml",
            "--var-file": state / "none",
            "--input-file": state / "none",
            "--defaultbranch": "main",
            "--actor": event.payload.get("sender", {}).get("login", "ann"),
        }
        switches = ["--json", "--action-offline-mode", "--no-skip-checkout", "--no-cache-server", "--insecure-secrets"]
        pairs = [str(word) for pair in flags.items() for word in pair]
        pairs += [word for label in LABELS for word in ("--platform", f"{label}=-self-hosted")]
        pairs += [word for name, value in event.inputs.items() for word in ("--input", f"{name}={value}")]
        pairs += [word for place in self._repositories(checkout) for word in ("--local-repository", place)]
        return [sys.executable, str(HERE / "keeper.py"), str(ACT), event.name, *switches, *pairs]

    def _repositories(self, checkout: Path) -> list[str]:
        """Return which folder stands for which repository.

        Raises:
            LookupError: an action of somebody else's has no stand-in here.

        """
        found = [f"{trees.LIBRARY}@{trees.REF}={self.library}"]
        for pin in sorted(trees.third_party(self.library, checkout)):
            stand_in = HERE / "standins" / pin.partition("@")[0].partition("/")[2]
            if not stand_in.is_dir():
                raise LookupError(f"{pin} has no stand-in: write {stand_in}")
            found.append(f"{pin}={stand_in}")
        return found

    def _environment(self, event: Event, state: Path) -> dict[str, str]:
        """Return what every step sees beside what act says."""
        run = int(number_of(state / "artifacts") or FIRST_RUN + self.runs)
        return {
            "GITHUB_API_URL": self.api,
            "GITHUB_RUN_ID": str(run),
            "GITHUB_RUN_NUMBER": str(run - FIRST_RUN),
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RIG_STATE": str(state),
            "RIG_FRESH": str(HERE / "fresh.py"),
            "RIG_STANDINS": str(HERE / "standins"),
            "RIG_REMOTES": str(self.folder / "remotes"),
            "RIG_CACHES": str(self.folder / "caches"),
            "RIG_TRUSTED": "true" if event.trusted else "false",
            **self.environment,
        }


def number_of(artifacts: Path) -> str:
    """Return the number of the run that uploaded what is here; empty when nothing is."""
    return next((str(json.loads(path.read_text())["run"]) for path in artifacts.glob("*.json")), "")


def publish(checkout: Path, event: Event, remote: Path) -> None:
    """Put the checkout's commit where the checkout action fetches it, under the event's ref."""
    if not remote.exists():
        remote.mkdir(parents=True)
        trees.git(remote, "init", "--quiet", "--bare")
        trees.git(checkout, "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    trees.git(checkout, "push", "--quiet", "--force", remote.as_uri(), f"HEAD:{event.ref}")


def uv_cache() -> Path:
    """Return where uv keeps the packages it has downloaded."""
    own = os.environ.get("UV_CACHE_DIR")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv"


def surroundings(state: Path, packages: Path) -> dict[str, str]:
    """Return what act and with it every step sees of this machine: programs, and where packages come from."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.upper().startswith(KEPT_PREFIXES)}
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    files = {"PIP_CONFIG_FILE": config / "pip" / "pip.conf", "UV_CONFIG_FILE": config / "uv" / "uv.toml"}
    return {
        **{name: str(path) for name, path in files.items() if path.is_file()},
        **kept,
        "UV_CACHE_DIR": str(packages),
        "TERM": "dumb",  # act gives its steps a terminal, GitHub does not
        "HOME": str(state / "home"),
        "PATH": os.pathsep.join([str(state / "bin"), os.environ.get("PATH", os.defpath)]),
    }


def execute(
    command: list[str], folder: Path, environment: Mapping[str, str], limit: float
) -> tuple[int, list[tuple[float, str]]]:
    """Run a command; return its exit code and each line it wrote, with the time at which it came.

    Raises:
        TimeoutError: it took longer than `limit` seconds, and was ended with all its children.

    """
    lines: list[tuple[float, str]] = []
    with subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        over = threading.Event()

        def end() -> None:
            over.set()
            process.terminate()

        timer = threading.Timer(limit, end)
        timer.start()
        assert process.stdout is not None
        lines.extend((time.monotonic(), line) for line in process.stdout)
        code = process.wait()
        timer.cancel()
    if over.is_set():
        raise TimeoutError(f"longer than {limit} s; the end:\n" + "".join(line for _, line in lines[-20:]))
    return code, lines
