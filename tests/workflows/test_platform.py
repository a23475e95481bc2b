"""The platform of the rig, driven by the `command` target through the project's own script, with a real model."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.workflows.rig.services import Platform, fetch, platform

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.processes import ChildProcesses
from trainstop.adapters.progress import Quiet
from trainstop.adapters.targets.command import CommandTarget
from trainstop.bundles import Bundle
from trainstop.config.delivery import EnvironmentSection
from trainstop.errors import ProjectCodeError
from trainstop.workspace import Workspace

pytestmark = [pytest.mark.timeout(300)]

STEPS = ("prepare", "shift", "health", "observe", "commit", "abort", "current", "stop")
DEPLOYING = Path(__file__).parent / "project" / "deploying.py"
ROWS = {"columns": ["distance"], "data": [[1.0], [2.0]]}
FIT = """
import sys, mlflow, pandas as pd
from sklearn.linear_model import LinearRegression
from mlflow.models import infer_signature
rows = pd.DataFrame({"distance": [0.0, 1.0, 2.0]})
for slope, folder in enumerate(sys.argv[1:], 1):
    model = LinearRegression().fit(rows, rows["distance"] * slope)
    mlflow.sklearn.save_model(model, folder, signature=infer_signature(rows, model.predict(rows)))
"""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Bundle]:
    """Give two models: version n answers n times what it is asked."""
    folder = tmp_path_factory.mktemp("models")
    made = {number: Bundle(folder / str(number)) for number in (1, 2)}
    command = [sys.executable, "-c", FIT, *(str(bundle.model) for bundle in made.values())]
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    return made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform(tmp_path_factory.mktemp("platform"), {"production": "sesame-61"}) as running:
        yield running


def target(running: Platform, folder: Path, token: str = "sesame-61") -> CommandTarget:
    """Return a target as a job of its own has it: nothing is there of an earlier job."""
    section = EnvironmentSection(
        target="command",
        strategy="canary",
        commands={step: f"{sys.executable} {DEPLOYING} {running.address} {step}" for step in STEPS},
        secrets=("TARGET_TOKEN",),
    )
    workspace = Workspace(folder)
    processes = ChildProcesses({"TARGET_TOKEN": token, "PATH": "/usr/bin:/bin"}, workspace.logs, progress=Quiet())
    return CommandTarget("production", section, workspace, processes, None, SystemClock(), Quiet())  # type: ignore[arg-type]


def answers(running: Platform, number: int) -> list[str]:
    """Ask so many times."""
    body = b'{"dataframe_split": {"columns": ["distance"], "data": [[1.0]]}}'
    return [fetch(f"{running.address}/production/invocations", body)[1] for _ in range(number)]


def test_a_version_passes_from_job_to_job_through_weights_to_all_requests_and_back(
    running: Platform, bundles: dict[int, Bundle], tmp_path: Path
) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    first = target(running, tmp_path / "a")
    first.prepare(1, bundles[1])
    first.commit(1)
    second = target(running, tmp_path / "b")
    second.prepare(2, bundles[2])
    assert second.health(2).ready
    assert fetch(
        f"{second.address(2)}/invocations", b'{"dataframe_split": {"columns": ["distance"], "data": [[1.0]]}}'
    )[1]
    assert second.current().serving == 1
    second.shift(2, 30)
    said = answers(running, 20)
    assert sum('"predictions": [2.0]' in text for text in said) == 6, said
    assert (second.observe(2).requests, second.observe(1).requests) == (6, 14)
    second.commit(2)
    third = target(running, tmp_path / "c")
    assert (third.current().serving, third.current().last_good) == (2, 1)
    third.commit(1)
    assert (third.current().serving, third.current().last_good) == (1, None)
    assert set(answers(running, 3)) == {'{"predictions": [1.0]}'}
    running.change("production", "break", version=1)
    assert set(answers(running, 2)) == {"broken"}
    running.change("production", "break", version=1)


def test_without_its_token_nobody_changes_what_serves(
    running: Platform, bundles: dict[int, Bundle], tmp_path: Path
) -> None:
    before = running.told("production")["changes"]
    with pytest.raises(ProjectCodeError, match="prepare"):
        target(running, tmp_path, token="another-01").prepare(3, bundles[1])
    assert running.told("production")["changes"] == before
