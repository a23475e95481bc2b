"""The page of the metrics names all of them, each at its task."""

import re
from pathlib import Path

from trainstop.judgement.metrics import BY_TASK

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_listed_at_its_task_and_none_that_is_not_there() -> None:
    listed = PAGE.split("## By task", 1)[1]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", listed, re.MULTILINE)
    assert {task: re.findall(r"`(\w+)`", names) for task, names in rows} == {
        task: list(metrics) for task, metrics in BY_TASK.items()
    }
