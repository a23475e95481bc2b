"""Whatever goes wrong: one comment, one issue, the newest result on top, and nobody else's text touched."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from tests.fakes.github.clock import VirtualClock
from tests.fakes.github.faults import FAULTS, KILLS, Planned
from tests.fakes.github.server import FakeGitHub, running
from tests.fakes.github.world import BOT, World
from tests.integration.github.conftest import event_file, surroundings
from tests.integration.github.schedules import SCHEDULES, SITUATIONS, Run, Schedule
from tests.integration.github.turns import Turns
from tests.integration.github.workers import COMMENT, INCIDENT, report_and_alert, result_of, work

WAIT = 60
PLANTED = "planted by somebody who knows the marker"
MARK = "<!-- trainstop:comment:model.yml -->"
SECTION = f"<!-- {COMMENT} -->"
ISSUE_MARK = f"<!-- {INCIDENT} -->"


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Processes that start fast: PyGithub is imported once, and each is forked from there."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["github", "trainstop.adapters.github.forge", "tests.integration.github.workers"])
    return context


def test_there_are_200_and_no_two_are_the_same() -> None:
    assert len({schedule.name for schedule in SCHEDULES}) == len(SCHEDULES) == 200


def test_they_hit_every_write_and_every_look_with_every_fault() -> None:
    hit = {(kind, fault) for schedule in SCHEDULES for run in schedule.runs for kind, _, fault in run.faults}
    writes = {"create comment", "edit comment", "remove comment", "open issue", "edit issue", "tell news"}
    looks = {"look for comments", "look for issues", "look for news", "read issue"}
    assert {(kind, fault) for kind in writes | looks for fault in FAULTS} <= hit
    assert {(kind, fault) for kind in writes for fault in KILLS} <= hit


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_one_comment_and_one_issue(schedule: Schedule, tmp_path: Path, processes: ForkServerContext) -> None:
    clock = VirtualClock(processes)
    world = prepared(schedule, clock)
    with running(world) as github:
        github.planned += [
            Planned(kind, {**FAULTS, **KILLS}[fault], nth, "" if schedule.at_once else run.token)
            for run in schedule.runs
            for kind, nth, fault in run.faults
        ]
        jobs = [environ(github, run, tmp_path) for run in schedule.runs]
        if schedule.at_once:
            side_by_side(schedule, github, jobs, clock, processes)
        else:
            one_by_one(schedule, github, jobs, clock, processes)
        assert not github.complaints
        assert all(plan.fired for plan in github.planned), github.planned
    check(schedule, world)


def prepared(schedule: Schedule, clock: VirtualClock) -> World:
    """Return a repository with other people's texts, and with an earlier run's where the schedule says so."""
    world = World(clock)
    world.comment(7, f"{MARK}\n{PLANTED}", author="mallory")
    world.open_issue("planted", f"{ISSUE_MARK}\n{PLANTED}", author="mallory")
    world.comment(7, "<!-- another-tool -->\nof another workflow")
    for _ in range(SITUATIONS[schedule.there]):
        world.comment(7, f"{MARK}\n{SECTION}\n<!-- trainstop:run:99.1 -->\nof an earlier run\n")
        world.open_issue("worse", f"{ISSUE_MARK}\n<!-- trainstop:run:99.1 -->\nof an earlier run")
    return world


def environ(github: FakeGitHub, run: Run, folder: Path) -> dict[str, str]:
    variables = surroundings(github.address, event_file(folder), run=run.number, attempt=run.attempt)
    return variables | {"GITHUB_TOKEN": run.token}


def one_by_one(
    schedule: Schedule,
    github: FakeGitHub,
    jobs: list[dict[str, str]],
    clock: VirtualClock,
    processes: ForkServerContext,
) -> None:
    for number, job in enumerate(jobs):
        clock.sleep(60)
        if schedule.killed and number == 0:
            victims: list[BaseProcess] = []
            github.kill = lambda token, victims=victims: os.kill(victims[0].pid or 0, signal.SIGKILL)
            victims += started([job], clock, processes, None)
            process = victims[0]
            process.join(WAIT)
            assert process.exitcode == -signal.SIGKILL
        else:
            report_and_alert(job, clock)


def side_by_side(
    schedule: Schedule,
    github: FakeGitHub,
    jobs: list[dict[str, str]],
    clock: VirtualClock,
    processes: ForkServerContext,
) -> None:
    turns = Turns([job["GITHUB_TOKEN"] for job in jobs], schedule.seed)
    github.before = turns

    def wait_for(process: BaseProcess, token: str) -> None:
        process.join(WAIT)
        turns.ended(token)

    start = processes.Barrier(len(jobs))  # lives until all have ended: it goes with its last name
    working = started(jobs, clock, processes, start)
    tokens = [job["GITHUB_TOKEN"] for job in jobs]
    watchers = [threading.Thread(target=wait_for, args=pair) for pair in zip(working, tokens, strict=True)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    assert [process.exitcode for process in working] == [0] * len(working)


def started(
    jobs: list[dict[str, str]],
    clock: VirtualClock,
    processes: ForkServerContext,
    start: Barrier | None,
) -> list[BaseProcess]:
    working: list[BaseProcess] = [processes.Process(target=work, args=(job, clock, start)) for job in jobs]
    for process in working:
        process.start()
    return working


def check(schedule: Schedule, world: World) -> None:
    """Look at what is there in the end."""
    planted = [each["body"] for each in world.comments.values() if each["user"]["login"] == "mallory"]
    assert planted == [f"{MARK}\n{PLANTED}"]
    assert "<!-- another-tool -->\nof another workflow" in world.bodies(7)
    newest = max((run.number, run.attempt) for run in schedule.runs)
    (comment,) = [body for body in world.bodies(7) if body.startswith(MARK)]
    assert comment.endswith(result_of(*newest) + "\n")
    assert comment.count(SECTION) == 1
    (issue,) = [
        each for each in world.issues.values() if each["body"].startswith(ISSUE_MARK) and each["user"]["login"] == BOT
    ]
    assert issue["body"].endswith(result_of(*newest))
    assert issue["state"] == "open"
    assert [body.splitlines()[-1] for body in world.bodies(issue["number"])] == ["it went on"]
    still_open = [each for each in world.issues.values() if each["user"]["login"] == BOT and each["state"] == "open"]
    assert still_open == [issue]
