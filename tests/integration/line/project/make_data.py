"""Parcels that were late or not: a small table with days, regions and missing weights, made from a seed."""

from pathlib import Path

import numpy as np
import pandas as pd

ROWS_A_DAY = 60


def parcels(first: int, days: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return `days` days of parcels, beginning at day number `first` of 2025."""
    count = days * ROWS_A_DAY
    start = pd.Timestamp("2025-01-06") + pd.Timedelta(days=first)
    times = start + pd.to_timedelta(np.repeat(np.arange(days), ROWS_A_DAY), unit="D")
    distance = rng.gamma(2.0, 100.0, count)
    weight = np.where(rng.random(count) < 0.05, np.nan, rng.lognormal(0.0, 0.5, count))
    region = rng.choice(["north", "south", "west"], count, p=[0.5, 0.3, 0.2])
    risk = -2.0 + distance / 120.0 + (region == "west") + 0.4 * np.nan_to_num(weight)
    return pd.DataFrame(
        {
            "parcel": [f"p{first:03d}-{number:05d}" for number in range(count)],
            "sent_at": times,
            "day": times.strftime("%Y-%m-%d"),
            "distance": distance,
            "weight": weight,
            "region": region,
            "late": (rng.random(count) < 1.0 / (1.0 + np.exp(-risk))).astype("int64"),
        }
    )


def main() -> None:
    """Write training and evaluation data."""
    folder = Path("data")
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(7)
    parcels(0, 70, rng).to_parquet(folder / "train.parquet", index=False)
    parcels(70, 35, rng).to_parquet(folder / "evaluation.parquet", index=False)


if __name__ == "__main__":
    main()
