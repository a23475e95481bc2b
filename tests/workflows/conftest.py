"""A machine to run workflows on, and callers' repositories to run."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.workflows.rig import events, services, trees, world
from tests.workflows.rig.github import github
from tests.workflows.rig.machine import Machine, uv_cache
from tests.workflows.rig.packages import compiled

collect_ignore = ["project", "platform"]


@pytest.fixture
def small(tmp_path: Path) -> Callable[[Mapping[str, str]], tuple[Machine, Path, str]]:
    """Give a way to make a machine with an empty library and a caller's repository with these files."""

    def make(files: Mapping[str, str]) -> tuple[Machine, Path, str]:
        library = tmp_path / "library"
        library.mkdir()
        trees.commit(library, "Nothing")
        repository = tmp_path / "caller"
        trees.caller(repository, files)
        return Machine(tmp_path / "machine", library), repository, trees.commit(repository, "A workflow")

    return make


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[world.World]:
    """Give one repository with its servers, for all tests; each leaves the repository's files as they were."""
    folder = tmp_path_factory.mktemp("place")
    machine = Machine(folder / "machine", folder / "library", packages=compiled(uv_cache(), folder / "packages"))
    tokens = {"staging": world.TARGET_TOKEN, "production": world.TARGET_TOKEN}
    with (
        services.platform(folder / "platform", tokens, world.DATA_TOKEN) as platform,
        services.tracking_server(folder / "tracking") as tracking,
        github(machine.folder) as forge,
    ):
        machine.api = forge.address
        repository = world.small_project(folder / "repository", platform.address)
        trees.library(machine.library, ceilings=world.ceilings_of(repository))
        made = world.World(machine, repository, platform, tracking, forge)
        forge.world.workflows = trees.startable(repository)
        trees.commit(repository, "The model as it is")
        yield made
        assert forge.complaints == []


@pytest.fixture(scope="session")
def delivered(place: world.World, tmp_path_factory: pytest.TempPathFactory) -> world.Delivery:
    """Give the first run on main, which ends with a version in production."""
    run = place.run(events.push(place.head()))
    return place.kept(run, tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="session")
def queued(place: world.World, delivered: world.Delivery, tmp_path_factory: pytest.TempPathFactory) -> world.Delivery:
    """Give a run of the merge queue: what it checked is a better candidate, which nobody registers."""
    del delivered
    with place.changed("Less strict", "train.py", '"STRENGTH", "1.0"', '"STRENGTH", "0.25"') as commit:
        run = place.run(events.merge_group(commit))
    return place.kept(run, tmp_path_factory.mktemp("pack"))
