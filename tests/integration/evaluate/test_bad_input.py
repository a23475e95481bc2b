"""Bad input through the command line: an error of three parts or a failed check, never a pass, never a traceback."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import Result
from pyarrow import parquet
from tests.integration.evaluate.conftest import GOOD, ROWS, Project, table
from tests.integration.hostile.test_hostile import active

pytest.importorskip("mlflow")

HOSTILE = "@everyone | <img src=x> `a` [x](http://y)\n# h <!-- trainstop:report:m --> </details> ::error::"
Columns = dict[str, Any]


def one(row: int, value: Any, name: str, kind: type = float) -> Columns:
    """A column of the good table in which one value is another."""
    values = table()[name].astype(kind)
    values[row] = value
    return {name: values}


def not_passed(done: Result, record: dict[str, Any], said: str) -> None:
    """Hold an exit against what it promises: a code and a status that are no pass, words, and no traceback."""
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code in ((3,) if record["error"] and record["error"]["kind"] == "TimeLimitError" else (1, 2))
    assert "Traceback" not in done.output
    assert "a bug in trainstop" not in done.output
    assert record["status"] in ("failed", "inconclusive"), record["status"]
    if record["error"]:
        assert all(record["error"][part] for part in ("what", "where", "fix")), record["error"]
        assert "where:" in done.output
        assert "fix:" in done.output
    text = str(record["error"]) + "".join(f"{check['name']}: {check['reason']}\n" for check in record["checks"])
    assert said in text, text


def not_compared(judged: Project, said: str) -> None:
    """A champion that cannot be compared is inconclusive, and a failure where nothing passes that cannot be told."""
    done, record = judged.run()
    assert (done.exit_code, record["status"]) == (0, "inconclusive"), done.output
    assert said in record["reason"]
    settings = judged.folder / "trainstop.toml"
    settings.write_text(settings.read_text().replace("tolerance = 0.05", 'tolerance = 0.05\ncannot-tell = "block"'))
    not_passed(*judged.run(), said)


def test_a_good_table_passes(judged: Project) -> None:
    judged.write(table())
    done, record = judged.run()
    assert (done.exit_code, record["status"]) == (0, "passed"), done.output


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"target": np.ones(ROWS, dtype=int)}, 1, "the target is the same in every row"),
        ({"score": np.full(ROWS, 0.4)}, 1, "the score is the same in every row"),
        (one(7, np.nan, "score"), 1, "1 of 400 rows have a score that is missing"),
        (one(7, np.nan, "target"), 2, "1 of 400 rows have no target"),
        (one(7, 5, "target", int), 2, "the target has 2 values beside '1': 0, 5"),
        (one(7, 8, "row_id", int), 2, "1 of 400 rows repeat a `row_id`"),
    ],
    ids=["one class only", "constant scores", "a NaN score", "a NaN label", "an unseen class", "a row id twice"],
)
def test_a_table_that_cannot_be_judged_is_no_pass(judged: Project, change: Columns, code: int, said: str) -> None:
    judged.write(table() | change)
    done, record = judged.run()
    not_passed(done, record, said)
    assert done.exit_code == code


def test_scores_outside_0_and_1_are_no_probabilities(judged: Project) -> None:
    judged.write(table() | {"score": 7 * table()["score"]}, "[gates.log_loss]\nmax = 9\n")
    not_passed(*judged.run(), "the scores are not probabilities")


def test_one_row_is_no_pass(judged: Project) -> None:
    judged.write(table(1))
    not_passed(*judged.run(), "auc: it has no value")


def test_a_class_that_no_score_column_knows_is_no_pass(judged: Project) -> None:
    kinds = np.array(["a", "b", "c"])[np.arange(ROWS) % 3]
    scores = {f"score_{name}": np.full(ROWS, 0.5) for name in "ab"}
    judged.write({"target": kinds, **scores}, "[gates.log_loss]\nmax = 9\n", "multiclass")
    not_passed(*judged.run(), "log_loss: it has no value")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"row_id": np.arange(ROWS) + 1}, "the tables hold different rows"),
        ({"target": 1 - table()["target"]}, "400 of 400 rows have another target"),
        ({"score": np.full(ROWS, np.nan)}, "the champion has no value"),
    ],
    ids=["other rows", "other targets", "no answers"],
)
def test_a_champion_of_another_table_is_no_pass(judged: Project, change: Columns, said: str) -> None:
    judged.write(table() | change)
    judged.workspace.champion.root.mkdir(parents=True)
    (judged.folder / "said.parquet").rename(judged.workspace.champion.predictions)
    judged.write(table())
    judged.baseline(has_predictions=True)
    not_compared(judged, said)


def test_a_champion_that_was_deleted_meanwhile_is_no_pass(judged: Project) -> None:
    judged.write(table())
    judged.baseline(has_predictions=True)
    not_compared(judged, "auc vs champion: not compared")


def test_an_empty_slice_is_not_judged_and_hides_nothing(judged: Project) -> None:
    """A category without a row is no slice; rows without a value are one of their own."""
    import pyarrow as pa

    kinds = pa.DictionaryArray.from_arrays(pa.array([0, None] * (ROWS // 2)), pa.array(["a", "nobody"]))
    judged.write(table() | {"kind": kinds}, '[data]\nslices = ["kind"]\n')
    done, record = judged.run()
    assert done.exit_code == 0, done.output
    names = {each["value"] for each in record["part"]["slices"]}
    assert "nobody" not in names
    assert sum(each["rows"] for each in record["part"]["slices"]) == ROWS


@pytest.mark.parametrize("count", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_column_of_very_many_values_is_counted_and_bounded(judged: Project, count: int) -> None:
    judged.write(table(count) | {"who": [f"w{row}" for row in range(count)]}, '[data]\nslices = ["who"]\n')
    done, record = judged.run()
    assert done.exit_code == 0, done.output
    assert len(record["part"]["slices"]) <= 100
    assert any("more slices with at most 1 rows each are not judged" in note for note in record["part"]["notes"])


def test_names_full_of_markdown_are_text_in_every_page(judged: Project) -> None:
    kinds = [HOSTILE if row % 2 else f"{HOSTILE}2" for row in range(ROWS)]
    judged.write(table() | {HOSTILE: kinds}, f"[data]\nslices = [{HOSTILE!r}]\n".replace("'", '"'))
    done, _ = judged.run()
    assert done.exit_code == 0, done.output
    done, _ = judged.run("report")
    assert done.exit_code == 0, done.output
    for name in ("comment.md", "summary.md"):
        page = (judged.folder / ".trainstop/outbox" / name).read_text()
        assert active(page) == []
        assert page.count("<!-- trainstop:report:m -->") <= 1
    assert not [line for line in done.output.splitlines() if line.strip().startswith("::")]


@pytest.mark.parametrize(
    ("predict", "said"),
    [
        ("os.abort()", "SIGABRT"),
        ("return np.full((len(rows), 3), 0.3)", "3 scores a row"),
        pytest.param("return np.array([0.3])", "1 answers to 400 rows", marks=pytest.mark.slow),
        pytest.param("raise ValueError('cannot today')", "cannot today", marks=pytest.mark.slow),
        pytest.param("return np.full(len(rows), np.nan)", "NaN or infinity to 400", marks=pytest.mark.slow),
    ],
    ids=["crashes", "wrong shape", "one answer", "raises", "NaN"],
)
def test_a_model_that_gives_no_answers_is_no_pass(judged: Project, predict: str, said: str) -> None:
    judged.ask(predict)
    not_passed(*judged.run(), said)


def test_a_champion_that_no_longer_loads_is_no_pass(judged: Project) -> None:
    judged.ask(GOOD)
    judged.model(judged.workspace.champion, GOOD)
    next((judged.workspace.champion.model / "code").iterdir()).write_text("import nowhere_to_be_found\n")
    judged.baseline(has_model=True)
    not_compared(judged, "the champion could not be judged: the model does not load")


def test_a_champion_that_wants_columns_that_are_gone_is_no_pass(judged: Project) -> None:
    judged.ask(GOOD)
    judged.model(judged.workspace.champion, GOOD, column="gone")
    judged.baseline(has_model=True)
    not_compared(judged, "the champion could not be judged: the model wants columns")


@pytest.mark.parametrize(
    ("predict", "setting", "said"),
    [
        pytest.param("time.sleep(1e6)", 'timeout = "12s"', "took longer than it", marks=pytest.mark.slow),
        (
            "return [bytearray(b'x') * 50_000_000 for _ in range(80)]",
            'memory-limit = "900MB"',
            "more memory than",
        ),
    ],
    ids=["hangs", "eats memory"],
)
def test_a_model_that_takes_too_much_is_ended_and_no_pass(
    judged: Project, predict: str, setting: str, said: str
) -> None:
    judged.ask(predict)
    settings = judged.folder / "trainstop.toml"
    settings.write_text(settings.read_text().replace("resamples = 200", f"resamples = 200\n{setting}"))
    not_passed(*judged.run(), said)


@pytest.mark.slow
def test_a_model_that_answers_differently_each_time_is_no_pass(judged: Project) -> None:
    judged.ask("return (0.1 + 0.8 * rows.x).to_numpy() + 0.05 * np.random.random(len(rows))")
    done, _ = judged.run()
    assert done.exit_code == 0, done.output
    not_passed(*judged.run("model-test"), "repeats")


def test_a_model_beside_a_table_of_the_project_s_own_gives_golden_predictions_though_it_says_labels(judged) -> None:
    judged.write(table())
    parquet.write_table(pa.table(table()), judged.folder / "rows.parquet")
    judged.configure('predictions = "said.parquet"', '[data]\nevaluation = ["rows.parquet"]\nid = "row_id"\n')
    judged.model(judged.workspace.candidate, "return np.where(rows.x > 0.5, 'yes', 'no')")
    done, record = judged.run()
    assert (done.exit_code, record["part"]["rung"]) == (0, 1)
    golden = json.loads(judged.workspace.candidate.golden.read_text())
    assert set(golden["answers"]) == {"yes", "no"}
