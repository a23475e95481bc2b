"""Train a model of late parcels. Knows MLflow and scikit-learn, and nothing else."""

import os
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS, WORDS = ["distance", "weight"], ["region"]
STRENGTH = float(os.environ.get("STRENGTH", "1.0"))


def main() -> None:
    """Fit, measure, log."""
    rows = pd.read_parquet(Path("data") / "train.parquet")
    features = rows[NUMBERS + WORDS]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("words", OneHotEncoder(handle_unknown="ignore"), WORDS),
        ]
    )
    model = make_pipeline(columns, LogisticRegression(C=STRENGTH)).fit(features, rows["late"])
    mlflow.set_experiment("late-parcels")
    with mlflow.start_run(run_name="logistic"):
        mlflow.log_param("strength", STRENGTH)
        mlflow.log_metric("train_accuracy", model.score(features, rows["late"]))
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(features, model.predict_proba(features)),
            input_example=features.head(2),
            pyfunc_predict_fn="predict_proba",
            skops_trusted_types=["numpy.dtype"],
        )


if __name__ == "__main__":
    main()
