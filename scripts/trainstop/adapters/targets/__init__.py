"""Deployment targets, by name: two of ours, and what others offer as entry points `trainstop.targets`."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from trainstop.errors import ConfigurationError

# Types only: the guardian of the local target lives below this package, and for hours.
if TYPE_CHECKING:
    from trainstop.config.delivery import EnvironmentSection
    from trainstop.ports import Clock, Environments, Processes, Progress, Target
    from trainstop.workspace import Workspace

    Maker = Callable[[str, EnvironmentSection, Workspace, Processes, Environments, Clock, Progress], Target]

GROUP = "trainstop.targets"
"""An entry point names what takes the arguments of `open_target` and returns a `ports.targets.Target`."""


def open_target(
    environment: str,
    section: "EnvironmentSection",
    workspace: "Workspace",
    processes: "Processes",
    environments: "Environments",
    clock: "Clock",
    progress: "Progress",
    *,
    only_asked: bool = False,
) -> "Target":
    """Return the target of an environment, by the name in its configuration; one that is `only_asked` keeps nothing up.

    Raises:
        ConfigurationError: there is no target of that name.

    """
    makers = {
        **{entry.name: entry.load for entry in entry_points(group=GROUP)},
        "local": _asked if only_asked else _local,
        "command": _command,
    }
    if section.target not in makers:
        raise ConfigurationError(
            f"there is no target `{section.target}`",
            where=f"environments.{environment}.target",
            fix=f"one of {', '.join(sorted(makers))}, or install the plug-in that brings it",
        )
    make: Maker = makers[section.target]()
    return make(environment, section, workspace, processes, environments, clock, progress)


def _local() -> "Maker":
    from trainstop.adapters.targets.local.target import LocalTarget

    return LocalTarget


def _asked() -> "Maker":
    from trainstop.adapters.targets.local.target import LocalTarget

    return partial(LocalTarget, only_asked=True)


def _command() -> "Maker":
    from trainstop.adapters.targets.command import CommandTarget

    return CommandTarget
