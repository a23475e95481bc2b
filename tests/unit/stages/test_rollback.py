"""`rollback`: back from any state, once per order, and with the registry down."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world
from tests.fakes.target import Died, FakeTarget

from trainstop.adapters.targets.command import SaidCurrent
from trainstop.delivery.holding import MARGIN, Hold
from trainstop.delivery.notes import Notes
from trainstop.errors import ConfigurationError, InputError, TakenOverError, UnavailableError
from trainstop.job import Run
from trainstop.ports.targets import Current
from trainstop.records import Status
from trainstop.stages import promote, reconcile, rollback


@pytest.fixture
def here(tmp_path: Path) -> World:
    """Versions 1 to 3 were registered, deployed and promoted one after the other."""
    here = world(tmp_path)
    for number in (1, 2, 3):
        here.version()
        here.targets["production"].prepared.add(number)
        here.targets["production"].commit(number)
        here.entry("deploy", "production", number)
        promote.run(here.job)
    return here


def production(here: World) -> FakeTarget:
    return here.targets["production"]


def forget(here: World) -> None:
    """Lose the notes, as the next job on another machine does."""
    for note in (here.workspace.target("production") / "notes").iterdir():
        note.unlink()


def pending(here: World) -> list[str]:
    notes = Notes(here.workspace.target("production") / "notes")
    return [entry.action for entry in notes.pending()]


def test_the_last_good_version_comes_back(here: World) -> None:
    result = rollback.run(here.job, reason="errors")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.from_version, result.part.to_version, result.part.registry_updated) == (3, 2, True)
    assert production(here).traffic == {2: 100}
    assert here.aliases() == {"champion": 2}
    last = here.registry.entries(NAME)[-1]
    assert (last.action, last.version, last.previous, last.reason) == ("rollback", 2, 3, "errors")


def test_going_back_twice_goes_back_two_versions_and_then_no_further(here: World) -> None:
    for serving in (2, 1):
        result = rollback.run(here.job)
        assert (result.status, production(here).serving) == (Status.PASSED, serving)
        assert here.aliases() == {"champion": serving}
    result = rollback.run(here.job)
    assert result.status is Status.FAILED
    assert "version 1 is the first one" in result.reason
    assert production(here).serving == 1


def test_a_target_that_offers_the_bad_version_as_the_last_good_one_is_not_believed(here: World) -> None:
    production(here).naive = True
    rollback.run(here.job)
    result = rollback.run(here.job)
    assert result.status is Status.FAILED
    assert "version 3 was itself rolled back from" in result.reason
    assert production(here).serving == 2


def test_it_is_not_believed_on_another_machine_either(here: World) -> None:
    production(here).naive = True
    rollback.run(here.job)
    forget(here)
    assert rollback.run(here.job).status is Status.FAILED
    assert production(here).serving == 2


def test_a_version_deployed_since_can_be_gone_back_from(here: World) -> None:
    rollback.run(here.job)
    here.version()
    production(here).commit(4)
    here.entry("deploy", "production", 4)
    promote.run(here.job)
    result = rollback.run(here.job)
    assert result.status is Status.PASSED
    assert (production(here).serving, here.aliases()) == (2, {"champion": 2})


def test_a_trial_that_was_taken_away_in_between_does_not_make_the_bad_version_good(here: World) -> None:
    production(here).naive = True
    rollback.run(here.job)
    production(here).shift(4, 10)
    rollback.run(here.job)
    forget(here)
    assert rollback.run(here.job).status is Status.FAILED


def test_a_version_that_was_bad_once_and_deployed_again_is_good(here: World) -> None:
    production(here).naive = True
    rollback.run(here.job)
    for number in (3, 2):
        production(here).commit(number)
        here.entry("deploy", "production", number)
    result = rollback.run(here.job)
    assert result.status is Status.PASSED
    assert production(here).serving == 3


def test_a_version_on_trial_is_taken_away_and_the_committed_one_serves_on(here: World) -> None:
    production(here).shift(4, 10)
    result = rollback.run(here.job)
    assert result.part is not None
    assert (result.part.aborted, result.part.to_version) == ((4,), 3)
    assert production(here).traffic == {3: 100}
    assert here.aliases() == {"champion": 3, "previous": 2}
    assert here.history()[-1] == ("rollback", "production", 3, "undone")


def test_the_first_trial_of_all_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    here = world(tmp_path)
    production(here).shift(1, 100)
    result = rollback.run(here.job)
    assert result.part is not None
    assert (result.part.to_version, production(here).traffic) == (None, {})
    assert result.checks[0].status == "warned"


def test_nothing_deployed_cannot_be_gone_back_from(tmp_path: Path) -> None:
    result = rollback.run(world(tmp_path).job)
    assert (result.status, result.part) == (Status.FAILED, None)
    assert "nothing is deployed there" in result.reason


def test_the_first_version_has_nothing_before_it(tmp_path: Path) -> None:
    here = world(tmp_path)
    production(here).commit(1)
    result = rollback.run(here.job)
    assert "version 1 is the first one" in result.reason
    assert production(here).serving == 1


def test_traffic_goes_back_while_the_registry_is_down(here: World) -> None:
    here.registry.down = True
    result = rollback.run(here.job)
    assert result.status is Status.PASSED
    assert result.part is not None
    assert not result.part.registry_updated
    assert production(here).traffic == {2: 100}
    assert pending(here) == ["rollback"]


def test_a_registry_that_is_down_is_waited_for_once(here: World) -> None:
    here.registry.down = True
    here.registry.calls.clear()
    rollback.run(here.job)
    assert len(here.registry.calls) == 1


def test_it_is_not_believed_with_the_registry_down_either(here: World) -> None:
    production(here).naive = True
    here.registry.down = True
    rollback.run(here.job)
    assert rollback.run(here.job).status is Status.FAILED
    assert production(here).serving == 2


def test_a_version_that_does_not_answer_after_coming_back_fails(here: World) -> None:
    production(here).unhealthy[2] = "it crashed"
    result = rollback.run(here.job)
    assert result.status is Status.FAILED
    assert "version 2 does not answer: it crashed" in result.reason


def test_a_target_that_does_not_answer_is_an_outside_failure(here: World) -> None:
    production(here).down = True
    with pytest.raises(UnavailableError):
        rollback.run(here.job)


def test_staging_goes_back_without_touching_the_champion(here: World) -> None:
    here.targets["staging"] = FakeTarget.with_history(2, 3)
    rollback.run(here.job, environment="staging")
    assert here.targets["staging"].serving == 2
    assert here.aliases() == {"champion": 3, "previous": 2}


def test_a_rollback_that_died_while_moving_traffic_is_finished_and_goes_back_once(here: World) -> None:
    production(here).dies_after = 1
    with pytest.raises(Died):
        rollback.run(here.job)
    result = rollback.run(here.job)
    assert result.part is not None
    assert (result.part.from_version, result.part.to_version) == (3, 2)
    assert production(here).serving == 2
    assert [row for row in here.history() if row[0] == "rollback" and row[3] != "begun"] == [
        ("rollback", "production", 2, "done")
    ]
    assert here.aliases() == {"champion": 2}


@pytest.mark.parametrize("broken_off", ["write rollback", "move champion to 2", "move previous to None"])
def test_a_rollback_that_died_while_telling_the_registry_is_finished(here: World, broken_off: str) -> None:
    called = here.registry._called

    def die(what: str) -> None:
        if what == broken_off:
            raise Died(what)
        called(what)

    here.registry._called = die  # type: ignore[method-assign]
    with pytest.raises(Died):
        rollback.run(here.job)
    here.registry._called = called  # type: ignore[method-assign]
    assert rollback.run(here.job).status is Status.PASSED
    assert production(here).serving == 2
    assert [row for row in here.history() if row[0] == "rollback" and row[3] != "begun"] == [
        ("rollback", "production", 2, "done")
    ]
    assert pending(here) == []


RUN = Run(owner="run 7 of example/flights", fleeting=True)
AGAIN = replace(RUN, attempt=2)
ANOTHER = Run(owner="run 8 of example/flights", fleeting=True)


@pytest.fixture(params=[False, True], ids=["knowing target", "naive target"])
def github(here: World, tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """The same project in a job of GitHub Actions."""
    production(here).naive = request.param
    return here.elsewhere(tmp_path / "job", RUN)


def test_a_version_to_leave_that_serves_is_left(github: World) -> None:
    result = rollback.run(github.job, from_version="3")
    assert result.status is Status.PASSED
    assert production(github).traffic == {2: 100}


@pytest.mark.parametrize("run", [RUN, AGAIN, ANOTHER], ids=["run", "again", "another"])
def test_a_version_to_leave_that_does_not_serve_touches_nothing(github: World, tmp_path: Path, run: Run) -> None:
    rollback.run(github.job, from_version="3")
    before = (github.history(), github.aliases())
    production(github).calls.clear()
    result = rollback.run(github.elsewhere(tmp_path / "next", run).job, from_version="3")
    assert result.status is Status.PASSED
    assert "version 3 does not serve in production" in result.reason
    assert set(production(github).calls) == {"current"}
    assert (github.history(), github.aliases()) == before


def test_a_version_to_leave_that_is_on_trial_is_taken_away(github: World) -> None:
    production(github).shift(4, 10)
    result = rollback.run(github.job, from_version="4")
    assert result.part is not None
    assert (result.part.aborted, production(github).traffic) == ((4,), {3: 100})


def test_the_committed_version_is_left_although_another_is_on_trial(github: World) -> None:
    production(github).shift(4, 10)
    rollback.run(github.job, from_version="3")
    assert production(github).traffic == {2: 100}
    assert "abort 4" in production(github).calls


@pytest.mark.parametrize("text", ["", "three"])
def test_a_version_to_leave_that_is_left_out_is_decided_here(here: World, text: str) -> None:
    if text:
        with pytest.raises(InputError, match="no version number"):
            rollback.run(here.job, from_version=text)
    else:
        assert rollback.run(here.job, from_version=text).status is Status.PASSED


@pytest.mark.parametrize("run", [RUN, AGAIN, ANOTHER], ids=["run", "again", "another"])
@pytest.mark.parametrize("late", [False, True], ids=["before traffic moved", "after"])
def test_a_rollback_whose_machine_was_lost_is_finished_by_anybody(
    github: World, tmp_path: Path, run: Run, late: bool
) -> None:
    if late:
        production(github).dies_after = 1
    else:
        github.targets["production"].commit, commit = died, github.targets["production"].commit  # type: ignore[method-assign]
    with pytest.raises(Died):
        rollback.run(github.job)
    if not late:
        github.targets["production"].commit = commit  # type: ignore[method-assign]
    result = rollback.run(github.elsewhere(tmp_path / "next", run).job)
    assert result.status is Status.PASSED
    assert (production(github).serving, github.aliases()) == (2, {"champion": 2})
    ends = [row for row in github.history() if row[0] == "rollback"]
    assert ends == [("rollback", "production", 2, "begun"), ("rollback", "production", 2, "done")]


def died(version: int) -> None:
    raise Died


def test_a_trial_that_was_taken_away_by_a_lost_machine_is_not_followed_by_the_committed_version(
    github: World, tmp_path: Path
) -> None:
    production(github).shift(4, 10)
    production(github).dies_after = 1
    with pytest.raises(Died):
        rollback.run(github.job)
    assert rollback.run(github.elsewhere(tmp_path / "next", ANOTHER).job).status is Status.PASSED
    assert production(github).traffic == {3: 100}
    assert github.history()[-1] == ("rollback", "production", 3, "undone")


@pytest.mark.parametrize("run", [RUN, AGAIN], ids=["the same attempt", "another attempt"])
def test_a_run_goes_back_once(github: World, tmp_path: Path, run: Run) -> None:
    rollback.run(github.job)
    result = rollback.run(github.elsewhere(tmp_path / "next", run).job)
    assert result.status is Status.PASSED
    assert "this run" in result.reason
    assert production(github).serving == 2


def test_another_run_goes_back_further_where_there_is_something_good(here: World, tmp_path: Path) -> None:
    for number, run in ((2, RUN), (1, ANOTHER)):
        assert rollback.run(here.elsewhere(tmp_path / str(number), run).job).status is Status.PASSED
        assert production(here).serving == number


def test_a_registry_that_cannot_be_told_from_a_machine_that_goes_away_is_inconclusive(github: World) -> None:
    github.registry.down = True
    result = rollback.run(github.job)
    assert production(github).traffic == {2: 100}
    assert result.status is Status.INCONCLUSIVE
    assert "trainstop rollback --environment production --from-version 3" in result.reason
    assert result.part is not None
    assert not result.part.registry_updated


@pytest.mark.parametrize("down", [True, False], ids=["registry still down", "registry back"])
def test_a_second_attempt_without_a_trace_of_the_first_does_not_guess(
    github: World, tmp_path: Path, down: bool
) -> None:
    github.registry.down = True
    rollback.run(github.job)
    github.registry.down = down
    result = rollback.run(github.elsewhere(tmp_path / "next", AGAIN).job)
    assert result.status is Status.FAILED
    assert "--from-version" in result.reason
    assert production(github).traffic == {2: 100}


def test_another_run_does_not_take_what_the_ledger_missed_for_a_deployment(github: World, tmp_path: Path) -> None:
    github.registry.down = True
    rollback.run(github.job)
    github.registry.down = False
    result = rollback.run(github.elsewhere(tmp_path / "next", ANOTHER).job)
    assert result.status is Status.FAILED
    assert "--from-version" in result.reason
    assert production(github).traffic == {2: 100}


def test_what_the_ledger_missed_is_written_by_naming_the_version_that_was_left(github: World, tmp_path: Path) -> None:
    github.registry.down = True
    rollback.run(github.job)
    github.registry.down = False
    result = rollback.run(github.elsewhere(tmp_path / "next", AGAIN).job, from_version="3")
    assert result.status is Status.PASSED
    assert production(github).traffic == {2: 100}
    assert (github.history()[-1], github.aliases()) == (("rollback", "production", 2, "done"), {"champion": 2})


def test_what_reconcile_wrote_of_it_does_not_make_the_bad_version_good(github: World, tmp_path: Path) -> None:
    production(github).naive = True
    github.registry.down = True
    rollback.run(github.job)
    github.registry.down = False
    reconcile.run(github.elsewhere(tmp_path / "between", ANOTHER).job)
    result = rollback.run(github.elsewhere(tmp_path / "next", ANOTHER).job)
    assert result.status is Status.FAILED
    assert production(github).serving == 2


def test_a_deployment_that_nobody_wrote_down_can_be_gone_back_from(github: World) -> None:
    github.version()
    production(github).commit(4)
    assert rollback.run(github.job).status is Status.PASSED
    assert production(github).serving == 3


def test_a_rollback_that_was_begun_and_overtaken_by_a_deployment_is_not_finished(github: World, tmp_path: Path) -> None:
    github.targets["production"].commit, commit = died, github.targets["production"].commit  # type: ignore[method-assign]
    with pytest.raises(Died):
        rollback.run(github.job)
    github.targets["production"].commit = commit  # type: ignore[method-assign]
    github.version()
    production(github).commit(4)
    github.entry("deploy", "production", 4)
    rollback.run(github.elsewhere(tmp_path / "next", ANOTHER).job)
    assert production(github).serving == 3


def test_what_waits_here_for_the_ledger_counts_as_written(here: World) -> None:
    here.registry.down = True
    rollback.run(here.job)
    here.registry.down = False
    assert rollback.run(here.job).status is Status.PASSED
    assert production(here).serving == 1


@pytest.mark.parametrize("call", ["write rollback", "move champion to 2"])
def test_what_the_registry_missed_at_the_end_is_made_up_for_as_it_is_told(
    github: World, tmp_path: Path, call: str
) -> None:
    called, calls = github.registry._called, iter((False, True) if call.startswith("write") else (True,))

    def down_later(what: str) -> None:
        if what == call and next(calls, False):
            github.registry.down = True
        called(what)

    github.registry._called = down_later  # type: ignore[method-assign]
    result = rollback.run(github.job)
    assert result.status is Status.INCONCLUSIVE
    github.registry.down = False
    github.clock.sleep(MARGIN)
    elsewhere = github.elsewhere(tmp_path / "next", ANOTHER)
    if "trainstop reconcile --environment production" in result.reason:
        reconcile.run(elsewhere.job, environment="production")
    else:
        assert "trainstop rollback --environment production --from-version 3" in result.reason
        rollback.run(elsewhere.job, from_version="3")
    assert github.aliases() == {"champion": 2}
    assert ("rollback", "production", 2, "done") in github.history()


def test_going_back_takes_the_environment_from_whoever_deploys_there_and_gives_it_up(github: World) -> None:
    other = Hold(github.elsewhere(github.root, ANOTHER).job, "production")
    other.take()
    assert rollback.run(github.job).status is Status.PASSED
    assert other.lost()
    assert github.registry.lease(NAME, "production") is None


def test_nothing_to_leave_is_inconclusive_while_the_ledger_cannot_be_asked(github: World, tmp_path: Path) -> None:
    github.registry.down = True
    rollback.run(github.job)
    result = rollback.run(github.elsewhere(tmp_path / "next", AGAIN).job, from_version="3")
    assert production(github).traffic == {2: 100}
    assert result.status is Status.INCONCLUSIVE
    assert "trainstop rollback --environment production --from-version 3" in result.reason


def test_a_deployment_under_way_elsewhere_touches_nothing_after_a_rollback(github: World, tmp_path: Path) -> None:
    deploying = Hold(github.elsewhere(tmp_path / "deploy", ANOTHER).job, "production")
    deploying.take()
    production(github).prepared.add(4)
    production(github).shift(4, 10)
    assert rollback.run(github.job).status is Status.PASSED
    with pytest.raises(TakenOverError):
        deploying.renew()
    assert production(github).traffic == {3: 100}


def test_a_target_that_lists_versions_without_traffic_is_whole(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def commit(version: int) -> None:
        FakeTarget.commit(production(here), version)
        production(here).traffic = {version: 100, 3: 0}

    monkeypatch.setattr(production(here), "commit", commit)
    assert rollback.run(here.job).status is Status.PASSED


def test_a_command_that_does_not_tell_its_traffic_can_be_gone_back_on(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = production(here)

    def current() -> Current:
        return SaidCurrent(serving=target.serving, last_good=target.last_good).current()

    monkeypatch.setattr(target, "current", current)
    assert rollback.run(here.job).status is Status.PASSED
    assert target.serving == 2


def test_going_back_to_what_was_removed_from_the_registry_leaves_the_champion_and_says_what_helps(here: World) -> None:
    here.remove(2)
    result = rollback.run(here.job)
    assert (result.status, production(here).traffic) == (Status.PASSED, {2: 100})
    assert here.aliases()["champion"] == 3
    assert result.checks[-1].status == "warned"
    assert result.checks[-1].reason == (
        "the ledger says so; `champion` stays at version 3, since version 2 is not in the registry: "
        "deploy a registered version, then promote it"
    )


@pytest.fixture(params=["batch", "none"])
def offline(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Versions 1 to 3 of a model that nobody deploys were promoted, and no target may be asked."""
    here = world(tmp_path, model={"name": NAME, "task": "binary", "serving": request.param})
    here.targets.clear()
    for number in (1, 2, 3):
        here.version()
        promote.run(here.job, version=str(number))
    return here


def went(here: World) -> list[tuple[str, str, int, str]]:
    return [row for row in here.history() if row[0] == "rollback"]


def test_without_an_endpoint_the_champion_before_is_the_champion_again(offline: World) -> None:
    result = rollback.run(offline.job, reason="worse")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.from_version, result.part.to_version, result.part.registry_updated) == (3, 2, True)
    assert "is to be scored anew" in result.reason
    assert offline.aliases() == {"champion": 2}
    assert went(offline) == [("rollback", "production", 2, "begun"), ("rollback", "production", 2, "done")]
    last = offline.registry.entries(NAME)[-1]
    assert (last.previous, last.reason) == (3, "worse")


def test_without_an_endpoint_it_goes_back_to_the_first_promoted_one_and_no_further(offline: World) -> None:
    for champion in (2, 1):
        assert rollback.run(offline.job).status is Status.PASSED
        assert offline.aliases() == {"champion": champion}
    before = offline.history()
    result = rollback.run(offline.job)
    assert (result.status, result.part) == (Status.FAILED, None)
    assert "was the champion before version 1" in result.reason
    assert (offline.aliases(), offline.history()) == ({"champion": 1}, before)


def test_without_an_endpoint_what_was_gone_back_from_is_not_promoted_nor_gone_back_to(offline: World) -> None:
    rollback.run(offline.job)
    assert promote.run(offline.job, version="3").status is Status.FAILED
    offline.version()
    promote.run(offline.job, version="4")
    rollback.run(offline.job)
    assert offline.aliases() == {"champion": 2}
    rollback.run(offline.job)
    assert offline.aliases() == {"champion": 1}


def test_without_an_endpoint_a_version_that_is_not_whole_is_nothing_to_go_back_to(offline: World) -> None:
    made = offline.registry.made[NAME]
    made[1] = replace(made[1], complete=False)
    rollback.run(offline.job)
    assert offline.aliases()["champion"] == 1


def test_without_an_endpoint_only_the_champion_is_left(offline: World) -> None:
    before = offline.history()
    result = rollback.run(offline.job, from_version="2")
    assert result.status is Status.PASSED
    assert "version 2 is not the champion, which is version 3" in result.reason
    assert (offline.aliases(), offline.history()) == ({"champion": 3, "previous": 2}, before)


def test_without_an_endpoint_and_a_champion_there_is_no_way_back(tmp_path: Path) -> None:
    here = world(tmp_path, model={"name": NAME, "task": "binary", "serving": "batch"})
    result = rollback.run(here.job)
    assert result.status is Status.FAILED
    assert "there is no champion" in result.reason


@pytest.mark.parametrize("at", range(1, 5))
def test_without_an_endpoint_a_rollback_that_was_killed_is_finished_and_goes_back_once(
    offline: World, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = 0

    def dying(what: str) -> None:
        nonlocal changed
        change = getattr(offline.registry, what)

        def counted(*arguments: object, **more: object) -> object:
            nonlocal changed
            changed += 1
            if changed == at:
                raise Died
            return change(*arguments, **more)

        monkeypatch.setattr(offline.registry, what, counted)

    dying("write_entry")
    dying("move_alias")
    with pytest.raises(Died):
        rollback.run(offline.job)
    rollback.run(offline.job)
    assert offline.aliases() == {"champion": 2}
    assert went(offline) == [("rollback", "production", 2, "begun"), ("rollback", "production", 2, "done")]


def test_without_an_endpoint_a_run_that_is_tried_again_goes_back_once(offline: World) -> None:
    first = offline.elsewhere(offline.root, Run(owner="run 7 of me/delays", fleeting=True))
    assert rollback.run(first.job).status is Status.PASSED
    second = offline.elsewhere(offline.root, Run(owner="run 7 of me/delays", fleeting=True, attempt=2))
    result = rollback.run(second.job)
    assert "went back from version 3 already" in result.reason
    assert offline.aliases() == {"champion": 2}


def test_without_an_endpoint_a_registry_that_does_not_answer_is_an_error(offline: World) -> None:
    offline.registry.down = True
    with pytest.raises(UnavailableError):
        rollback.run(offline.job)


def test_an_environment_that_is_none_cannot_be_gone_back_in(here: World) -> None:
    with pytest.raises(ConfigurationError, match="no environment"):
        rollback.run(here.job, environment="moon")
