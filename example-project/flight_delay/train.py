"""Train the model and log it to MLflow: `python -m flight_delay.train`."""

import argparse
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import mlflow
import mlflow.sklearn
import pandas as pd
from mlflow.models import infer_signature
from sklearn.metrics import log_loss, roc_auc_score
from threadpoolctl import threadpool_limits

from flight_delay.columns import DAY, FEATURES, GAPLESS_WEATHER, TARGET
from flight_delay.model import TREES, TRUSTED_TYPES, build_model

EVERY_NTH_WEEK = 5
EXAMPLE_ROWS = 5
NEEDS = ("mlflow", "numpy", "pandas", "scikit-learn", "scipy", "skops")
"""What the model needs where it is served."""


def read_rows(folder: Path) -> pd.DataFrame:
    """Return all rows of a folder of Parquet files, in the order of the files' names."""
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise SystemExit(f"there are no Parquet files in {folder}; run `python -m flight_delay.data`")
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


def validate(rows: pd.DataFrame, *, bin_weather: bool, seed: int) -> dict[str, float]:
    """Return how well a model does on every fifth week when it learns from the others only.

    Whole weeks: the flights of one day share their weather, so rows left out at random would flatter the model.
    """
    week = pd.to_datetime(rows[DAY]).dt.isocalendar().week
    left_out = week % EVERY_NTH_WEEK == 0
    if rows.loc[left_out, TARGET].nunique() < 2:
        return {}
    model = build_model(bin_weather=bin_weather, seed=seed).fit(rows.loc[~left_out, FEATURES], rows[TARGET][~left_out])
    score = model.predict_proba(rows.loc[left_out, FEATURES])[:, 1]
    truth = rows[TARGET][left_out]
    return {"validation_auc": roc_auc_score(truth, score), "validation_log_loss": log_loss(truth, score)}


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m flight_delay.train", description=__doc__)
    parser.add_argument("--train", type=Path, default=Path("data/train"), help="folder with the rows (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the training (%(default)s)")
    parser.add_argument("--bin-weather", action="store_true", help="cut the weather into bins; needs gapless rows")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, and log parameters, metrics and the model in one run."""
    chosen = arguments(argv)
    rows = read_rows(chosen.train)
    if chosen.bin_weather and rows[GAPLESS_WEATHER].isna().to_numpy().any():
        raise SystemExit("bins know no missing values; prepare the data with --drop-incomplete-weather")
    mlflow.set_experiment("flight-delay")
    # One thread: on a busy machine the trees' threads wait for one another, and two seconds become thirty.
    with mlflow.start_run(), threadpool_limits(1):
        mlflow.log_params({**TREES, "bin_weather": chosen.bin_weather, "seed": chosen.seed})
        mlflow.log_params({"first_day": rows[DAY].min(), "last_day": rows[DAY].max()})
        metrics = validate(rows, bin_weather=chosen.bin_weather, seed=chosen.seed)
        started = time.perf_counter()
        model = build_model(bin_weather=chosen.bin_weather, seed=chosen.seed).fit(rows[FEATURES], rows[TARGET])
        metrics |= {"fit_seconds": time.perf_counter() - started, "rows": len(rows), "late_share": rows[TARGET].mean()}
        mlflow.log_metrics(metrics)
        # From gapless rows: a column with a gap in the example would be optional in the signature.
        example = rows[FEATURES].dropna().head(EXAMPLE_ROWS)
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(example, model.predict_proba(example)),
            input_example=example,
            pyfunc_predict_fn="predict_proba",
            pip_requirements=[f"{name}=={version(name)}" for name in NEEDS],
            skops_trusted_types=TRUSTED_TYPES,
        )
    print(", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
