"""How the tests are shared out among workers, and what they see of the machine."""

import os
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("busy", deadline=None)  # how long an example takes says something about the machine only
settings.load_profile("busy")

SURROUNDINGS = ("ACTIONS_", "GITHUB_", "MLFLOW_", "RUNNER_", "TRAINSTOP_")
"""What a shell or a runner may say to the tests' children; each test says what it needs of these itself."""

for _name in [name for name in os.environ if name.startswith(SURROUNDINGS)]:
    del os.environ[_name]

TOGETHER = ("tests/workflows/",)
"""Folders whose tests share what is made once for a session and takes minutes."""


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A file's tests go to one worker, since they share its fixtures, and so do those of some whole folders."""

    def _split_scope(self, nodeid: str) -> str:
        """Return what a test goes together with."""
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(TOGETHER))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlace:
    """Share the tests out by place."""
    return ByPlace(config, log)
