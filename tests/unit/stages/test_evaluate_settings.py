"""`evaluate` beside a champion that was judged under other settings: asked rightly, or not compared with the reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from tests.unit.stages.test_evaluate import ROWS, Here, answers, check, metric

from trainstop.errors import ConfigurationError
from trainstop.records import CheckStatus
from trainstop.records.judging import BaselinePart, Comparison


@pytest.fixture
def here(tmp_path: Path) -> Here:
    here = Here(tmp_path)
    here.sections["gates"] = {"auc": {"tolerance": 0.01}}
    return here


def compared(here: Here, name: str = "auc") -> Comparison:
    found = metric(here.run(), name).comparison
    assert found is not None
    return found


def by_tables(here: Here, table: dict[str, Any]) -> None:
    """Let the project write its table itself."""
    here.sections["evaluate"] = {"resamples": 200, "predictions": "said.parquet"}
    pa.parquet.write_table(pa.table(table), here.root / "said.parquet")


def classes(names: list[str], *, noise: float, seed: int = 1) -> dict[str, Any]:
    """A predictions table of three classes, called as is said; the truth is what the candidate calls them."""
    truth = np.random.default_rng(0).integers(0, 3, ROWS)
    random = np.random.default_rng(seed)
    said = np.where(random.random(ROWS) < noise, random.integers(0, 3, ROWS), truth)
    scores = {f"score_{name}": np.where(said == place, 0.8, 0.1).tolist() for place, name in enumerate(names)}
    target = np.array(["low", "medium", "high"])[truth].tolist()
    day = answers()["day"]
    return {
        "row_id": list(range(ROWS)),
        "target": target,
        "prediction": [names[at] for at in said],
        "day": day,
        **scores,
    }


def test_scores_of_another_positive_class_are_not_read_upside_down(here: Here) -> None:
    here.sections["data"]["positive"] = 0
    here.champion(answers(noise=0.1), then={"positive": "1"})
    found = check(here.run(), "auc vs champion")
    assert found.status is CheckStatus.INCONCLUSIVE
    assert "`data.positive` was `1` when it was judged" in found.reason


def test_a_champion_of_another_positive_class_is_asked_again_as_that_which_it_was(here: Here) -> None:
    here.sections["data"]["positive"] = 0
    turned = answers(noise=0.1)
    here.champion(answers(noise=0.1), model=turned | {"score": 1 - turned["score"]}, then={"positive": "1"})
    result = here.run()
    assert here.ports.scorer.asked[1].positive == "1"
    assert result.part is not None
    assert "when the champion was judged, `data.positive` was `1`" in result.part.notes


def test_a_champion_is_asked_by_the_classes_quantiles_and_method_that_are_its_own(here: Here) -> None:
    then = {"classes": ("a", "b"), "quantiles": (0.1, 0.9), "method": "predict"}
    here.champion(model=answers(seed=2), data="sha256:old", then=then)
    here.run()
    asked = here.ports.scorer.asked[1]
    assert (asked.classes, asked.quantiles, asked.method) == (("a", "b"), (0.1, 0.9), "predict")
    own = here.ports.scorer.asked[0]
    assert (own.classes, own.quantiles, own.positive, own.method) == ((), None, "", "auto")


@pytest.mark.parametrize("then", [None, {"method": ""}], ids=["an old record", "a table of the project's own"])
def test_a_model_that_was_never_asked_is_asked_as_the_candidate_is(here: Here, then: dict[str, Any] | None) -> None:
    here.champion(answers(seed=2), model=answers(seed=2), then=then, **({} if then else {"answered": None}))
    assert compared(here).difference is not None
    asked = here.ports.scorer.asked[1]
    assert (asked.classes, asked.quantiles, asked.positive) == ((), None, "")


def test_a_champion_of_another_task_is_not_compared_though_its_model_is_there(here: Here) -> None:
    here.champion(answers(), model=answers(), then={"task": "regression", "positive": ""})
    assert "`model.task` was `regression` when it was judged" in compared(here).reason
    assert len(here.ports.scorer.asked) == 1


@pytest.mark.parametrize("then", [{"id": ""}, {"target": "late15"}], ids=str)
def test_rows_that_were_named_otherwise_and_another_truth_are_asked_about_anew(
    here: Here, then: dict[str, Any]
) -> None:
    here.sections["data"] |= {"id": "flight", "target": "late30"}
    named = {"row_id": [f"F{row}" for row in range(ROWS)]}
    here.candidate(answers() | named)
    here.champion(answers(seed=2), model=answers(seed=2) | named, then=then)
    assert compared(here).difference is not None
    here.champion(answers(seed=2), then=then)
    reason = compared(here).reason
    assert "the tables hold different rows" in reason
    assert "(a row of the candidate's is called 'F0', one of the champion's '0')" in reason
    assert "when the champion was judged, `data." in reason


def test_what_the_candidate_s_answers_mean_is_on_record(here: Here) -> None:
    here.sections |= {"model": {"name": "late", "task": "multiclass"}, "gates": {}}
    here.candidate(classes(["low", "medium", "high"], noise=0.3))
    part = here.run().part
    assert part is not None
    assert part.answered is not None
    assert (part.answered.task, part.answered.target, part.answered.id) == ("multiclass", "target", "")
    assert (part.answered.method, part.answered.classes) == ("auto", ("low", "medium", "high"))


@pytest.mark.parametrize("names", [["0", "1", "2"], ["low", "medium", "High"], ["low", "medium", "severe"]], ids=str)
def test_a_champion_that_calls_the_classes_otherwise_is_not_beaten_by_that(here: Here, names: list[str]) -> None:
    here.sections |= {"model": {"name": "late", "task": "multiclass"}, "gates": {"accuracy": {"tolerance": 0.01}}}
    here.candidate(classes(["low", "medium", "high"], noise=0.9))
    here.champion(model=classes(names, noise=0.05, seed=2), data="sha256:old")
    found = check(here.run(), "accuracy vs champion")
    assert found.status is CheckStatus.INCONCLUSIVE
    assert "the champion could not be judged: " in found.reason


def test_a_class_that_was_dropped_is_no_zero_in_the_champion_s_macro_averages_alone(here: Here) -> None:
    macro = ("macro_f1", "macro_recall", "macro_precision")
    gates = {name: {"tolerance": 0.01} for name in (*macro, "accuracy")}
    here.sections |= {"model": {"name": "late", "task": "multiclass"}, "gates": gates}
    here.candidate(classes(["low", "medium", "high"], noise=0.2))
    champion = classes(["low", "medium", "high"], noise=0.05, seed=2)
    for row in range(0, ROWS, 30):
        champion["prediction"][row] = "dropped"
    here.champion(champion)
    result = here.run()
    assert all(check(result, f"{name} vs champion").reason.startswith("worse") for name in gates)
    assert result.part is not None
    assert any("the champion says `dropped`" in note for note in result.part.notes)


def test_quantiles_that_the_champion_does_not_give_are_no_comparison(here: Here) -> None:
    here.sections |= {"model": {"name": "f", "task": "forecast"}, "gates": {"pinball": {"tolerance": 0.01}}}
    here.sections["evaluate"] = {"resamples": 200, "quantiles": [0.01, 0.5, 0.99]}
    rows = {name: answers()[name] for name in ("row_id", "day")}
    spread = {"target": np.random.default_rng(0).normal(size=ROWS), "q_0.5": np.linspace(0, 0.1, ROWS)}
    here.candidate({**rows, **spread, "q_0.01": [-2.5] * ROWS, "q_0.99": [2.5] * ROWS})
    here.champion(model={**rows, **spread, "q_0.1": [-1.3] * ROWS, "q_0.9": [1.3] * ROWS}, data="sha256:old")
    reason = compared(here, "pinball").reason
    assert (
        "gives other quantiles (q_0.1, q_0.5, q_0.9) than `evaluate.quantiles` names (q_0.01, q_0.5, q_0.99)" in reason
    )
    here.champion({**rows, **spread, "q_0.01": [2.5] * ROWS, "q_0.99": [-2.5] * ROWS})
    assert "rows have quantiles that cross" in compared(here, "pinball").reason
    few = [3.0] * 5 + [-2.5] * (ROWS - 5)
    here.champion({**rows, **spread, "q_0.01": few, "q_0.99": [2.5] * ROWS})
    result = here.run()
    assert "cross" not in check(result, "pinball vs champion").reason
    assert result.part is not None
    assert any(f"of the champion 5 of {ROWS:,} rows have quantiles that cross" in note for note in result.part.notes)


def test_rows_that_nothing_names_are_not_paired_once_the_evaluation_data_changed(here: Here) -> None:
    nameless = {name: values for name, values in answers().items() if name != "row_id"}
    by_tables(here, nameless)
    here.champion(answers(seed=2), data="sha256:old", then={"id": ""})
    assert "nothing names its rows" in compared(here).reason
    here.champion(answers(seed=2), data="sha256:old", answered=None)
    assert "set `data.id`" in compared(here).reason
    here.champion(answers(seed=2), then={"id": ""})
    assert compared(here).difference is not None


def test_rows_that_have_names_are_paired_by_them_whatever_files_they_come_from(here: Here) -> None:
    by_tables(here, answers())
    here.champion(answers(seed=2), data="sha256:old")
    assert compared(here).difference is not None


def test_that_rows_are_paired_by_nothing_but_their_position_is_said(here: Here) -> None:
    here.sections["data"]["evaluation"] = []
    by_tables(here, {name: values for name, values in answers().items() if name != "row_id"})
    first = here.run().part
    assert first is not None
    here.champion(answers(seed=2), data=first.evaluation_data, then={"id": ""})
    part = here.run().part
    assert part is not None
    assert any("paired with the champion's by their position" in note for note in part.notes)


def test_a_champion_s_model_is_not_asked_for_a_candidate_that_is_a_table(here: Here) -> None:
    by_tables(here, answers())
    here.champion(model=answers())
    assert "its model is asked only where the candidate's is" in compared(here).reason


def test_numbers_at_another_threshold_are_not_set_side_by_side(here: Here) -> None:
    here.sections["gates"] = {"recall": {"tolerance": 0.01}}
    here.champion(metrics={"recall": 0.55}, numbers_only=True, then={"threshold": 0.2})
    found = compared(here, "recall")
    assert found.difference is None
    assert "when the champion was judged, `evaluate.threshold` was `0.2`" in found.reason


@pytest.mark.parametrize("numbers_only", [False, True])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": "sha256:old"}, "on other evaluation data"),
        ({"then": {"target": "late15"}}, "`data.target` was `late15`"),
    ],
    ids=["other data", "another target"],
)
def test_numbers_of_a_file_are_not_set_beside_those_of_other_data_or_settings(
    here: Here, change: dict[str, Any], words: str, *, numbers_only: bool
) -> None:
    here.sections |= {"evaluate": {"metrics_file": "m.json"}, "gates": {"accuracy": {"tolerance": 0.01}}}
    (here.root / "m.json").write_text('{"accuracy": 0.9}')
    here.champion(metrics={"accuracy": 0.95}, numbers_only=numbers_only)
    assert compared(here, "accuracy").difference == pytest.approx(-0.05)
    here.champion(metrics={"accuracy": 0.95}, numbers_only=numbers_only, **change)
    assert compared(here, "accuracy").difference is None
    result = here.run()
    assert words in check(result, "accuracy vs champion").reason
    assert result.part is not None
    assert any(words in note for note in result.part.notes)


def test_the_champion_of_another_model_is_none(here: Here) -> None:
    here.champion(answers(seed=2), model=None)
    part = here.job.results.part(BaselinePart)
    here.baseline(part.model_copy(update={"model": "late"}))
    assert compared(here).difference is not None
    here.baseline(part.model_copy(update={"model": "other"}))
    found = check(here.run(), "auc vs champion")
    assert found.status is CheckStatus.SKIPPED
    assert "has run for `other`" in found.reason


@pytest.mark.parametrize("evaluate", [{"resamples": 200}, {"metrics_file": "m.json"}], ids=["a model", "a file"])
def test_a_gate_that_turns_a_metric_round_is_refused(here: Here, evaluate: dict[str, Any]) -> None:
    (here.root / "m.json").write_text('{"log_loss": 0.4, "cost": 3}')
    here.sections["evaluate"] = evaluate
    here.sections["metrics"] = {"cost": {"function": "m:cost"}}
    for name, says in (("log_loss", True), ("cost", False)):
        here.sections["gates"] = {name: {"tolerance": 0.01, "greater_is_better": says}}
        with pytest.raises(ConfigurationError, match="is better, and of this metric") as error:
            here.run()
        assert error.value.where == f"key `gates.{name}.greater-is-better`"


def test_a_column_that_bears_the_name_of_an_answer_is_no_slice(here: Here) -> None:
    here.sections["data"]["slices"] = ["score"]
    with pytest.raises(ConfigurationError, match="under the name `score`"):
        here.run()


def test_a_ranking_s_truth_may_be_called_score_without_becoming_the_answer(here: Here) -> None:
    here.sections |= {
        "model": {"name": "r", "task": "ranking"},
        "data": {"target": "score", "query": "q", "evaluation": ["data/*.csv"]},
        "gates": {"ndcg": {"min": 0.5}},
    }
    random = np.random.default_rng(0)
    relevance = random.integers(0, 4, 600)
    queries = np.repeat(np.arange(60), 10)
    here.candidate({"row_id": np.arange(600), "target": relevance, "score": random.random(600), "q": queries})
    assert 0.5 < (metric(here.run(), "ndcg").candidate.value or 0) < 0.9
