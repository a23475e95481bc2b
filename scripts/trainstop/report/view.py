"""What a report shows, gathered from records: every stage of the check, those that did not run included."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trainstop.errors import InputError
from trainstop.records import Check, CheckStatus, Provenance, Record, Results, Status
from trainstop.records.base import Part
from trainstop.records.checks import LintPart, TestPart, not_looked_at
from trainstop.records.delivery import (
    DeployPart,
    IntegrationTestPart,
    PromotePart,
    RegisterPart,
    RollbackPart,
    StagingTestPart,
)
from trainstop.records.judging import BaselinePart, EvaluatePart, MetricResult, ModelTestPart, SliceResult
from trainstop.records.kinds import CHECKING
from trainstop.records.training import TrainPart
from trainstop.records.travelling import ReceivePart
from trainstop.report import words
from trainstop.report.production import Production, look

Outcome = Literal["passed", "failed", "inconclusive", "skipped", "not run", "broke off", "unreadable"]
DELIVERING: tuple[type[Part], ...] = (
    RegisterPart,
    IntegrationTestPart,
    DeployPart,
    StagingTestPart,
    PromotePart,
    RollbackPart,
)
FINGERPRINT_PARTS = ("code", "data", "command", "environment")
STANDS_OUT = {CheckStatus.FAILED: 0, CheckStatus.INCONCLUSIVE: 1, CheckStatus.WARNED: 2}
COMPARED = " vs champion"
"""How the check of a gate's tolerance is named, after its metric."""
ORDER = {"worse": 0, "cannot tell": 1, "better": 2, "no worse": 3}


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """One stage: what became of it, how long it took, in words what it found, and the record itself."""

    name: str
    outcome: Outcome
    words: str
    record: Record[Any] | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return self.record.duration_seconds if self.record else None

    @property
    def checks(self) -> tuple[Check, ...]:
        """What it looked at."""
        return self.record.checks if self.record else ()

    @property
    def version(self) -> int | None:
        """The registered version it dealt with, where it delivers."""
        part = self.record.part if self.record else None
        return part.to_version if isinstance(part, RollbackPart) else getattr(part, "model_version", None)

    @property
    def stops(self) -> bool:
        """Whether it keeps the line from going on."""
        return self.outcome in ("failed", "broke off", "unreadable")


@dataclass(frozen=True, kw_only=True)
class SliceRow:
    """One metric of one slice."""

    name: str
    """The slice in words."""
    rows: int
    metric: MetricResult

    @property
    def worse(self) -> bool:
        """Whether the candidate is worse there than the champion."""
        return _word(self.metric) == "worse"


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything a report shows."""

    model: str
    description: str
    stages: tuple[StageRow, ...]
    """The stages that check a change, in the order of the line."""
    delivery: tuple[StageRow, ...]
    """The stages that deliver it, where they ran."""
    lint: LintPart | None
    test: TestPart | None
    train: TrainPart | None
    evaluate: EvaluatePart | None
    model_test: ModelTestPart | None
    slices: tuple[SliceRow, ...]
    """The worst first."""
    champion: int | None
    candidate: int | None
    """The version that the candidate was registered as; None before that."""
    provenance: Provenance | None
    production: Production
    received: ReceivePart | None = None
    """Where the records came from, when a run that may not comment made them."""

    def stage(self, name: str) -> StageRow:
        """Return the row of a stage."""
        return next(row for row in (*self.stages, *self.delivery) if row.name == name)

    @property
    def changes(self) -> tuple[tuple[str, bool], ...]:
        """Of each part of the fingerprint, whether it differs from the champion's; empty when that is not known."""
        found = self.evaluate.changes if self.evaluate else None
        return tuple((name, bool(getattr(found, name))) for name in FINGERPRINT_PARTS) if found else ()

    @property
    def metrics(self) -> tuple[MetricResult, ...]:
        """The metrics that decide or have a verdict; all of them, when none does."""
        part, checks = self.evaluate, self.stage("evaluate").checks
        gated = {check.name.removesuffix(COMPARED) for check in checks}
        every = part.metrics if part else ()
        return tuple(metric for metric in every if metric.name in gated or _word(metric)) or every

    @property
    def further_metrics(self) -> tuple[MetricResult, ...]:
        """The metrics that no gate watches and nothing is said about."""
        leading = {metric.name for metric in self.metrics}
        return tuple(
            metric for metric in (self.evaluate.metrics if self.evaluate else ()) if metric.name not in leading
        )

    @property
    def model_tests(self) -> tuple[Check, ...]:
        """Checks of the model itself, what failed or warns first."""
        return tuple(
            sorted(self.stage("model-test").checks, key=lambda check: STANDS_OUT.get(check.status, len(STANDS_OUT)))
        )

    @property
    def model_tests_stand_out(self) -> int:
        """How many of them failed or warn."""
        return sum(check.status in STANDS_OUT for check in self.model_tests)

    @property
    def seconds(self) -> float:
        """How long the stages took together that dealt with this candidate."""
        return sum(row.seconds or 0.0 for row in (*self.stages, *self.delivery) if not self.of_another(row))

    def of_another(self, row: StageRow) -> bool:
        """Say whether a stage last dealt with another version than the candidate."""
        return None not in (row.version, self.candidate) and row.version != self.candidate


def gather(
    results: Results,
    *,
    model: str,
    description: str = "",
    subjects: Sequence[str] = (),
) -> View:
    """Read the records of the line. A record that is missing or cannot be read becomes a row that says so.

    Args:
        results: the results folder.
        model: the model's name.
        description: a sentence about the model.
        subjects: the environments whose deployments are looked for.

    """
    stages = tuple(_row(results, part) for part in CHECKING)
    looked_for = ((part, subject) for part in DELIVERING for subject in ("", *subjects))
    delivery = sorted(
        (row for row in (_row(results, *each) for each in looked_for) if row.outcome != "not run"), key=_when
    )
    parts: dict[type[Part], Any] = {
        part: row.record.part if row.record else None for part, row in zip(CHECKING, stages, strict=True)
    }
    evaluate, train, baseline = parts[EvaluatePart], parts[TrainPart], parts[BaselinePart]
    version = evaluate.champion_version if evaluate else baseline.version if baseline else None
    received = results.find(ReceivePart)
    newest = [row.record for row in (*stages, *delivery) if row.record]
    return View(
        model=model,
        description=description,
        stages=stages,
        delivery=tuple(delivery),
        lint=parts[LintPart],
        test=parts[TestPart],
        train=train,
        evaluate=evaluate,
        model_test=parts[ModelTestPart],
        slices=worst_first(evaluate.slices if evaluate else ()),
        champion=version,
        candidate=_registered(stages, delivery),
        provenance=max(newest, key=lambda record: record.started_at).provenance if newest else None,
        production=look(results),
        received=received.part if received else None,
    )


def _when(row: StageRow) -> float:
    """Return when a stage began; one that left no record comes last."""
    return row.record.started_at.timestamp() if row.record else math.inf


def _registered(stages: Sequence[StageRow], delivery: Sequence[StageRow]) -> int | None:
    """Return the version that what was judged here is registered as; an earlier registration was of something else."""
    judged = next(row for row in stages if row.name == EvaluatePart.stage)
    made = next((row for row in delivery if row.name == RegisterPart.stage and row.outcome == "passed"), None)
    return made.version if made and judged.record and _when(judged) <= _when(made) else None


def _row(results: Results, part: type[Part], subject: str = "") -> StageRow:
    """Read one stage's record."""
    name = f"{part.stage} {subject}".strip()
    try:
        record = results.find(part, subject)
    except InputError as error:
        return StageRow(name=name, outcome="unreadable", words=error.what)
    if record is None:
        return StageRow(name=name, outcome="not run", words="has not run")
    if record.error:
        return StageRow(name=name, outcome="broke off", words=record.error.what, record=record)
    said = _said(record) if record.status in (Status.PASSED, Status.INCONCLUSIVE) else ""
    return StageRow(name=name, outcome=record.status.value, words=said or record.reason, record=record)


def worst_first(slices: Sequence[SliceResult]) -> tuple[SliceRow, ...]:
    """Return a row a slice and metric: by the word, then by how many tolerances it lies behind the champion's."""
    rows = [SliceRow(name=each.title, rows=each.rows, metric=metric) for each in slices for metric in each.metrics]
    return tuple(sorted(rows, key=_place))


def _place(row: SliceRow) -> tuple[bool, int, float]:
    """Return where a row stands among the others, the least first; last what is too small for an interval."""
    comparison = row.metric.comparison
    known = comparison is not None and comparison.interval is not None
    return not known, ORDER.get(_word(row.metric), len(ORDER)), comparison.in_tolerances if comparison else 0.0


def _word(metric: MetricResult) -> str:
    """Return the verdict on a metric, empty when there is none."""
    return (metric.comparison.word or "") if metric.comparison else ""


def _said(record: Record[Any]) -> str:
    """Say in a few words what a stage found that came to an end."""
    part = record.part
    if isinstance(part, LintPart):
        levels = [finding.level for finding in part.findings]
        found = (
            words.listed(words.count(levels.count(level), level) for level in dict.fromkeys(levels)) or "no findings"
        )
        unseen = words.listed(check.name for check in not_looked_at(record.checks))
        return f"{found}; {unseen} not looked at" if unseen else found
    if isinstance(part, TestPart):
        covered = "" if part.coverage is None else f", {words.percent(part.coverage)} of the lines covered"
        skipped = f", {part.skipped} skipped" if part.skipped else ""
        return f"{words.count(part.tests, 'test')}, {part.failed} failed{skipped}{covered}"
    if isinstance(part, TrainPart):
        return _said_of_training(part, record.reason)
    if isinstance(part, BaselinePart):
        return "there is no champion yet" if part.version is None else f"version {part.version} is the champion"
    if isinstance(part, EvaluatePart) and record.status is Status.PASSED:
        clusters = f" in {words.count(part.clusters, 'cluster')}" if part.clusters is not None else ""
        return f"{record.reason}; {words.count(part.rows, 'row')}{clusters}" if part.rows else record.reason
    return ""


def _said_of_training(part: TrainPart, reason: str) -> str:
    """Say whether the model was trained or restored, and why."""
    if part.restored:
        return reason or "restored: an earlier training had the same fingerprint"
    rows = f" on {words.count(part.training_rows, 'row')}" if part.training_rows is not None else ""
    return f"trained{rows} in {words.duration(part.cost.wall_seconds)}"
