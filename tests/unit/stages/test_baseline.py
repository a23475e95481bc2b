"""`baseline`: what the candidate is compared with, and no more than is needed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.delivering import NAME, World, world

from trainstop.config.judging import EvaluateSection
from trainstop.errors import InputError, MachineBoundError, NoCredentialError, UnavailableError
from trainstop.fingerprint import evaluation_data
from trainstop.records import Status
from trainstop.records.judging import Estimate, EvaluatePart, MetricResult, SeedValues
from trainstop.stages import baseline, pack, promote, register


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path, data={"evaluation": ["data/*.csv"]})
    (tmp_path / "data").mkdir()
    (tmp_path / "data/july.csv").write_text("a,b\n1,2\n")
    return here


def crown(here: World, **evaluation: object) -> None:
    """Make the candidate the champion, as it was judged on today's data or on other."""
    here.train()
    here.evaluate(**{"data": evaluation_data(here.job.config, here.job.workspace.project)} | evaluation)  # type: ignore[arg-type]
    register.run(here.job)
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    here.registry.calls.clear()


def test_a_project_without_a_champion_is_told_so(here: World) -> None:
    result = baseline.run(here.job)
    assert (result.status, result.reason) == (Status.PASSED, "no champion yet")
    assert result.part is not None
    assert result.part.version is None


def test_the_champion_comes_without_its_model_while_the_evaluation_data_is_the_same(here: World) -> None:
    crown(here)
    part = baseline.run(here.job).part
    assert part is not None
    assert (part.version, part.has_predictions, part.has_model) == (1, True, False)
    assert part.metrics == {"auc": 0.8}
    assert "download all" not in here.registry.calls


def test_what_the_champions_seeds_came_to_comes_with_it(here: World) -> None:
    seeds = SeedValues(candidate=(0.8, 0.7, 0.9))
    metric = MetricResult(name="auc", greater_is_better=True, candidate=Estimate(value=0.8), seeds=seeds)
    here.train()
    here.record(EvaluatePart(rung=2, metrics=(metric,), seeds=3))
    register.run(here.job)
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    part = baseline.run(here.job).part
    assert part is not None
    assert part.seeds == {"auc": (0.8, 0.7, 0.9)}


def test_the_champion_comes_with_its_model_when_the_evaluation_data_changed(here: World) -> None:
    crown(here)
    (here.root / "data/august.csv").write_text("a,b\n3,4\n")
    result = baseline.run(here.job)
    assert result.part is not None
    assert result.part.has_model
    assert "evaluation data changed" in result.reason


def test_a_job_that_only_fetches_takes_the_model_with_it_in_any_case(here: World) -> None:
    crown(here)
    result = baseline.run(here.job, model="always")
    assert result.part is not None
    assert result.part.has_model
    assert result.part.has_predictions


def test_a_job_that_only_wants_to_know_how_good_it_was_leaves_the_model_where_it_is(here: World) -> None:
    crown(here)
    (here.root / "data/august.csv").write_text("a,b\n3,4\n")
    result = baseline.run(here.job, model="never")
    assert result.part is not None
    assert (result.part.has_model, result.part.has_predictions) == (False, True)
    assert "without its model" in result.reason


def test_a_record_that_nobody_can_read_is_said_where_only_evidence_is_fetched(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crown(here)
    monkeypatch.setattr(baseline, "_judgement", lambda records: (None, "its record is of another version of trainstop"))
    assert "another version of trainstop" in baseline.run(here.job, model="never").reason
    assert "so its model is asked again" in baseline.run(here.job).reason


def test_a_champion_without_predictions_is_asked_again(here: World) -> None:
    here.train()
    here.workspace.candidate.predictions.unlink()
    here.evaluate(data=evaluation_data(here.job.config, here.job.workspace.project))
    register.run(here.job)
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    part = baseline.run(here.job).part
    assert part is not None
    assert (part.has_predictions, part.has_model) == (False, True)


@pytest.mark.parametrize("section", [{"metrics_file": "m.json"}, {"predictions": "p.csv"}], ids=str)
def test_where_the_project_writes_what_is_judged_the_champion_s_model_stays_where_it_is(
    here: World, section: dict[str, str]
) -> None:
    crown(here, data="other rows")
    here.config = here.config.model_copy(update={"evaluate": EvaluateSection(**section)})
    result = baseline.run(here.job)
    assert result.part is not None
    assert not result.part.has_model
    assert "changed since it was judged" in result.reason


@pytest.mark.parametrize("rung", [0, 1])
def test_a_champion_that_was_judged_by_what_the_project_wrote_is_asked_once_a_model_is_judged(
    here: World, rung: int
) -> None:
    crown(here, rung=rung, method="")
    result = baseline.run(here.job)
    assert result.part is not None
    assert result.part.has_model
    assert "the project wrote its predictions, so its model is asked" in result.reason


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"positive": 0}, "`data.positive` was `1` when it was judged"),
        ({"id": "a"}, "`data.id` was not set when it was judged"),
        ({"target": "b"}, "`data.target` was `target` when it was judged"),
    ],
    ids=str,
)
def test_a_champion_that_was_judged_under_other_settings_is_asked_again(
    here: World, data: dict[str, Any], words: str
) -> None:
    crown(here)
    assert not baseline.run(here.job).part.has_model  # type: ignore[union-attr]
    here.config = here.config.model_copy(update={"data": here.config.data.model_copy(update=data)})
    result = baseline.run(here.job)
    assert result.part is not None
    assert (result.part.has_model, result.part.has_predictions) == (True, True)
    assert result.part.answered is not None
    assert words in result.reason


def test_a_champion_whose_record_does_not_say_what_its_predictions_mean_is_asked_again(here: World) -> None:
    here.train()
    here.record(EvaluatePart(rung=2, evaluation_data=evaluation_data(here.job.config, here.job.workspace.project)))
    register.run(here.job)
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    result = baseline.run(here.job)
    assert result.part is not None
    assert (result.part.has_model, result.part.answered) == (True, None)
    assert "does not say what its predictions mean" in result.reason


def test_a_champion_of_another_task_leaves_its_model_where_it_is(here: World) -> None:
    crown(here, task="regression")
    (here.root / "data/august.csv").write_text("a,b\n3,4\n")
    result = baseline.run(here.job)
    assert result.part is not None
    assert not result.part.has_model
    assert "`model.task` was `regression` when it was judged" in result.reason


def test_a_champion_whose_record_nobody_can_read_is_asked_again_with_a_warning(here: World) -> None:
    here.train()
    records = here.workspace.candidate.records
    records.mkdir()
    (records / "evaluate.json").write_text('{"schema_version": 99}')
    here.version()
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    result = baseline.run(here.job)
    assert result.checks[0].status == "warned"
    assert result.part is not None
    assert result.part.has_model


def test_an_older_champion_does_not_stay_in_the_workspace(here: World) -> None:
    old = here.workspace.champion.predictions
    old.parent.mkdir(parents=True)
    old.write_text("of last month")
    baseline.run(here.job)
    assert not old.exists()


def test_a_champion_that_vanished_is_not_taken_for_none(here: World) -> None:
    here.entry("promote", "production", 3)
    with pytest.raises(InputError, match="version 3 of `delays` was promoted, and now nothing is the champion"):
        baseline.run(here.job)


def test_a_registry_that_is_down_is_not_taken_for_an_empty_one(here: World) -> None:
    here.registry.down = True
    with pytest.raises(UnavailableError):
        baseline.run(here.job)


def test_evaluation_data_that_is_not_made_yet_is_not_called_changed(here: World) -> None:
    crown(here)
    (here.root / "data/july.csv").unlink()
    result = baseline.run(here.job)
    assert result.part is not None
    assert result.part.has_model
    assert "not made yet" in result.reason


def test_a_machine_without_a_registry_that_outlives_it_has_no_champion_and_goes_on(here: World) -> None:
    class Refusing:
        @property
        def registry(self) -> None:
            raise MachineBoundError("the embedded registry lives on this machine")

    ports: Any = Refusing()
    result = baseline.run(replace(here.job, ports=ports))
    assert (result.status, result.part) == (Status.SKIPPED, None)
    assert "no registry outlives this machine" in result.reason


def without_credential(here: World) -> Any:
    """Return the job of a fork's pull request."""

    class Closed:
        uri = "https://mlflow.example.org"

        def alias(self, name: str, alias: str) -> None:
            raise NoCredentialError("the registry asks for a credential")

    ports: Any = SimpleNamespace(registry=Closed())
    return replace(here.job, ports=ports)


def test_a_job_without_a_credential_goes_without_the_champion(here: World) -> None:
    result = baseline.run(without_credential(here), numbers=str(here.root / "nothing saved"))
    assert (result.status, result.part) == (Status.SKIPPED, None)
    assert "asks for a credential" in result.reason


@pytest.fixture
def saved(here: World, tmp_path: Path) -> Path:
    """Give the numbers that a run on the default branch saved."""
    crown(here)
    here.record(baseline.run(here.job, model="always").part)
    folder = tmp_path / "numbers"
    pack.run(here.job, to=str(folder), content="numbers")
    return folder


def test_numbers_of_the_champion_hold_neither_its_model_nor_its_answers(saved: Path) -> None:
    files = {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()}
    assert files == {
        "MANIFEST.json",
        "pack.json",
        "results/baseline.json",
        "champion/records/evaluate.json",
        "champion/records/train.json",
    }


def test_a_job_without_a_credential_takes_the_numbers_that_an_earlier_run_saved(here: World, saved: Path) -> None:
    result = baseline.run(without_credential(here), numbers=str(saved))
    part = result.part
    assert part is not None
    assert (part.version, part.metrics, part.numbers_only) == (1, {"auc": 0.8}, True)
    assert (part.has_predictions, part.has_model) == (False, False)
    assert (result.status, result.checks[0].status) == (Status.PASSED, "warned")
    assert "only its numbers" in result.reason
    assert not here.workspace.champion.predictions.exists()
    assert (here.workspace.champion.records / "evaluate.json").exists()


def test_where_the_registry_answers_saved_numbers_are_not_looked_at(here: World, saved: Path) -> None:
    (saved / "results/baseline.json").write_text("{}")
    part = baseline.run(here.job, numbers=str(saved)).part
    assert part is not None
    assert not part.numbers_only


def spoil(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "results/baseline.json").write_text(text)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (spoil("{}"), "cannot be read"),
        (lambda folder: (folder / "pack.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "champion/model").mkdir() or (folder / "champion/model/x").touch(), "cannot be read"),
        (lambda folder: (folder / "results/link").symlink_to("/etc/passwd"), "cannot be read"),
    ],
    ids=["other record", "no label", "a model", "a link"],
)
def test_saved_numbers_that_were_damaged_leave_the_job_without_a_champion_and_never_break_it(
    here: World, saved: Path, damage: Callable[[Path], object], words: str
) -> None:
    damage(saved)
    result = baseline.run(without_credential(here), numbers=str(saved))
    assert (result.status, result.part) == (Status.SKIPPED, None)
    assert words in result.reason
    assert not here.workspace.champion.root.exists()


def test_numbers_of_another_model_are_not_taken(here: World, saved: Path) -> None:
    other = here.job.config.model_copy(update={"model": here.job.config.model.model_copy(update={"name": "other"})})
    result = baseline.run(replace(without_credential(here), config=other), numbers=str(saved))
    assert result.part is None
    assert "of this model" in result.reason


def test_a_pack_of_something_else_is_not_taken_for_numbers(here: World, saved: Path, tmp_path: Path) -> None:
    pack.run(here.job, to=str(tmp_path / "records"), content="records")
    result = baseline.run(without_credential(here), numbers=str(tmp_path / "records"))
    assert result.part is None
    assert "of something else" in result.reason


def test_a_champion_that_was_made_without_trainstop_is_nothing_to_compare_with(here: World) -> None:
    here.stranger("champion")
    result = baseline.run(here.job)
    assert (result.status, result.checks[0].status) == (Status.PASSED, "warned")
    assert result.reason.startswith("version 1 was not registered by trainstop: there is nothing to compare with")
    assert "`trainstop promote`" in result.reason
    assert result.part is not None
    assert result.part.version is None


def test_a_stranger_in_the_place_of_a_promoted_champion_is_not_taken_for_none(here: World) -> None:
    crown(here)
    here.entry("promote", "production", 1)
    here.stranger("champion")
    with pytest.raises(
        InputError, match="version 1 of `delays` was promoted, and now the champion is another"
    ) as caught:
        baseline.run(here.job)
    assert "version 2 was not registered by trainstop" in caught.value.what
    promote.run(replace(here.job, config=undeployed(here)), version="1")
    assert baseline.run(here.job).reason.startswith("version 1: ")


def undeployed(here: World) -> Any:
    section = here.config.model.model_copy(update={"serving": "batch"})
    return here.config.model_copy(update={"model": section})


def test_when_the_champion_was_removed_another_version_that_may_take_its_place_is_named(here: World) -> None:
    crown(here)
    here.version()
    here.entry("promote", "production", 1)
    here.remove(1)
    with pytest.raises(InputError, match="now nothing is the champion") as caught:
        baseline.run(here.job)
    assert caught.value.fix == "deploy another version to production and run `trainstop promote`: 2"
    here.config = undeployed(here)
    with pytest.raises(InputError) as caught:
        baseline.run(here.job)
    assert caught.value.fix == "run `trainstop promote --version N`, N one of 2"


def test_when_every_version_was_removed_a_first_one_is_asked_for(here: World) -> None:
    here.config = undeployed(here)
    crown(here)
    here.entry("promote", "production", 1)
    here.remove(1)
    with pytest.raises(InputError) as caught:
        baseline.run(here.job)
    assert caught.value.fix == (
        "no version is left: register one without a comparison (`trainstop train`, `evaluate`, `register`), "
        "then make it the champion with `trainstop promote`"
    )
    here.train()
    here.evaluate()
    register.run(here.job)
    promote.run(here.job)
    assert baseline.run(here.job).reason.startswith("version 2: ")


def test_what_helps_names_production_as_it_is_called_now(here: World) -> None:
    crown(here)
    here.entry("promote", "production", 1)
    del here.registry.pointers[NAME]["champion"]
    monitor = here.config.monitor.model_copy(update={"environment": "prod"})
    section = here.config.environments["production"]
    here.config = here.config.model_copy(update={"environments": {"prod": section}, "monitor": monitor})
    with pytest.raises(InputError) as caught:
        baseline.run(here.job)
    assert caught.value.fix == "run `trainstop promote --environment prod` when prod serves a version"
