"""What the called workflows cost on the example, in jobs and billed minutes, run whole under act.

Each job begins on a machine without anything of another job but downloaded packages; GitHub bills whole minutes a job,
rounded up. Waiting for a runner and for a person is not in it. Run by name: `python -m benchmarks workflows`.
"""

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import requests
from tests.workflows.rig import events, services, trees, world
from tests.workflows.rig.github import github
from tests.workflows.rig.log import Run
from tests.workflows.rig.machine import Machine

from benchmarks.measuring import CACHE, ROOT, Report

ENVIRONMENTS = "[environments.staging]"
AFTERWARDS = "[monitor]"
LABELS = 'labels = ["data/labels/*.parquet"]'
TRAINING = 'command = "python -m flight_delay.train"'
LAST = "rollback-workflow: rollback.yml\n"
LONGEST = 1800.0
PRODUCTION = ("2013-08-05", "2013-11-24")
"""First and last day of what production was asked."""
QUIET, FALLEN = "2013-09-16", "2013-11-25"
"""Mornings on which all is well with the example's model, and on which it has fallen (see its page)."""
BATCH, CROWD = 5000, 20
"""Rows of a request, and of one while a canary is tried."""


def run(report: Report) -> None:
    """Run the example's own workflows: a pull request, two deliveries, two looks at production, and a way back."""
    folder = CACHE / "workflows"
    shutil.rmtree(folder, ignore_errors=True)
    tokens = dict.fromkeys(("staging", "production"), world.TARGET_TOKEN)
    with ExitStack() as stack:
        platform = stack.enter_context(services.platform(folder / "platform", tokens))
        tracking = stack.enter_context(services.tracking_server(folder / "tracking"))
        machine = Machine(folder / "machine", folder / "library")
        forge = stack.enter_context(github(machine.folder))
        machine.api = forge.address
        repository = example(folder / "repository", platform.address)
        trees.library(machine.library, ceilings=world.ceilings_of(repository))
        forge.world.workflows = trees.startable(repository)
        place = world.World(machine, repository, platform, tracking, forge)
        commit = trees.commit(repository, "The example")
        told(report, "pull request", ran(place, events.pull_request(commit)))
        told(report, "push to main, delivered", ran(place, events.push(commit)))
        told(report, "schedule, nothing changed", ran(place, events.schedule(commit)))
        some = logged(place, folder / "flights")
        trees.commit(repository, "What production was asked")
        for name, day in (("a look, nothing new", QUIET), ("the model fell", FALLEN)):
            with place.changed(
                "Look back", ".github/workflows/monitor.yml", LAST, f"{LAST}      as-of: '{day}'\n"
            ) as at:
                told(report, name, ran(place, events.schedule(at), "monitor.yml"))
        with place.changed("Another seed", "trainstop.toml", TRAINING, f'{TRAINING[:-1]} --seed 1"') as at:
            with platform.traffic("production", some, pause=0.5):
                told(report, "another push, delivered", ran(place, events.push(at)))
            told(report, "one click back", ran(place, events.dispatch(at, reason="a trial"), "rollback.yml"))


def ran(place: world.World, event: events.Event, workflow: str = "model.yml") -> Run:
    """Run one of the example's workflows to its end."""
    return place.machine.run(place.repository, event, workflow, secrets=place.secrets, limit=LONGEST)


def logged(place: world.World, folder: Path) -> dict[str, Any]:
    """Ask production about the flights of a summer and an autumn, write log and labels; return some flights."""
    uv, repository = str(Path(sys.executable).with_name("uv")), place.repository
    python = folder / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", str(folder)], check=True)
    locked = ["--require-hashes", "-r", str(repository / "requirements.txt")]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *locked], check=True)
    made = folder / "data"
    subprocess.run([python, "-m", "flight_delay.data", "--out", made], cwd=repository, check=True, capture_output=True)
    for name in ("log", "labels"):
        (repository / name).mkdir()
    some: dict[str, Any] = {}
    for path in sorted((made / "production").glob("*.parquet")):
        rows = pd.read_parquet(path)
        if not rows.empty and PRODUCTION[0] <= str(rows["day"].min())[:10] <= PRODUCTION[1]:
            shutil.copy(made / "labels" / path.name, repository / "labels")
            answers = asked(f"{place.platform.address}/production/invocations", rows)
            rows.assign(score=answers).to_parquet(repository / "log" / path.name, index=False)
            some = some or split_of(rows.dropna()[:CROWD])
    return some


def asked(address: str, rows: pd.DataFrame) -> list[float]:
    """Return the probabilities that the served model gives to rows."""
    answers: list[float] = []
    for start in range(0, len(rows), BATCH):
        answer = requests.post(address, json={"dataframe_split": split_of(rows[start : start + BATCH])}, timeout=120)
        answer.raise_for_status()
        answers += [row[1] for row in answer.json()["predictions"]]
    return answers


def split_of(rows: pd.DataFrame) -> dict[str, Any]:
    """Return rows as MLflow's scoring server takes them."""
    part = json.loads(rows.to_json(orient="split", index=False, date_format="iso"))
    return {"columns": part["columns"], "data": part["data"]}


def told(report: Report, name: str, done: Run) -> None:
    """Say what a run came to."""
    jobs, minutes = done.cost
    report.say(
        f"{name:<28} {jobs} jobs, {minutes} billed minutes, {sum(job.seconds for job in done.jobs.values()):.0f} s"
    )
    for key, job in done.jobs.items():
        report.say(f"  {key:<26} {job.result:<8} {job.seconds:6.1f} s")
    if any(job.result != "success" for job in done.jobs.values()):
        raise RuntimeError(f"{name} was not green: {done.failures[-2000:]}")


def example(target: Path, platform: str) -> Path:
    """Write the example as a repository of its own, which delivers to a platform that outlives jobs."""
    source = ROOT / "example-project"
    trees.copy(source, trees.tracked(source), target)
    shutil.copy(world.WORKFLOWS / "project" / "deploying.py", target)
    text, small = ((path / "trainstop.toml").read_text() for path in (source, world.WORKFLOWS / "project"))
    delivery = small[small.index(ENVIRONMENTS) : small.index(AFTERWARDS)].replace("@PLATFORM@", platform)
    text = text[: text.index(ENVIRONMENTS)] + delivery + text[text.index(AFTERWARDS) :]
    text = text.replace(LABELS, 'log = "log/*.parquet"\nlabels = ["labels/*.parquet"]')
    (target / "trainstop.toml").write_text(text, encoding="utf-8")
    trees.caller(target, {})
    return target
