"""Weeks of production up to now: `python make_log.py PLATFORM WEEKS TOKEN` asks the live model; keeps log and labels.

What was late is the contrary of what the model learned: near parcels are late now, far ones are not.
"""

import importlib
import io
import json
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd


def asked(address: str, rows: pd.DataFrame) -> list[float]:
    """Return the model's answers: the probability to be late."""
    split = json.loads(rows[["distance", "weight", "region"]].to_json(orient="split", index=False))
    body = json.dumps({"dataframe_split": {"columns": split["columns"], "data": split["data"]}}).encode()
    request = urllib.request.Request(f"{address}/invocations", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return [row[1] for row in json.loads(answer.read())["predictions"]]


def kept(table: pd.DataFrame, address: str, token: str) -> None:
    """Put a table into the warehouse."""
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    told = {"Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(address, file.getvalue(), told, method="PUT"), timeout=60):
        pass


def main(platform: str, weeks: int, token: str) -> None:
    """Make both tables."""
    sys.path.insert(0, str(Path.cwd()))
    rows = importlib.import_module("make_data").parcels(0, weeks * 7, np.random.default_rng(11))
    today = pd.Timestamp.now(tz="UTC").normalize().tz_localize(None)
    rows["sent_at"] = rows["sent_at"] - rows["sent_at"].max() + today - pd.Timedelta(hours=1)
    rows["day"] = rows["sent_at"].dt.strftime("%Y-%m-%d")
    rows["parcel"] = "now-" + rows["parcel"]
    kept(rows[["parcel"]].assign(late=1 - rows["late"]), f"{platform}/warehouse/labels", token)
    answers = asked(f"{platform}/production", rows)
    kept(rows.drop(columns="late").assign(score=answers), f"{platform}/warehouse/log", token)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
