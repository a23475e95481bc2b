"""`register` and `deploy` as a person types them, killed anywhere, and typed once more: all old or all new."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, world
from tests.integration.killed.verbs_that_die import run_verb
from tests.integration.targets.stub import GOLDEN, bundle, local_target, until

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.endpoints import HttpEndpoints
from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.adapters.targets.local import children
from trainstop.adapters.targets.local.store import Store
from trainstop.delivery.exclusive import exclusively
from trainstop.ports.registry import Version
from trainstop.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEED = 20260301
CONFIGURATION = f"""[model]
name = "{NAME}"
task = "binary"
[environments.staging]
lifetime = "5m"
start-timeout = "30s"
"""
KILLED = -9


@dataclass(frozen=True)
class Typed:
    """A project's folder, and trainstop typed in it."""

    folder: Path
    context: ForkServerContext
    stub: Path | None = None

    def type(self, *arguments: str, kill_at: int = 0) -> int:
        """Return how the command ended."""
        child = self.context.Process(
            target=run_verb, args=(self.folder, list(arguments), self.said, kill_at, self.stub)
        )
        child.start()
        child.join(120)
        assert child.exitcode is not None, self.said.read_text()
        return child.exitcode

    @property
    def said(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.txt")

    def effects(self) -> int:
        """Return how many effects the last command had that came to its end."""
        return int(self.said.read_text().splitlines()[-1])

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder)

    @property
    def registry(self) -> MlflowRegistry:
        embedded = Embedded(self.workspace.database, self.workspace.artifacts)
        return MlflowRegistry(embedded.uri, SystemClock(), 20, embedded=embedded)

    def versions(self) -> list[Version]:
        return self.registry.versions(NAME)


def points(effects: int, count: int) -> list[int]:
    """Return the effects to die at: the first and the last, and seeded ones between them."""
    between = random.Random(SEED).sample(range(2, effects), min(count, effects - 2))
    return sorted({1, *between, effects})


@pytest.fixture
def project(tmp_path: Path, empty_database: Path, processes: ForkServerContext) -> Typed:
    """A project with a registry, whose candidate was judged and is not registered yet."""
    folder = tmp_path / "project"
    made = world(folder)
    made.train()
    made.evaluate()
    (folder / "trainstop.toml").write_text(CONFIGURATION)
    shutil.copyfile(empty_database, made.workspace.database)
    return Typed(folder, processes)


def copied(project: Typed, name: str) -> Typed:
    """Return a copy of a project."""
    folder = project.folder.with_name(name)
    shutil.copytree(project.folder, folder)
    return replace(project, folder=folder)


def test_a_register_that_was_killed_and_typed_once_more_leaves_one_complete_version(project: Typed) -> None:
    rehearsal = copied(project, "rehearsal")
    assert rehearsal.type("register") == 0, rehearsal.said.read_text()
    left = set()
    for point in points(rehearsal.effects(), 5):
        here = copied(project, f"point-{point}")
        assert here.type("register", kill_at=point) == KILLED, point
        left.add(tuple(version.complete for version in here.versions()))
        assert here.type("register") == 0, here.said.read_text()
        complete = [version.number for version in here.versions() if version.complete]
        assert len(complete) == 1, point
        candidate = here.registry.alias(NAME, "candidate")
        assert candidate is not None
        assert [candidate.number] == complete, point
    assert () in left, "the first point is before everything"
    assert len(left) > 1, left


@pytest.fixture
def deployed(project: Typed, tmp_path: Path) -> Iterator[Typed]:
    """A project with two registered versions, the first of which serves."""
    here = replace(project, stub=tmp_path / "stub")
    for number in (1, 2):
        here.registry.publish(NAME, f"key-{number}", bundle(tmp_path / str(number), number=number), {})
    try:
        assert here.type("deploy", "--version", "1") == 0, here.said.read_text()
        yield here
    finally:
        local_target(here.folder).stop()


@pytest.mark.parametrize("then", ["deploy", "reconcile"])
def test_a_deploy_that_was_killed_is_all_old_or_all_new_after_another_try(deployed: Typed, then: str) -> None:
    target = local_target(deployed.folder)
    endpoint = target.current().endpoint
    for number in (2, 1):
        assert deployed.type("deploy", "--version", str(number)) == 0, deployed.said.read_text()
    effects = deployed.effects()
    store = Store(deployed.workspace.target("staging").resolve())
    serving, ended = 1, []
    for point in points(effects, 3):
        wanted = 3 - serving
        code = deployed.type("deploy", "--version", str(wanted), kill_at=point)
        assert code == KILLED or point == effects, (point, deployed.said.read_text())
        assert _answer(endpoint)[0] == 200  # no death of a verb drops traffic
        again = ["deploy", "--version", str(wanted)] if then == "deploy" else ["reconcile"]
        assert deployed.type(*again) == 0, (point, deployed.said.read_text())
        now = target.current()
        assert now.serving in ({wanted} if then == "deploy" else {1, 2}), point
        assert (now.traffic, now.prepared) == ({now.serving: 100}, ()), point
        assert {_answer(endpoint) for _ in range(5)} == {(200, now.serving)}, point
        serving, ended = now.serving, [*ended, now.serving == wanted]
        until(partial(_is_alone, store, serving), f"one server after point {point}")
        assert len(children.find_proxies(store)) == 1
        _nothing_is_held(deployed)
    assert ended[-1]
    assert then == "deploy" or not ended[0]
    target.stop()
    assert not children.find_servers(store)
    assert not children.find_proxies(store)


def _is_alone(store: Store, version: int) -> bool:
    return [number for number, _ in children.find_servers(store)] == [version]


def _answer(endpoint: str) -> tuple[int, int | None]:
    answer = HttpEndpoints(timeout=20).predict(endpoint, GOLDEN["columns"], GOLDEN["rows"])
    return answer.status, answer.version


def _nothing_is_held(here: Typed) -> None:
    """See that the lock of this machine and the lease among machines are free."""
    with exclusively(here.workspace.target("staging") / "deploy.lock", "a test"):
        there: list[object] = []
        here.registry.swap_lease(NAME, "staging", None, lambda lease: bool(there.append(lease)))
        assert there == [None]
