"""`evaluate` and bad input: a clear error or a failed check, and never a pass."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from tests.unit.stages.test_evaluate import Here, check, metric

from trainstop.errors import ConfigurationError, InputError
from trainstop.records import Status

ROWS = 400
Table = dict[str, Any]


def table(rows: int = ROWS, seed: int = 0) -> Table:
    """A good predictions table."""
    random = np.random.default_rng(0)
    target = random.random(rows) < 0.4
    signal = target + random.normal(size=rows) + 0.3 * np.random.default_rng(seed).normal(size=rows)
    return {"row_id": np.arange(rows), "target": target.astype(int), "score": 1 / (1 + np.exp(-signal))}


@pytest.fixture
def here(tmp_path: Path) -> Here:
    """A project on rung 1 whose gates a good table clears."""
    gates = {"auc": {"min": 0.6, "tolerance": 0.05}, "log_loss": {"max": 0.9}}
    return Here(tmp_path, evaluate={"predictions": "p.parquet", "resamples": 200}, data={}, gates=gates)


def write(here: Here, columns: Table) -> None:
    pa.parquet.write_table(pa.table(columns), here.root / "p.parquet")


def test_a_good_table_passes(here: Here) -> None:
    write(here, table())
    here.champion(table(seed=1))
    assert here.run().status is Status.PASSED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": np.ones(ROWS, dtype=int)}, "the target is the same in every row"),
        ({"score": np.full(ROWS, 0.4)}, "the score is the same in every row"),
        ({"score": np.where(np.arange(ROWS) == 7, np.nan, table()["score"])}, "1 of 400 rows have a score"),
        ({"score": np.full(ROWS, np.inf)}, "400 of 400 rows have a score"),
    ],
    ids=["one class only", "constant scores", "a NaN score", "infinite scores"],
)
def test_answers_that_cannot_be_judged_fail_and_say_so(here: Here, change: Table, said: str) -> None:
    write(here, table() | change)
    result = here.run()
    assert result.status is Status.FAILED
    assert said in check(result, "answers").reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": np.where(np.arange(ROWS) < 3, np.nan, table()["target"])}, "3 of 400 rows have no target"),
        ({"target": np.arange(ROWS) % 3}, "the target has 2 values beside '1': 0, 2"),
        ({"row_id": np.arange(ROWS) // 2}, "200 of 400 rows repeat a `row_id`, the first is '0'"),
        ({"score": ["high"] * ROWS}, "column `score` holds something that is no number"),
        ({"target": np.array([], dtype=int), "score": [], "row_id": np.array([], dtype=int)}, "has no row"),
    ],
    ids=["NaN labels", "an unseen class", "row ids twice", "scores that are words", "an empty table"],
)
def test_a_table_that_is_none_is_refused(here: Here, change: Table, said: str) -> None:
    write(here, table() | change)
    with pytest.raises(InputError) as error:
        here.run()
    assert said in error.value.what
    assert error.value.where
    assert error.value.fix


def test_scores_outside_0_and_1_are_ranked_and_are_no_probabilities(here: Here) -> None:
    write(here, table() | {"score": 2 * table()["score"]})
    result = here.run()
    assert result.status is Status.FAILED
    assert "the scores are not probabilities" in check(result, "log_loss").reason
    assert check(result, "auc").status == "passed"


def test_one_row_is_no_pass(here: Here) -> None:
    write(here, table(1))
    result = here.run()
    assert result.status is Status.FAILED
    assert metric(result, "auc").candidate.value is None


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (table(ROWS - 1), "different rows"),
        (table() | {"row_id": np.arange(ROWS) + 1}, "different rows"),
        (table() | {"target": 1 - table()["target"]}, "400 of 400 rows have another target"),
        ({name: table()[name] for name in ("row_id", "score")}, "lacks `target`"),
        ({name: table()[name] for name in ("row_id", "target")}, "neither a `prediction` nor a `score`"),
        (table() | {"row_id": np.zeros(ROWS, dtype=int)}, "repeat a `row_id`"),
    ],
    ids=["fewer rows", "other rows", "other targets", "no target", "no answers", "row ids twice"],
)
def test_a_champion_whose_table_differs_is_not_compared_and_that_is_no_pass(
    here: Here, columns: Table, said: str
) -> None:
    write(here, table())
    here.champion(columns)
    result = here.run()
    assert result.status is Status.INCONCLUSIVE
    assert said in check(result, "auc vs champion").reason


def test_a_champion_that_was_deleted_meanwhile_is_not_compared_and_that_is_no_pass(here: Here) -> None:
    write(here, table())
    here.champion(table(seed=1))
    here.workspace.champion.predictions.unlink()
    result = here.run()
    assert result.status is Status.INCONCLUSIVE
    assert "left out on their way" in check(result, "auc vs champion").reason


def test_a_champion_whose_file_broke_off_is_not_compared_and_that_is_no_pass(here: Here) -> None:
    write(here, table())
    here.champion(table(seed=1))
    whole = here.workspace.champion.predictions.read_bytes()
    here.workspace.champion.predictions.write_bytes(whole[: len(whole) // 2])
    result = here.run()
    assert result.status is Status.INCONCLUSIVE
    assert "cannot be read" in check(result, "auc vs champion").reason


@pytest.mark.parametrize("value", [1.2, -0.1, 7.0, 1e300])
def test_a_metric_that_cannot_be_is_no_pass(here: Here, value: float) -> None:
    here.sections["evaluate"] = {"metrics-file": "m.json"}
    here.sections["gates"] = {"auc": {"min": -1.0, "max": 1e301}}
    (here.root / "m.json").write_text(json.dumps({"auc": value}))
    result = here.run()
    assert result.status is Status.FAILED
    assert "it lies between 0 and 1" in check(result, "auc").reason


def passed(here: Here) -> str:
    """Return what is wrong: that the set at hand passed, or an error without its parts; else an empty text."""
    try:
        result = here.run()
    except (InputError, ConfigurationError) as error:
        return "" if error.what and error.fix else f"an error without its parts: {error}"
    return result.model_dump_json() if result.status is Status.PASSED else ""


NOTHING = [
    "NaN",
    "Infinity",
    "-Infinity",
    "null",
    '""',
    '"0.9"',
    "[]",
    "[0.9]",
    "{}",
    "true",
    "1e999",
    "-1e999",
    "12",
    "-3",
]


def test_of_900_fuzzed_metrics_files_none_passes(here: Here) -> None:
    """The gated metric is missing, or no number, or one that it cannot be; all else in the file is good."""
    here.sections["evaluate"] = {"metrics-file": "m.json"}
    here.sections["gates"] = {"auc": {"min": -math.pi, "tolerance": 0.5}, "log_loss": {"max": 1e300}}
    here.champion(metrics={"auc": 0.7, "log_loss": 0.5})
    random = np.random.default_rng(0)
    for number in range(900):
        good = {"auc": "0.9", "log_loss": "0.1", "profit": f"{random.normal():.3f}"}
        broken = ["auc", "log_loss"][random.integers(2)]
        bad = NOTHING[random.integers(len(NOTHING))]
        if (broken, bad) == ("log_loss", "12"):
            bad = "null"
        good[broken] = bad
        text = "{" + ", ".join(f'"{name}": {value}' for name, value in good.items()) + "}"
        if random.random() < 0.2:
            text = text[: random.integers(len(text))]
        (here.root / "m.json").write_text(text)
        assert not passed(here), (number, text)


def _some(random: np.random.Generator, values: Any, bad: Any) -> Any:
    """Put something bad in place of some values, or of all."""
    rows = random.random(len(values)) < random.choice([0.01, 0.5, 1.0])
    rows[random.integers(len(values))] = True
    return np.where(rows, bad, values)


BREAKS: dict[str, Callable[[np.random.Generator, Table], Table]] = {
    "NaN score": lambda random, good: good | {"score": _some(random, good["score"], np.nan)},
    "infinite score": lambda random, good: (
        good | {"score": _some(random, good["score"], random.choice([-np.inf, np.inf]))}
    ),
    "constant score": lambda random, good: good | {"score": np.full(len(good["score"]), random.random())},
    "no score": lambda _, good: {name: good[name] for name in ("row_id", "target")},
    "words": lambda _, good: good | {"score": [f"s{value}" for value in good["score"]]},
    "NaN target": lambda random, good: good | {"target": _some(random, good["target"].astype(float), np.nan)},
    "one class": lambda random, good: good | {"target": np.full(len(good["score"]), random.integers(2))},
    "another class": lambda random, good: good | {"target": _some(random, good["target"], 2)},
    "no target": lambda _, good: {name: good[name] for name in ("row_id", "score")},
    "ids twice": lambda random, good: good | {"row_id": _some(random, good["row_id"], 5) // 2},
    "empty": lambda _, good: {name: values[:0] for name, values in good.items()},
    "other rows": lambda random, good: good | {"row_id": good["row_id"] + random.integers(1, 9)},
    "stale rows": lambda random, _: table(60 - int(random.integers(1, 30))),
}


def test_of_100_fuzzed_tables_none_passes(here: Here) -> None:
    """Each is a good table with one thing broken, beside a champion that answered the rows it should have had."""
    here.sections["gates"] = {"auc": {"min": 0.0, "tolerance": 0.99}}
    here.champion(table(60, seed=1))
    random = np.random.default_rng(1)
    for number in range(100):
        what = list(BREAKS)[number % len(BREAKS)]
        write(here, BREAKS[what](random, table(60)))
        assert not passed(here), (number, what)
