"""Records of a line: an ordinary one, and what a test changes about it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from trainstop.records import Check, CheckStatus, Failure, Provenance, Record, Results, Status
from trainstop.records import checks as of_code
from trainstop.records.base import Part
from trainstop.records.judging import (
    BaselinePart,
    Comparison,
    Estimate,
    EvaluatePart,
    MetricResult,
    ModelTestPart,
    Performance,
    Perturbation,
    Robustness,
    SliceResult,
    Speed,
)
from trainstop.records.training import Cost, Fingerprint, TrainPart

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FINGERPRINT = Fingerprint(
    **{name: f"sha256:{digit * 64}" for name, digit in zip(Fingerprint.model_fields, "12345", strict=True)}
)


def check(name: str, status: str = "passed", **more: Any) -> Check:
    return Check(name=name, status=CheckStatus(status), **more)


def metric(name: str = "auc", word: str | None = "no worse", **more: Any) -> MetricResult:
    comparison = Comparison(
        difference=more.get("difference", 0.0012),
        interval=more.get("interval", (-0.0031, 0.0057)),
        tolerance=0.01,
        word=word,
        needed=more.get("needed"),
        reason=more.get("reason", ""),
    )
    return MetricResult(
        name=name,
        greater_is_better=True,
        candidate=Estimate(value=more.get("value", 0.71234), interval=(0.70111, 0.7222)),
        champion=Estimate(value=0.7111, interval=(0.7001, 0.7211)),
        comparison=comparison,
        method="paired bootstrap by cluster",
    )


def first_metric(name: str = "auc") -> MetricResult:
    return MetricResult(name=name, greater_is_better=True, candidate=Estimate(value=0.71234, interval=(0.701, 0.722)))


def evaluated(**changes: Any) -> EvaluatePart:
    values: dict[str, Any] = {
        "rung": 2,
        "rows": 12000,
        "clusters": 31,
        "cluster": "day",
        "champion_version": 3,
        "evaluation_data": f"sha256:{'e' * 64}",
        "metrics": (metric(), metric("log_loss", value=0.61)),
        "slices": (
            SliceResult(column="origin", value="ATL", rows=900, metrics=(metric(),)),
            SliceResult(column="origin", value="ORD", rows=400, metrics=(metric(word="cannot tell", needed=90000),)),
        ),
        "notes": ("Intervals hold the truth 95 times in 100.",),
    }
    return EvaluatePart(**{**values, **changes})


def parts() -> dict[str, Part]:
    return {
        "lint": of_code.LintPart(),
        "test": of_code.TestPart(tests=12, coverage=0.875),
        "train": TrainPart(
            fingerprint=FINGERPRINT,
            restored=False,
            cost=Cost(wall_seconds=12.34, cpu_seconds=11.9, peak_memory_bytes=312_000_000),
            params={"C": "1.0"},
            metrics={"train_auc": 0.7401},
            found="logged",
            training_rows=80_000,
            trained_at=START - timedelta(days=1),
        ),
        "baseline": BaselinePart(version=3, has_predictions=True),
        "evaluate": evaluated(),
        "model-test": tested(),
    }


def tested(**changes: Any) -> ModelTestPart:
    speed = Speed(
        load_seconds=0.8,
        latency_p50=0.0031,
        latency_p95=0.0041,
        latency_p99=0.0052,
        batch_p50=0.02,
        batch_p95=0.03,
        batch_p99=0.04,
        batch_rows=1000,
        throughput=50_000.0,
        peak_memory_bytes=212_000_000,
        size_bytes=1_400_000,
        rounds=20,
    )
    spoiled = Perturbation(
        kind="units",
        column="distance",
        detail="times 1000",
        rows=2000,
        fall=0.0312,
        fall_interval=(0.02, 0.04),
        flips=0.125,
        flips_interval=(0.1, 0.15),
    )
    values: dict[str, Any] = {
        "rows": 2000,
        "performance": Performance(candidate=speed, champion=speed, ratio=1.01, ratio_interval=(0.98, 1.04)),
        "robustness": Robustness(metric="auc", value=0.71, tried=12, columns=("distance",), perturbations=(spoiled,)),
    }
    return ModelTestPart(**{**values, **changes})


def checks() -> dict[str, tuple[Check, ...]]:
    return {
        "evaluate": (
            check("auc", value=0.71234, limit=0.7, interval=(0.70111, 0.7222)),
            check("auc vs champion", value="no worse", limit=0.01, reason="no worse than version 3"),
        ),
        "model-test": (check("reload"), check("beats-dummy", value=0.7123, limit=0.5)),
    }


Write = Callable[..., Results]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the records of a line.

    Arguments by a stage's name (with an underscore): a part replaces that stage's part, None leaves its record out, a
    dict changes the record. `folder` names another results folder.
    """

    def writer(folder: str = "results", **changes: Any) -> Results:
        results = Results(tmp_path / folder)
        for number, (stage, part) in enumerate(parts().items()):
            change = changes.pop(stage.replace("-", "_"), {})
            if change is None:
                continue
            if isinstance(change, Part):
                change = {"part": change}
            fields = {
                "stage": stage,
                "status": Status.PASSED,
                "reason": "all held",
                "checks": checks().get(stage, (check("ran"),)),
                "part": part,
                "trainstop": "1.0",
                "provenance": Provenance(
                    repository="acme/flights",
                    commit="0123456789abcdef0123456789abcdef01234567",
                    run_url="https://github.com/acme/flights/actions/runs/1",
                ),
                "started_at": START + timedelta(minutes=number),
                "duration_seconds": 2.5 * (number + 1),
                **change,
            }
            kind = type(fields["part"]) if fields["part"] else type(part)
            results.write(Record[kind](**fields))
        assert not changes
        return results

    return writer


def broken_off(what: str = "the project's environment cannot be made", **more: str) -> dict[str, Any]:
    failure = Failure(kind="UnavailableError", what=what, exit_code=3, **more)
    return {"status": Status.FAILED, "reason": what, "checks": (), "part": None, "error": failure}


@pytest.fixture
def make() -> Any:
    """The factories above, for tests."""

    class Make:
        check = staticmethod(check)
        metric = staticmethod(metric)
        first_metric = staticmethod(first_metric)
        evaluated = staticmethod(evaluated)
        broken_off = staticmethod(broken_off)
        parts = staticmethod(parts)
        tested = staticmethod(tested)
        fingerprint = FINGERPRINT

    return Make
