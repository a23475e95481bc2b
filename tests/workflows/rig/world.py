"""Everything around one model's repository: the machine, the servers, the repository, and what a test asks of them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.fakes.github.server import FakeGitHub
from tests.workflows.rig import events, trees
from tests.workflows.rig.log import Run
from tests.workflows.rig.machine import Machine
from tests.workflows.rig.services import Platform, fetch

from trainstop.rendering import LAST_JOB, as_dispatch, rendered

WORKFLOWS = Path(__file__).parents[1]
LINE = WORKFLOWS.parent / "integration" / "line" / "project"
EXAMPLE = trees.ROOT / "example-project"
TRAINSTOP = Path(sys.executable).with_name("trainstop")
MODEL = "late-parcels"
PACK = "trainstop-model-1"
"""The artifact with the candidate, of a run's first attempt."""
TARGET_TOKEN = "tgt_mayDeploy9182"
DATA_TOKEN = "dat_mayReadRows5526"
SECRETS = {
    "DATA_TOKEN": DATA_TOKEN,
    "MLFLOW_READ_TOKEN": "mlf_mayRead4417",
    "MLFLOW_WRITE_TOKEN": "mlf_mayWrite2093",
    "TARGET_TOKEN": TARGET_TOKEN,
}


@dataclass(frozen=True)
class Called:
    """What a called workflow came to: the run, its outputs, and the results of its jobs."""

    run: Run
    outputs: Mapping[str, str]
    results: Mapping[str, str]

    @classmethod
    def of(cls, run: Run) -> "Called":
        """Read what the last job printed."""
        said = dict(line.split("=", 1) for line in run.jobs[LAST_JOB].text.splitlines() if "=" in line)
        return cls(run, json.loads(said["OUTPUTS"]), json.loads(said["RESULTS"]))


@dataclass(frozen=True)
class Settled:
    """How a job is said to have ended, and what it handed on."""

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """A run of `model.yml`: what its check handed on to a delivery, and what there was when it had ended."""

    run: Run
    artifacts: Path
    inputs: Mapping[str, str]
    versions: list[dict[str, Any]]
    serving: Mapping[str, int | None]
    champion: int | None
    comments: int


@dataclass
class World:
    """One repository and what is around it."""

    machine: Machine
    repository: Path
    platform: Platform
    tracking: str
    forge: FakeGitHub

    @property
    def secrets(self) -> dict[str, str]:
        """The repository's secrets."""
        return {**SECRETS, "MLFLOW_TRACKING_URI": self.tracking}

    def call(
        self,
        workflow: str,
        inputs: Mapping[str, str] | None = None,
        artifacts: Path | None = None,
        *,
        settled: Mapping[str, Settled] | None = None,
        **secrets: str,
    ) -> Called:
        """Run one called workflow alone, as `trainstop render --dispatch` writes it: act loses failures between calls.

        Args:
            workflow: name of its file.
            inputs: by name.
            artifacts: folder with artifacts that an earlier job of the same run is said to have made.
            settled: jobs that are said to have ended so, and do nothing.
            secrets: by name; the repository's own when left out.

        """
        text = (trees.ROOT / ".github" / "workflows" / workflow).read_text(encoding="utf-8")
        written = self.repository / ".github" / "workflows" / workflow
        kept = written.read_bytes() if written.exists() else None
        alone = with_settled(as_dispatch(rendered(text, trees.LIBRARY, trees.REF)[0]), settled or {})
        trees.caller(self.repository, {f".github/workflows/{workflow}": alone})
        given = secrets or {
            "MLFLOW_TRACKING_URI": self.tracking,
            "MLFLOW_TRACKING_TOKEN": SECRETS["MLFLOW_WRITE_TOKEN"],
            "TARGET_TOKEN": TARGET_TOKEN,
        }
        try:
            done = self.machine.run(
                self.repository,
                events.dispatch(self.head(), **(inputs or {})),
                workflow,
                secrets=given,
                artifacts=artifacts,
            )
        finally:
            written.unlink()
            if kept is not None:
                written.write_bytes(kept)
        return Called.of(done)

    def run(self, event: events.Event, workflow: str = "model.yml") -> Run:
        """Run one of the repository's workflows."""
        return self.machine.run(self.repository, event, workflow, secrets=self.secrets)

    def kept(self, run: Run, folder: Path) -> Delivery:
        """Keep what the newest run left, in a folder."""
        for path in (self.machine.state / "artifacts").glob(f"{PACK}.*"):
            shutil.copy(path, folder)
        digest = run.jobs["check/model"].outputs.get("pack", {}).get("digest", "")
        return Delivery(
            run,
            folder,
            {"pack": PACK, "pack-digest": digest},
            self.versions(),
            {name: self.platform.serving(name) for name in self.platform.tokens},
            self.alias("champion"),
            len(self.forge.world.comments),
        )

    def look(self, verb: str, *options: str, **secrets: str) -> dict[str, Any]:
        """Return the record of a verb, as a person with the credentials runs it elsewhere."""
        with tempfile.TemporaryDirectory() as folder:
            checkout = Path(folder) / "checkout"
            trees.git(self.repository, "clone", "--quiet", ".", str(checkout))
            surroundings = {"PATH": os.environ["PATH"], "HOME": folder, "MLFLOW_TRACKING_URI": self.tracking, **secrets}
            command = [str(TRAINSTOP), verb, "--json", *options]
            done = subprocess.run(command, cwd=checkout, env=surroundings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def deploy(self, version: int) -> None:
        """Put a version into production by hand, which makes it no champion."""
        options = ("--environment", "production", "--version", str(version))
        switch = ("--set", "environments.production.strategy=blue-green")
        self.look("deploy", *options, *switch, TARGET_TOKEN=TARGET_TOKEN)

    def changed(self, message: str, name: str, old: str, new: str) -> AbstractContextManager[str]:
        """Commit a change of one file, for a block; give the commit."""

        @contextmanager
        def block() -> Iterator[str]:
            before = self.head()
            path = self.repository / name
            text = path.read_text()
            assert old in text, f"{old!r} is not in {name}"
            path.write_text(text.replace(old, new))
            try:
                yield trees.commit(self.repository, message)
            finally:
                trees.git(self.repository, "reset", "--quiet", "--hard", before)

        return block()

    def history(self) -> list[dict[str, Any]]:
        """Return the ledger, oldest entry first."""
        return list(self.look("history")["part"]["entries"])

    def head(self) -> str:
        """Return the repository's commit."""
        return trees.git(self.repository, "rev-parse", "HEAD")

    def comments(self, number: int = 1) -> list[str]:
        """Return our comments on a pull request, oldest first."""
        return self.forge.world.bodies(number)

    def issues(self) -> list[dict[str, Any]]:
        """Return the issues that are no pull requests, oldest first."""
        return [issue for issue in self.forge.world.issues.values() if not issue["is_pull"]]

    def seen(self) -> str:
        """Return all that the project's code saw in the newest run (see `project/spy.py`)."""
        return "\n".join(path.read_text() for path in sorted((self.machine.state / "seen").glob("*.json")))

    def artifact(self, name: str) -> list[str]:
        """Return the files of an artifact of the newest run."""
        with zipfile.ZipFile(self.machine.state / "artifacts" / f"{name}.zip") as archive:
            return archive.namelist()

    def versions(self) -> list[dict[str, Any]]:
        """Return the registered versions, oldest first, as the registry tells of them."""
        said = fetch(f"{self.tracking}/api/2.0/mlflow/model-versions/search?filter=name%3D%27{MODEL}%27")
        found = json.loads(said[1]).get("model_versions", [])
        return sorted(found, key=lambda version: int(version["version"]))

    def numbers(self) -> list[int]:
        """Return the registered versions' numbers. Their tags change when a run puts one forward again."""
        return [int(version["version"]) for version in self.versions()]

    def alias(self, name: str, *, of: str = MODEL) -> int | None:
        """Return the version that an alias of a model points to."""
        status, text = fetch(f"{self.tracking}/api/2.0/mlflow/registered-models/alias?name={of}&alias={name}")
        return int(json.loads(text)["model_version"]["version"]) if status == 200 else None


def small_project(target: Path, platform: str) -> Path:
    """Write a quick project that calls our workflows as the example does; its code tells what it sees (`spy.py`)."""
    target.mkdir(parents=True)
    for name in ("make_data.py", "train.py", "test_train.py"):
        shutil.copy(LINE / name, target)
    for name in ("deploying.py", "fetch.py", "spy.py"):
        shutil.copy(WORKFLOWS / "project" / name, target)
    shutil.copy(EXAMPLE / "requirements.txt", target)
    text = (WORKFLOWS / "project" / "trainstop.toml").read_text()
    (target / "trainstop.toml").write_text(text.replace("@PLATFORM@", platform))
    (target / ".gitignore").write_text(".trainstop/\ndata/\nlog/\nlabels/\n")
    spied_on(target / "train.py", after="import pandas as pd\n", end="\nspy.tell(__name__)\n")
    spied_on(target / "test_train.py", after='own tests."""\n\n', end="\n\nspy.tell(__name__)\n")
    shutil.copytree(EXAMPLE / ".github", target / ".github")
    trees.caller(target, {})
    return target


def spied_on(path: Path, *, after: str, end: str) -> None:
    """Have a module tell what it sees."""
    text = path.read_text()
    assert after in text, path
    path.write_text(text.replace(after, f"{after}import spy\n", 1) + end)


def lost_promotion(version: str) -> dict[str, Settled]:
    """Return the jobs of a delivery whose version was deployed, and whose `promote` lost its runner."""
    done = Settled("success")
    return {
        "register": Settled("success", {"model-version": version, "delivered": "false"}),
        "integration-test": done,
        "staging": Settled("success", {"superseded": "false"}),
        "staging-test": done,
        "preflight": done,
        "production": Settled("success", {"superseded": "false"}),
        "promote": Settled("failure"),
    }


def with_settled(workflow: str, settled: Mapping[str, Settled]) -> str:
    """Return a workflow in which some jobs do nothing but end as they are said to have."""
    loaded = yaml.safe_load(workflow)
    for name, job in settled.items():
        code = 0 if job.result == "success" else 1
        kept = {key: value for key, value in loaded["jobs"][name].items() if key in ("needs", "if")}
        steps = [{"name": "As it was", "run": f"exit {code}"}]
        loaded["jobs"][name] = {**kept, "runs-on": "ubuntu-latest", "outputs": dict(job.outputs), "steps": steps}
    return yaml.safe_dump(loaded, sort_keys=False, width=10_000)


def ceilings_of(repository: Path) -> dict[str, Mapping[str, str]]:
    """Return what each called workflow may be granted: what the job that calls it has.

    Raises:
        PermissionError: a called workflow asks for more, and GitHub would not even start the run.

    """
    found: dict[str, Mapping[str, str]] = {}
    for path in trees.workflow_files(repository):
        workflow = trees.load(path)
        for job in workflow["jobs"].values():
            uses = str(job.get("uses", ""))
            if uses.startswith(f"{trees.LIBRARY}/.github/workflows/"):
                found[uses.partition("@")[0].rpartition("/")[2]] = trees.permissions_of(workflow, job)
    return found


def production_log(place: World, weeks: int = 6) -> None:
    """Keep a log of the last weeks with the answers that production really gives, and labels that turned around."""
    script = WORKFLOWS / "project" / "make_log.py"
    command = [sys.executable, str(script), place.platform.address, str(weeks), DATA_TOKEN]
    subprocess.run(command, cwd=place.repository, check=True, capture_output=True)
