"""`explain`: why each gate decided as it did, from the records alone."""

import difflib
from collections.abc import Sequence

from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Record, Result, conclude
from trainstop.records.base import Part
from trainstop.records.explaining import ExplainPart, Explanation
from trainstop.records.judging import EvaluatePart
from trainstop.records.kinds import by_stage
from trainstop.report.explanations import AGAINST, explain

JUDGING = ("evaluate", "model-test")
"""What is explained when no stage is named: those of these that ran."""


def run(job: Job, gate: str | None = None, stage: str | None = None) -> Result[ExplainPart]:
    """Explain the gates of a stage, or one of them.

    Args:
        job: where the records are.
        gate: a metric, a check, or the beginning of checks' names; all of them when left out.
        stage: the stage that judged; `evaluate` and `model-test` when left out.

    Raises:
        InputError: the stage has not run or broke off, or there is no such gate.

    """
    records = _records(job, (stage,) if stage else JUDGING)
    every = [each for record in records for each in explain(record)]
    chosen = _chosen(every, gate) if gate else every
    notes = tuple(note for record in records if isinstance(record.part, EvaluatePart) for note in record.part.notes)
    told = Check(name="gates", status=CheckStatus.PASSED, value=len(chosen))
    names = ", ".join(dict.fromkeys(record.stage for record in records))
    reason = f"{len(chosen)} of {len(every)} gates and checks of {names}" if every else f"{names} judged nothing"
    return conclude([told], ExplainPart(explanations=tuple(chosen), notes=notes), reason=reason)


def _records(job: Job, stages: Sequence[str]) -> list[Record[Part]]:
    """Return the records of the stages that ran; those that broke off have nothing to explain but that.

    Raises:
        InputError: none of them ran, or one broke off.

    """
    kinds = by_stage()
    found = [record for stage in stages if (record := job.results.find(kinds[stage]))]
    if not found:
        raise InputError(
            f"{' and '.join(f'`{stage}`' for stage in stages)} left no record here, so there is nothing to explain",
            where=str(job.results.path(stages[0])),
            fix=f"run `trainstop {stages[0]}` first, or the whole stretch with `trainstop run`",
        )
    for record in found:
        if record.error and not record.checks:
            raise InputError(
                f"`{record.stage}` broke off before it judged anything: {record.error.what}",
                where=record.error.where or str(job.results.path(record.stage)),
                fix=record.error.fix or f"run `trainstop {record.stage}` again",
            )
    return found


def _chosen(every: Sequence[Explanation], gate: str) -> list[Explanation]:
    """Return the gates that a name means: a metric means its limits and its comparison.

    Raises:
        InputError: none, naming the nearest.

    """
    chosen = [each for each in every if gate in (each.gate, each.gate.removesuffix(AGAINST))]
    if chosen:
        return chosen
    names = list(dict.fromkeys(each.gate for each in every))
    near = difflib.get_close_matches(gate, names, n=2, cutoff=0.5)
    listed = " or ".join(f"`{name}`" for name in near) if near else ", ".join(names)
    raise InputError(
        f"no gate or check is called {gate[:200]!r}",
        where="the records of the stages that judged",
        fix=f"did you mean {listed}?" if near else f"there are: {listed or 'none'}",
    )
