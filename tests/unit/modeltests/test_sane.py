"""Whose earlier answers a model's answers are compared with, and what counts as another answer."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop.config import Config
from trainstop.modeltests.clusters import Clusters
from trainstop.modeltests.examined import Examined
from trainstop.modeltests.reading import Answers
from trainstop.modeltests.sane import sane
from trainstop.ports.probing import Probe, ProbeResult
from trainstop.records import Check, CheckStatus, Provenance, Record, Results, Status
from trainstop.records.judging import EvaluatePart
from trainstop.workspace import Workspace

ROWS = 50
SCORE = np.random.default_rng(0).random(ROWS)
KINDS = ("base", "again", "shuffled", "single")


class Here:
    """A project whose model gives scores and labels; `asked` says how often another process was asked."""

    def __init__(self, root: Path) -> None:
        self.root, self.workspace = root, Workspace(root)
        self.workspace.candidate.model.mkdir(parents=True)
        self.evaluate: dict[str, Any] = {}
        self.asked = 0
        self.said: dict[str, dict[str, Any]] = {}

    def table(self, **columns: Any) -> pa.Table:
        given = {"row_id": np.arange(ROWS), "target": (SCORE > 0.4).astype(int), "score": SCORE}
        return pa.table({**given, "prediction": (SCORE >= 0.5).astype(int), **columns})

    def score(self, request: Any) -> None:
        self.asked += 1
        parquet.write_table(self.table(), request.predictions)

    def evaluated(self, rung: Any) -> None:
        stamp: Any = {"stage": "evaluate", "trainstop": "0", "started_at": datetime.now(UTC), "duration_seconds": 1}
        provenance = Provenance(repository="r")
        Results(self.workspace.results).write(
            Record(status=Status.PASSED, part=EvaluatePart(rung=rung), provenance=provenance, **stamp)
        )

    def keep(self, **columns: Any) -> None:
        parquet.write_table(self.table(**columns), self.workspace.candidate.predictions)

    def checks(self) -> dict[str, Check]:
        given = {"model": {"name": "m", "task": "binary"}, "evaluate": self.evaluate}
        config = Config.model_validate({**given, "data": {"id": "row_id"}})
        ports = SimpleNamespace(scorer=self)
        job: Any = SimpleNamespace(
            config=config, workspace=self.workspace, results=Results(self.workspace.results), ports=ports
        )
        answers = self.root / "answers"
        answers.mkdir(exist_ok=True)
        whole = self.table(**self.said.get("base", {}))
        parquet.write_table(whole.select(["row_id", "target"]), answers / "rows.parquet")
        probes = []
        for kind in KINDS:
            columns = self.table(**self.said.get(kind, {})).select(["score", "prediction"])
            parquet.write_table(columns.append_column("place", pa.array(np.arange(ROWS))), answers / f"{kind}.parquet")
            asked: Any = {"section": "sanity", "kind": kind, "column": "", "detail": "", "rows": ROWS, "error": ""}
            probes.append(Probe(**asked, file=f"{kind}.parquet"))
        seen = ProbeResult(load_seconds=0.1, timing=None, probes=tuple(probes))
        examined = Examined(job, (), self.root, seen, Answers(config, answers, probes), Clusters(job))
        return {check.name: check for check in sane(examined).checks}


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_a_table_that_the_project_wrote_is_not_what_the_model_said(here: Here) -> None:
    here.evaluate = {"predictions": "mine.parquet"}
    here.evaluated(1)
    here.keep(score=np.round(SCORE, 3))
    assert here.checks()["repeats"].status is CheckStatus.PASSED
    assert here.asked == 1


@pytest.mark.parametrize("known", ["by the configuration", "by the record"])
def test_one_of_the_two_that_says_so_is_enough(here: Here, known: str) -> None:
    here.keep(score=np.round(SCORE, 3))
    if known == "by the record":
        here.evaluated(1)
    else:
        here.evaluate = {"predictions": "mine.parquet"}
    assert here.checks()["repeats"].status is CheckStatus.PASSED
    assert here.asked == 1


def test_what_the_model_said_to_evaluate_is_what_it_is_compared_with(here: Here) -> None:
    here.evaluated(2)
    here.keep(score=SCORE + 0.01)
    found = here.checks()["repeats"]
    assert (found.status, here.asked) == (CheckStatus.FAILED, 0)
    assert found.reason == "50 of 50 rows were answered differently in another process"


@pytest.mark.parametrize("kind", ["again", "shuffled", "single"])
def test_a_tie_that_falls_to_another_label_is_the_same_answer(here: Here, kind: str) -> None:
    tied, label = SCORE.copy(), (SCORE >= 0.5).astype(int)
    tied[3], other = 0.5, label.copy()
    label[3], other[3] = 1, 0
    here.said = {"base": {"score": tied, "prediction": label}, kind: {"score": tied - 5.6e-17, "prediction": other}}
    here.said = {**dict.fromkeys(KINDS, here.said["base"]), kind: here.said[kind]}
    names = {"again": "repeats-at-once", "shuffled": "order-free", "single": "single-as-batch"}
    assert here.checks()[names[kind]].status is CheckStatus.PASSED


def test_a_score_that_moved_is_another_answer_whatever_the_label(here: Here) -> None:
    here.said = {"again": {"score": SCORE + 0.001}}
    assert here.checks()["repeats-at-once"].status is CheckStatus.FAILED
