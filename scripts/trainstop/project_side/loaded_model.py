"""A model in its own interpreter: loaded, asked in batches, row by row, and as a server would ask it."""

from __future__ import annotations

import importlib
import json
import math
import time
import warnings
from dataclasses import dataclass
from typing import Any

from trainstop.project_side.score_error import MESSAGE_CHARACTERS, ScoreError, brief
from trainstop.project_side.table_rows import spread

GOLDEN_ROWS = 20
FLOATS = {"double": "float64", "float": "float32"}
WHOLE = {"long": "int64", "integer": "int32"}
AN_ANSWER_A_ROW = "let its `predict` return one answer a row, in the order of the rows"


@dataclass
class Model:
    """A loaded model: as `pyfunc`, and natively where that gives probabilities."""

    pyfunc: Any
    native: Any
    inputs: list[str]
    """Input columns by the signature, else by the model itself; empty when neither says."""
    required: list[str]
    types: dict[str, str]
    """Type of each input by the signature, like `double`."""
    load_seconds: float


def load(request: dict[str, Any]) -> Model:
    """Load the model both ways.

    Raises:
        ScoreError: it does not load.

    """
    started = time.perf_counter()
    try:
        import mlflow.pyfunc

        pyfunc = mlflow.pyfunc.load_model(request["model"])
        native = load_native(pyfunc, request) if request["task"] in ("binary", "multiclass") else None
    except Exception as error:
        raise ScoreError(
            "model",
            f"the model does not load in its own environment: {brief(error)}",
            where=request["model"],
            fix="check the requirements that were logged with it; everything it imports must be among them",
        ) from error
    schema = pyfunc.metadata.get_input_schema()
    named = schema is not None and schema.has_input_names()
    inputs = [str(name) for name in schema.input_names()] if named else feature_names(native)
    required = [str(name) for name in required_names(schema)] if named else inputs
    types = {} if not named or schema.is_tensor_spec() else {str(s.name): type_name(s) for s in schema.inputs}
    return Model(pyfunc, native, inputs, required, types, time.perf_counter() - started)


def load_native(pyfunc: Any, request: dict[str, Any]) -> Any:
    """Return the model in its own flavor when it can give probabilities, else None."""
    if request["method"] == "predict":
        return None
    try:
        raw = pyfunc.get_raw_model()
    except (AttributeError, NotImplementedError):  # an older MLflow, or a flavor that does not give it
        flavors = [name for name in pyfunc.metadata.flavors if name != "python_function"]
        module = importlib.import_module(f"mlflow.{flavors[0]}") if flavors else None
        raw = module.load_model(request["model"]) if module and hasattr(module, "load_model") else None
    return raw if hasattr(raw, "predict_proba") else None


def required_names(schema: Any) -> list[Any]:
    """Return the inputs that may not be missing; before MLflow knew optional ones, all."""
    return list(schema.required_input_names()) if hasattr(schema, "required_input_names") else schema.input_names()


def type_name(column: Any) -> str:
    """Return the name of a column's type in a signature."""
    return str(getattr(column.type, "name", column.type))


def feature_names(native: Any) -> list[str]:
    """Return the columns a native model was fitted with, if it tells."""
    names = getattr(native, "feature_names_in_", None)
    return [] if names is None else [str(name) for name in names]


def fitted(inputs: Any, types: dict[str, str]) -> Any:
    """Return rows with their numbers as the signature wants them, where nothing is lost by it.

    A scoring server does the same to JSON; `pyfunc` alone refuses whole numbers in a column of decimals, which is what
    a CSV file or a piece of a table easily turns into. Categories become plain values: nobody could send one.

    Raises:
        ScoreError: a column that should hold times does not.

    """
    import numpy as np
    import pandas as pd

    changed: dict[Any, Any] = {}
    for name in inputs.columns:
        column, kind = inputs[name], types.get(str(name), "")
        if str(column.dtype) == "category":
            changed[name] = column.astype("object")
        elif kind in FLOATS and column.dtype.kind in "iub":
            values = column.to_numpy(dtype=FLOATS[kind], **({} if is_plain(column) else {"na_value": np.nan}))
            changed[name] = pd.Series(values, index=column.index)
        elif kind in WHOLE and column.dtype.kind in "iuf" and str(column.dtype) != WHOLE[kind]:
            changed[name] = as_whole(column, WHOLE[kind])
        elif kind == "datetime" and column.dtype.kind != "M":
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # pandas would rather be told the format
                    changed[name] = pd.to_datetime(column)
            except (ValueError, TypeError) as error:
                raise ScoreError(
                    "input",
                    f"the model wants times in the column `{name}`, and the data has something else there",
                    fix="correct the data, or the model's signature",
                ) from error
    return inputs.assign(**changed) if changed else inputs


def as_whole(column: Any, kind: str) -> Any:
    """Return numbers as whole ones of a type, or as they are where one is missing, infinite, or not whole."""
    import numpy as np

    if bool(column.isna().any()):  # pandas' own types say of a gap that it is finite, and cannot convert it
        return column
    plain = column if is_plain(column) else column.astype(column.dtype.numpy_dtype)
    if not bool(np.isfinite(plain).all()):
        return column
    whole = plain.astype(kind)
    return whole if bool((whole == plain).all()) else column


def is_plain(column: Any) -> bool:
    """Say whether a column is of one of numpy's types, and not of pandas' or Arrow's."""
    import numpy as np

    return isinstance(column.dtype, np.dtype)


def answer(model: Model, inputs: Any) -> Any:
    """Return what the model says to some rows: probabilities natively, else whatever its `pyfunc` gives.

    Args:
        model: is asked.
        inputs: rows as its signature wants them.

    Returns:
        A frame, or an array with an answer a row along its first axis.

    Raises:
        ScoreError: it raises, or does not give an answer a row.

    """
    try:
        said = model.native.predict_proba(inputs) if model.native is not None else model.pyfunc.predict(inputs)
    except Exception as error:
        raise ScoreError(
            "input" if type(error).__name__ == "MlflowException" else "model",
            f"the model refuses the rows: {brief(error)}",
            fix="compare the columns and types of the evaluation data with the model's signature",
        ) from error
    said = said if hasattr(said, "columns") else as_array(said, len(inputs))
    if len(said) != len(inputs):
        raise ScoreError("model", f"the model gave {len(said)} answers to {len(inputs)} rows", fix=AN_ANSWER_A_ROW)
    return said


def as_array(said: Any, rows: int) -> Any:
    """Return answers as an array; a bare value, as `squeeze()` leaves it of one row, is the answer to that row.

    Raises:
        ScoreError: they are nothing that could be one.

    """
    import numpy as np

    try:
        values = np.asarray(said)
    except Exception as error:  # whatever the answer's own class raises
        what = f"the model answers with a {type(said).__name__} that is no array: {brief(error)}"
        raise ScoreError("model", what, fix=AN_ANSWER_A_ROW) from error
    if values.ndim:
        return values
    if not isinstance(values.item(), (bool, int, float, str)):
        what = f"the model answers with a {type(said).__name__}, not with an array or a frame"
        raise ScoreError("model", what, fix=AN_ANSWER_A_ROW)
    if rows != 1:
        raise ScoreError("model", f"the model gave one value to {rows} rows", fix=AN_ANSWER_A_ROW)
    return values.reshape(1)


def golden(model: Model, sample: Any) -> dict[str, Any]:
    """Return a few rows and what MLflow's scoring server would answer to them."""
    rows = sample.iloc[list(spread(len(sample), GOLDEN_ROWS))]
    values = [[plain(value) for value in row] for row in rows.itertuples(index=False, name=None)]
    columns = [str(name) for name in rows.columns]
    answers, reason = served(model, columns, values)
    if answers is None:  # one row that cannot be sent as JSON must not cost the others
        single = [(row, served(model, columns, [row])[0]) for row in values]
        pairs = [(row, said[0]) for row, said in single if said is not None]
        if not pairs:
            raise ScoreError(
                "model",
                f"the model does not answer rows that come as JSON: {reason}",
                fix="log it with a signature that fits the data; a whole number that may be missing is a `double`",
            )
        values, answers = [row for row, _ in pairs], [said for _, said in pairs]
    return {"columns": columns, "rows": values, "answers": answers}


def served(model: Model, columns: list[str], rows: list[list[Any]]) -> tuple[list[Any] | None, str]:
    """Return the scoring server's answers to some rows, or None and why there are none."""
    from mlflow.pyfunc import scoring_server

    payload = json.dumps({"dataframe_split": {"columns": columns, "data": rows}})
    schema = model.pyfunc.metadata.get_input_schema()
    try:
        response = scoring_server.invocations(payload, "application/json", model.pyfunc, schema)
        said = json.loads(response.response).get("predictions")
    except Exception as error:  # noqa: BLE001  # the server would answer 400 or 500, whatever the model raises
        return None, brief(error)
    if response.status != 200 or not isinstance(said, list) or len(said) != len(rows):
        return None, str(response.response)[:MESSAGE_CHARACTERS]
    return said, ""


def plain(value: Any) -> Any:
    """Return a value of a table as JSON can carry it; what is missing or infinite becomes null."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or str(value) in {"NaT", "<NA>"}:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
