"""A lease is there for everybody, changes only where it may, and is one tag of the model."""

from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext

import pytest
from tests.integration.registry.conftest import Open
from tests.integration.registry.test_publishing import together
from tests.integration.registry.workers import connect, lease_rounds

from trainstop.bundles import Bundle
from trainstop.ports.registry import Lease

pytestmark = pytest.mark.xdist_group("registry")  # one server, on one worker
ROUNDS = 2
UNTIL = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)
MINE, THEIRS = Lease(owner="run 1 of a/b", until=UNTIL), Lease(owner='`$(id)` "on" ünï', until=UNTIL)


def test_a_lease_is_taken_read_renewed_and_given_back(open_registry: Open, name: str, bundle: Bundle) -> None:
    registry, other = open_registry(), open_registry()
    registry.publish(name, "key", bundle, {})
    assert registry.lease(name, "production") is None
    assert registry.swap_lease(name, "production", MINE, lambda there: there is None) == MINE
    assert other.lease(name, "production") == MINE
    assert other.swap_lease(name, "production", THEIRS, lambda there: there is None) == MINE
    assert other.lease(name, "staging") is None
    longer = Lease(owner=MINE.owner, until=UNTIL + timedelta(hours=1))
    assert registry.swap_lease(name, "production", longer, {MINE}.__contains__) == longer
    assert other.swap_lease(name, "production", THEIRS, lambda there: True) == THEIRS
    assert other.swap_lease(name, "production", None, {THEIRS}.__contains__) is None
    assert registry.lease(name, "production") is None


def test_a_model_that_was_never_registered_keeps_nobody_away(open_registry: Open, name: str) -> None:
    registry = open_registry()
    assert registry.swap_lease(name, "production", MINE, lambda there: there is None) == MINE
    assert registry.lease(name, "production") is None
    assert registry.swap_lease(name, "production", None, {MINE}.__contains__) is None


@pytest.mark.parametrize("kind", ["embedded", "server"])
def test_of_two_who_take_it_at_once_one_has_it(
    kind: str, request: pytest.FixtureRequest, processes: ForkServerContext, name: str, bundle: Bundle
) -> None:
    embedded = request.getfixturevalue("embedded") if kind == "embedded" else None
    uri = embedded.uri if embedded else request.getfixturevalue("server")
    connect(uri, embedded).publish(name, "key", bundle, {})
    answers = together(processes, lease_rounds, 2, uri, embedded, name, lambda index: index, ROUNDS)
    assert [sum(taken) for taken in zip(*answers, strict=True)] == [1] * ROUNDS
