"""`evaluate`: three rungs, one verdict, and no pass without data."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from trainstop.config import Config
from trainstop.drift.profile import Profile
from trainstop.errors import ConfigurationError, InputError, ProjectCodeError, TrainstopError, UnavailableError
from trainstop.evaluation import meaning
from trainstop.fingerprint import evaluation_data
from trainstop.job import Job
from trainstop.ports import Ports
from trainstop.ports.scoring import ScoreRequest, ScoreResult
from trainstop.records import Check, Provenance, Record, Result, Results, Status
from trainstop.records.judging import Answered, BaselinePart, Changes, Estimate, EvaluatePart, MetricResult
from trainstop.records.training import Cost, Fingerprint, TrainPart
from trainstop.report.comment import render_comment
from trainstop.report.view import gather
from trainstop.stages import evaluate
from trainstop.workspace import Workspace

ROWS = 1200
HOSTILE = "@everyone | <img src=x> `fixes #1` [x](http://y)\n# h <!-- trainstop:report:late --> </details>"


@dataclass
class FakeScorer:
    """Writes the table that belongs to a bundle, or fails."""

    tables: dict[Path, Any] = field(default_factory=dict)
    asked: list[ScoreRequest] = field(default_factory=list)
    golden_error: TrainstopError | None = None

    def golden(self, request: ScoreRequest) -> None:
        if self.golden_error:
            raise self.golden_error
        assert request.golden is not None
        request.golden.write_text("{}")

    def score(self, request: ScoreRequest) -> ScoreResult:
        self.asked.append(request)
        table = self.tables[request.bundle.root]
        if isinstance(table, TrainstopError):
            raise table
        request.predictions.parent.mkdir(parents=True, exist_ok=True)
        pa.parquet.write_table(pa.table(table), request.predictions)
        names = [name.removeprefix("score_") for name in pa.table(table).column_names if name.startswith("score_")]
        return ScoreResult(
            rows=1, load_seconds=0, predict_seconds=0, peak_memory_bytes=0, inputs=(), classes=tuple(names)
        )


class FakeProgress:
    def note(self, text: str) -> None:
        """Say nothing."""


@dataclass
class FakePorts:
    scorer: FakeScorer = field(default_factory=FakeScorer)
    progress: FakeProgress = field(default_factory=FakeProgress)


def answers(*, noise: float = 0.5, seed: int = 1, rows: int = ROWS, knows: float = 1.0) -> dict[str, Any]:
    """A binary predictions table; the rows, targets and what is common to all models never change."""
    common = np.random.default_rng(0)
    target = common.random(rows) < 0.4
    signal = knows * target + common.normal(size=rows)
    score = 1 / (1 + np.exp(-(signal + noise * np.random.default_rng(seed).normal(size=rows))))
    days = [f"2026-07-{1 + row % 31:02}" for row in range(rows)]
    origin = np.where(np.arange(rows) % 3 == 0, "EWR", "JFK").tolist()
    return {"row_id": list(range(rows)), "target": target, "score": score, "day": days, "origin": origin}


class Here:
    """One project on rung 2, with a champion where it is given one."""

    def __init__(self, root: Path, **sections: Any) -> None:
        self.root = root
        self.workspace = Workspace(root)
        self.ports = FakePorts()
        self.sections: dict[str, Any] = {
            "model": {"name": "late", "task": "binary"},
            "data": {"evaluation": ["data/*.csv"], "cluster": "day"},
            "evaluate": {"resamples": 200},
        } | sections
        (root / "data").mkdir()
        (root / "data" / "july.csv").write_text("a\n1\n")
        self.workspace.candidate.model.mkdir(parents=True)
        self.candidate(answers())

    def candidate(self, table: Any) -> None:
        self.ports.scorer.tables[self.workspace.candidate.root] = table

    def champion(
        self, table: Any = None, *, model: Any = None, data: str | None = None, then: Any = None, **part: Any
    ) -> None:
        """Fetch a champion: with its predictions, or with a model that answers `model`.

        It was judged under today's settings, but for those that `then` says.
        """
        bundle = self.workspace.champion
        bundle.root.mkdir(parents=True, exist_ok=True)
        if table is not None:
            pa.parquet.write_table(pa.table(table), bundle.predictions)
        self.ports.scorer.tables[bundle.root] = model
        digest = self.digest() if data is None else data
        self.baseline(
            BaselinePart(
                version=3,
                evaluation_data=digest,
                has_predictions=table is not None,
                has_model=model is not None,
                **{"answered": self.answered(**(then or {}))} | part,
            )
        )

    def answered(self, **then: Any) -> Answered:
        """Return what answers mean under today's settings, but for those given."""
        config = Config.model_validate(self.sections)
        row_id = "row_id" if config.evaluate.predictions else config.data.id
        return meaning.of_answers(config, row_id=row_id, classes=()).model_copy(update=then)

    def baseline(self, part: BaselinePart) -> None:
        Results(self.workspace.results).write(
            Record(
                stage="baseline",
                status=Status.PASSED,
                part=part,
                trainstop="0",
                provenance=Provenance(repository="r"),
                started_at=datetime(2026, 11, 3, tzinfo=UTC),
                duration_seconds=0,
            )
        )

    def digest(self) -> str:
        return evaluation_data(self.job.config, self.root)

    @property
    def job(self) -> Job:
        return Job(
            config=Config.model_validate(self.sections),
            workspace=self.workspace,
            results=Results(self.workspace.results),
            ports=cast("Ports", self.ports),
            provenance=Provenance(repository="r"),
        )

    def run(self) -> Result[EvaluatePart]:
        return evaluate.run(self.job)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def check(result: Result[EvaluatePart], name: str) -> Check:
    return next(each for each in result.checks if each.name == name)


def metric(result: Result[EvaluatePart], name: str) -> MetricResult:
    assert result.part is not None
    return next(each for each in result.part.metrics if each.name == name)


def test_a_model_is_asked_and_judged_with_intervals(here: Here) -> None:
    here.sections["gates"] = {"auc": {"min": 0.6}}
    result = here.run()
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.rung, result.part.rows, result.part.clusters, result.part.cluster) == (2, ROWS, 31, "day")
    assert result.part.evaluation_data == here.digest()
    assert result.part.predictions.startswith("sha256:")
    assert sum(result.part.class_rows.values()) == ROWS
    assert metric(result, "auc").candidate.interval is not None
    (asked,) = here.ports.scorer.asked
    assert (asked.predictions, asked.golden) == (here.workspace.candidate.predictions, here.workspace.candidate.golden)
    assert "over 31 clusters of `day`" in check(result, "auc").reason


def test_a_gate_that_is_missed_fails_the_stage(here: Here) -> None:
    here.sections["gates"] = {"auc": {"min": 0.99}}
    result = here.run()
    assert result.status is Status.FAILED
    assert "is below 0.99" in result.reason


def test_a_champion_judged_on_the_same_data_is_not_asked_again(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.2}}
    here.champion(answers(seed=2), model=answers(seed=2))
    result = here.run()
    assert len(here.ports.scorer.asked) == 1
    assert check(result, "auc vs champion").reason.startswith("no worse")
    assert result.part is not None
    assert result.part.champion_version == 3


def test_a_champion_judged_on_other_data_is_asked_again_and_its_bundle_left_alone(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    here.champion(answers(rows=5), model=answers(noise=3.0), data="sha256:old")
    result = here.run()
    assert len(here.ports.scorer.asked) == 2
    assert check(result, "auc vs champion").reason.startswith("better")
    assert pa.parquet.read_table(here.workspace.champion.predictions).num_rows == 5


def test_a_worse_candidate_is_stopped(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.001}}
    here.candidate(answers(noise=4.0))
    here.champion(answers(noise=0.1))
    result = here.run()
    assert result.status is Status.FAILED
    assert "auc vs champion: worse" in result.reason


def test_a_champion_older_than_the_cluster_and_slice_settings_is_still_compared(here: Here) -> None:
    here.sections["data"]["slices"] = ["origin"]
    here.sections["gates"] = {"auc": {"tolerance": 0.2}}
    here.champion({name: answers(seed=2)[name] for name in ("row_id", "target", "score")})
    assert check(here.run(), "auc vs champion").reason.startswith("no worse")


def test_the_order_of_the_champion_s_rows_does_not_matter(here: Here) -> None:
    table = pa.table(answers(seed=2))
    here.champion(table)
    straight = here.run()
    here.champion(table.take(np.random.default_rng(0).permutation(ROWS)))
    assert here.run().model_dump_json() == straight.model_dump_json()


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (answers(rows=ROWS - 1), "different rows"),
        (answers() | {"target": [True] * ROWS}, "another target"),
        ({"row_id": [1], "target": [1]}, "neither a `prediction` nor a `score`"),
        (answers() | {"score": [float("nan")] * ROWS}, "missing, NaN or infinite"),
    ],
)
def test_a_champion_that_cannot_be_compared_is_inconclusive_with_the_reason(
    here: Here, table: dict[str, Any], reason: str
) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01, "min": 0.5}}
    here.champion(table)
    result = here.run()
    assert result.status is Status.INCONCLUSIVE
    assert reason in check(result, "auc vs champion").reason
    assert check(result, "auc").status == "passed"


@pytest.mark.parametrize(
    "error", [UnavailableError("its environment cannot be built"), InputError("the model wants columns that are gone")]
)
def test_a_champion_that_cannot_be_scored_is_inconclusive_and_no_crash(here: Here, error: TrainstopError) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    here.champion(model=error)
    result = here.run()
    assert result.status is Status.INCONCLUSIVE
    assert error.what in result.reason
    assert result.part is not None
    assert any(error.what in note for note in result.part.notes)


def test_a_champion_whose_answers_are_stale_and_whose_model_is_gone_is_inconclusive(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    here.champion(answers(), data="sha256:old")
    assert "evaluation data changed" in here.run().reason


def test_a_champion_whose_answers_were_left_out_on_their_way_is_inconclusive_and_says_so(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    here.champion(answers())
    here.workspace.champion.predictions.unlink()
    result = here.run()
    assert result.status is Status.INCONCLUSIVE
    assert "left out on their way" in result.reason


def test_of_a_champion_whose_numbers_alone_are_at_hand_the_difference_is_shown_and_nobody_can_tell(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01}, "log_loss": {"tolerance": 0.01}}
    here.champion(metrics={"auc": 0.9, "log_loss": 0.1}, numbers_only=True)
    result = here.run()
    assert result.part is not None
    by_name = {metric.name: metric for metric in result.part.metrics}
    for name, sign, recorded in (("auc", 1, 0.9), ("log_loss", -1, 0.1)):
        comparison = by_name[name].comparison
        assert comparison is not None
        assert comparison.difference == pytest.approx(sign * ((by_name[name].candidate.value or 0) - recorded))
        assert (comparison.word, comparison.interval) == (None, None)
        assert by_name[name].champion == Estimate(value=recorded)
    gate = check(result, "auc vs champion")
    assert gate.status == "warned"
    assert "nobody knows how sure" in gate.reason


def test_recorded_numbers_of_other_evaluation_data_are_no_comparison(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    here.champion(metrics={"auc": 0.9}, numbers_only=True, data="sha256:old")
    result = here.run()
    assert result.part is not None
    metric = next(each for each in result.part.metrics if each.name == "auc")
    assert metric.champion is None
    assert metric.comparison is not None
    assert metric.comparison.difference is None
    assert "other evaluation data" in check(result, "auc vs champion").reason


def profiled(*weeks: int) -> Profile:
    """Return the profile of a training on some weeks of July 2026."""
    starts = tuple(datetime(2026, 7, 6 + 7 * week, tzinfo=UTC).date() for week in weeks)
    ones = (7,) * len(starts)
    return Profile(time="at", period="week", starts=starts, rows=ones, days=ones, columns=())


def test_a_champion_that_was_trained_on_the_evaluation_weeks_is_not_compared_and_it_is_said(here: Here) -> None:
    here.sections["data"] = {**here.sections["data"], "time": "at"}
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    days = [f"2026-07-{day:02}" for day in range(20, 27)]
    (here.root / "data" / "july.csv").write_text("at,a\n" + "".join(f"{day},1\n" for day in days))
    here.candidate(answers(noise=3.0))
    here.champion(answers(noise=0.1))
    profiled(0, 1).write(here.workspace.candidate.profile)
    profiled(0, 1).write(here.workspace.champion.profile)
    assert check(here.run(), "auc vs champion").status == "failed"
    profiled(0, 1, 2).write(here.workspace.champion.profile)
    result = here.run()
    assert check(result, "auc vs champion").status == "inconclusive"
    assert "was trained on the time of 7 of these 7 rows" in check(result, "auc vs champion").reason
    here.workspace.champion.profile.write_text("{}")
    result = here.run()
    assert check(result, "auc vs champion").status == "failed"
    assert result.part is not None
    assert [note for note in result.part.notes if "nobody knows whether the champion was trained" in note]


def trained(fingerprint: Fingerprint, **params: str) -> Record[TrainPart]:
    """Return the record of a training."""
    cost = Cost(wall_seconds=1, cpu_seconds=1, peak_memory_bytes=1)
    return Record[TrainPart](
        stage="train",
        status=Status.PASSED,
        part=TrainPart(fingerprint=fingerprint, restored=False, cost=cost, params=params),
        trainstop="0",
        provenance=Provenance(repository="r"),
        started_at=datetime(2026, 11, 3, tzinfo=UTC),
        duration_seconds=0,
    )


def test_what_changed_since_the_champion_was_trained_is_recorded_with_the_parameters_that_differ(here: Here) -> None:
    before = Fingerprint(digest="1", code="c", data="d", command="e", environment="f")
    Results(here.workspace.champion.records).write(trained(before, depth="3", rate="0.1", gone="1"))
    now = before.model_copy(update={"code": "new"})
    Results(here.workspace.results).write(trained(now, depth="4", rate="0.1", new="x"))
    here.champion(answers(seed=2))
    result = here.run()
    assert result.part is not None
    assert result.part.changes == Changes(
        code=True,
        data=False,
        command=False,
        environment=False,
        params={"depth": ("3", "4"), "gone": ("1", None), "new": (None, "x")},
    )


def test_a_champion_whose_training_nobody_can_read_is_judged_without_a_word_on_what_changed(here: Here) -> None:
    here.workspace.champion.records.mkdir(parents=True)
    (here.workspace.champion.records / "train.json").write_text("{}")
    here.champion(answers(seed=2))
    result = here.run()
    assert result.status is Status.PASSED
    assert result.part is not None
    assert result.part.changes is None


def test_no_champion_and_no_baseline_are_told_apart(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    assert "baseline` has not run" in check(here.run(), "auc vs champion").reason
    here.baseline(BaselinePart())
    result = here.run()
    assert check(result, "auc vs champion").reason == "there is no champion yet"
    assert result.status is Status.PASSED


def test_slices_without_a_champion_are_shown_with_intervals_and_nothing_else(here: Here) -> None:
    here.sections["data"]["slices"] = ["origin"]
    result = here.run()
    assert result.part is not None
    assert [(each.value, each.rows) for each in result.part.slices] == [("JFK", 800), ("EWR", 400)]
    assert [each.name for each in result.part.slices[0].metrics] == ["auc", "log_loss"]
    assert result.part.slices[0].metrics[0].candidate.interval is not None
    assert len(result.checks) == 1


def with_a_loss(here: Here, name: str) -> None:
    """Let the candidate be better than the champion on the whole, and worse where the carrier is `name`."""
    rows = 8000
    lost = np.arange(rows) % 10 == 0
    candidate = answers(noise=0.1, rows=rows)
    candidate["score"] = np.where(lost, np.random.default_rng(5).random(rows), candidate["score"])
    candidate["carrier"] = np.where(lost, name, np.where(np.arange(rows) % 2, "UA", "DL")).tolist()
    here.sections["data"]["slices"] = ["carrier", ["carrier", "origin"]]
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    here.candidate(candidate)
    here.champion(answers(noise=1.5, rows=rows))


def test_a_slice_that_got_worse_warns_though_the_whole_got_better(here: Here) -> None:
    with_a_loss(here, "F9")
    result = here.run()
    assert check(result, "auc vs champion").reason.startswith("better")
    sliced = check(result, "auc in carrier = F9 vs champion")
    assert (sliced.status, result.status) == ("warned", Status.PASSED)
    assert "auc in carrier = F9 vs champion" in result.reason
    assert not [each.name for each in result.checks if "UA" in each.name or "DL" in each.name]
    assert result.part is not None
    assert result.part.slices[0].metrics[0].method.startswith("simultaneous")


def test_the_weakest_slice_is_looked_for_and_never_blocks(here: Here) -> None:
    with_a_loss(here, "F9")
    del here.sections["data"]["cluster"]
    here.sections["slices"] = {"mode": "off"}
    result = here.run()
    assert result.part is not None
    spot = next(each for each in result.part.weakest if each.against == "champion")
    assert "carrier = F9" in spot.name
    assert spot.confirmed
    assert {each.status.value for each in result.checks} == {"passed"}


def test_a_slice_that_got_worse_stops_the_line_where_the_project_says_so(here: Here) -> None:
    with_a_loss(here, "F9")
    here.sections["slices"] = {"mode": "block"}
    assert here.run().status is Status.FAILED


def test_a_slice_of_a_hostile_name_leads_the_comment_as_text(here: Here) -> None:
    with_a_loss(here, HOSTILE)
    record = here.run()
    Results(here.workspace.results).write(
        Record[EvaluatePart](
            **dict(record),
            stage="evaluate",
            trainstop="0",
            provenance=Provenance(repository="r"),
            started_at=datetime(2026, 11, 3, tzinfo=UTC),
            duration_seconds=0,
        )
    )
    text = render_comment(gather(Results(here.workspace.results), model="late"))
    assert "but worse for `carrier = @everyone" in text.splitlines()[0]
    assert "worse for" in text.splitlines()[0]
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert "@everyone" not in outside
    assert "<img" not in outside
    assert "](http://y)" not in outside


def test_a_slice_column_that_is_not_there_is_named(here: Here) -> None:
    here.sections["data"]["slices"] = ["origin", ["carrier", "origin"]]
    with pytest.raises(InputError, match="lacks `carrier`"):
        here.run()


def test_a_tolerance_of_slices_on_no_metric_is_refused_before_anything_runs(here: Here) -> None:
    here.sections["slices"] = {"tolerance": {"acu": 0.1}}
    with pytest.raises(ConfigurationError, match="no metric of this task"):
        here.run()
    assert not here.ports.scorer.asked


def test_rows_without_a_cluster_setting_are_taken_as_independent_and_it_says_so(here: Here) -> None:
    del here.sections["data"]["cluster"]
    result = here.run()
    assert result.part is not None
    assert (result.part.clusters, result.part.cluster) == (None, "")
    assert any("set `data.cluster`" in note for note in result.part.notes)


def days_that_hang_together(*, seed: int = 1, shift: int = 7) -> dict[str, Any]:
    """Answers whose errors are those of 31 days, by a table that does not say which row is of which day."""
    table = answers(seed=seed)
    moved = np.random.default_rng(shift).normal(size=31)[np.arange(ROWS) % 31]
    score = np.log(table["score"] / (1 - table["score"])) + moved
    del table["day"]
    return table | {"score": 1 / (1 + np.exp(-score))}


def with_evaluation_data(here: Here, **columns: Any) -> None:
    """Data beside the answers: the same rows, in the same order."""
    table = answers()
    rows = {"target": table["target"], "day": table["day"], "origin": table["origin"], **columns}
    pa.csv.write_csv(pa.table(rows), here.root / "data" / "july.csv")


def test_a_column_within_which_errors_hang_together_is_the_cluster_and_it_says_so(here: Here) -> None:
    del here.sections["data"]["cluster"]
    here.sections["gates"] = {"auc": {"min": 0.5, "tolerance": 0.2}}
    with_evaluation_data(here)
    here.candidate(days_that_hang_together())
    here.champion(days_that_hang_together())
    result = here.run()
    assert result.part is not None
    assert (result.part.clusters, result.part.cluster, result.part.cluster_guessed) == (31, "day", True)
    assert result.part.design_effect is not None
    assert result.part.design_effect > 1.5
    assert any("errors hang together within `day`" in note for note in result.part.notes)
    assert "over 31 clusters of `day` (guessed)" in check(result, "auc").reason
    assert check(result, "auc vs champion").reason.startswith("no worse")
    assert "over 31 clusters of `day` (guessed)" in metric(result, "log_loss").method
    named = dict(here.sections["data"], cluster="day")
    here.sections["data"] = named
    here.candidate(days_that_hang_together() | {"day": answers()["day"]})
    configured = here.run()
    assert metric(configured, "auc").candidate == metric(result, "auc").candidate


def test_a_guess_that_is_not_wanted_is_not_made(here: Here) -> None:
    del here.sections["data"]["cluster"]
    here.sections["evaluate"]["guess-cluster"] = False
    with_evaluation_data(here)
    here.candidate(days_that_hang_together())
    result = here.run()
    assert result.part is not None
    assert (result.part.clusters, result.part.cluster, result.part.cluster_guessed) == (None, "", False)
    assert any("set `data.cluster`" in note for note in result.part.notes)


def test_a_configured_cluster_is_not_guessed_about(here: Here) -> None:
    with_evaluation_data(here)
    here.candidate(days_that_hang_together() | {"day": [f"d{row % 40}" for row in range(ROWS)]})
    result = here.run()
    assert result.part is not None
    assert (result.part.clusters, result.part.cluster, result.part.cluster_guessed) == (40, "day", False)


def test_evaluation_data_that_cannot_be_read_keeps_no_model_from_being_judged(here: Here) -> None:
    del here.sections["data"]["cluster"]
    (here.root / "data" / "july.csv").write_bytes(b"\xff\xfe\x00broken")
    result = here.run()
    assert result.status is Status.PASSED


def test_rows_of_three_days_that_hang_together_are_too_few_and_say_so(here: Here) -> None:
    del here.sections["data"]["cluster"]
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    days = [f"2026-07-0{1 + row // 400}" for row in range(ROWS)]
    with_evaluation_data(here, day=days)
    table = answers()
    moved = np.array([-2.0, 0.0, 2.0])[np.arange(ROWS) // 400]
    score = 1 / (1 + np.exp(-(np.log(table["score"] / (1 - table["score"])) + moved)))
    here.candidate(table | {"score": score})
    here.champion(table | {"score": score * 0.99})
    result = here.run()
    assert result.part is not None
    assert (result.part.clusters, result.part.cluster_guessed) == (3, True)
    assert check(result, "auc vs champion").reason.startswith("cannot tell")
    assert "only 3 clusters of `day` (guessed): intervals need 20" in check(result, "auc vs champion").reason


def test_a_project_s_own_table_is_looked_at_for_a_cluster(here: Here) -> None:
    here.sections["evaluate"]["predictions"] = "p.csv"
    here.sections["data"] = {}
    pa.csv.write_csv(pa.table(days_that_hang_together() | {"route": answers()["day"]}), here.root / "p.csv")
    part = here.run().part
    assert part is not None
    assert (part.clusters, part.cluster, part.cluster_guessed) == (31, "route", True)


def test_a_project_without_gates_passes_and_is_told(here: Here) -> None:
    result = here.run()
    assert result.status is Status.PASSED
    assert result.part is not None
    assert any("no gate is set" in note for note in result.part.notes)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"score": [0.5] * ROWS}, "the score is the same in every row"),
        ({"score": [float("nan"), *[0.5] * (ROWS - 1)]}, "1 of 1200 rows have a score that is missing"),
        ({"target": [True] * ROWS}, "the target is the same in every row"),
    ],
)
def test_answers_that_cannot_be_judged_fail(here: Here, change: dict[str, Any], reason: str) -> None:
    here.sections["gates"] = {"accuracy": {"min": 0.0}}
    here.candidate(answers() | change)
    result = here.run()
    assert result.status is Status.FAILED
    assert reason in check(result, "answers").reason


def test_an_undefined_metric_fails_its_gate(here: Here) -> None:
    here.sections["gates"] = {"auc": {"min": 0.0}}
    here.candidate(answers() | {"target": [True] * ROWS})
    assert "it needs rows of both classes" in check(here.run(), "auc").reason


def test_margins_are_ranked_and_it_says_what_does_not_apply(here: Here) -> None:
    here.sections["gates"] = {"auc": {"min": 0.5}, "log_loss": {"max": 9.0}}
    here.candidate(answers() | {"score": np.log(np.array(answers()["score"])) * 3})
    result = here.run()
    assert check(result, "auc").status == "passed"
    assert check(result, "log_loss").reason.startswith("it has no value: the scores are not probabilities")
    assert result.part is not None
    assert any("no probabilities" in note for note in result.part.notes)


def test_a_target_of_three_values_is_not_binary(here: Here) -> None:
    here.candidate(answers() | {"target": [row % 3 for row in range(ROWS)]})
    with pytest.raises(InputError, match="the task is binary"):
        here.run()


def test_a_row_without_a_cluster_is_refused(here: Here) -> None:
    here.candidate(answers() | {"day": [None, *["x"] * (ROWS - 1)]})
    with pytest.raises(InputError, match="1 of 1200 rows have no `day`"):
        here.run()


def test_missing_evaluation_data_is_refused(here: Here) -> None:
    (here.root / "data" / "july.csv").unlink()
    with pytest.raises(InputError, match="no evaluation data"):
        here.run()


def test_nothing_to_judge_is_refused(here: Here) -> None:
    here.workspace.candidate.model.rmdir()
    with pytest.raises(InputError, match="nothing to judge"):
        here.run()


@pytest.mark.parametrize(
    ("gates", "said"),
    [({"acu": {"min": 0.5}}, "no such metric"), ({"acuracy": {"min": 0.5}}, "no such metric")],
)
def test_a_gate_on_no_metric_is_refused_before_anything_runs(here: Here, gates: Any, said: str) -> None:
    here.sections["gates"] = gates
    with pytest.raises(ConfigurationError, match=said):
        here.run()
    assert not here.ports.scorer.asked


def test_bias_cannot_be_compared(here: Here) -> None:
    here.sections["model"]["task"] = "regression"
    here.sections["gates"] = {"bias": {"tolerance": 0.5}}
    with pytest.raises(ConfigurationError, match="no better direction"):
        here.run()


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_other_tasks_are_judged_by_their_own_metrics(here: Here, task: str) -> None:
    here.sections["model"]["task"] = task
    random = np.random.default_rng(0)
    table = answers()
    if task == "regression":
        target = random.normal(size=ROWS)
        table |= {"target": target, "prediction": target + random.normal(size=ROWS)}
        here.sections["gates"] = {"rmse": {"max": 1.2, "tolerance": 0.5}, "bias": {"min": -0.3, "max": 0.3}}
    else:
        target = random.integers(0, 3, ROWS)
        scores = random.dirichlet(np.ones(3), ROWS) + 0.5 * np.eye(3)[target]
        scores /= scores.sum(axis=1, keepdims=True)
        table |= {"target": np.array(["a", "b", "c"])[target]}
        table |= {f"score_{name}": scores[:, place] for place, name in enumerate("abc")}
        del table["score"]
        here.sections["gates"] = {"macro_f1": {"min": 0.6, "tolerance": 0.5}, "log_loss": {"max": 1.0}}
    here.candidate(table)
    here.champion(table)
    result = here.run()
    assert result.status is Status.PASSED, result.reason
    assert all(each.status == "passed" for each in result.checks)
    assert all(each.candidate.interval for each in (result.part.metrics if result.part else ()))


def test_the_same_input_gives_the_same_record(here: Here) -> None:
    here.sections["data"]["slices"] = ["origin"]
    assert here.run().model_dump_json() == here.run().model_dump_json()


def test_a_table_that_the_project_wrote_needs_no_model_and_is_kept(here: Here) -> None:
    here.sections["evaluate"]["predictions"] = "out/p.csv"
    here.sections["data"] = {"target": "late", "id": "flight"}
    here.sections["gates"] = {"auc": {"tolerance": 0.5}}
    table = pa.table(answers()).rename_columns(["flight", "late", "score", "day", "origin"])
    (here.root / "out").mkdir()
    pa.csv.write_csv(table, here.root / "out" / "p.csv")
    here.champion(answers(seed=2), data="sha256:whatever")
    result = here.run()
    assert result.part is not None
    assert (result.part.rung, result.part.rows) == (1, ROWS)
    assert result.part.evaluation_data
    assert check(result, "auc vs champion").reason.startswith("no worse")
    assert pa.parquet.read_table(here.workspace.candidate.predictions).column_names == ["row_id", "target", "score"]
    assert not here.ports.scorer.asked


@pytest.mark.parametrize(("serving", "kept"), [("endpoint", True), ("batch", False)])
def test_beside_a_table_that_the_project_wrote_a_served_model_still_gives_golden_predictions(
    here: Here, serving: str, kept: bool
) -> None:
    here.sections["model"]["serving"] = serving
    here.sections["evaluate"]["predictions"] = "p.csv"
    pa.csv.write_csv(pa.table(answers()), here.root / "p.csv")
    assert here.run().part.rung == 1
    assert here.workspace.candidate.golden.exists() is kept
    here.ports.scorer.golden_error = ProjectCodeError("it does not load")
    assert here.run().status is Status.PASSED, "the table is judged all the same"
    assert not here.workspace.candidate.golden.exists(), "an earlier model's are not left as this one's"


class TestMetricsFile:
    """Rung 0: bare numbers."""

    @pytest.fixture
    def here(self, tmp_path: Path) -> Here:
        here = Here(tmp_path, evaluate={"metrics-file": "metrics.json"})
        (tmp_path / "metrics.json").write_text('{"auc": 0.7, "profit": 12.5, "broken": NaN}')
        return here

    def test_points_are_gated_and_carry_no_uncertainty(self, here: Here) -> None:
        here.sections["gates"] = {"auc": {"min": 0.6}, "profit": {"min": 20}}
        result = here.run()
        assert result.status is Status.FAILED
        assert check(result, "auc").status == "passed"
        assert check(result, "profit").reason == "12.5 is below 20"
        assert result.part is not None
        assert result.part.rung == 0
        assert any("bare numbers" in note for note in result.part.notes)
        assert not here.ports.scorer.asked

    def test_a_gate_on_what_is_not_finite_fails(self, here: Here) -> None:
        here.sections["gates"] = {"broken": {"min": 0.0}}
        result = here.run()
        assert result.status is Status.FAILED
        assert "the file says nan" in check(result, "broken").reason

    def test_the_champion_s_numbers_are_beside_and_nobody_can_tell(self, here: Here) -> None:
        here.sections["gates"] = {"auc": {"tolerance": 0.01}}
        here.champion(metrics={"auc": 0.8})
        result = here.run()
        relative = check(result, "auc vs champion")
        assert relative.status == "warned"
        assert "0.7 is 0.1 worse than the champion's 0.8" in relative.reason
        here.sections["gates"]["auc"]["cannot-tell"] = "block"
        assert here.run().status is Status.FAILED

    def test_a_gate_on_a_metric_that_the_file_lacks_is_refused(self, here: Here) -> None:
        here.sections["gates"] = {"profits": {"min": 1}}
        with pytest.raises(ConfigurationError, match="no such metric") as error:
            here.run()
        assert "did you mean `profit`" in error.value.fix

    def test_a_file_without_a_single_number_fails(self, here: Here) -> None:
        (here.root / "metrics.json").write_text('{"auc": NaN}')
        assert here.run().status is Status.FAILED

    def test_two_sources_of_the_same_numbers_are_refused(self, here: Here) -> None:
        here.sections["evaluate"]["predictions"] = "p.parquet"
        with pytest.raises(ValueError, match="either `metrics-file` or `predictions`"):
            here.run()


def test_what_charts_are_drawn_from_is_left_behind(here: Here) -> None:
    here.champion(answers(seed=2))
    result = here.run()
    part = result.part
    assert part is not None
    assert part.charts is not None
    assert part.charts.candidate.roc is not None
    assert part.charts.candidate.roc.area == pytest.approx(metric(result, "auc").candidate.value, abs=1e-6)
    assert part.charts.champion is not None
    assert part.charts.champion.roc is not None
    assert part.charts.champion.roc.area != part.charts.candidate.roc.area
