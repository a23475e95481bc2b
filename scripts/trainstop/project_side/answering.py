"""Answers tests' questions to a model, one after the other: `python answering.py REQUEST`.

Reads lines of JSON from standard input, each naming a Parquet file with rows and one for the answers, and says on
standard output when these are there. What the model itself prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

OURS = str(Path(__file__).resolve().parents[2])
if not __package__:  # run by path: our folder must not hide the model's own modules, and is seen for these imports only
    sys.path[0] = OURS
    sys.path.append(sys.path.pop(0))

# ruff: noqa: E402  # the lines above decide where these come from
from trainstop.project_side.answer_form import CLASSIFIES
from trainstop.project_side.class_scores import class_scores
from trainstop.project_side.loaded_model import Model, answer, fitted, load
from trainstop.project_side.score import one_number
from trainstop.project_side.score_error import ScoreError

if not __package__:
    sys.path.remove(OURS)


def main(request_path: Path) -> int:
    """Load the model, then answer until there are no more questions."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.loads(request_path.read_text(encoding="utf-8"))
    model: Model | None = None
    for line in sys.stdin:
        try:
            model = model or load(request)
            reply(model, request, json.loads(line))
            said: dict[str, Any] = {"answered": True}
        except ScoreError as error:
            said = {"error": error.parts["what"]}
        replies.write(json.dumps(said) + "\n")
        replies.flush()
    return 0


def reply(model: Model, request: dict[str, Any], question: dict[str, str]) -> None:
    """Answer one question: probabilities and prediction of a classifier, else the predicted number."""
    import pandas as pd

    rows = pd.read_parquet(question["rows"])
    missing = [name for name in model.required if name not in rows.columns]
    if missing:
        raise ScoreError(
            "input",
            f"the model wants columns that the rows lack: {', '.join(missing[:10])}",
            fix="ask it with every column of its signature",
        )
    names = [name for name in model.inputs if name in rows.columns]
    names = names or [name for name in rows.columns if name not in request["drop"]]
    said = answer(model, fitted(rows[names], model.types))
    if request["task"] in CLASSIFIES:
        known = getattr(model.native, "classes_", None)
        columns, _ = class_scores(request, said, known, pd.Series([], dtype=object))
    else:
        columns = {"prediction": one_number(said)}
    pd.DataFrame(columns).to_parquet(question["answers"], index=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
