"""`model-test`: is the model sane, fast, robust and well-behaved? Only the scorer and the prober run its code."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyarrow import parquet

from trainstop.errors import InputError, ProjectCodeError, TimeLimitError
from trainstop.evaluation import columns
from trainstop.job import Job
from trainstop.modeltests import asking, fairness, leakage, own_tests
from trainstop.modeltests.changed_rows import behaves, robust
from trainstop.modeltests.clusters import Clusters
from trainstop.modeltests.examined import Examined, Group, no_champion
from trainstop.modeltests.fast import fast
from trainstop.modeltests.reading import Answers
from trainstop.modeltests.sane import sane
from trainstop.project_files import matching
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.judging import ModelTestPart
from trainstop.records.training import TrainPart
from trainstop.training.kept import discarding


def run(job: Job) -> Result[ModelTestPart]:
    """Test the candidate's model.

    Raises:
        ConfigurationError: a rule of behaviour, or the command of the project's tests, cannot be, or a column that is
            named bears the name of an answer.
        InputError: there is no candidate or no evaluation data, or a column is missing.
        UnavailableError: the model's environment cannot be made.

    """
    if not job.workspace.candidate.model.is_dir():
        return _without_model(job)
    tables = matching(job.workspace.project, job.config.data.evaluation)
    if not tables:
        raise InputError(
            "there is no evaluation data to ask the model about",
            where=f"{job.workspace.project}, key `data.evaluation`",
            fix="correct the glob, or run `trainstop train`, which prepares the data",
        )
    asking.rules(job.config)
    columns.refuse_taken(job.config)
    with discarding(job.workspace) as room:
        try:
            examined = _examine(job, tables, room)
        except (ProjectCodeError, TimeLimitError) as error:
            fix = f" ({error.fix})" if error.fix else ""
            check = Check(name="answers", status=CheckStatus.FAILED, reason=f"{error.what}{fix}")
            return conclude([check], ModelTestPart())
        groups = [made(examined) for made in GROUPS]
    parts: dict[str, Any] = {"rows": len(examined.answers.base)}
    for group in groups:
        parts |= group.part
    return conclude([check for group in groups for check in group.checks], ModelTestPart(**parts))


def _without_model(job: Job) -> Result[ModelTestPart]:
    """Skip where the project hands over no model; else its absence is a mistake."""
    if not job.results.part(TrainPart).found and job.workspace.candidate.run.is_file():
        reason = "the project hands over metrics or predictions, and no model"
        fair, groups = fairness.judged(job)
        found = [*fair, *leakage.judged(job, None)]
        looked = any(check.status is not CheckStatus.SKIPPED for check in found)
        checks = [Check(name="model", status=CheckStatus.SKIPPED, reason=reason), *found]
        part = ModelTestPart(fairness=groups) if looked or groups else None
        return conclude(checks, part, reason="" if looked else reason)
    raise InputError(
        "there is no candidate", where=str(job.workspace.candidate.root), fix="run `trainstop train` first"
    )


def _examine(job: Job, tables: Sequence[Path], room: Path) -> Examined:
    """Examine the model in an environment made anew from its own lock."""
    folder = room / "answers"
    folder.mkdir()
    champion = job.workspace.champion if no_champion(job) == "" else None
    request = asking.request(job.config, job.workspace.candidate, champion, tables, folder)
    seen = job.ports.prober.probe(request)
    return Examined(job, tables, room, seen, Answers(job.config, folder, seen.probes), Clusters(job))


def _own_tests(examined: Examined) -> Group:
    """The project's own tests of the model."""
    job = examined.job
    if not job.config.model_test.tests:
        return Group()
    room = examined.room / "own-tests"
    room.mkdir()
    predictions = job.workspace.candidate.predictions
    if not predictions.is_file():
        predictions = room / "predictions.parquet"
        parquet.write_table(examined.answers.base, predictions)
    check, part = own_tests.run(job, job.workspace.candidate, predictions, room)
    return Group([check], {"tests": part})


def _fair(examined: Examined) -> Group:
    """Groups of people, or of anything, are served alike."""
    answers = examined.room / "answered.parquet"
    parquet.write_table(examined.answers.base, answers)
    checks, groups = fairness.judged(examined.job, answers)
    return Group(checks, {"fairness": groups})


def _leakproof(examined: Examined) -> Group:
    """Evaluation holds nothing that training has seen, and no feature tells the truth."""
    return Group(leakage.judged(examined.job, examined.seen.inputs))


GROUPS: tuple[Callable[[Examined], Group], ...] = (
    sane,
    fast,
    behaves,
    robust,
    _fair,
    _leakproof,
    _own_tests,
)
"""The groups of checks, in the order they are shown. A further one goes here."""
