"""The scoring script with models that answer in every way they can, rightly and wrongly. MLflow is real."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings("default")  # MLflow's own warnings are not ours to mend

from trainstop.project_side import score  # noqa: E402

ROWS = 50


def model_folder(folder: Path, predict: str, inputs: tuple[tuple[str, str], ...] = (("x", "double"),)) -> Path:
    """Write a model of plain code: `predict` is the body of a function of the frame `rows` (and `np`, `pd`)."""
    body = "\n".join(f"        {line}" for line in predict.splitlines())
    (folder / "code").mkdir(parents=True)
    name = f"loader_of_{abs(hash(predict))}"
    (folder / "code" / f"{name}.py").write_text(
        "import numpy as np\nimport pandas as pd\n\n\nclass Model:\n    def predict(self, rows, params=None):\n"
        f"{body}\n\n\ndef _load_pyfunc(path):\n    return Model()\n"
    )
    signature = json.dumps([{"type": kind, "name": column, "required": True} for column, kind in inputs])
    (folder / "MLmodel").write_text(
        f"flavors: {{python_function: {{loader_module: {name}, code: code}}}}\n"
        f"signature: {{inputs: '{signature}', outputs: null, params: null}}\n"
    )
    return folder


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'nothing.db'}")
    table = pa.table(
        {
            "x": [float(number) for number in range(ROWS)],
            "day": ["mon", "tue"] * (ROWS // 2),
            "y": [number % 2 for number in range(ROWS)],
        }
    )
    parquet.write_table(table.slice(0, 30), tmp_path / "one.parquet")
    csv.write_csv(table.slice(30), tmp_path / "two.csv")

    def asked(predict: str, *, inputs: Any = (("x", "double"),), **changes: Any) -> dict[str, Any]:
        request = {
            "mode": "score",
            "model": str(model_folder(tmp_path / "model", predict, inputs)),
            "task": "binary",
            "method": "auto",
            "tables": [str(tmp_path / "one.parquet"), str(tmp_path / "two.csv")],
            "target": "y",
            "positive": 1,
            "id": "",
            "keep": ["day"],
            "drop": ["y"],
            "quantiles": [],
            "limit": None,
            "batch_rows": 7,
            "predictions": str(tmp_path / "predictions.parquet"),
            "golden": str(tmp_path / "golden.json"),
            **changes,
        }
        (tmp_path / "request.json").write_text(json.dumps(request))
        code = score.main(tmp_path / "request.json", tmp_path / "result.json")
        result = json.loads((tmp_path / "result.json").read_text())
        assert (code != 0) == ("error" in result)
        if code == 0 and request["mode"] == "score":
            result["table"] = parquet.read_table(tmp_path / "predictions.parquet")
        return result

    return asked


def test_rows_keep_their_order_over_files_batches_and_formats(ask, tmp_path) -> None:
    result = ask("return (rows.x / 100).to_numpy()", golden="")
    table = result["table"]
    assert table.column_names == ["row_id", "target", "prediction", "score", "day"]
    assert table["row_id"].to_pylist() == list(range(ROWS))
    assert table["score"].to_pylist() == pytest.approx([number / 100 for number in range(ROWS)])
    assert table["prediction"].to_pylist() == [0] * ROWS
    assert not (tmp_path / "golden.json").exists()


def test_a_limit_is_spread_evenly_over_the_table(ask) -> None:
    result = ask("return (rows.x / 100).to_numpy()", limit=8)
    assert result["table"]["row_id"].to_pylist() == [0, 7, 14, 21, 28, 35, 42, 49]


def test_golden_rows_carry_what_a_server_answers(ask, tmp_path) -> None:
    ask("return pd.DataFrame({'no': 1 - rows.x / 100, 'yes': rows.x / 100})", positive="yes")
    golden = json.loads((tmp_path / "golden.json").read_text())
    assert golden["columns"] == ["x"]
    assert len(golden["rows"]) == len(golden["answers"]) == 20
    assert golden["answers"][-1] == {"no": pytest.approx(0.51), "yes": pytest.approx(0.49)}


def test_golden_rows_that_are_refused_together_are_asked_one_by_one(ask, tmp_path) -> None:
    ask("assert len(rows) != 20\nreturn (rows.x / 100).to_numpy()", limit=40)
    golden = json.loads((tmp_path / "golden.json").read_text())
    assert golden["answers"] == pytest.approx([row[0] / 100 for row in golden["rows"]])


def test_whole_numbers_reach_a_model_of_decimals_as_decimals(ask) -> None:
    result = ask("assert rows.x.dtype == 'float64'\nreturn (rows.x / 100).to_numpy()")
    assert result["rows"] == ROWS, "the second file is CSV, where 30.0 is written 30"


def test_the_model_is_asked_only_for_the_columns_of_its_signature(ask) -> None:
    result = ask("assert list(rows.columns) == ['x'], list(rows.columns)\nreturn (rows.x / 100).to_numpy()")
    assert result["inputs"] == ["x"]


def test_many_classes_have_a_column_each(ask) -> None:
    predict = "share = (rows.x / 100).to_numpy()\nreturn pd.DataFrame({'a': share, 'b': 1 - share, 'c': 0 * share})"
    result = ask(predict, task="multiclass")
    assert result["classes"] == ["a", "b", "c"]
    assert [name for name in result["table"].column_names if name.startswith("score_")] == [
        "score_a", "score_b", "score_c",
    ]  # fmt: skip
    assert set(result["table"]["prediction"].to_pylist()) == {"b"}


def test_a_number_a_row_is_a_regression(ask) -> None:
    result = ask("return rows[['x']].to_numpy() * 2", task="regression")
    assert result["table"]["prediction"].to_pylist() == [2.0 * number for number in range(ROWS)]
    assert result["classes"] == []


def test_a_number_a_row_is_what_a_ranking_ranks_by(ask) -> None:
    result = ask("return (50 - rows.x).to_numpy()", task="ranking", keep=["day"])
    assert result["table"].column_names == ["row_id", "target", "score", "day"]
    assert result["table"]["score"].to_pylist() == [50.0 - number for number in range(ROWS)]


@pytest.mark.parametrize(
    ("predict", "quantiles"),
    [
        ("return pd.DataFrame({'0.9': rows.x + 1, '0.1': rows.x - 1, 'q_0.5': rows.x})", []),
        ("return pd.DataFrame({0.5: rows.x, 0.1: rows.x - 1, 0.9: rows.x + 1})", []),
        ("return np.column_stack([rows.x - 1, rows.x, rows.x + 1])", [0.1, 0.5, 0.9]),
    ],
)
def test_quantiles_are_told_by_their_names_or_by_the_configuration(ask, predict, quantiles) -> None:
    table = ask(predict, task="forecast", quantiles=quantiles)["table"]
    assert table.column_names == ["row_id", "target", "q_0.1", "q_0.5", "q_0.9", "prediction", "day"]
    assert table["q_0.1"].to_pylist() == [number - 1.0 for number in range(ROWS)]
    assert table["prediction"].to_pylist() == table["q_0.5"].to_pylist()


@pytest.mark.parametrize(
    ("predict", "changes", "kind", "words"),
    [
        ("return (rows.x > 3).astype(int).to_numpy()", {}, "input", "labels, not scores"),
        ("return np.array(['yes'] * len(rows))", {}, "input", "labels, not scores"),
        ("return (rows.x > 3).astype(float).to_numpy()", {"method": "predict"}, "input", "labels, not scores"),
        ("return np.where(rows.x == 33, np.nan, 0.3)", {}, "model", "NaN or infinity to 1 of 50 rows.*`33`"),
        ("return 1 / (rows.x - 33)", {"task": "regression"}, "model", "NaN or infinity to 1 of 50"),
        ("return np.array([0.3])", {}, "model", "1 answers to 7 rows"),
        ("return rows[['x', 'x']].to_numpy()", {"task": "regression"}, "model", "2 values"),
        ("return rows[['x', 'x']].to_numpy()", {"task": "ranking"}, "model", "2 values"),
        ("return rows[['x', 'x']].to_numpy()", {"task": "forecast"}, "input", "nothing says which quantiles"),
        ("return pd.DataFrame({'low': rows.x})", {"task": "forecast"}, "input", "nothing says which quantiles"),
        ("return rows[['x']].to_numpy()", {"task": "forecast", "quantiles": [0.1, 0.9]}, "model", "names 2"),
        ("return rows[['day']]", {"task": "forecast", "inputs": (("day", "string"),)}, "model", "not with numbers"),
        ("return np.full((len(rows), 3), 0.3)", {"task": "multiclass"}, "model", "3 scores a row, and 2 classes"),
        ("raise ValueError('cannot today')", {}, "model", "cannot today"),
        ("return (rows.x / 100).to_numpy()", {"target": "z"}, "input", "lacks columns.*z"),
        ("return pd.DataFrame({'a': rows.x, 'b': rows.x})", {"positive": "c"}, "input", "data.positive"),
        ("return (rows.x / 100).to_numpy()", {"tables": ["missing.parquet"]}, "input", "not a readable Parquet"),
        ("return rows.x", {"inputs": (("x", "double"), ("w", "double"))}, "input", "wants columns.*w"),
        ("return rows.x", {"inputs": (("day", "double"),)}, "input", "refuses the rows"),
        ("return rows.x", {"inputs": (("day", "datetime"),)}, "input", "wants times.*`day`"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_said_in_words(ask, predict, changes, kind, words) -> None:
    error = ask(predict, **changes)["error"]
    assert error["kind"] == kind
    assert re.search(words, error["what"] + error["where"]), error
    assert "mon" not in error["what"], "no value of a row is shown"


def test_a_model_whose_code_breaks_does_not_load(ask) -> None:
    error = ask("return 1", mode="check", inputs=(("x", "no such type"),))["error"]
    assert error["kind"] == "model"
    assert "does not load" in error["what"]
