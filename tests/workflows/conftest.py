"""A machine to run workflows on, and callers' repositories to run."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.workflows.rig import trees
from tests.workflows.rig.machine import Machine

collect_ignore = ["project"]


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
