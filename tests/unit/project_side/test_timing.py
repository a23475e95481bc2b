"""Two models take turns at being timed, and none waits for the other for ever."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from trainstop.project_side.timing import timed

ROWS = pd.DataFrame({"x": range(10)})
MODEL: Any = SimpleNamespace(pyfunc=SimpleNamespace(predict=lambda rows: rows["x"]))


def asked(folder: Path, **more: Any) -> dict[str, Any]:
    given = {"folder": str(folder), "mine": "candidate", "other": "champion", "first": True}
    return {**given, "rounds": 3, "calls": 2, "batch_rows": 5, "seconds": 60.0, **more}


def test_where_the_other_ended_before_its_turn_all_rounds_are_timed_alone(tmp_path: Path) -> None:
    (tmp_path / "champion-over").touch()
    seen = timed(MODEL, ROWS, asked(tmp_path))
    assert [len(calls) for calls in seen["single"]] == [2, 2, 2]
    assert len(seen["batch"]) == 3


def test_one_that_never_takes_its_turn_is_waited_for_no_longer_than_allowed(tmp_path: Path) -> None:
    began = time.monotonic()
    seen = timed(MODEL, ROWS, asked(tmp_path, seconds=0.05))
    assert time.monotonic() - began < 5
    assert [len(calls) for calls in seen["single"]] == [2]


@pytest.mark.parametrize("other", ["champion", ""])
def test_turns_are_given_on_only_where_somebody_takes_them(tmp_path: Path, other: str) -> None:
    (tmp_path / "champion-over").touch()
    timed(MODEL, ROWS, asked(tmp_path, other=other))
    left = sorted(path.name for path in tmp_path.glob("candidate-*"))
    assert left == (["candidate--1", "candidate-0", "candidate-1", "candidate-2", "candidate-over"] if other else [])
