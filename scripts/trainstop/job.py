"""What every stage is given."""

from dataclasses import dataclass

from trainstop.config import Config
from trainstop.ports import Ports
from trainstop.records import Provenance, Results
from trainstop.workspace import Workspace


@dataclass(frozen=True)
class Job:
    """One run of one verb: the configuration, the earlier records, the places, and what may be touched."""

    config: Config
    workspace: Workspace
    results: Results
    ports: Ports
    provenance: Provenance
