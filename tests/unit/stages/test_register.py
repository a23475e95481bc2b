"""`register`: nothing red is registered, and one thing is registered once."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.delivering import NAME, START, World, world

from trainstop import digests
from trainstop.delivery.champions import JUDGED_AGAINST
from trainstop.errors import ConflictError, InputError
from trainstop.job import Run
from trainstop.ports.registry import Version
from trainstop.records import Result, Results, Status, checks
from trainstop.records.base import Part
from trainstop.records.delivery import RegisterPart
from trainstop.records.judging import EvaluatePart, ModelTestPart
from trainstop.records.training import TrainPart
from trainstop.stages import register


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path)
    here.train()
    here.evaluate()
    return here


def test_a_candidate_without_a_red_signal_becomes_a_version(here: World) -> None:
    result = register.run(here.job)
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.model_version, result.part.created) == (1, True)
    assert here.aliases() == {"candidate": 1}


def test_the_other_seeds_models_are_not_registered(here: World) -> None:
    other = here.workspace.candidate.seed(1).model / "MLmodel"
    other.parent.mkdir(parents=True)
    other.write_text("flavors: {}")
    register.run(here.job)
    version = here.registry.made[NAME][0]
    bundle = here.registry.download(version, here.root / "fetched")
    assert bundle.model.is_dir()
    assert not bundle.seeds.exists()


def test_registering_again_finds_the_same_version(here: World) -> None:
    first = register.run(here.job).part
    again = register.run(here.job).part
    assert first is not None
    assert again is not None
    assert (again.model_version, again.created, again.key) == (1, False, first.key)
    assert len(here.registry.made[NAME]) == 1


def test_a_version_that_is_the_champion_already_is_said_to_be_delivered(here: World) -> None:
    first = register.run(here.job).part
    assert first is not None
    assert not first.delivered
    here.registry.move_alias(NAME, "champion", to=1, expected=None)
    again = register.run(here.job).part
    assert again is not None
    assert again.delivered
    here.train("code-2")
    here.evaluate()
    other = register.run(here.job).part
    assert other is not None
    assert not other.delivered


def test_other_code_is_another_version(here: World) -> None:
    register.run(here.job)
    here.train("code-2")
    here.evaluate()
    result = register.run(here.job)
    assert result.part is not None
    assert result.part.model_version == 2
    assert here.aliases() == {"candidate": 2}


def test_registering_an_older_code_again_puts_its_version_forward(here: World) -> None:
    register.run(here.job)
    here.train("code-2")
    here.evaluate()
    register.run(here.job)
    here.train("code-1")
    here.evaluate()
    register.run(here.job)
    assert here.aliases() == {"candidate": 1}
    assert len(here.registry.made[NAME]) == 2


@pytest.mark.parametrize("part", [checks.TestPart(), checks.LintPart(), ModelTestPart()], ids=lambda part: part.stage)
def test_a_red_signal_is_not_passed(here: World, part: Part) -> None:
    here.record(part, status=Status.FAILED, reason="3 of 9 failed")
    result = register.run(here.job)
    assert result.status is Status.FAILED
    assert result.part is None
    assert result.reason == f"not registered: {part.stage} failed"
    assert here.registry.made == {}


def test_a_failed_evaluation_is_not_passed(here: World) -> None:
    here.evaluate(status=Status.FAILED, reason="auc is worse")
    assert register.run(here.job).status is Status.FAILED
    assert "publish" not in here.registry.calls


def test_an_evaluation_that_looked_at_nothing_is_not_passed(here: World) -> None:
    here.evaluate(status=Status.SKIPPED)
    assert register.run(here.job).status is Status.FAILED


def test_an_evaluation_that_cannot_tell_warns(here: World) -> None:
    here.evaluate(status=Status.INCONCLUSIVE, reason="the champion cannot be asked")
    result = register.run(here.job)
    assert result.status is Status.PASSED
    assert {check.name: check.status for check in result.checks}["evaluate"] == "warned"
    assert here.registry.versions(NAME)[0].tags["trainstop.verdict"] == "inconclusive: the champion cannot be asked"


def test_nothing_is_registered_unjudged(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.train()
    with pytest.raises(InputError, match="`evaluate` has not run"):
        register.run(here.job)


def test_a_project_without_a_model_has_nothing_to_register(here: World) -> None:
    (here.workspace.candidate.model / "MLmodel").unlink()
    with pytest.raises(InputError, match="no model to register"):
        register.run(here.job)


def test_a_model_that_was_changed_after_its_training_is_not_registered(here: World) -> None:
    model = here.workspace.candidate.model
    digest = digests.of_files(model, [model / "MLmodel"])
    here.train(model_digest=digest)
    here.evaluate()
    assert register.run(here.job).status is Status.PASSED
    (model / "weights").write_text("others")
    with pytest.raises(InputError, match="`model` is not what `train` recorded"):
        register.run(here.job)


def test_predictions_that_were_changed_after_their_judgement_are_not_registered(here: World) -> None:
    predictions = here.workspace.candidate.predictions
    here.record(EvaluatePart(rung=2, predictions=digests.of_file(predictions)))
    assert register.run(here.job).status is Status.PASSED
    predictions.unlink()
    with pytest.raises(InputError, match=r"`predictions.parquet` is not what `evaluate` recorded"):
        register.run(here.job)


@pytest.mark.parametrize("part", [EvaluatePart(rung=2), ModelTestPart()], ids=lambda part: part.stage)
def test_a_verdict_about_an_earlier_training_does_not_count(here: World, part: Part) -> None:
    here.record(part, at=START - timedelta(hours=1))
    with pytest.raises(InputError, match="about another model"):
        register.run(here.job)


def test_a_version_carries_its_records_and_its_lineage(here: World) -> None:
    here.record(checks.TestPart(tests=3))
    stale = here.workspace.candidate.records / "lint.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("from an earlier run")
    register.run(here.job)
    version = here.registry.versions(NAME)[0]
    bundle = here.registry.download(version, here.root / "copy")
    assert sorted(path.name for path in bundle.records.iterdir()) == ["evaluate.json", "test.json", "train.json"]
    assert Results(bundle.records).part(checks.TestPart).tests == 3
    assert version.tags["trainstop.repository"] == "example/flights"
    assert version.tags["trainstop.commit"] == "c0ffee"
    assert version.tags["trainstop.code"] == "code-1"
    assert version.tags["trainstop.verdict"].startswith("passed")


def test_a_version_carries_a_model_card_in_the_projects_and_the_records_words(here: World) -> None:
    card = here.job.config.card.model_copy(update={"intended_use": "Telling passengers."})
    register.run(replace(here.job, config=here.job.config.model_copy(update={"card": card})))
    version = here.registry.versions(NAME)[0]
    text = here.registry.download(version, here.root / "copy").card.read_text()
    assert text.startswith(f"# Model card: `{NAME}`")
    assert "Telling passengers." in text
    assert "says nothing of: out-of-scope, limits, owner and license" in text
    assert "auc" in text


def test_other_words_on_the_card_make_no_other_version(here: World) -> None:
    first = register.run(here.job).part
    card = here.job.config.card.model_copy(update={"owner": "somebody else"})
    again = register.run(replace(here.job, config=here.job.config.model_copy(update={"card": card}))).part
    assert first is not None
    assert again is not None
    assert (again.model_version, again.created) == (first.model_version, False)


def test_a_candidate_alias_that_moved_meanwhile_is_moved_from_where_it_is(here: World) -> None:
    move, times = here.registry.move_alias, iter((True, False))

    def contested(name: str, alias: str, *, to: int | None, expected: int | None) -> None:
        if next(times, False):
            raise ConflictError("somebody else moved it")
        move(name, alias, to=to, expected=expected)

    here.registry.move_alias = contested  # type: ignore[method-assign]
    register.run(here.job)
    assert here.aliases() == {"candidate": 1}


def run_of(number: int, attempt: int = 1, workflow: str = "example/flights model.yml") -> Run:
    return Run(owner=f"run {number} of example/flights", workflow=workflow, number=number, attempt=attempt)


def pushed(here: World, run: Run, code: str, at: datetime = START) -> Result[RegisterPart]:
    """Register what a run trained that began at a moment."""
    here.train(code)
    here.evaluate()
    for kind in (TrainPart, EvaluatePart):
        here.record(here.results.part(kind), at=at)
    return register.run(replace(here, run=run).job)


def test_a_run_that_began_earlier_and_trained_longer_does_not_take_the_candidate(here: World) -> None:
    pushed(here, run_of(2), "code-b")
    result = pushed(here, run_of(1), "code-a", START + timedelta(hours=1))
    assert result.status is Status.PASSED
    assert here.aliases() == {"candidate": 1}
    assert {check.name: check.status for check in result.checks}["candidate"] == "warned"


def test_an_old_run_that_is_started_again_is_as_old_as_before(here: World) -> None:
    for number, code in ((1, "code-a"), (2, "code-b")):
        pushed(here, run_of(number), code)
    pushed(here, run_of(1, attempt=2), "code-a", START + timedelta(days=1))
    assert here.aliases() == {"candidate": 2}


def test_a_later_run_puts_the_same_version_forward_again(here: World) -> None:
    for number, code in ((1, "code-a"), (2, "code-b"), (3, "code-a")):
        pushed(here, run_of(number), code)
    assert here.aliases() == {"candidate": 1}
    pushed(here, run_of(2, attempt=2), "code-b")
    assert here.aliases() == {"candidate": 1}


def test_runs_of_two_workflows_are_told_apart_by_when_their_training_began(here: World) -> None:
    pushed(here, run_of(9), "code-a", START + timedelta(hours=1))
    pushed(here, run_of(100, workflow="example/flights other.yml"), "code-b", START)
    assert here.aliases() == {"candidate": 1}
    pushed(here, run_of(3, workflow="example/flights other.yml"), "code-c", START + timedelta(hours=2))
    assert here.aliases() == {"candidate": 3}


def test_of_two_who_register_at_once_one_created_it(here: World) -> None:
    publish = here.registry.publish

    def overtaken(name: str, key: str, *others: Any, **more: Any) -> Version:
        here.registry.publish = publish  # type: ignore[method-assign]
        first = register.run(replace(here, run=run_of(5)).job).part
        assert first is not None
        assert first.created
        return publish(name, key, *others, **more)

    here.registry.publish = overtaken  # type: ignore[method-assign]
    second = register.run(replace(here, run=run_of(6)).job).part
    assert second is not None
    assert (second.model_version, second.created) == (1, False)


def test_a_candidate_that_was_made_without_trainstop_gives_way(here: World) -> None:
    here.stranger("candidate")
    part = register.run(here.job).part
    assert part is not None
    assert here.aliases() == {"candidate": part.model_version}


@pytest.mark.parametrize(("champion", "said"), [(1, "1"), (None, "none")])
def test_a_version_says_which_champion_it_was_judged_against(here: World, champion: int | None, said: str) -> None:
    here.record(EvaluatePart(rung=2, champion_version=champion))
    register.run(here.job)
    assert here.registry.versions(NAME)[0].tags[JUDGED_AGAINST] == said


def test_the_same_model_judged_anew_says_against_whom(here: World) -> None:
    model = here.workspace.candidate.model
    for champion in (1, 2):
        here.train(model_digest=digests.of_files(model, [model / "MLmodel"]))
        here.record(EvaluatePart(rung=2, champion_version=champion))
        register.run(here.job)
    [version] = here.registry.versions(NAME)
    assert version.tags[JUDGED_AGAINST] == "2"
