"""Models of plain code in MLflow folders, and a table to ask them about."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

ROWS = 60


def model_folder(folder: Path, predict: str, inputs: tuple[tuple[str, str], ...]) -> Path:
    """Write a model: `predict` is the body of a method of the frame `rows` (and `self`, `np`, `pd`, `os`)."""
    body = "\n".join(f"        {line}" for line in predict.splitlines())
    (folder / "code").mkdir(parents=True)
    name = f"loader_of_{abs(hash((predict, str(folder))))}"
    (folder / "code" / f"{name}.py").write_text(
        "import os\nimport numpy as np\nimport pandas as pd\n\n\nclass Model:\n    asked = 0\n\n"
        f"    def predict(self, rows, params=None):\n        self.asked += 1\n{body}\n\n\n"
        "def _load_pyfunc(path):\n    return Model()\n"
    )
    signature = json.dumps([{"type": kind, "name": column, "required": True} for column, kind in inputs])
    (folder / "MLmodel").write_text(
        f"flavors: {{python_function: {{loader_module: {name}, code: code}}}}\n"
        f"signature: {{inputs: '{signature}', outputs: null, params: null}}\n"
    )
    return folder


@pytest.fixture
def make_model() -> Callable[..., Path]:
    return model_folder


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    table = pa.table(
        {
            "x": [number / ROWS for number in range(ROWS)],
            "size": list(range(ROWS)),
            "gap": [None if number % 6 == 0 else float(number) for number in range(ROWS)],
            "site": ["north", "south", "west"] * (ROWS // 3),
            "day": [number // 2 for number in range(ROWS)],
            "y": [int(number >= ROWS / 2) for number in range(ROWS)],
        }
    )
    parquet.write_table(table, tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"
