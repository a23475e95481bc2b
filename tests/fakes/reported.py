"""Records of a whole line with something in every chart: of any size, with names of any kind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from trainstop.judgement.charting import charts
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.records import Check, CheckStatus, Provenance, Record, Results, Status
from trainstop.records.base import Part
from trainstop.records.charting import Charts
from trainstop.records.checks import LintPart, TestPart
from trainstop.records.delivery import HistoryEntry, HistoryPart, VersionEntry, VersionMetric
from trainstop.records.judging import (
    BaselinePart,
    Comparison,
    Estimate,
    EvaluatePart,
    MetricResult,
    ModelTestPart,
    Performance,
    SliceResult,
    Speed,
)
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.records.watching import AlertPart, Incident, MonitorPart, Signal
from trainstop.report.view import View, gather

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDS = ("worse", "cannot tell", "better", "no worse")
Name = Callable[[str], str]


def view(folder: Path, **more: Any) -> View:
    """Return the view of a line written to a folder; see `written`."""
    return gather(written(folder, **more), model="flight-delay")


def written(
    folder: Path,
    *,
    rows: int = 4000,
    slices: int = 24,
    metrics: int = 2,
    name: Name = str,
    task: str = "binary",
    production: bool = True,
) -> Results:
    """Write the records of a line.

    Args:
        folder: where they go.
        rows: of the evaluation data.
        slices: how many there are.
        metrics: of each slice.
        name: changes every name that a project could have chosen.
        task: `binary`, `multiclass` or `regression`.
        production: whether anything is known of it.

    """
    results = Results(folder / "results")
    parts: list[Part] = [
        LintPart(),
        TestPart(tests=12, coverage=0.875),
        trained(),
        BaselinePart(version=3, has_predictions=True, history=past(name) if production else None),
        evaluated(rows=rows, slices=slices, metrics=metrics, name=name, task=task),
        tested(),
        *([watched(name), AlertPart(opened=(7,), reaction="retrain")] if production else []),
    ]
    for number, part in enumerate(parts):
        results.write(record(part, number, name))
    return results


def record(part: Part, number: int, name: Name) -> Record[Any]:
    """Stamp a part."""
    found = (
        Check(
            name=name(f"{part.stage} min"), status=CheckStatus.PASSED, value=0.7123, limit=0.7, interval=(0.70, 0.73)
        ),
        Check(name=name("auc against the champion"), status=CheckStatus.WARNED, reason=name("`auc` cannot tell")),
    )
    kind: Any = Record[type(part)]  # type: ignore[misc]  # the part's own class
    return kind(  # type: ignore[no-any-return]
        status=Status.PASSED,
        reason="all held",
        checks=found,
        part=part,
        stage=part.stage,
        trainstop="1.0",
        provenance=Provenance(repository="acme/flights", commit="c0ffee" * 6, run_url="https://example.org/runs/1"),
        started_at=NOW + timedelta(minutes=number),
        duration_seconds=1.5 * number,
    )


def trained() -> TrainPart:
    """Return a training."""
    return TrainPart(
        fingerprint=Fingerprint(**dict.fromkeys(Fingerprint.model_fields, f"sha256:{'1' * 64}")),
        restored=False,
        cost=Cost(wall_seconds=312.0, cpu_seconds=598.0, peak_memory_bytes=1_400_000_000),
        training_rows=80_000,
    )


def sample(rows: int, seed: int, task: str) -> Sample:
    """Return a model's answers."""
    draw = np.random.default_rng(seed)
    common = np.random.default_rng(0)
    if task == "regression":
        target = common.normal(10, 5, size=rows)
        return Sample(task="regression", target=target, prediction=target + draw.normal(0, 2, size=rows))
    if task == "multiclass":
        target = common.integers(0, 6, size=rows)
        score = draw.dirichlet(np.ones(6), size=rows) + 0.8 * np.eye(6)[target]
        score /= score.sum(axis=1, keepdims=True)
        names = tuple(f"class {letter}" for letter in "abcdef")
        return Sample(task="multiclass", target=target, prediction=score.argmax(axis=1), score=score, probability=True,
                      classes=names, score_classes=tuple(range(6)))  # fmt: skip
    target = common.random(rows) < 0.3
    score = 1 / (1 + np.exp(-(1.3 * target - 0.9 + draw.normal(size=rows))))
    return Sample(task="binary", target=target, prediction=score > 0.5, score=score, probability=True)


def drawn(rows: int, task: str) -> Charts | None:
    """Return what the charts of two models are drawn from."""
    return charts(Pair(candidate=sample(rows, 1, task), champion=sample(rows, 2, task)), Rules())


def metric(name: str, number: int) -> MetricResult:
    """Return one comparison, of another kind for each number."""
    word: Any = WORDS[number % 4]
    middle = {"worse": -0.03, "cannot tell": -0.008, "better": 0.02, "no worse": 0.001}[word] - number * 1e-5
    return MetricResult(
        name=name,
        greater_is_better=True,
        candidate=Estimate(value=0.7123 + middle, interval=(0.70, 0.73)),
        champion=Estimate(value=0.7123, interval=(0.70, 0.72)),
        comparison=Comparison(
            difference=middle,
            interval=(middle - 0.006, middle + 0.006),
            tolerance=0.01,
            word=word,
            smallest_visible=0.009,
        ),
        method="paired bootstrap-t over clusters",
    )


def evaluated(*, rows: int, slices: int, metrics: int, name: Name, task: str) -> EvaluatePart:
    """Return an evaluation."""
    found = (
        SliceResult(
            column="carrier",
            value=str(number),
            name=name(f"carrier = {number}"),
            rows=900 + number,
            metrics=tuple(metric(f"metric {each}", number + each) for each in range(metrics)),
        )
        for number in range(slices)
    )
    return EvaluatePart(
        rung=2,
        rows=rows,
        clusters=31,
        cluster=name("day"),
        champion_version=3,
        evaluation_data=f"sha256:{'e' * 64}",
        metrics=(metric("auc", 3), metric("log_loss", 1), metric("f1", 2)),
        slices=tuple(found),
        charts=drawn(rows, task),
        notes=("Intervals hold the truth 95 times in 100.",),
    )


def tested() -> ModelTestPart:
    """Return the tests of a model."""
    speed = Speed(
        load_seconds=0.8, latency_p50=0.0031, latency_p95=0.0041, latency_p99=0.0052, batch_p50=0.02, batch_p95=0.03,
        batch_p99=0.04, batch_rows=1000, peak_memory_bytes=212_000_000, size_bytes=1_400_000, rounds=20,
    )  # fmt: skip
    slower = speed.model_copy(update={"latency_p50": 0.0029, "latency_p95": 0.0044, "latency_p99": 0.0061})
    return ModelTestPart(
        rows=2000, performance=Performance(candidate=speed, champion=slower, ratio=1.04, ratio_interval=(0.98, 1.11))
    )


def past(name: Name) -> HistoryPart:
    """Return four versions and what was done with them."""
    versions = tuple(
        VersionEntry(
            version=number,
            at=NOW - timedelta(days=30 * (5 - number)),
            aliases=("champion",) if number == 3 else (),
            metrics={
                "auc": VersionMetric(value=0.68 + 0.01 * number, interval=(0.67 + 0.01 * number, 0.69 + 0.01 * number))
            },
        )
        for number in range(1, 5)
    )
    acts = (("deploy", 1, "done"), ("promote", 1, "done"), ("deploy", 2, "done"), ("deploy", 3, "stopped"),
            ("rollback", 1, "done"), ("deploy", 3, "done"), ("promote", 3, "done"))  # fmt: skip
    entries = tuple(
        HistoryEntry(
            at=NOW - timedelta(days=100 - 12 * place),
            action=action,
            environment="staging" if place % 3 == 2 else "production",
            version=version,
            outcome=outcome,
            reason=name("p95 above the limit") if outcome == "stopped" else "",
            actor=name("ada"),
        )
        for place, (action, version, outcome) in enumerate(acts)
    )
    return HistoryPart(entries=entries, versions=versions)


def watched(name: Name) -> MonitorPart:
    """Return a look at production."""
    columns = ("temp", "wind_speed", "carrier", "distance", "visib", "hour", "origin", "dewp")
    signals = tuple(
        Signal(
            name=f"feature:{name(column)}",
            level="look" if number == 0 else "quiet",
            value=0.2,
            limit=0.15,
            windows=tuple(None if number == 3 and at == 1 else 0.02 * number + 0.05 * at for at in range(4)),
            reason="3 of 4 windows are farther than 0.15 from every ordinary period",
        )
        for number, column in enumerate(columns)
    )
    return MonitorPart(
        environment="production",
        model_version=3,
        as_of=NOW,
        window_start=NOW - timedelta(days=28),
        window_end=NOW,
        rows=48_000,
        signals=(*signals, Signal(name="performance:auc", level="act", value=0.61, limit=0.66)),
        incidents=(
            Incident(key="performance", level="act", title="flight-delay in production: the model performs worse than "
                     "when it was judged", signals=("performance:auc",)),
        ),
    )  # fmt: skip
