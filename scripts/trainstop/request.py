"""What a person or a workflow asked for."""

from dataclasses import dataclass
from pathlib import Path

from trainstop.settings import Settings


@dataclass(frozen=True)
class Request:
    """Which project, in which surroundings, and which keys are set otherwise than its file says."""

    config: Path
    settings: Settings
    overrides: tuple[str, ...] = ()
