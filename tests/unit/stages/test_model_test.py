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
from trainstop.errors import ConfigurationError, InputError, ProjectCodeError, TimeLimitError
from trainstop.job import Job
from trainstop.ports.probing import Fixtures, Probe, ProbeRequest, ProbeResult, Timing
from trainstop.ports.processes import Outcome
from trainstop.ports.scoring import ScoreRequest, ScoreResult
from trainstop.records import CheckStatus, Provenance, Record, Results, Status
from trainstop.records.judging import BaselinePart, EvaluatePart
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.stages import model_test
from trainstop.workspace import Workspace

ROWS = 200
RESULT = ScoreResult(
    rows=ROWS,
    load_seconds=0.5,
    predict_seconds=0.1,
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


SECONDS = tuple(np.linspace(0.001, 0.1, 20))
TIMING = Timing(0.5, tuple((each,) * 10 for each in SECONDS), (0.01,) * 20, 1000, 2_000_000)
TIMED = ProbeResult(load_seconds=0.5, timing=TIMING)
SANE = ("base", "again", "shuffled", "single")


@dataclass
class Examining:
    """A prober whose model answers like a table, and otherwise where a question is given other answers.

    `said` holds further questions: (section, kind, column), and the scores that were answered, or an error.
    """

    table: pa.Table
    said: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    result: ProbeResult = TIMED
    error: Exception | None = None
    request: ProbeRequest | None = None

    def probe(self, request: ProbeRequest) -> ProbeResult:
        self.request = request
        if self.error:
            raise self.error
        names = [name for name in self.table.column_names if name.startswith(("prediction", "score"))]
        parquet.write_table(self.table.drop_columns(names), request.answers / "rows.parquet")
        asked: dict[tuple[str, str, str], Any] = {("sanity", kind, ""): None for kind in SANE} | self.said
        asked = {key: said for key, said in asked.items() if not (isinstance(said, str) and said == "not asked")}
        probes = tuple(self._answered(request, names, *key, said) for key, said in asked.items())
        return replace(self.result, probes=probes)

    def _answered(
        self, request: ProbeRequest, names: list[str], section: Any, kind: str, column: str, said: Any
    ) -> Probe:
        given = {"section": section, "kind": kind, "column": column, "detail": "", "rows": len(self.table)}
        if isinstance(said, str):
            return Probe(**given, file="", error=said)
        answers = self.table.select(names).append_column("place", pa.array(np.arange(len(self.table), dtype=np.int64)))
        if said is not None:
            answers = answers.set_column(answers.column_names.index("score"), "score", pa.array(said))
        file = f"{section}-{kind}-{column}.parquet"
        parquet.write_table(answers, request.answers / file)
        return Probe(**given, file=file, error="")

    def fixtures(self, bundle: Any, predictions: Path, room: Path) -> Fixtures:
        return Fixtures({"TRAINSTOP_PREDICTIONS": str(predictions)}, (room,))


@pytest.fixture
def test(tmp_path: Path) -> Callable[..., Any]:
    workspace = Workspace(tmp_path)
    workspace.candidate.model.mkdir(parents=True)
    parquet.write_table(pa.table({"target": np.arange(ROWS) % 2}), tmp_path / "rows.parquet")

    def run(scorer: Answering, prober: Examining | None = None, **sections: Any) -> Any:
        given = {"model": {"name": "m", "task": "binary"}, "data": {"evaluation": ["rows.parquet"]}}
        config = Config.model_validate({**given, **sections, "data": {**given["data"], **sections.get("data", {})}})
        prober = prober or Examining(scorer.tables[0] if scorer.tables else binary())
        ports: Any = SimpleNamespace(scorer=scorer, prober=prober, **vars(run.ports))
        return model_test.run(Job(config, workspace, Results(workspace.results), ports, Provenance(repository="r")))

    run.workspace = workspace
    run.ports = SimpleNamespace()
    return run


def check(result: Any, name: str) -> Any:
    return next(check for check in result.checks if check.name == name)


def test_a_good_model_passes_everything(test) -> None:
    scorer, prober = Answering([binary()]), Examining(binary())
    section = {"rows": 123, "timeout": 7, "memory-limit": "1GB", "performance": {"latency-p95": "100ms"}}
    result = test(scorer, prober, **{"model-test": section})
    assert result.status is Status.PASSED
    assert {check.name for check in result.checks if check.status is CheckStatus.PASSED} == {
        "loads", "finite", "repeats", "repeats-at-once", "order-free", "single-as-batch", "varies", "beats-dummy",
        "latency-p95",
    }  # fmt: skip
    assert (result.part.rows, result.part.performance.candidate.peak_memory_bytes) == (ROWS, 2_000_000)
    assert result.part.performance.candidate.latency_p50 == pytest.approx(0.0505)
    [again] = scorer.requests
    for asked, clean in ((prober.request, True), (again, False)):
        assert (asked.clean, asked.limit, asked.timeout, asked.memory) == (clean, 123, 7, 10**9)


def test_answers_are_compared_with_those_that_evaluate_got(test) -> None:
    moved = binary(score=binary()["score"].to_numpy() + 0.01)
    parquet.write_table(moved.take(np.arange(ROWS)[::-1]), test.workspace.candidate.predictions)
    found = check(test(Answering([binary().slice(0, 50)])), "repeats")
    assert (found.status, found.reason[:8]) == (CheckStatus.FAILED, "50 of 50")


@pytest.mark.parametrize("change", [{"row_id": np.arange(ROWS) + 1}, {"score": None}])
def test_where_evaluate_asked_other_rows_the_examined_ones_are_compared(test, change) -> None:
    table = binary(score=binary()["score"].to_numpy() + 0.01)
    for name, values in change.items():
        table = table.drop_columns(name) if values is None else table.set_column(0, name, pa.array(values))
    parquet.write_table(table, test.workspace.candidate.predictions)
    assert check(test(Answering([binary()])), "repeats").status is CheckStatus.PASSED


def test_a_model_that_answers_differently_in_another_process_fails(test) -> None:
    score = binary()["score"].to_numpy().copy()
    score[[3, 5]] += 0.01
    result = test(Answering([binary()]), Examining(binary(score=score)))
    assert result.status is Status.FAILED
    assert check(result, "repeats").value == pytest.approx(0.01)
    assert check(result, "repeats").reason.startswith("2 of 200 rows")


@pytest.mark.parametrize(
    ("kind", "name"), [("again", "repeats-at-once"), ("shuffled", "order-free"), ("single", "single-as-batch")]
)
def test_the_same_row_gets_the_same_answer_however_it_is_asked(test, kind, name) -> None:
    score = binary()["score"].to_numpy().copy()
    score[7] += 0.01
    result = test(Answering([binary()]), Examining(binary(), {("sanity", kind, ""): score}))
    assert (result.status, check(result, name).reason[:8]) == (Status.FAILED, "1 of 200")
    raising = test(Answering([binary()]), Examining(binary(), {("sanity", kind, ""): "ValueError: no"}))
    assert "the model raised: ValueError: no" in check(raising, name).reason
    ended = ProbeResult(
        load_seconds=0.5, timing=TIMING, broke="ended by SIGSEGV, asked about 1 rows", broke_in="sanity"
    )
    gone = test(Answering([binary()]), Examining(binary(), {("sanity", kind, ""): "not asked"}, ended))
    assert "SIGSEGV" in check(gone, name).reason


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


def test_a_cluster_that_evaluate_guessed_counts_here_too(test) -> None:
    table = binary(day=np.arange(ROWS) // 100)
    parquet.write_table(table, test.workspace.candidate.predictions)
    sections = {"data": {"id": "row_id"}}
    assert check(test(Answering([table]), **sections), "beats-dummy").status is CheckStatus.PASSED
    stamp: Any = {"stage": "evaluate", "trainstop": "1", "started_at": datetime.now(UTC), "duration_seconds": 1}
    part = EvaluatePart(rung=2, cluster="day", cluster_guessed=True)
    Results(test.workspace.results).write(
        Record(status=Status.PASSED, part=part, provenance=Provenance(repository="r"), **stamp)
    )
    assert check(test(Answering([table]), **sections), "beats-dummy").status is CheckStatus.WARNED


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
    slow = test(Answering([binary()]), **{"model-test": {"performance": {"latency-p95": "10ms"}}})
    assert check(slow, "latency-p95").status is CheckStatus.FAILED
    free = test(Answering([binary()]))
    assert check(free, "performance").status is CheckStatus.SKIPPED
    assert check(free, "performance").value == pytest.approx(0.095, abs=0.006)


def test_a_model_that_refuses_a_single_row_fails_in_its_own_words(test) -> None:
    refusing = Examining(
        binary(), result=ProbeResult(load_seconds=0.5, timing=None, timing_error="the model refuses a single row: no")
    )
    result = test(Answering([binary()]), refusing)
    assert check(result, "performance").status is CheckStatus.FAILED
    assert "refuses a single row" in result.reason


def with_champion(test: Any, *, model: bool = True) -> None:
    stamp = {"stage": "baseline", "trainstop": "0", "started_at": datetime(2026, 1, 1, tzinfo=UTC)}
    part = BaselinePart(version=3, has_model=model)
    record = Record(status=Status.PASSED, part=part, provenance=Provenance(repository="r"), duration_seconds=1, **stamp)
    Results(test.workspace.results).write(record)
    if model:
        test.workspace.champion.model.mkdir(parents=True)


FASTER = {"model-test": {"performance": {"slower-than-champion": 1.5}}}


def test_a_champion_whose_model_is_at_hand_is_asked_in_turns(test) -> None:
    with_champion(test)
    half = replace(TIMING, single=tuple(tuple(call / 2 for call in calls) for calls in TIMING.single))
    prober = Examining(binary(), result=ProbeResult(load_seconds=0.5, timing=TIMING, champion=half))
    result = test(Answering([binary()]), prober, **FASTER)
    assert prober.request.champion == test.workspace.champion
    found = check(result, "slower-than-champion")
    assert (found.status, found.value) == (CheckStatus.FAILED, pytest.approx(2.0))
    assert result.part.performance.champion.latency_p50 == pytest.approx(0.02525)


def test_without_the_champions_model_nobody_knows_who_is_slower(test) -> None:
    with_champion(test, model=False)
    prober = Examining(binary())
    found = check(test(Answering([binary()]), prober, **FASTER), "slower-than-champion")
    assert prober.request.champion is None
    assert (found.status, "--model always" in found.reason) == (CheckStatus.INCONCLUSIVE, True)


def test_without_a_champion_nobody_is_slower_than_it(test) -> None:
    found = check(test(Answering([binary()]), Examining(binary()), **FASTER), "slower-than-champion")
    assert (found.status, "no champion" in found.reason) == (CheckStatus.SKIPPED, True)


SPOILED = {("robustness", "noise", "x"): binary()["score"].to_numpy()[::-1].copy()}


def test_spoiled_rows_are_judged_by_limits_and_only_warn_unless_told_otherwise(test) -> None:
    prober = Examining(binary(), SPOILED)
    free = test(Answering([binary()]), prober)
    assert check(free, "robust: noise").status is CheckStatus.PASSED
    assert free.part.robustness.perturbations[0].flips == 1.0
    limited = {"max-flips": {"noise": 0.1}}
    warned = test(Answering([binary()]), prober, **{"model-test": {"robustness": limited}})
    assert check(warned, "robust: noise").status is CheckStatus.WARNED
    blocked = test(Answering([binary()]), prober, **{"model-test": {"robustness": {**limited, "mode": "block"}}})
    assert blocked.status is Status.FAILED
    off = test(Answering([binary()]), prober, **{"model-test": {"robustness": {"mode": "off"}}})
    assert (prober.request.robustness, off.part.robustness) == (None, None)


def test_a_model_that_ends_its_process_on_spoiled_rows_is_said_so(test) -> None:
    ended = ProbeResult(
        load_seconds=0.5, timing=TIMING, broke="ended by SIGSEGV, asked about 200 rows", broke_in="robustness"
    )
    result = test(Answering([binary()]), Examining(binary(), SPOILED, ended))
    assert check(result, "robust: survives").status is CheckStatus.WARNED
    assert "SIGSEGV" in check(result, "robust: survives").reason


RULE = {"kind": "direction", "columns": ["x"], "by": 1.0, "name": "more is more"}


def test_a_broken_rule_names_its_rows(test) -> None:
    score = binary()["score"].to_numpy() + 0.01
    score[5] -= 0.2
    prober = Examining(binary(), {("behaviour", "0", ""): score})
    result = test(Answering([binary()]), prober, **{"model-test": {"behaviour": [RULE]}})
    found = check(result, "behaviour: more is more")
    assert (found.status, found.value) == (CheckStatus.FAILED, pytest.approx(0.995))
    assert result.part.behaviour[0].failing == ("5",)
    assert prober.request.behaviour[0]["by"] == 1.0


def test_a_rule_that_was_never_asked_for_does_not_hold(test) -> None:
    result = test(Answering([binary()]), Examining(binary()), **{"model-test": {"behaviour": [RULE]}})
    assert (result.status, "no data" in result.reason) == (Status.INCONCLUSIVE, True)
    ended = ProbeResult(load_seconds=0.5, timing=TIMING, broke="ran out of memory", broke_in="sanity")
    gone = test(Answering([binary()]), Examining(binary(), result=ended), **{"model-test": {"behaviour": [RULE]}})
    assert check(gone, "behaviour: more is more").status is CheckStatus.FAILED


@pytest.mark.parametrize(
    ("rules", "task", "words"),
    [
        ([RULE, RULE], "binary", "same name"),
        ([{"kind": "minimum", "metric": "auk", "at-least": 0.5}], "binary", "no metric 'auk'"),
        ([RULE], "multiclass", "class whose score"),
        ([{**RULE, "kind": "minimum", "expect": "high", "by": None}], "regression", "no number"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_before_the_model_is_asked(test, rules, task, words) -> None:
    scorer = Answering([binary()])
    with pytest.raises(ConfigurationError, match=words):
        test(scorer, model={"name": "m", "task": task}, **{"model-test": {"behaviour": rules}})
    assert not scorer.requests


def test_a_rule_that_expects_a_label_that_nobody_has_is_refused_by_the_labels_there_are(test) -> None:
    rule = {"kind": "minimum", "where": {"x": 1}, "expect": "Yes", "name": "ones are a yes"}
    with pytest.raises(ConfigurationError, match="no class 'Yes'") as raised:
        test(Answering([binary()]), Examining(binary()), **{"model-test": {"behaviour": [rule]}})
    assert "0, 1" in raised.value.fix


@pytest.mark.parametrize(
    ("code", "cases", "status", "words"),
    [
        (0, "<testcase name='a'/>", CheckStatus.PASSED, "1 passed"),
        (1, "<testcase name='a'><failure message='so'/></testcase>", CheckStatus.FAILED, "1 of 1 failed: a"),
        (0, "<testcase name='a'><skipped/></testcase>", CheckStatus.FAILED, "no test was run"),
        (5, "", CheckStatus.FAILED, "no test was run"),
        (3, None, CheckStatus.FAILED, "exit code 3"),
        (0, None, CheckStatus.FAILED, "no report"),
    ],
)
def test_the_projects_own_tests_of_the_model_are_in_the_record(test, code, cases, status, words) -> None:
    commands = []

    def run(command: Any) -> Outcome:
        commands.append(command)
        if cases is not None:
            junit = next(word for word in command.argv if word.startswith("--junitxml=")).partition("=")[2]
            Path(junit).write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
        return Outcome(exit_code=code, wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1, log=Path("log"), tail="said")

    test.ports.processes = SimpleNamespace(run=run, plain=lambda text, secrets=(): text.replace("secret", "***"))
    test.ports.progress = SimpleNamespace(note=lambda text: None)
    test.ports.environments = SimpleNamespace(project=lambda: SimpleNamespace(python=Path("/p/bin/python"), path=()))
    result = test(Answering([binary()]), **{"model-test": {"tests": "python -m pytest tests/model"}})
    found = check(result, "own tests")
    assert (found.status, words in found.reason) == (status, True), found.reason
    assert commands[0].environment["TRAINSTOP_PREDICTIONS"].endswith("predictions.parquet")
    assert len(commands[0].modules) == 1
    assert [failure.message for failure in result.part.tests.failures] == (["so"] if "of 1 failed" in words else [])


def test_a_model_that_crashes_fails_in_its_own_words(test) -> None:
    crash = ProjectCodeError("it ended by SIGSEGV", fix="look")
    for result, name in (
        (test(Answering([]), Examining(binary(), error=crash)), "answers"),
        (test(Answering([], error=crash)), "repeats"),
    ):
        assert (result.status, "SIGSEGV" in check(result, name).reason) == (Status.FAILED, True)


def test_a_model_that_hangs_fails_and_is_no_matter_of_the_outside(test) -> None:
    hanging = Examining(binary(), error=TimeLimitError("asking the model took longer than it was given", fix="wait"))
    result = test(Answering([binary()]), hanging)
    assert (result.status, check(result, "answers").reason) == (
        Status.FAILED, "asking the model took longer than it was given (wait)",
    )  # fmt: skip


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
    table = binary(sex=np.arange(ROWS) % 2)
    limits = {"columns": ["sex"], "limits": {"demographic-parity-difference": 0.5}}
    result = test(
        Answering([table]),
        Examining(table, result=replace(TIMED, inputs=("x", "copy"))),
        **{"model-test": {"fairness": limits}},
    )
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
