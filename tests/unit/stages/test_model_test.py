"""Judging what a model did when asked; the model is pretended."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop.config import Config
from trainstop.errors import InputError, ProjectCodeError
from trainstop.job import Job
from trainstop.ports.scoring import ScoreRequest, ScoreResult
from trainstop.records import CheckStatus, Provenance, Record, Results, Status
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.stages import model_test
from trainstop.workspace import Workspace

ROWS = 200
RESULT = ScoreResult(
    rows=ROWS,
    load_seconds=0.5,
    predict_seconds=0.1,
    single_row_seconds=tuple(np.linspace(0.001, 0.1, 100)),
    peak_memory_bytes=1000,
    inputs=("x",),
    classes=("0", "1"),
)


def binary(**columns: Any) -> pa.Table:
    target = np.arange(ROWS) % 2
    given = {
        "row_id": np.arange(ROWS),
        "target": target,
        "prediction": target,
        "score": 0.2 + 0.6 * target + 0.001 * (np.arange(ROWS) % 7),
        "day": np.arange(ROWS) // 10,
    }
    return pa.table({**given, **columns})


@dataclass
class Answering:
    """A scorer that answers with tables, one after the other, the last one for ever."""

    tables: list[pa.Table]
    result: ScoreResult = RESULT
    error: Exception | None = None
    requests: list[ScoreRequest] = field(default_factory=list)

    def score(self, request: ScoreRequest) -> ScoreResult:
        if self.error:
            raise self.error
        table = self.tables[min(len(self.requests), len(self.tables) - 1)]
        self.requests.append(request)
        parquet.write_table(table, request.predictions)
        return replace(self.result, rows=len(table))


@pytest.fixture
def test(tmp_path: Path) -> Callable[..., Any]:
    workspace = Workspace(tmp_path)
    workspace.candidate.model.mkdir(parents=True)
    parquet.write_table(pa.table({"target": np.arange(ROWS) % 2}), tmp_path / "rows.parquet")

    def run(scorer: Answering, **sections: Any) -> Any:
        given = {"model": {"name": "m", "task": "binary"}, "data": {"evaluation": ["rows.parquet"]}}
        config = Config.model_validate({**given, **sections, "data": {**given["data"], **sections.get("data", {})}})
        ports: Any = SimpleNamespace(scorer=scorer)
        return model_test.run(Job(config, workspace, Results(workspace.results), ports, Provenance(repository="r")))

    run.workspace = workspace
    return run


def check(result: Any, name: str) -> Any:
    return next(check for check in result.checks if check.name == name)


def test_a_good_model_passes_everything(test) -> None:
    scorer = Answering([binary()])
    result = test(scorer, **{"model-test": {"latency-p95": "100ms", "rows": 123, "timeout": 7}})
    assert result.status is Status.PASSED
    assert {check.name for check in result.checks if check.status is CheckStatus.PASSED} == {
        "loads", "finite", "repeats", "varies", "beats-dummy", "latency",
    }  # fmt: skip
    assert (result.part.rows, result.part.load_seconds, result.part.peak_memory_bytes) == (ROWS, 0.5, 1000)
    assert result.part.latency_p50 == pytest.approx(0.0505)
    first, second = scorer.requests
    assert (first.clean, first.limit, first.timeout) == (True, 123, 7)
    assert not second.clean
    assert (first.single_rows, second.single_rows) == (200, 0)


def test_answers_are_compared_with_those_that_evaluate_got(test) -> None:
    parquet.write_table(binary().take(np.arange(ROWS)[::-1]), test.workspace.candidate.predictions)
    scorer = Answering([binary().slice(0, 50)])
    assert check(test(scorer), "repeats").status is CheckStatus.PASSED
    assert len(scorer.requests) == 1


@pytest.mark.parametrize("change", [{"row_id": np.arange(ROWS) + 1}, {"score": None}])
def test_answers_to_other_rows_are_no_comparison(test, change) -> None:
    table = binary()
    for name, values in change.items():
        table = table.drop_columns(name) if values is None else table.set_column(0, name, pa.array(values))
    parquet.write_table(table, test.workspace.candidate.predictions)
    scorer = Answering([binary()])
    assert check(test(scorer), "repeats").status is CheckStatus.PASSED
    assert len(scorer.requests) == 2


def test_a_model_that_answers_differently_the_second_time_fails(test) -> None:
    score = binary()["score"].to_numpy().copy()
    score[[3, 5]] += 0.01
    result = test(Answering([binary(), binary(score=score)]))
    assert result.status is Status.FAILED
    assert check(result, "repeats").value == pytest.approx(0.01)
    assert check(result, "repeats").reason.startswith("2 of 200 rows")


def test_a_constant_answer_fails_twice(test) -> None:
    result = test(Answering([binary(score=np.full(ROWS, 0.5))]))
    assert check(result, "varies").status is CheckStatus.FAILED
    assert check(result, "beats-dummy").status is CheckStatus.FAILED


def test_a_model_worse_than_a_constant_fails_unless_switched_off(test) -> None:
    worse = Answering([binary(score=1 - binary()["score"].to_numpy())])
    assert check(test(worse), "beats-dummy").status is CheckStatus.FAILED
    off = test(worse, **{"model-test": {"beats-dummy": False}})
    assert check(off, "beats-dummy").status is CheckStatus.SKIPPED
    assert off.status is Status.PASSED


def test_scores_that_rank_well_but_are_no_probabilities_warn(test) -> None:
    squeezed = 0.98 + 0.01 * binary()["score"].to_numpy()
    found = check(test(Answering([binary(score=squeezed)])), "beats-dummy")
    assert found.status is CheckStatus.WARNED
    assert "AUC 1.000" in found.reason


def test_a_gain_that_hangs_on_few_clusters_warns(test) -> None:
    found = check(test(Answering([binary(day=np.arange(ROWS) // 100)]), data={"cluster": "day"}), "beats-dummy")
    assert found.status is CheckStatus.WARNED
    assert "too few" in found.reason


@pytest.mark.parametrize("target", [np.ones(ROWS), pa.array([1, None] * (ROWS // 2))])
def test_without_two_different_true_answers_nothing_can_be_said(test, target) -> None:
    result = test(Answering([binary(target=target)]))
    assert check(result, "beats-dummy").status is CheckStatus.INCONCLUSIVE
    assert result.status is Status.INCONCLUSIVE


def test_many_classes_and_numbers_are_judged_by_their_own_loss(test) -> None:
    truth = np.array(["a", "b", "c", "a"] * 50)
    shares = {f"score_{name}": np.where(truth == name, 0.8, 0.1) for name in "abc"}
    many = binary(target=truth, prediction=truth, **shares).drop_columns("score")
    scorer = Answering([many], replace(RESULT, classes=("a", "b", "c")))
    assert check(test(scorer, model={"name": "m", "task": "multiclass"}), "beats-dummy").status is CheckStatus.PASSED

    numbers = np.arange(ROWS, dtype=float)
    table = binary(target=numbers, prediction=numbers + 1).drop_columns("score")
    result = test(Answering([table], replace(RESULT, classes=())), model={"name": "m", "task": "regression"})
    assert check(result, "beats-dummy").value == pytest.approx(1.0)


@pytest.mark.parametrize(("sign", "status"), [(1, CheckStatus.PASSED), (-1, CheckStatus.FAILED)])
def test_a_ranking_must_beat_a_random_order_on_whole_queries(test, sign: int, status: CheckStatus) -> None:
    relevance = np.arange(ROWS) % 4 * 1.0
    table = binary(target=relevance, score=sign * relevance, search=np.arange(ROWS) // 4).drop_columns("prediction")
    scorer = Answering([table], replace(RESULT, classes=()))
    result = test(scorer, model={"name": "m", "task": "ranking"}, data={"query": "search"})
    assert check(result, "beats-dummy").status is status
    assert "of a random order" in check(result, "beats-dummy").reason
    assert scorer.requests[0].limit is None


def test_a_ranking_without_anything_to_rank_shows_nothing(test) -> None:
    table = binary(target=np.arange(ROWS) % 2, score=np.arange(ROWS), search=np.arange(ROWS))
    result = test(
        Answering([table], replace(RESULT, classes=())),
        model={"name": "m", "task": "ranking"},
        data={"query": "search"},
    )
    assert check(result, "beats-dummy").status is CheckStatus.INCONCLUSIVE


@pytest.mark.parametrize(("noise", "status"), [(0.2, CheckStatus.PASSED), (9.0, CheckStatus.FAILED)])
def test_a_forecast_must_beat_the_target_s_own_quantiles(test, noise: float, status: CheckStatus) -> None:
    random = np.random.default_rng(0)
    target = random.normal(size=ROWS)
    middle = target + noise * random.normal(size=ROWS)
    columns = {"target": target, "q_0.1": middle - noise, "q_0.5": middle, "q_0.9": middle + noise}
    table = binary(**columns).drop_columns(["score", "prediction"])
    result = test(Answering([table], replace(RESULT, classes=())), model={"name": "m", "task": "forecast"})
    assert check(result, "beats-dummy").status is status
    assert check(result, "varies").status is CheckStatus.PASSED


def test_a_class_the_model_never_heard_of_is_an_input_error(test) -> None:
    table = binary(target=["a", "z"] * 100, score_a=np.ones(ROWS)).drop_columns("score")
    scorer = Answering([table], replace(RESULT, classes=("a",)))
    with pytest.raises(InputError, match="z"):
        test(scorer, model={"name": "m", "task": "multiclass"})


def test_a_slow_model_fails_its_limit_and_is_shown_without_one(test) -> None:
    slow = test(Answering([binary()]), **{"model-test": {"latency-p95": "10ms"}})
    assert check(slow, "latency").status is CheckStatus.FAILED
    free = test(Answering([binary()]))
    assert check(free, "latency").status is CheckStatus.SKIPPED
    assert check(free, "latency").value == pytest.approx(0.095, abs=0.002)


def test_a_model_that_crashes_fails_in_its_own_words(test) -> None:
    result = test(Answering([], error=ProjectCodeError("it ended by SIGSEGV", fix="look")))
    assert result.status is Status.FAILED
    assert "SIGSEGV" in result.reason


def test_one_row_proves_nothing_about_variety(test) -> None:
    assert check(test(Answering([binary().slice(0, 1)])), "varies").status is CheckStatus.INCONCLUSIVE


def test_no_candidate_or_no_data_is_an_input_error(test) -> None:
    with pytest.raises(InputError, match="evaluation data"):
        test(Answering([binary()]), data={"evaluation": ["missing.parquet"]})
    test.workspace.candidate.model.rmdir()
    with pytest.raises(InputError, match="train"):
        test(Answering([binary()]))


def test_a_project_without_a_model_is_skipped(test) -> None:
    test.workspace.candidate.model.rmdir()
    test.workspace.candidate.run.write_text("{}")
    digest = Fingerprint(digest="", code="", data="", command="", environment="")
    part = TrainPart(fingerprint=digest, restored=False, cost=Cost(wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1))
    stamp = {"stage": "train", "trainstop": "0", "started_at": datetime(2026, 1, 1, tzinfo=UTC), "duration_seconds": 1}
    record = Record(status=Status.PASSED, part=part, provenance=Provenance(repository="r"), **stamp)
    Results(test.workspace.results).write(record)
    result = test(Answering([]))
    assert (result.status, result.part) == (Status.SKIPPED, None)
    assert "no model" in result.reason


def test_groups_and_leaks_are_looked_at_with_the_rest(test) -> None:
    random = np.random.default_rng(0)
    rows = pa.table({"x": random.integers(0, 99, ROWS), "target": np.arange(ROWS) % 2, "copy": np.arange(ROWS) % 2})
    parquet.write_table(rows, test.workspace.project / "rows.parquet")
    scorer = Answering([binary(sex=np.arange(ROWS) % 2)], replace(RESULT, inputs=("x", "copy")))
    limits = {"columns": ["sex"], "limits": {"demographic-parity-difference": 0.5}}
    result = test(scorer, **{"model-test": {"fairness": limits}})
    assert check(result, "demographic-parity-difference by sex").status is CheckStatus.FAILED
    assert check(result, "target-among-features").status is CheckStatus.FAILED
    assert result.part.fairness[0].columns == ("sex",)


def test_a_table_without_a_model_is_judged_for_its_groups(test) -> None:
    test.workspace.candidate.model.rmdir()
    test.workspace.candidate.run.write_text("{}")
    stamp = {"stage": "train", "trainstop": "0", "started_at": datetime(2026, 1, 1, tzinfo=UTC), "duration_seconds": 1}
    digest = Fingerprint(digest="", code="", data="", command="", environment="")
    part = TrainPart(fingerprint=digest, restored=False, cost=Cost(wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1))
    record = Record(status=Status.PASSED, part=part, provenance=Provenance(repository="r"), **stamp)
    Results(test.workspace.results).write(record)
    parquet.write_table(binary(sex=np.arange(ROWS) % 2), test.workspace.candidate.predictions)
    limits = {"columns": ["sex"], "limits": {"demographic-parity-difference": 0.5}}
    result = test(Answering([]), **{"model-test": {"fairness": limits}})
    assert (result.status, result.part.fairness[0].columns) == (Status.FAILED, ("sex",))
