"""What every stage is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainstop.config import Config
from trainstop.ports import Ports
from trainstop.records import Provenance, Record, Results
from trainstop.workspace import Workspace


@dataclass(frozen=True)
class Run:
    """The run that a verb is part of: one of a workflow, or a person's at a machine."""

    owner: str = "this machine"
    """In whose name it takes things; one for all attempts and jobs of a run of a workflow."""
    workflow: str = ""
    """Repository and file of the workflow, within which `number` counts; empty where there is none."""
    number: int = 0
    """Grows from run to run; a run that is started again keeps its own."""
    attempt: int = 1
    fleeting: bool = False
    """Whether what is noted on this machine is gone when the job has ended."""


def as_it_is(record: Record[Any]) -> Record[Any]:
    """Return a record unchanged."""
    return record


@dataclass(frozen=True)
class Job:
    """One run of one verb: the configuration, the earlier records, the places, and what may be touched."""

    config: Config
    workspace: Workspace
    results: Results
    ports: Ports
    provenance: Provenance
    run: Run = Run()
    masked: Callable[[Record[Any]], Record[Any]] = as_it_is
    """Takes this run's secrets out of a record that another job wrote, which knew of others."""
    masked_text: Callable[[str], str] = str
    """Takes this run's secrets out of a text that is written for others to read."""
