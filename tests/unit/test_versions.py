"""The key of a version, which of its twins wins, and which way aliases go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop import digests, versions
from trainstop.config import Config
from trainstop.ports.registry import Alias, LedgerEntry, Version, settled, winner
from trainstop.records.serving import known_serving
from trainstop.records.training import Fingerprint

FINGERPRINT = Fingerprint(digest="all", code="code", data="data", command="command", environment="env")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def config(**sections: Any) -> Config:
    return Config.model_validate({"model": {"name": "m", "task": "binary"}} | sections)


def key(configuration: Config | None = None, repository: str = "r", data: str = "rows", **changes: str) -> str:
    fingerprint = FINGERPRINT.model_copy(update=changes)
    return versions.version_key(configuration or config(), repository, fingerprint, data)


def version(number: int, key: str = "k", **fields: Any) -> Version:
    return Version(name="m", number=number, key=key, complete=fields.pop("complete", True), created_at=AT, **fields)


def entry(action: str, number: int, outcome: str = "done", environment: str = "production") -> LedgerEntry:
    return LedgerEntry(
        key=f"{action}{number}{outcome}{environment}",
        action=action,
        environment=environment,
        version=number,
        previous=None,
        outcome=outcome,
        reason="",
        actor="",
        at=AT + timedelta(seconds=number),
    )


def at(champion: int | None = None, previous: int | None = None) -> versions.Pointers:
    return versions.Pointers(champion=champion, ours=champion, previous=previous)


@pytest.mark.parametrize(
    "other",
    [
        key(repository="another"),
        key(data="other rows"),
        key(code="new"),
        key(environment="new"),
        key(command="new"),
        key(config(model={"name": "n", "task": "binary"})),
        key(config(gates={"auc": {"min": 0.7}})),
        key(config(data={"target": "y"})),
        key(config(metrics={"cost": {"function": "m:cost"}})),
    ],
)
def test_whatever_a_version_is_made_and_judged_from_changes_its_key(other: str) -> None:
    assert other != key()


def test_every_key_of_a_metric_of_the_projects_own_changes_the_key() -> None:
    cost = {"function": "m:cost"}
    others = ({"function": "m:cost2"}, {**cost, "greater-is-better": False}, {**cost, "columns": ["fare"]})
    made = [key(config(metrics=metrics)) for metrics in ({}, {"cost": cost}, *({"cost": other} for other in others))]
    assert len(set(made)) == len(made)


def test_a_project_without_metrics_of_its_own_keeps_the_keys_that_it_has() -> None:
    """Keys are in registries; other ones would make every project register each of its versions anew."""
    sections = {"model", "project", "data", "train", "evaluate", "gates", "slices", "model_test"}
    said = config().model_dump(mode="json", include=sections)
    del said["model"]["description"]
    assert versions.configuration_digest(config()) == digests.of_value(said)


def test_how_a_version_is_delivered_and_watched_does_not_change_its_key() -> None:
    same = config(
        model={"name": "m", "task": "binary", "description": "in other words"},
        registry={"uri": "https://elsewhere.example.org", "timeout": "5s"},
        monitor={"false-alarms": 0.1},
        environments={"staging": {"strategy": "canary"}},
        report={"comment": "off"},
        lint={"style": "off"},
    )
    assert key(same) == key()


def test_the_lowest_complete_version_of_a_key_wins() -> None:
    found = settled([version(4), version(1, complete=False), version(3), version(2), version(5, key="other")])
    assert [(item.number, item.complete, item.duplicate_of) for item in found] == [
        (1, False, None),
        (2, True, None),
        (3, False, 2),
        (4, False, 2),
        (5, True, None),
    ]
    assert winner(found, "k") == found[1]


def test_versions_without_a_key_are_nobodys_twins() -> None:
    found = settled([version(1, key="", complete=False), version(2, key="", complete=False)])
    assert [item.duplicate_of for item in found] == [None, None]
    assert winner(found, "") is None


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=8))
def test_a_later_version_never_takes_a_key_away(rows: list[tuple[str, bool]]) -> None:
    before: Version | None = None
    for length in range(len(rows) + 1):
        found = [version(number, key=key, complete=done) for number, (key, done) in enumerate(rows[:length], start=1)]
        now = winner(found, "a")
        assert before is None or now == before
        assert sum(item.complete and item.key == "a" for item in settled(found)) <= 1
        before = now


def test_settling_twice_changes_nothing() -> None:
    once = settled([version(1), version(2), version(3, key="other")])
    assert settled(once) == once


def test_the_old_champion_is_kept_before_the_alias_flips() -> None:
    moves = versions.promotion(3, at(2, 1))
    assert [(move.alias, move.to, move.expected) for move in moves] == [
        (Alias.PREVIOUS, 2, 1),
        (Alias.CHAMPION, 3, 2),
    ]


def test_a_champion_that_trainstop_did_not_register_is_not_kept() -> None:
    moves = versions.promotion(3, versions.Pointers(champion=2, previous=1))
    assert [(move.alias, move.to, move.expected) for move in moves] == [(Alias.CHAMPION, 3, 2)]


def test_where_the_aliases_point_is_read_off_the_versions() -> None:
    found = [version(1, aliases=("previous", "mine")), version(2, complete=False, aliases=("champion", "staging"))]
    assert versions.Pointers.among(found) == versions.Pointers(champion=2, previous=1, staging=2)


def test_the_first_champion_has_no_previous_one() -> None:
    assert [(move.alias, move.to) for move in versions.promotion(1, at())] == [(Alias.CHAMPION, 1)]


def test_a_promotion_that_broke_off_in_its_middle_only_flips() -> None:
    assert [move.alias for move in versions.promotion(3, at(2, 2))] == [Alias.CHAMPION]


def test_the_champion_is_not_promoted_again() -> None:
    assert versions.promotion(3, at(3, 2)) == []


def test_after_going_back_nothing_is_known_before_the_champion() -> None:
    moves = versions.return_to(2, at(3, 2))
    assert [(move.alias, move.to) for move in moves] == [(Alias.CHAMPION, 2), (Alias.PREVIOUS, None)]


def test_a_key_of_the_ledger_stays_the_same_for_one_act_and_changes_with_what_it_followed() -> None:
    assert versions.entry_key("promote", "production", 3, "a") == versions.entry_key("promote", "production", 3, "a")
    assert versions.entry_key("promote", "production", 3, "a") != versions.entry_key("promote", "production", 3, "b")


def test_the_ledger_knows_what_serves_by_what_was_done_and_not_by_what_was_undone() -> None:
    entries = [entry("deploy", 2), entry("promote", 2), entry("deploy", 3, "stopped"), entry("rollback", 3, "undone")]
    assert known_serving(entries, "production") == 2
    assert known_serving(entries, "staging") is None


def test_a_promotion_that_was_written_and_not_finished_is_finished() -> None:
    moves, words = versions.champion_repair([entry("deploy", 3), entry("promote", 3)], "production", 3, at(2, 1))
    assert [(move.alias, move.to) for move in moves] == [(Alias.PREVIOUS, 2), (Alias.CHAMPION, 3)]
    assert words == ""


def test_a_rollback_that_was_written_moves_the_champion_back() -> None:
    moves, _ = versions.champion_repair([entry("promote", 3), entry("rollback", 2)], "production", 2, at(3, 2))
    assert [(move.alias, move.to) for move in moves] == [(Alias.CHAMPION, 2), (Alias.PREVIOUS, None)]


def test_a_version_that_was_deployed_and_not_promoted_is_a_persons_decision() -> None:
    moves, words = versions.champion_repair([entry("promote", 2), entry("deploy", 3)], "production", 3, at(2, 1))
    assert moves == []
    assert "which was not promoted" in words


def test_an_environment_that_lost_its_version_is_told() -> None:
    moves, words = versions.champion_repair([entry("promote", 2)], "production", None, at(2))
    assert (moves, words) == ([], "`champion` is version 2, and production serves nothing")


def test_twins_keep_what_else_is_known_of_them() -> None:
    assert settled([version(1), replace(version(2), manifest="m", tags={"a": "b"})])[1].manifest == "m"


def test_who_put_a_version_forward_is_read_back_from_its_tag() -> None:
    own = versions.PutForward(AT, "acme/flights model.yml", 7)
    assert versions.put_forward(version(1, tags={versions.PUT_FORWARD: own.text})) == own


@pytest.mark.parametrize("text", ["", "yesterday 7 x", "2026-01-01T00:00:00+00:00 seven x", f"{AT.isoformat()}"])
def test_a_version_that_nobody_is_known_to_have_put_forward_counts_by_its_age(text: str) -> None:
    assert versions.put_forward(version(1, tags={versions.PUT_FORWARD: text})) == versions.PutForward(AT)


def test_runs_of_one_workflow_are_ordered_by_number_and_others_by_time() -> None:
    first, second = (
        versions.PutForward(AT + timedelta(hours=hours), "r a.yml", number) for hours, number in ((1, 1), (0, 2))
    )
    assert second.later_than(first)
    assert not first.later_than(second)
    assert not first.later_than(first)
    elsewhere = replace(second, workflow="r b.yml")
    assert first.later_than(elsewhere)
    assert not elsewhere.later_than(first)


@pytest.mark.parametrize(
    ("promoted", "configured", "asked", "names"),
    [
        (["production"], {"staging", "prod"}, "prod", {"prod", "production"}),
        (["production", "prod"], {"staging", "prod"}, "prod", {"prod", "production"}),
        (["production", "prod"], {"staging", "prod"}, "staging", {"staging"}),
        (["production"], {"staging", "production"}, "production", {"production"}),
        (["eu", "us"], {"eu", "us"}, "us", {"us"}),
        ([], {"staging", "production"}, "production", {"production"}),
    ],
    ids=["just renamed", "renamed before", "staging beside it", "as ever", "two at once", "nothing promoted yet"],
)
def test_a_production_that_was_renamed_is_known_by_what_was_promoted_from_it(
    promoted: list[str], configured: set[str], asked: str, names: set[str]
) -> None:
    entries = [entry("promote", number, environment=name) for number, name in enumerate(promoted, start=1)]
    assert versions.names_of(asked, entries, configured) == names


def test_a_profile_that_is_written_in_another_way_makes_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever is told to register again, since the old one cannot be read, would get the old one."""
    before = key()
    monkeypatch.setattr(versions, "PROFILE", 2)
    assert key() != before
