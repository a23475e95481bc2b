"""What a project's own tests are answered: read as the answers to the evaluation rows were, however few are asked."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

import numpy as np
import pandas as pd

from trainstop.project_side.answering import Answering, evaluated
from trainstop.project_side.loaded_model import Model
from trainstop.project_side.score_error import ScoreError

FLAT = {"target": ["no", "yes", "no"], "score": [0.2, 0.9, 0.0]}


class Asked:
    """A model that answers with what `said` makes of the column `x`, asked with the evaluation's answers at hand."""

    def __init__(self, folder: Path, said: Any, task: str, table: Any = None, **request: Any) -> None:
        self.folder = folder
        path = folder / "predictions.parquet"
        if table is not None:
            pd.DataFrame(table).to_parquet(path)
        pyfunc: Any = SimpleNamespace(predict=lambda rows: said(rows["x"].to_numpy(dtype=float)))
        given = {"task": task, "positive": "yes", "drop": [], "quantiles": []}
        self.answering = Answering(
            Model(pyfunc, None, ["x"], ["x"], {}, 0.0), {**given, **request}, *evaluated(str(path))
        )

    def about(self, *x: float) -> Any:
        pd.DataFrame({"x": x}).to_parquet(self.folder / "rows.parquet")
        question = {"rows": str(self.folder / "rows.parquet"), "answers": str(self.folder / "answers.parquet")}
        self.answering.reply(question)
        return pd.read_parquet(self.folder / "answers.parquet")


def test_a_forecast_answers_with_its_quantiles(tmp_path: Path) -> None:
    asked = Asked(tmp_path, lambda x: np.column_stack([x - 1, x, x + 1]), "forecast", quantiles=[0.1, 0.5, 0.9])
    said = asked.about(5.0, 6.0)
    assert list(said.columns) == ["q_0.1", "q_0.5", "q_0.9", "prediction"]
    assert said["q_0.9"].tolist() == [6.0, 7.0]


def test_a_ranking_answers_with_scores_and_numbers_with_predictions(tmp_path: Path) -> None:
    for task, name in (("ranking", "score"), ("regression", "prediction")):
        assert Asked(tmp_path, lambda x: 2 * x, task).about(1.0).to_dict("list") == {name: [2.0]}


def test_one_probability_a_row_names_both_classes_by_the_true_answers(tmp_path: Path) -> None:
    said = Asked(tmp_path, lambda x: x, "binary", FLAT).about(0.25, 0.75)
    assert said.to_dict("list") == {"prediction": ["no", "yes"], "score": [0.25, 0.75]}


@pytest.mark.parametrize("x", [(0.0,), (1.0, 0.0)])
def test_probabilities_of_exactly_zero_and_one_are_no_labels(tmp_path: Path, x: tuple[float, ...]) -> None:
    asked = Asked(tmp_path, lambda x: x, "binary", FLAT)
    assert asked.about(*x)["score"].tolist() == list(x)
    assert asked.about(0.5)["score"].tolist() == [0.5]


def test_labels_are_refused_as_labels(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="labels"):
        Asked(tmp_path, lambda x: (x > 0).astype(int), "binary", FLAT).about(1.0)
    with pytest.raises(ScoreError, match="labels"):
        Asked(tmp_path, lambda x: np.where(x > 0, "yes", "no"), "binary", FLAT).about(1.0)


def test_a_bare_matrix_has_a_column_for_every_true_class_in_their_order(tmp_path: Path) -> None:
    asked = Asked(
        tmp_path, lambda x: np.column_stack([x, 0 * x, 1 - x]), "multiclass", {"target": ["c", "a", "b", None]}
    )
    said = asked.about(0.2, 0.8)
    assert said.to_dict("list") == {
        "prediction": ["c", "a"], "score_a": [0.2, 0.8], "score_b": [0.0, 0.0], "score_c": [0.8, pytest.approx(0.2)]
    }  # fmt: skip


def test_a_table_of_the_projects_own_that_holds_no_probabilities_changes_nothing(tmp_path: Path) -> None:
    asked = Asked(tmp_path, lambda x: x, "binary", {"target": ["no", "yes"], "score": [0.0, 1.0]})
    with pytest.raises(ScoreError, match="labels"):
        asked.about(1.0)
    assert asked.about(0.5)["score"].tolist() == [0.5]
    assert asked.about(1.0)["score"].tolist() == [1.0]


def test_without_a_predictions_table_answers_are_read_by_themselves(tmp_path: Path) -> None:
    assert Asked(tmp_path, lambda x: x, "binary", positive=1).about(0.75).to_dict("list") == {
        "prediction": [1], "score": [0.75]
    }  # fmt: skip
    assert Asked(tmp_path, lambda x: x, "regression", {"row_id": [1]}).about(0.75)["prediction"].tolist() == [0.75]


def test_rows_that_lack_a_column_are_refused(tmp_path: Path) -> None:
    asked = Asked(tmp_path, lambda x: x, "regression")
    pd.DataFrame({"z": [1.0]}).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(ScoreError, match="columns that the rows lack: x"):
        asked.answering.reply({"rows": str(tmp_path / "rows.parquet"), "answers": ""})
