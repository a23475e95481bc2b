"""The script that calls a project's own metric: what it finds, what it computes, what it says when it cannot."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

pytest.importorskip("pandas")

from trainstop.project_side import own_metric

METRICS = """
import numpy as np

def share_right(table):
    return (table.target == table.prediction).mean()

def spoils(table):
    table["target"] = 0
    return float(len(table.columns))

def needs_first(table):
    return 1.0 if (table.row_id == 0).any() else float("nan")

def raises(table):
    raise KeyError("amount")

def raises_without_first(table):
    return 1 / (table.row_id == 0).sum()

def refuses_champion(table):
    if (table.prediction == 1).all():
        raise ValueError("nothing to say of this one")
    return 1

def several(table):
    return np.array([1.0, 2.0])

def no_number(table):
    return float("nan")

def ends_on_champion(table):
    if (table.prediction == 1).all():
        import os
        os._exit(7)
    return 1

constant = 3
"""


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "business").mkdir()
    (tmp_path / "business" / "__init__.py").touch()
    (tmp_path / "business" / "costs.py").write_text(METRICS)
    (tmp_path / "business" / "broken.py").write_text("import a_package_that_is_not_there\n")
    rows = {"row_id": range(6), "target": [1, 0, 1, 0, 1, 0], "prediction": [1, 0, 1, 0, 0, 1]}
    table = pa.table({**rows, "trainstop group": [0, 1, 2, 0, 1, 2]})
    parquet.write_table(table, tmp_path / "candidate.parquet")
    other = table.set_column(2, "prediction", pa.array([1] * 6))
    parquet.write_table(other, tmp_path / "champion.parquet")
    path, modules = list(sys.path), set(sys.modules)

    def asked(function: str, **changes: Any) -> dict[str, Any]:
        request = {
            "name": "own",
            "function": function,
            "project": str(tmp_path),
            "candidate": str(tmp_path / "candidate.parquet"),
            "champion": "",
            "group": "trainstop group",
            **changes,
        }
        (tmp_path / "request.json").write_text(json.dumps(request))
        code = own_metric.main(tmp_path / "request.json", tmp_path / "result.json")
        result: dict[str, Any] = json.loads((tmp_path / "result.json").read_text())
        assert (code != 0) == ("error" in result)
        return result

    yield asked
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("business"):
            del sys.modules[name]


def test_a_metric_is_computed_on_all_rows_and_without_each_group(ask, tmp_path) -> None:
    result = ask("business.costs:share_right", champion=str(tmp_path / "champion.parquet"))
    assert result["candidate"] == {"value": 4 / 6, "without": [2 / 4, 3 / 4, 3 / 4], "reason": ""}
    assert result["champion"]["value"] == 3 / 6


def test_without_groups_it_is_computed_once(ask) -> None:
    assert ask("business.costs:share_right", group="")["candidate"]["without"] == []


def test_a_function_gets_a_table_of_its_own_without_our_column(ask, tmp_path) -> None:
    result = ask("business.costs:spoils", champion=str(tmp_path / "champion.parquet"))
    assert result["candidate"] == {"value": 3.0, "without": [3.0] * 3, "reason": ""}


@pytest.mark.parametrize("function", ["needs_first", "raises_without_first"])
def test_where_it_is_not_defined_without_a_group_there_is_a_gap(ask, function: str) -> None:
    without = ask(f"business.costs:{function}")["candidate"]["without"]
    assert [math.isfinite(value) for value in without] == [False, True, True]


def test_a_nan_on_all_rows_is_handed_on_as_it_is(ask) -> None:
    found = ask("business.costs:no_number")["candidate"]
    assert math.isnan(found["value"])
    assert found["without"] == []


def test_a_function_that_fails_on_the_champion_costs_the_comparison_only(ask, tmp_path) -> None:
    result = ask("business.costs:refuses_champion", champion=str(tmp_path / "champion.parquet"))
    assert result["candidate"]["value"] == 1
    assert math.isnan(result["champion"]["value"])
    assert "nothing to say of this one" in result["champion"]["reason"]


@pytest.mark.parametrize(
    ("function", "kind", "what", "fix"),
    [
        ("business.cost:share_right", "input", "no module `business.cost`", "did you mean `costs`?"),
        ("busines:share_right", "input", "no module `busines`", "did you mean `business`?"),
        ("zzz:share_right", "input", "no module `zzz`", "name a module of the project"),
        ("business.costs:share_rihgt", "input", "`business.costs` has no `share_rihgt`", "did you mean `share_right`?"),
        ("business.costs:constant", "input", "is int, not a function", "name a function"),
        ("business.broken:f", "code", "does not import: ModuleNotFoundError", "call it by hand"),
        ("business.costs:raises", "code", "fails on 6 rows: KeyError: 'amount'", "call it by hand"),
        ("business.costs:several", "code", "returned ndarray of shape (2,), not one number", "return a float"),
        ("", "input", "no entry point `own` in the group `trainstop.metrics`", "package.module:function"),
    ],
)
def test_what_cannot_be_called_is_said_with_what_to_do(ask, function: str, kind: str, what: str, fix: str) -> None:
    error = ask(function)["error"]
    assert error["kind"] == kind
    assert what in error["what"]
    assert fix in error["fix"]


def test_what_a_function_raises_is_placed_in_its_own_line(ask) -> None:
    assert ask("business.costs:raises")["error"]["where"].endswith("costs.py:15")


def test_an_entry_point_of_the_metric_s_name_is_found(ask, tmp_path) -> None:
    about = tmp_path / "shop-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[trainstop.metrics]\nown = business.costs:share_right\n")
    assert ask("")["candidate"]["value"] == 4 / 6
    assert ask("", name="owm")["error"]["fix"] == "did you mean `own`?"


def test_a_function_that_ends_the_process_on_the_champion_s_answers_leaves_the_candidate_s_value(ask, tmp_path) -> None:
    ask("business.costs:ends_on_champion")
    request = json.loads((tmp_path / "request.json").read_text()) | {"champion": str(tmp_path / "champion.parquet")}
    (tmp_path / "request.json").write_text(json.dumps(request))
    (tmp_path / "result.json").unlink()
    script = [sys.executable, own_metric.__file__, str(tmp_path / "request.json"), str(tmp_path / "result.json")]
    assert subprocess.run(script, check=False).returncode == 7
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["candidate"]["value"], result["champion"]) == (1.0, None)
