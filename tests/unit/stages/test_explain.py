"""`explain`: from the records, and from nothing else."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from trainstop.cli import cli
from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Failure, Provenance, Record, Results, Status
from trainstop.records.explaining import ExplainPart
from trainstop.records.judging import Estimate, EvaluatePart, MetricResult, ModelTestPart
from trainstop.stages import explain
from trainstop.workspace import Workspace

HOSTILE = "a\x1b[31m\n::error::b|`c`"


class Here:
    """A project whose records a test writes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "trainstop.toml").write_text('[model]\nname = "m"\ntask = "binary"\n')
        self.workspace = Workspace(root)
        self.results = Results(self.workspace.results)

    def write(self, part: Any, *checks: Check, **more: Any) -> None:
        values = {"status": Status.PASSED, "part": part, "checks": checks, "stage": part.stage} | more
        self.results.write(
            Record[type(part)](  # type: ignore[misc]  # known at run time
                **values,
                trainstop="0",
                provenance=Provenance(repository="r"),
                started_at=datetime(2026, 11, 3, tzinfo=UTC),
                duration_seconds=0,
            )
        )

    def evaluated(self, name: str = "auc") -> None:
        metric = MetricResult(name=name, greater_is_better=True, candidate=Estimate(value=0.7, interval=(0.6, 0.8)))
        part = EvaluatePart(rung=2, rows=900, metrics=(metric,), notes=("rows are alike",))
        self.write(
            part,
            Check(name="answers", status=CheckStatus.PASSED, value=900, reason="every row has a usable answer"),
            Check(name=name, status=CheckStatus.PASSED, value=0.7, limit=0.5, interval=(0.6, 0.8), reason="fine"),
            Check(name=f"{name} vs champion", status=CheckStatus.SKIPPED, reason="there is no champion yet"),
        )

    def run(self, **options: str) -> ExplainPart:
        config = Config.model_validate({"model": {"name": "m", "task": "binary"}})
        job = Job(config, self.workspace, self.results, cast("Any", None), Provenance(repository="r"))
        result = explain.run(job, **options)
        assert result.status is Status.PASSED
        assert result.part is not None
        return result.part


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def gates(part: ExplainPart) -> list[tuple[str, str]]:
    return [(each.of_stage, each.gate) for each in part.explanations]


def test_the_gates_of_evaluate_and_model_test_are_explained_in_their_order(here: Here) -> None:
    here.evaluated()
    here.write(ModelTestPart(), Check(name="repeats", status=CheckStatus.FAILED, reason="they differ"))
    part = here.run()
    assert gates(part) == [
        ("evaluate", "answers"),
        ("evaluate", "auc"),
        ("evaluate", "auc vs champion"),
        ("model-test", "repeats"),
    ]
    assert part.notes == ("rows are alike",)
    assert gates(here.run(stage="model-test")) == [("model-test", "repeats")]


def test_a_metric_means_its_limits_and_its_comparison(here: Here) -> None:
    here.evaluated()
    assert gates(here.run(gate="auc")) == [("evaluate", "auc"), ("evaluate", "auc vs champion")]
    assert gates(here.run(gate="auc vs champion")) == [("evaluate", "auc vs champion")]


def test_an_unknown_gate_names_the_nearest(here: Here) -> None:
    here.evaluated()
    with pytest.raises(InputError, match="no gate or check is called 'acu'") as error:
        here.run(gate="acu")
    assert "did you mean `auc`" in error.value.fix
    with pytest.raises(InputError) as error:
        here.run(gate="zzzzzz")
    assert "there are: answers, auc, auc vs champion" in error.value.fix


def test_without_a_record_it_says_what_to_run(here: Here) -> None:
    with pytest.raises(InputError, match="left no record here") as error:
        here.run()
    assert "trainstop evaluate" in error.value.fix
    with pytest.raises(InputError, match="`lint` left no record") as error:
        here.run(stage="lint")
    assert "trainstop lint" in error.value.fix


def test_a_stage_that_broke_off_is_explained_by_what_broke_it(here: Here) -> None:
    failure = Failure(kind="InputError", what="there is no evaluation data", where="data/", fix="make it", exit_code=2)
    here.write(EvaluatePart(rung=2), status=Status.FAILED, error=failure)
    with pytest.raises(InputError, match="broke off before it judged anything: there is no evaluation data") as error:
        here.run()
    assert (error.value.where, error.value.fix) == ("data/", "make it")


def test_a_record_that_is_no_record_is_refused(here: Here) -> None:
    here.evaluated()
    here.results.path("evaluate").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        here.run()


def called(here: Here, *arguments: str) -> Any:
    return CliRunner().invoke(cli, ["explain", *arguments, "--config", str(here.root)])


def test_on_a_terminal_a_paragraph_a_gate(here: Here) -> None:
    here.evaluated()
    shown = called(here, "auc", "--stage", "evaluate")
    assert shown.exit_code == 0
    assert "✓ evaluate: auc passed" in shown.output
    assert "rests on  900 rows, taken as independent of one another" in shown.output
    assert "answers" not in shown.output


def test_for_a_machine_the_record_with_every_sentence(here: Here) -> None:
    here.evaluated()
    shown = called(here, "--json", "--quiet")
    record = Record[ExplainPart].model_validate_json(shown.stdout)
    assert record.part is not None
    assert [each.gate for each in record.part.explanations] == ["answers", "auc", "auc vs champion"]


@pytest.mark.parametrize("arguments", [("acu",), (HOSTILE,), ("--stage", "model-test")])
def test_what_cannot_be_explained_exits_with_2(here: Here, arguments: tuple[str, ...]) -> None:
    here.evaluated()
    shown = called(here, *arguments)
    assert shown.exit_code == 2
    assert "\x1b" not in shown.output
    assert "\n::error::" not in shown.output


def test_a_hostile_name_is_only_printed(here: Here) -> None:
    here.evaluated(HOSTILE)
    shown = called(here)
    assert shown.exit_code == 0
    assert "\x1b" not in shown.output
    assert not [line for line in shown.output.splitlines() if line.lstrip().startswith("::")]
