"""Asks a model for predictions and writes them as a table.

Run by path in the model's own interpreter: `python score.py REQUEST RESULT`, both JSON. Imports only the standard
library, MLflow (2.9 or newer) and what came with it. A classifier is asked for probabilities through its native flavor,
since an ordinary `pyfunc` of one gives labels; golden predictions are what MLflow's scoring server would answer.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OURS = str(Path(__file__).resolve().parents[2])
if not __package__:  # run by path: our folder must not hide the model's own modules, and is seen for these imports only
    sys.path[0] = OURS
    sys.path.append(sys.path.pop(0))

# ruff: noqa: E402  # the lines above decide where these come from
from trainstop.labels import spelling
from trainstop.project_side.answer_form import CLASSIFIES
from trainstop.project_side.class_scores import class_scores
from trainstop.project_side.forecast_quantiles import quantile_columns
from trainstop.project_side.loaded_model import Model, answer, fitted, golden, load
from trainstop.project_side.score_error import ScoreError
from trainstop.project_side.table_rows import batches, count_rows, joined, spread, write_json, write_parquet

if not __package__:
    sys.path.remove(OURS)

SAMPLE_ROWS = 200
"""Rows kept as the model saw them, for golden predictions."""


@dataclass
class Asked:
    """What was read and answered, batch by batch, in the order of the rows."""

    answers: list[Any] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    """The columns that go into the table beside the answers."""
    sample: list[Any] = field(default_factory=list)
    """A few rows as the model saw them."""
    truths: dict[Any, None] = field(default_factory=dict)
    """Every true class of the tables, in the rows that are asked about or not."""
    predict_seconds: float = 0.0


def main(request_path: Path, result_path: Path) -> int:
    """Read the request, write the result; return the exit code."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    try:
        model = load(request)
        result = {"load_seconds": model.load_seconds} if request["mode"] == "check" else score(model, request)
    except ScoreError as error:
        result = {"error": error.parts}
    result_path.write_text(json.dumps(result), encoding="utf-8")
    return 1 if "error" in result else 0


def score(model: Model, request: dict[str, Any]) -> dict[str, Any]:
    """Ask for every row, write the table (and golden predictions), and return what the caller wants to know."""
    total = sum(count_rows(path) for path in request["tables"])
    if not total:
        raise ScoreError(
            "input",
            "there is no row to score",
            where=", ".join(request["tables"]),
            fix="check `data.evaluation` and how these files are made",
        )
    asked = ask(model, request, total)
    if request["mode"] == "golden":
        write_json(golden(model, joined(asked.sample)), Path(request["golden"]))
        return {"rows": len(joined(asked.sample))}
    table, classes = answers_table(model, request, asked)
    write_parquet(table, Path(request["predictions"]))
    sample = joined(asked.sample)
    if request["golden"]:
        write_json(golden(model, sample), Path(request["golden"]))
    return {
        "rows": len(table),
        "load_seconds": model.load_seconds,
        "predict_seconds": asked.predict_seconds,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "inputs": [str(name) for name in sample.columns],
        "classes": [spelling(name) for name in classes],
    }


def ask(model: Model, request: dict[str, Any], total: int) -> Asked:
    """Ask for the wanted rows in batches."""
    wanted = spread(total, request["limit"] or total)
    sampled = {wanted[position] for position in spread(len(wanted), SAMPLE_ROWS)}
    asked = Asked()
    cursor = 0
    for start, rows in batches(request["tables"], request["batch_rows"]):
        end = start + len(rows)
        if request["task"] in CLASSIFIES:
            asked.truths.update(dict.fromkeys(true_classes(rows, request)))
        first = cursor
        while cursor < len(wanted) and wanted[cursor] < end:
            cursor += 1
        if cursor == first:
            continue
        positions = list(wanted[first:cursor])
        chosen = rows.iloc[[position - start for position in positions]]
        inputs = model_inputs(chosen, model, request)
        began = time.perf_counter()
        asked.answers.append(answer(model, inputs))
        asked.predict_seconds += time.perf_counter() - began
        asked.kept.append(kept_columns(chosen, positions, request))
        asked.sample.append(inputs.iloc[[place for place, at in enumerate(positions) if at in sampled]])
    return asked


def model_inputs(rows: Any, model: Model, request: dict[str, Any]) -> Any:
    """Return the model's input columns, as its signature wants them."""
    missing = [name for name in model.required if name not in rows.columns]
    if missing:
        raise ScoreError(
            "input",
            f"the model wants columns that the data lacks: {', '.join(missing[:10])}",
            where=", ".join(request["tables"]),
            fix="add them to the evaluation data, or train a model without them",
        )
    names = [name for name in model.inputs if name in rows.columns]
    names = names or [name for name in rows.columns if name not in request["drop"]]
    return fitted(rows[names], model.types)


def true_classes(rows: Any, request: dict[str, Any]) -> list[Any]:
    """Return the classes among the true answers of some rows; none where the column is missing."""
    return list(rows[request["target"]].dropna().unique().tolist()) if request["target"] in rows.columns else []


def kept_columns(rows: Any, positions: list[int], request: dict[str, Any]) -> Any:
    """Return row id, target, and the columns of the configuration that results are shown by."""
    names = [request["target"], *([request["id"]] if request["id"] else []), *request["keep"]]
    missing = [name for name in names if name not in rows.columns]
    if missing:
        raise ScoreError(
            "input",
            f"the evaluation data lacks columns that the configuration names: {', '.join(missing)}",
            where=", ".join(request["tables"]),
            fix="correct `data.target`, `data.id`, `data.time`, `data.cluster`, `data.query`, `data.slices` or "
            "`model-test.fairness.columns`",
        )
    kept = rows[list(dict.fromkeys(request["keep"]))].copy()
    for name, values in (("target", rows[request["target"]]), ("row_id", rows.get(request["id"], positions))):
        if name in kept.columns:
            kept = kept.drop(columns=name)
        kept.insert(0, name, values)
    return kept.reset_index(drop=True)


def answers_table(model: Model, request: dict[str, Any], asked: Asked) -> tuple[Any, list[Any]]:
    """Return the predictions table and the classes in the order of their score columns."""
    import pandas as pd

    kept = joined(asked.kept)
    said = joined(asked.answers)
    columns: dict[str, Any] = {}
    classes: list[Any] = []
    if request["task"] == "regression":
        columns["prediction"] = one_number(said)
    elif request["task"] == "ranking":
        columns["score"] = one_number(said)
    elif request["task"] == "forecast":
        columns = quantile_columns(said, request["quantiles"])
    else:
        known, truths = getattr(model.native, "classes_", None), pd.Series(list(asked.truths))
        columns, classes = class_scores(request, said, known, truths)
    refuse_non_finite(columns, kept)
    for place, (name, values) in enumerate(columns.items()):
        if name in kept.columns:
            kept = kept.drop(columns=name)
        kept.insert(2 + place, name, values)
    return kept, classes


def one_number(said: Any) -> Any:
    """Return one number a row."""
    import numpy as np

    values = np.asarray(said)
    flat = values.reshape(len(values), -1)
    if flat.shape[1] != 1 or flat.dtype.kind not in "biuf":
        raise ScoreError(
            "model",
            f"the model answers with {flat.shape[1]} values of type {values.dtype} a row, not with one number",
            fix="check `model.task`, or let the model's `predict` return one number a row",
        )
    return flat[:, 0].astype(float)


def refuse_non_finite(columns: dict[str, Any], kept: Any) -> None:
    """Raise when an answer is not a finite number."""
    import numpy as np

    for values in columns.values():
        if values.dtype.kind != "f":
            continue
        odd = np.flatnonzero(~np.isfinite(values))
        if len(odd):
            raise ScoreError(
                "model",
                f"the model answers NaN or infinity to {len(odd)} of {len(values)} rows, "
                f"first to the row `{kept['row_id'].iloc[odd[0]]}`",
                fix="look at that row: a missing value or a new category is the usual cause",
            )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
