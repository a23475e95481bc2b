"""What was seen of a model, and what a group of checks makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainstop.evaluation.champion import baseline_of
from trainstop.job import Job
from trainstop.modeltests.clusters import Clusters
from trainstop.modeltests.reading import Answers
from trainstop.ports.probing import ProbeResult
from trainstop.records import Check


@dataclass(frozen=True)
class Examined:
    """Everything that was seen of the model, for the groups of checks below."""

    job: Job
    tables: Sequence[Path]
    room: Path
    seen: ProbeResult
    answers: Answers
    """To every question, asked in an environment made anew from the model's lock."""
    clusters: Clusters
    """What is independent."""


@dataclass(frozen=True)
class Group:
    """What one group of checks comes to: checks, and what it adds to the record's part."""

    checks: Sequence[Check] = ()
    part: dict[str, Any] = field(default_factory=dict)


def has_champion(job: Job) -> bool:
    """Say whether there is a champion, its model at hand or not."""
    return baseline_of(job)[0] is not None


def no_champion(job: Job) -> str:
    """Say why the champion's model cannot be asked, or return an empty text."""
    alone = baseline_of(job)[1]
    if alone or job.workspace.champion.model.is_dir():
        return alone
    return "the champion's model is not at hand: `trainstop baseline --model always` fetches it"
