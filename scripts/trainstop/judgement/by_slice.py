"""From a table and the configuration to slices: which there are, how each is judged, and what a search finds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from trainstop.config import Config
from trainstop.judgement import assembly
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.judgement.slice_checks import tolerances
from trainstop.judgement.slices import judge_slices
from trainstop.judgement.slicing import Values, divide, divisions
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.judgement.weakest import search
from trainstop.records.judging import SliceResult, WeakSpot


class ValuesTable(Protocol):
    """What is asked of a predictions table."""

    def values(self, name: str) -> Values:
        """Return a column's distinct values, numbered."""


@dataclass(frozen=True)
class BySlice:
    """What the slices of a table came to."""

    slices: tuple[SliceResult, ...] = ()
    weakest: tuple[WeakSpot, ...] = ()
    notes: tuple[str, ...] = ()


def judge_by_slice(config: Config, table: ValuesTable, pair: Pair, rules: Rules) -> BySlice:
    """Judge every configured slice, and look for the weakest.

    Args:
        config: the columns, and how slices are judged.
        table: holds these columns for the rows of `pair`.
        pair: candidate, and champion if any.
        rules: as for all rows; tolerances are replaced by those of slices.

    Raises:
        InputError: a column cannot be divided by its values.
        ConfigurationError: a tolerance of slices is on no metric.

    """
    section, known = config.slices, BY_TASK[config.model.task]
    given = assembly.metrics_of(config, pair.candidate)
    if not config.data.slices:
        return BySlice()
    metrics = metrics_of(config, given)
    own = replace(rules, tolerances=tolerances(config.gates, section, known))
    read = {name: table.values(name) for name in config.data.slice_columns}
    divided = divisions(config.data.slices, read.__getitem__, section.bins)
    slices, notes = judge_slices(pair, divided, metrics, own, section.most)
    singles = [divide(name, values, section.bins) for name, values in read.items()] if section.search else []
    return BySlice(tuple(slices), tuple(search(pair, singles, metrics, own)), tuple(notes))


def metrics_of(config: Config, known: Iterable[Metric]) -> list[Metric]:
    """Return what slices are judged by: metrics with a gate or a tolerance of slices, else the task's primary ones."""
    wanted = {name for name, gate in config.gates.items() if gate.mode != "off"} | set(config.slices.tolerance)
    known = tuple(known)
    return [metric for metric in known if metric.name in wanted] or [metric for metric in known if metric.primary]
