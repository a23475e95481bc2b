"""Fits tiny models. A script of its own, since importing MLflow warns, and warnings are errors in tests."""

import json
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from trainstop.bundles import Bundle


def fitted(folder: Path, seed: int) -> Bundle:
    """Return a bundle with a scikit-learn model as skops, whose answers are probabilities, and its golden answers."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"distance": draw.normal(size=80), "hour": draw.normal(size=80), "origin": draw.choice(["EWR", "JFK"], 80)}
    )
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["origin"]), remainder="passthrough")
    model = make_pipeline(encode, LogisticRegression()).fit(table, (table.distance + table.hour > 0).astype(int))
    answers = model.predict_proba(table)
    made = Bundle(folder)
    mlflow.sklearn.save_model(
        model,
        made.model,
        signature=mlflow.models.infer_signature(table, answers),
        pip_requirements=["scikit-learn"],
        pyfunc_predict_fn="predict_proba",
        skops_trusted_types=["sklearn.compose._column_transformer._RemainderColsList"],
    )
    made.environment.write_text("scikit-learn\n")
    golden = {"columns": list(table), "rows": table.head(5).to_numpy().tolist(), "answers": answers[:5].tolist()}
    made.golden.write_text(json.dumps(golden))
    return made


if __name__ == "__main__":
    for seed in sys.argv[2:]:
        fitted(Path(sys.argv[1]) / seed, int(seed))
