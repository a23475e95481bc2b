"""Examines a model in one process: how fast it is, whether it is sane, and what changed rows do to its answers.

Run by path in the model's own interpreter: `python probe.py REQUEST NOTES`. NOTES gets a line of JSON for everything
that was seen, as it is seen, so that a model which ends the process takes nothing of it along; the answers go to one
small Parquet file a question. Nothing is judged here. Imports as `score.py` does.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OURS = str(Path(__file__).resolve().parents[2])
if not __package__:  # run by path: our folder must not hide the model's own modules, and is seen for these imports only
    sys.path[0] = OURS
    sys.path.append(sys.path.pop(0))

# ruff: noqa: E402  # the lines above decide where these come from
from trainstop.project_side.answer_form import CLASSIFIES, Form, columns_of, form_of
from trainstop.project_side.loaded_model import Model, answer, fitted, load
from trainstop.project_side.rules import asked_rows
from trainstop.project_side.score import kept_columns, model_inputs, refuse_non_finite, true_classes
from trainstop.project_side.score_error import ScoreError
from trainstop.project_side.spoiling import Spoiling, sensitivity
from trainstop.project_side.table_rows import batches, count_rows, joined, spread, write_parquet
from trainstop.project_side.timing import timed

if not __package__:
    sys.path.remove(OURS)


@dataclass
class Examination:
    """A loaded model, the rows it is asked about, and where what is seen is written."""

    model: Model
    request: dict[str, Any]
    rows: Any
    inputs: Any
    notes: Path
    truths: Any
    """Every true class of the tables, in the rows that are asked about or not."""
    form: Form | None = None
    asked: int = 0
    base: dict[str, Any] = field(default_factory=dict)

    def note(self, **seen: Any) -> None:
        """Write one line."""
        with self.notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(seen, allow_nan=False) + "\n")

    def ask(self, section: str, kind: str, column: str, detail: str, inputs: Any, places: Any = None) -> Any:
        """Ask about some rows and keep the answers; return them by column, or None when the model raised.

        `places` are the rows' positions among all that are asked about, in the order of `inputs`.
        """
        probe = {"section": section, "kind": kind, "column": column, "detail": detail, "rows": len(inputs)}
        self.note(asking=probe)
        try:
            columns = self.read(answer(self.model, inputs))
        except ScoreError as error:
            self.note(probe={**probe, "file": "", "error": error.parts["what"]})
            return None
        self.keep(probe, columns, range(len(inputs)) if places is None else places)
        return columns

    def read(self, said: Any) -> dict[str, Any]:
        """Return answers by column; the first ones decide how all are read."""
        if self.form is None:
            self.form = form_of(self.model, self.request, said, self.truths)
        return columns_of(self.form, said)

    def keep(self, probe: dict[str, Any], columns: dict[str, Any], places: Any) -> None:
        """Write answers to a file of their own."""
        import pandas as pd

        name = f"{self.asked:05d}.parquet"
        self.asked += 1
        table = pd.DataFrame({"place": [int(place) for place in places], **columns})
        write_parquet(table, Path(self.request["answers"]) / name)
        self.note(probe={**probe, "file": name, "error": ""})


def main(request_path: Path, notes: Path) -> int:
    """Read the request, write the notes; return the exit code."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    try:
        examine(request, notes)
    except ScoreError as error:
        with notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"error": error.parts}) + "\n")
        return 1
    return 0


def examine(request: dict[str, Any], notes: Path) -> None:
    """Do what is asked for, the surest first: what crashes a model comes last."""
    model = load(request)
    rows, positions, truths = chosen_rows(request)
    inputs = model_inputs(rows, model, request)
    done = Examination(model, request, rows, inputs, notes, truths)
    done.note(load_seconds=model.load_seconds, inputs=[str(name) for name in inputs.columns])
    if request["timing"]:
        try:
            done.note(performance=timed(model, inputs, request["timing"]))
        except ScoreError as error:
            done.note(performance={"error": error.parts["what"]})
    if request["answers"]:
        base(done, positions)
        sanity(done)
        behaviour(done)
        robustness(done)
    done.note(end=True)


def chosen_rows(request: dict[str, Any]) -> tuple[Any, list[int], Any]:
    """Return the rows to ask about, evenly spread over the tables, their positions, and the true classes of all."""
    import pandas as pd

    total = sum(count_rows(path) for path in request["tables"])
    if not total:
        raise ScoreError(
            "input",
            "there is no row to ask about",
            where=", ".join(request["tables"]),
            fix="check `data.evaluation` and how these files are made",
        )
    wanted = list(spread(total, request["limit"] or total))
    pieces = []
    truths: dict[Any, None] = {}
    for start, rows in batches(request["tables"], request["batch_rows"]):
        if request["task"] in CLASSIFIES:
            truths.update(dict.fromkeys(true_classes(rows, request)))
        places = [position - start for position in wanted if start <= position < start + len(rows)]
        if places:
            pieces.append(rows.iloc[places])
    return joined(pieces), wanted, pd.Series(list(truths))


def base(done: Examination, positions: list[int]) -> None:
    """Ask about the rows as they are, and keep what is known of them."""
    done.note(asking={"section": "sanity", "kind": "base", "column": "", "detail": "", "rows": len(done.inputs)})
    done.base = done.read(answer(done.model, done.inputs))
    kept = kept_columns(done.rows, positions, done.request)
    refuse_non_finite(done.base, kept)
    kept = kept.drop(columns=[name for name in done.base if name in kept.columns])
    write_parquet(kept, Path(done.request["answers"]) / "rows.parquet")
    done.keep(
        {"section": "sanity", "kind": "base", "column": "", "detail": "", "rows": len(done.inputs)},
        done.base,
        range(len(done.inputs)),
    )


def sanity(done: Examination) -> None:
    """Ask again, in another order, and row by row."""
    import numpy as np

    inputs = done.inputs
    done.ask("sanity", "again", "", "", inputs)
    order = np.random.default_rng(done.request["seed"]).permutation(len(inputs))
    done.ask("sanity", "shuffled", "", "", inputs.iloc[order], order)
    places = list(spread(len(inputs), done.request["singles"]))
    probe = {"section": "sanity", "kind": "single", "column": "", "detail": "", "rows": len(places)}
    done.note(asking=probe)
    try:
        alone = [done.read(answer(done.model, inputs.iloc[[place]])) for place in places]
    except ScoreError as error:
        done.note(probe={**probe, "file": "", "error": error.parts["what"]})
        return
    done.keep(probe, {name: np.concatenate([one[name] for one in alone]) for name in alone[0]}, places)


def behaviour(done: Examination) -> None:
    """Ask what each rule of the configuration wants to know."""
    for number, rule in enumerate(done.request["behaviour"]):
        for detail, changed, places in asked_rows(rule, done.rows, done.inputs, done.model, done.request["seed"]):
            label = str(number)
            if changed is None:
                probe = {"section": "behaviour", "kind": label, "column": "", "detail": detail, "rows": len(places)}
                done.keep(probe, {name: values[places] for name, values in done.base.items()}, places)
            elif len(places):
                done.ask("behaviour", label, "", detail, fitted(changed, done.model.types), places)


def robustness(done: Examination) -> None:
    """Spoil the rows, a column at a time, and ask; the columns that matter most where there are many."""
    rules = done.request["robustness"]
    if not rules:
        return
    spoiling = Spoiling(done.model, done.inputs, rules, done.request["seed"])
    names = spoiling.columns
    moved = {}
    if len(names) > rules["columns"]:
        for name in names:
            if spoiling.late():
                break
            changed = spoiling.swapped(name)
            said = None if changed is None else done.ask("ranking", "swapped", name, "", changed)
            moved[name] = 0.0 if changed is None else sensitivity(done.base, said)
        names = sorted(names, key=lambda name: -moved.get(name, 0.0))[: rules["columns"]]
    spoilt = 0
    for name in names:
        if spoiling.late():
            break
        for kind, detail, changed in spoiling.ways(name):
            done.ask("robustness", kind, name, detail, changed)
        spoilt += 1
    for kind, detail, changed in spoiling.together():
        if not spoiling.late():
            done.ask("robustness", kind, "", detail, changed)
    done.note(left_out=len(spoiling.columns) - spoilt)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
