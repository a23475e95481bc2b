"""Answers tests' questions to a model, one after the other: `python answering.py REQUEST`.

Reads lines of JSON from standard input, each naming a Parquet file with rows and one for the answers, and says on
standard output when these are there. What the model itself prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS = str(Path(__file__).resolve().parents[2])
if not __package__:  # run by path: our folder must not hide the model's own modules, and is seen for these imports only
    sys.path[0] = OURS
    sys.path.append(sys.path.pop(0))

# ruff: noqa: E402  # the lines above decide where these come from
from trainstop.project_side.answer_form import Form, columns_of, form_of
from trainstop.project_side.loaded_model import Model, answer, fitted, load
from trainstop.project_side.score_error import ScoreError

if not __package__:
    sys.path.remove(OURS)


PREDICTIONS = "TRAINSTOP_PREDICTIONS"
"""Variable with the path of the predictions table, which the tests have as well."""


@dataclass
class Answering:
    """A loaded model, and how its answers are read: as those to the evaluation rows were, whatever rows are asked."""

    model: Model
    request: dict[str, Any]
    target: Any
    """True answers of the evaluation rows; empty where they are not known."""
    scores: Any = None
    """What one score a row the evaluation rows got, or None."""
    form: Form | None = None

    def reply(self, question: dict[str, str]) -> None:
        """Answer one question with the columns of a predictions table.

        Raises:
            ScoreError: the rows lack a column, or the model refuses them or answers in another form.

        """
        import pandas as pd

        said = answer(self.model, self._inputs(pd.read_parquet(question["rows"])))
        if self.form is None:
            self.form = form_of(self.model, self.request, said, self.target, self.scores)
        pd.DataFrame(columns_of(self.form, said)).to_parquet(question["answers"], index=False)

    def _inputs(self, rows: Any) -> Any:
        """Return the model's input columns, as its signature wants them."""
        missing = [name for name in self.model.required if name not in rows.columns]
        if missing:
            raise ScoreError(
                "input",
                f"the model wants columns that the rows lack: {', '.join(missing[:10])}",
                fix="ask it with every column of its signature",
            )
        names = [name for name in self.model.inputs if name in rows.columns]
        names = names or [name for name in rows.columns if name not in self.request["drop"]]
        return fitted(rows[names], self.model.types)


def main(request_path: Path) -> int:
    """Load the model, then answer until there are no more questions."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.loads(request_path.read_text(encoding="utf-8"))
    answering: Answering | None = None
    for line in sys.stdin:
        try:
            answering = answering or Answering(load(request), request, *evaluated(os.environ.get(PREDICTIONS, "")))
            answering.reply(json.loads(line))
            said: dict[str, Any] = {"answered": True}
        except ScoreError as error:
            said = {"error": error.parts["what"]}
        replies.write(json.dumps(said) + "\n")
        replies.flush()
    return 0


def evaluated(path: str) -> tuple[Any, Any]:
    """Return the true answers of a predictions table, and its column `score`: empty, and None, without them."""
    import pandas as pd
    import pyarrow.parquet

    known = pyarrow.parquet.read_schema(path).names if Path(path).is_file() else []
    wanted = [name for name in ("target", "score") if name in known]
    table = pd.read_parquet(path, columns=wanted) if wanted else pd.DataFrame()
    target = table["target"] if "target" in table else pd.Series([], dtype=object)
    return target, table["score"].to_numpy() if "score" in table else None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
