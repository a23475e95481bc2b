"""A champion that moved on since a version was judged."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from trainstop.delivery.champions import JUDGED_AGAINST, MODEL_TAG, judged_anew, moved_on
from trainstop.ports.registry import Version
from trainstop.records.judging import EvaluatePart


def version(number: int, against: str = "", *, complete: bool = True) -> Version:
    tags = {JUDGED_AGAINST: against} if against else {}
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Version(name="m", number=number, key="k", complete=complete, tags=tags, created_at=at)


@pytest.mark.parametrize(
    ("against", "words"),
    [("1", "it was judged against version 1"), ("none", "it was judged when there was no champion")],
)
def test_a_champion_that_it_was_not_compared_with_is_pointed_at_and_stops_nothing(against: str, words: str) -> None:
    [check] = moved_on(version(3, against), version(2))
    assert (check.name, check.status, check.value) == ("judged against", "warned", 3)
    assert check.reason == f"{words}, and the champion is version 2: nobody compared the two"


@pytest.mark.parametrize(
    ("judged", "champion"),
    [
        (version(3, "2"), version(2)),
        (version(3, "1"), None),
        (version(3, "1"), version(3)),
        (version(3), version(2)),
        (version(3, "none"), version(2, complete=False)),
        (version(1, "none"), version(2, "1")),
    ],
    ids=[
        "the same",
        "none now",
        "itself",
        "registered before this was kept",
        "none of ours",
        "the champion was judged against it",
    ],
)
def test_else_there_is_nothing_to_say(judged: Version, champion: Version | None) -> None:
    assert moved_on(judged, champion) == []


@pytest.mark.parametrize(
    ("model", "champion", "said"),
    [("same", 2, "2"), ("same", 1, None), ("same", 3, None), ("other", 2, None), ("", 2, None), ("same", None, None)],
    ids=[
        "with another",
        "with the same again",
        "with itself",
        "another model of the same code",
        "nobody knows which",
        "with none",
    ],
)
def test_only_the_very_model_that_was_compared_counts_as_judged_anew(
    model: str, champion: int | None, said: str | None
) -> None:
    there = replace(version(3), tags={JUDGED_AGAINST: "1", MODEL_TAG: "same"})
    assert judged_anew(there, EvaluatePart(rung=2, champion_version=champion), model) == said
