"""What becomes of a metric whose process ends on the way; the process is pretended."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from trainstop.adapters.own_metrics import ProjectMetrics
from trainstop.errors import ProjectCodeError, TimeLimitError
from trainstop.ports.environments import Interpreter
from trainstop.ports.own_metrics import OwnMetricRequest, OwnMetricValues
from trainstop.ports.processes import Command, Outcome
from trainstop.workspace import Workspace

VALUE = {"value": 0.5, "without": [0.4, 0.6], "reason": ""}
TABLE = pa.table({"row_id": [1], "target": [1], "score": [0.5]})
HUNG: dict[str, Any] = {"exit_code": None, "timed_out": True}
KILLED: dict[str, Any] = {"exit_code": None, "signal": "SIGKILL"}


@dataclass
class OneProcess:
    """Writes a result, or nothing, and ends as it is told."""

    result: Any
    ending: dict[str, Any]

    def run(self, command: Command) -> Outcome:
        if self.result is not None:
            Path(command.argv[3]).write_text(json.dumps(self.result))
        given = {"wall_seconds": 9.0, "cpu_seconds": 1.0, "peak_memory_bytes": 1, "log": Path("metric.log")}
        return Outcome(**given, **self.ending)

    def plain(self, text: str) -> str:
        return text


class Project:
    """Its environment, and nobody to tell."""

    def project(self) -> Interpreter:
        return Interpreter(python=Path("/project/python"), digest="", version="", source="")

    def note(self, text: str) -> None:
        """Say nothing."""


def measured(root: Path, result: Any, ending: dict[str, Any], champion: Any = TABLE) -> Any:
    project: Any = Project()
    process: Any = OneProcess(result, ending)
    metrics = ProjectMetrics(Workspace(root), process, project, project)
    return metrics.measure(
        OwnMetricRequest(name="cost", function="m:cost", candidate=TABLE, champion=champion, groups=None, timeout=9)
    )


@pytest.mark.parametrize(
    ("ending", "words"),
    [(HUNG, "took longer than it was given"), (KILLED, "ended the process that called it")],
    ids=str,
)
def test_a_metric_that_ends_on_the_champion_s_answers_has_no_value_of_it(
    tmp_path: Path, ending: dict[str, Any], words: str
) -> None:
    candidate, champion = measured(tmp_path, {"candidate": VALUE, "champion": None}, ending)
    assert candidate == OwnMetricValues(value=0.5, without=(0.4, 0.6))
    assert math.isnan(champion.value)
    assert "on the champion's answers" in champion.reason
    assert words in champion.reason


@pytest.mark.parametrize(("ending", "kind"), [(HUNG, TimeLimitError), (KILLED, ProjectCodeError)], ids=str)
def test_a_metric_that_ends_on_the_candidate_s_answers_ends_the_stage(
    tmp_path: Path, ending: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind, match="the metric `cost`"):
        measured(tmp_path, None, ending)


def test_both_values_are_handed_on(tmp_path: Path) -> None:
    both = measured(tmp_path, {"candidate": VALUE, "champion": VALUE}, {"exit_code": 0})
    assert both[0] == both[1] == OwnMetricValues(value=0.5, without=(0.4, 0.6))
    assert measured(tmp_path, {"candidate": VALUE, "champion": None}, {"exit_code": 0}, champion=None)[1] is None
