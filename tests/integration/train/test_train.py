"""Training for real, with children that log, crash, hang and lie: what is taken, what is refused, in which words."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from trainstop.bundles import MANIFEST
from trainstop.delivery.exclusive import exclusively
from trainstop.errors import ConfigurationError, ConflictError, InputError, ProjectCodeError, TimeLimitError
from trainstop.golden import Golden
from trainstop.ports.scoring import ScoreRequest
from trainstop.records import CheckStatus, Provenance, Record, Results, Status
from trainstop.records.training import TrainPart
from trainstop.stages import evaluate

LOGS_A_MODEL = """
import os
import mlflow
import pandas as pd
from sklearn.linear_model import LogisticRegression

rows = pd.concat(pd.read_parquet(path) for path in os.environ["TRAINSTOP_DATA_TRAIN"].split(os.pathsep))
mlflow.set_experiment("anything")
with mlflow.start_run(run_name="good"):
    model = LogisticRegression().fit(rows[["x"]], rows.y)
    mlflow.log_param("kind", "logistic")
    mlflow.set_tag("owner", "me")
    mlflow.log_metrics({"loss": 0.25, "broken": float("nan")})
    mlflow.log_text("hello", "notes/hello.txt")
    signature = mlflow.models.infer_signature(rows[["x"]], model.predict(rows[["x"]]))
    needs = ["mlflow", "scikit-learn", "skops"]
    mlflow.sklearn.log_model(model, name="model", signature=signature, pip_requirements=needs)
"""
THREE_RUNS = """
import mlflow
mlflow.set_experiment("search")
for name, loss in (("a", 0.3), ("b", 0.1), ("c", 0.2)):
    with mlflow.start_run(run_name=name):
        mlflow.log_metric("loss", loss)
"""
WRITES_METRICS = "open('metrics.json', 'w').write('{\"auc\": 0.9}'); print('trained')\n"
NO_MODEL = {"evaluate": {"metrics-file": "metrics.json"}}


def hand_made_model(flavors: str, file: str, content: bytes) -> str:
    """Return a script that leaves an MLflow folder, written without MLflow."""
    return (
        "import os, pathlib\nfolder = pathlib.Path(os.environ['TRAINSTOP_MODEL_DIR'])\n"
        f"(folder / {file!r}).write_bytes({content!r})\n"
        "(folder / 'requirements.txt').write_text('scikit-learn')\n"
        f"(folder / 'MLmodel').write_text({flavors!r})\n"
    )


def test_a_logged_model_becomes_the_candidate_and_answers(project) -> None:
    project.write("train.py", LOGS_A_MODEL)
    result = project.train(data={"time": "day"})
    bundle = project.workspace.candidate

    assert result.status is Status.PASSED
    assert result.part.found == "logged"
    assert (result.part.run_name, result.part.params) == ("good", {"kind": "logistic"})
    assert result.part.metrics == {"loss": 0.25}
    assert "broken" in next(check.reason for check in result.checks if check.name == "metrics")
    assert json.loads(bundle.run.read_text())["tags"] == {"owner": "me"}
    assert (bundle.root / "artifacts" / "notes" / "hello.txt").read_text() == "hello"
    assert len(json.loads(bundle.profile.read_text())["starts"]) > 1
    assert not (bundle.root / MANIFEST).exists()
    assert sorted(path.name for path in project.folder.iterdir()) == [
        ".trainstop", "evaluation.parquet", "train.parquet", "train.py",
    ]  # fmt: skip
    assert not list(project.workspace.scratch.iterdir())

    scored = project.job(project.config()).ports.scorer.score(
        ScoreRequest(
            bundle=bundle,
            tables=(project.folder / "evaluation.parquet",),
            predictions=bundle.predictions,
            golden=bundle.golden,
        )
    )
    table = parquet.read_table(bundle.predictions)
    golden = Golden.read(bundle.golden)
    assert table.column_names == ["row_id", "target", "prediction", "score"]
    assert table["row_id"].to_pylist() == [f"r{number}" for number in range(1000, 1040)]
    assert {round(value, 6) for value in table["score"].to_pylist()} - {0.0, 1.0}
    assert (scored.rows, scored.inputs, scored.classes) == (40, ("x",), ("0", "1"))
    assert (golden.columns, len(golden.rows)) == (("x",), 20)
    assert set(golden.answers) == {0, 1}, "a classifier's pyfunc answers labels, and so does the server"


def test_a_plain_file_is_wrapped_with_its_flavor(project) -> None:
    project.write(
        "train.py",
        "import os, pandas as pd, skops.io\nfrom sklearn.linear_model import LogisticRegression\n"
        "rows = pd.read_parquet(os.environ['TRAINSTOP_DATA_TRAIN'])\n"
        "skops.io.dump(LogisticRegression().fit(rows[['x']], rows.y), 'out.skops')\n",
    )
    result = project.train({"model": "out.skops", "flavor": "sklearn"})
    assert result.part.found == "file"
    assert '"name": "x"' in (project.workspace.candidate.model / "MLmodel").read_text()


SAVES_A_FOLDER = """
import mlflow, os, pandas as pd
from sklearn.linear_model import LogisticRegression

rows = pd.read_parquet(os.environ["TRAINSTOP_DATA_TRAIN"])
model = LogisticRegression().fit(rows[["x"]], rows.y)
needs = ["mlflow", "scikit-learn", "skops"]
mlflow.sklearn.save_model(model, os.environ["TRAINSTOP_MODEL_DIR"] + "/saved", pip_requirements=needs)
"""


@pytest.mark.slow
def test_an_mlflow_folder_becomes_the_candidate_and_a_logged_model_comes_before_it(project) -> None:
    project.write("train.py", SAVES_A_FOLDER)
    result = project.train()
    assert result.part.found == "folder"
    assert (project.workspace.candidate.model / "MLmodel").is_file()
    project.write("train.py", SAVES_A_FOLDER + LOGS_A_MODEL)
    result = project.train()
    assert (result.part.found, result.part.run_name) == ("logged", "good")


def test_a_pickle_is_not_even_opened_unless_allowed(project) -> None:
    project.write("train.py", "open('model.pkl', 'wb').write(b'cos\\nsystem\\n(S\\'touch ran\\'\\ntR.')\n")
    with pytest.raises(ProjectCodeError, match="pickle") as caught:
        project.train({"model": "model.pkl", "flavor": "sklearn"})
    assert "allow-formats" in caught.value.fix
    assert not (project.folder / "ran").exists()


@pytest.mark.parametrize(
    ("flavors", "words"),
    [
        ("flavors: {sklearn: {serialization_format: cloudpickle, pickled_model: model.bin}}", "pickle"),
        ("flavors: {sklearn: {skops_trusted_types: [os.system]}}", "os.system"),
    ],
)
def test_a_model_that_asks_for_too_much_trust_is_refused_before_it_is_loaded(project, flavors, words) -> None:
    project.write("train.py", hand_made_model(flavors, "model.bin", b"anything"))
    with pytest.raises(ProjectCodeError, match=words) as caught:
        project.train()
    assert "train." in caught.value.fix
    assert not project.workspace.candidate.root.exists()


def test_a_model_that_does_not_load_is_said_so(project) -> None:
    flavors = "flavors: {python_function: {loader_module: nowhere.to_be_found}}"
    project.write("train.py", hand_made_model(flavors, "model.txt", b"anything"))
    with pytest.raises(ProjectCodeError, match=r"does not load.*nowhere"):
        project.train()
    assert not project.workspace.trainings.exists()


def test_of_several_runs_the_configuration_picks_one(project) -> None:
    project.write("train.py", THREE_RUNS)
    best = project.train({"run": "best", "best": "-loss"}, **NO_MODEL)
    assert (best.part.run_name, best.part.metrics) == ("b", {"loss": 0.1})
    assert json.loads(project.workspace.candidate.run.read_text())["runs"] == 3


def test_a_script_with_a_store_of_its_own_is_told_to_drop_it(project) -> None:
    project.write(
        "train.py",
        "import mlflow\n\nmlflow.set_tracking_uri('sqlite:///own.db')\nwith mlflow.start_run():\n"
        "    mlflow.log_metric('loss', 1.0)\n",
    )
    with pytest.raises(ProjectCodeError, match=r"store.*train\.py:3.*own\.db") as caught:
        project.train()
    assert "set_tracking_uri" in caught.value.fix


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys; print('the reason'); sys.exit(3)", r"exit code 3\n    the reason"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("raise MemoryError", "ran out of memory"),
        ("print('nothing to show')", r"left no model\n    nothing to show"),
    ],
    ids=["exit", "crash", "memory", "nothing"],
)
def test_a_failed_training_says_how_it_ended(project, script, words) -> None:
    project.write("train.py", script)
    with pytest.raises(ProjectCodeError, match=words):
        project.train()
    assert not project.workspace.candidate.root.exists()


def test_a_training_that_hangs_is_ended(project) -> None:
    project.write("train.py", "import time; print('waiting', flush=True); time.sleep(600)")
    with pytest.raises(TimeLimitError, match="longer") as caught:
        project.train({"timeout": 1})
    assert caught.value.exit_code == 3


def test_secrets_are_withheld_unless_named_and_never_shown(project) -> None:
    project.environ = {**project.environ, "MY_TOKEN": "hunter2-hunter2", "OTHER_TOKEN": "opensesame-opensesame"}
    project.write(
        "train.py", "import os; print(os.environ.get('MY_TOKEN'), os.environ.get('OTHER_TOKEN')); raise SystemExit(1)"
    )
    with pytest.raises(ProjectCodeError) as caught:
        project.train({"secrets": ["MY_TOKEN"]})
    shown = caught.value.what + (project.workspace.logs / "train.log").read_text()
    assert "hunter2" not in shown
    assert "opensesame" not in shown
    assert "None" in caught.value.what, "the secret that was not named is not there at all"


def test_an_unchanged_training_is_restored_and_any_change_trains_again(project) -> None:
    project.write("train.py", WRITES_METRICS)
    assert not project.train(**NO_MODEL).part.restored
    (project.folder / "metrics.json").unlink()

    again = project.train(**NO_MODEL)
    assert again.part.restored
    assert "c0ffeec0ffee" in again.reason
    assert (project.folder / "metrics.json").read_text() == '{"auc": 0.9}'

    assert not project.train(force=True, **NO_MODEL).part.restored
    assert not project.train({"environment": {"SEED": "2"}}, **NO_MODEL).part.restored
    project.write("train.py", WRITES_METRICS + "# changed\n")
    assert not project.train(**NO_MODEL).part.restored
    project.environments.digest = "sha256:other"
    assert not project.train(**NO_MODEL).part.restored
    table = parquet.read_table(project.folder / "train.parquet")
    parquet.write_table(table.slice(0, 59), project.folder / "train.parquet")
    changed = project.train(**NO_MODEL)
    assert not changed.part.restored
    assert changed.part.training_rows == 59
    assert len(list(project.workspace.trainings.iterdir())) == 5


def test_code_that_changes_while_it_is_trained_is_not_kept_as_what_it_was_before(project) -> None:
    project.write("features.py", "VALUE = 1\n")
    project.write("train.py", WRITES_METRICS + "open('features.py', 'w').write('VALUE = 2\\n')\n")
    first = project.train(**NO_MODEL)
    [warned] = [check.reason for check in first.checks if check.status is CheckStatus.WARNED]
    assert warned.startswith("features.py changed while it was trained, so its result is not kept")
    project.write("features.py", "VALUE = 1\n")
    assert not project.train(**NO_MODEL).part.restored


def test_what_a_training_writes_for_the_first_time_keeps_nobody_from_restoring_it_elsewhere(project) -> None:
    project.write("train.py", WRITES_METRICS + "open('best.yaml', 'w').write('a: 1')\n")
    first = project.train(**NO_MODEL)
    assert not [check for check in first.checks if check.status is CheckStatus.WARNED]
    (project.folder / "best.yaml").unlink()
    assert project.train(**NO_MODEL).part.restored


def test_two_do_not_train_in_one_folder_at_once(project) -> None:
    project.write("train.py", WRITES_METRICS)
    with exclusively(project.workspace.root / "train.lock", "a training"), pytest.raises(ConflictError, match="busy"):
        project.train(**NO_MODEL)


def test_a_file_that_is_judged_and_was_not_written_by_this_training_is_refused(project) -> None:
    project.write("train.py", "print('trained')\n")
    project.write("metrics.json", '{"auc": 0.99}')
    os.utime(project.folder / "metrics.json", (1_700_000_000, 1_700_000_000))
    with pytest.raises(ProjectCodeError, match=r"did not write `metrics\.json`, which is judged"):
        project.train(**NO_MODEL)
    assert not list(project.workspace.trainings.glob("*/bundle"))


def test_a_damaged_kept_training_is_not_used(project) -> None:
    project.write("train.py", WRITES_METRICS)
    project.train(**NO_MODEL)
    [kept] = project.workspace.trainings.glob("*/bundle/run.json")
    kept.write_text("{}")
    assert not project.train(**NO_MODEL).part.restored
    assert project.train(**NO_MODEL).part.restored


def crown(project, part: TrainPart) -> None:
    """Make the candidate the champion, as `baseline` fetches it on another machine; what was kept here is gone."""
    bundle = project.workspace.candidate
    record = Record[TrainPart](
        status=Status.PASSED,
        part=part,
        stage="train",
        trainstop="1",
        provenance=Provenance(repository="me/project"),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_seconds=1,
    )
    Results(bundle.records).write(record)
    bundle.predictions.write_text("rows")
    bundle.root.rename(project.workspace.champion.root)
    shutil.rmtree(project.workspace.trainings)


def test_on_a_new_machine_the_champion_is_taken_when_nothing_changed_since(project) -> None:
    project.write("train.py", LOGS_A_MODEL)
    first = project.train()
    crown(project, first.part)
    again = project.train()
    assert again.part.restored
    assert "it is the champion" in again.reason
    assert again.part.model_digest == first.part.model_digest
    assert project.workspace.candidate.profile.is_file()
    assert not project.workspace.candidate.predictions.exists()
    assert not project.workspace.candidate.records.exists()
    assert project.workspace.champion.predictions.exists()

    assert not project.train(force=True).part.restored


SEEDED_MODEL = hand_made_model("flavors: {python_function: {loader_module: mine}}", "weights.txt", b"") + (
    "seed = os.environ['TRAINSTOP_SEED']\n(folder / 'weights.txt').write_text(seed)\n"
)


def test_one_code_is_trained_with_every_seed_and_the_first_is_the_candidate(seeded) -> None:
    seeded.write("train.py", SEEDED_MODEL)
    result = seeded.train({"seeds": 3})
    bundle = seeded.workspace.candidate
    assert result.part.seeds == 3
    assert [(bundle.seed(seed).model / "weights.txt").read_text() for seed in range(3)] == ["0", "1", "2"]
    assert all(bundle.seed(seed).environment.is_file() for seed in range(3))
    assert len(seeded.environments.locked) == 1, "models that need the same share a lock"
    assert not list(seeded.workspace.scratch.iterdir())


def test_one_training_has_a_seed_too_and_no_others_beside_it(seeded) -> None:
    seeded.write("train.py", SEEDED_MODEL)
    seeded.train()
    assert (seeded.workspace.candidate.model / "weights.txt").read_text() == "0"
    assert not seeded.workspace.candidate.seeds.exists()


def test_seeds_are_kept_together_and_another_number_of_them_is_trained_anew(seeded) -> None:
    seeded.write("train.py", SEEDED_MODEL)
    seeded.train({"seeds": 2})
    again = seeded.train({"seeds": 2})
    assert again.part.restored
    assert (seeded.workspace.candidate.seed(1).model / "weights.txt").read_text() == "1"
    assert not seeded.train({"seeds": 3}).part.restored


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("if seed == '1': raise SystemExit(3)", "with TRAINSTOP_SEED=1: training failed"),
        ("if seed == '1': (folder / 'MLmodel').unlink()", "with TRAINSTOP_SEED=1: .*left no model"),
        ("if seed == '0': raise SystemExit(3)", "with TRAINSTOP_SEED=0: training failed"),
    ],
)
def test_a_seed_that_fails_fails_the_training_and_is_named(seeded, line, words) -> None:
    seeded.write("train.py", SEEDED_MODEL + line + "\n")
    with pytest.raises(ProjectCodeError, match=words):
        seeded.train({"seeds": 3})
    assert not seeded.workspace.candidate.root.exists()
    assert not seeded.workspace.trainings.exists()


@pytest.mark.slow
def test_models_of_two_seeds_are_trained_asked_and_judged_for_real(project) -> None:
    seeded = LOGS_A_MODEL.replace(
        'mlflow.set_experiment("anything")', "rows = rows.sample(20, random_state=int(os.environ['TRAINSTOP_SEED']))"
    )
    project.write("train.py", seeded)
    project.train({"seeds": 2})
    few = {"minimum": 5, "guess-cluster": False}
    result = evaluate.run(project.job(project.config({"seeds": 2}, evaluate=few)))
    [log_loss] = [each for each in result.part.metrics if each.name == "log_loss"]
    assert len(set(log_loss.seeds.candidate)) == 2
    assert log_loss.candidate.value == pytest.approx(sum(log_loss.seeds.candidate) / 2)
    low, high = log_loss.candidate.interval
    assert low <= log_loss.candidate.value <= high
    assert "12.7 standard errors" in log_loss.method
    assert [check.status for check in result.checks if check.name == "seeds"] == ["passed"]


def test_seeds_do_not_come_with_a_champion_so_it_is_trained_again(seeded) -> None:
    seeded.write("train.py", SEEDED_MODEL)
    first = seeded.train({"seeds": 2})
    crown(seeded, first.part)
    assert not seeded.train({"seeds": 2}).part.restored


def test_a_champion_that_was_changed_or_trained_from_something_else_is_not_taken(project) -> None:
    project.write("train.py", LOGS_A_MODEL)
    crown(project, project.train().part)
    (project.workspace.champion.model / "added.txt").write_text("")
    assert not project.train().part.restored
    shutil.rmtree(project.workspace.trainings)
    (project.workspace.champion.model / "added.txt").unlink()
    project.write("train.py", LOGS_A_MODEL + "# changed\n")
    assert not project.train().part.restored


def test_without_training_data_in_the_configuration_nothing_is_restored(project) -> None:
    project.write("train.py", WRITES_METRICS)
    for _ in range(2):
        assert not project.train(**NO_MODEL, data={"train": [], "evaluation": []}).part.restored


def test_the_profile_follows_its_settings_though_the_training_is_restored(project) -> None:
    project.write("train.py", WRITES_METRICS)
    project.train(**NO_MODEL)
    before = json.loads(project.workspace.candidate.profile.read_text())
    again = project.train(**NO_MODEL, data={"time": "day"})
    after = json.loads(project.workspace.candidate.profile.read_text())
    assert again.part.restored
    assert len(after["starts"]) > len(before["starts"])


def test_missing_data_is_prepared_and_missing_still_is_said(project) -> None:
    project.write("train.py", WRITES_METRICS)
    (project.folder / "train.parquet").rename(project.folder / "elsewhere")
    with pytest.raises(InputError, match=r"data\.train: train\.parquet"):
        project.train(**NO_MODEL)
    project.write("get.py", "import os; os.rename('elsewhere', 'train.parquet')")
    assert project.train(**NO_MODEL, data={"prepare": "python get.py"}).status is Status.PASSED


def test_training_data_without_rows_is_refused_before_training(project) -> None:
    project.write("train.py", "open('ran', 'w')")
    empty = pa.table({"x": pa.array([], pa.float64()), "y": pa.array([], pa.int64())})
    parquet.write_table(empty, project.folder / "train.parquet")
    with pytest.raises(InputError, match=r"no rows: train\.parquet"):
        project.train()
    assert not (project.folder / "ran").exists()


def test_code_that_cannot_be_seen_is_a_mistake(project) -> None:
    with pytest.raises(ConfigurationError, match=r"project\.source"):
        project.train(project={"source": ["notebooks/*.ipynb"]})


def test_a_killed_training_leaves_nothing_that_counts(project) -> None:
    project.write("train.py", "import pathlib, time; pathlib.Path('started').touch(); time.sleep(60)")
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(conftest=Path(__file__).with_name("conftest.py"), folder=project.folder)],
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (project.folder / "started").exists():
        assert child.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not project.workspace.candidate.root.exists()
    assert not project.workspace.trainings.exists()
    project.write("train.py", WRITES_METRICS)
    assert not project.train(**NO_MODEL).part.restored


KILLED = """
import importlib.util, os, pathlib
spec = importlib.util.spec_from_file_location("project_conftest", "{conftest}")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.Project(pathlib.Path("{folder}"), module.ThisInterpreter(), dict(os.environ)).train()
"""
