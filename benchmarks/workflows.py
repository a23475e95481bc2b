"""What the called workflows cost on the example, in jobs and billed minutes, run whole under act.

Each job begins on a machine without anything of another job but downloaded packages; GitHub bills whole minutes a job,
rounded up. Waiting for a runner and for a person is not in it. Run by name: `python -m benchmarks workflows`.
"""

import shutil
from contextlib import ExitStack
from pathlib import Path

from tests.workflows.rig import events, services, trees, world
from tests.workflows.rig.github import github
from tests.workflows.rig.log import Run
from tests.workflows.rig.machine import Machine

from benchmarks.measuring import CACHE, ROOT, Report

ENVIRONMENTS = "[environments.staging]"
AFTERWARDS = "[monitor]"
LONGEST = 1800.0


def run(report: Report) -> None:
    """Run the example's own workflows: a pull request, a delivery, the same once more, and a way back."""
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
        place = world.World(machine, repository, platform, tracking, forge)
        commit = trees.commit(repository, "The example")
        for name, event, workflow in (
            ("pull request", events.pull_request(commit), "model.yml"),
            ("push to main, delivered", events.push(commit), "model.yml"),
            ("schedule, nothing changed", events.schedule(commit), "model.yml"),
        ):
            told(report, name, place.machine.run(repository, event, workflow, secrets=place.secrets, limit=LONGEST))


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
    (target / "trainstop.toml").write_text(text, encoding="utf-8")
    trees.caller(target, {})
    return target
