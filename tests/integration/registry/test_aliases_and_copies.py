"""Aliases are guarded, copies are verified, the ledger only grows, and silence ends in time."""

import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from tests.integration.registry.conftest import Open, free_port
from tests.integration.registry.faults import Fault, proxy
from tests.integration.registry.test_publishing import together
from tests.integration.registry.workers import connect, move_rounds

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.locks import name_lock
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.bundles import MANIFEST, Bundle
from trainstop.errors import ConflictError, InputError, UnavailableError
from trainstop.ports.registry import LedgerEntry

AT = datetime(2026, 3, 1, tzinfo=UTC)


def entry(key: str, minutes: int = 0, reason: str = "") -> LedgerEntry:
    return LedgerEntry(
        key=key,
        action="deploy",
        environment="production",
        version=2,
        previous=1,
        outcome="done",
        reason=reason,
        actor="ada",
        at=AT + timedelta(minutes=minutes),
    )


@pytest.fixture
def stored(embedded: Embedded, bundle: Bundle) -> Path:
    """The files of a registered version, where the registry keeps them."""
    connect(embedded.uri, embedded).publish("m", "key", bundle, {})
    return next(embedded.artifacts.rglob(MANIFEST)).parent


def test_an_alias_moves_from_where_it_is_expected(open_registry: Open, name: str, bundle: Bundle) -> None:
    registry = open_registry()
    for key in ("a", "b"):
        registry.publish(name, key, bundle, {})
    assert registry.alias(name, "champion") is None
    registry.move_alias(name, "champion", to=1, expected=None)
    registry.move_alias(name, "champion", to=2, expected=1)
    registry.move_alias(name, "champion", to=2, expected=1)
    found = registry.alias(name, "champion")
    assert found is not None
    assert (found.number, found.aliases) == (2, ("champion",))
    assert registry.version(name, "champion") == registry.version(name, "2") == found
    with pytest.raises(ConflictError, match="expected at no version and is at version 2"):
        registry.move_alias(name, "champion", to=1, expected=None)
    registry.move_alias(name, "champion", to=None, expected=2)
    assert registry.alias(name, "champion") is None


def test_an_alias_never_points_to_what_is_not_complete(embedded: Embedded, bundle: Bundle) -> None:
    registry = connect(embedded.uri, embedded)
    registry.publish("m", "key", bundle, {})
    registry._client.ask(
        "a version of somebody else's",
        lambda api: api.create_model_version("m", "runs:/x/model", await_creation_for=0),
    )
    assert [item.complete for item in registry.versions("m")] == [True, False]
    with pytest.raises(InputError, match="version 2 was not registered by trainstop"):
        registry.move_alias("m", "champion", to=2, expected=None)
    with pytest.raises(InputError, match="version 2 was not registered by trainstop"):
        registry.download(registry.version("m", "2"), embedded.database.parent / "copy")
    with pytest.raises(InputError, match="no version or alias `7`"):
        registry.move_alias("m", "champion", to=7, expected=None)


@pytest.mark.parametrize(("kind", "rounds"), [("embedded", 10), ("server", 5)])
def test_of_two_who_move_an_alias_at_once_one_is_told_no(
    kind: str, rounds: int, request: pytest.FixtureRequest, processes: ForkServerContext, name: str, bundle: Bundle
) -> None:
    embedded = request.getfixturevalue("embedded") if kind == "embedded" else None
    uri = embedded.uri if embedded else request.getfixturevalue("server")
    registry = connect(uri, embedded)
    for key in ("a", "b", "c"):
        registry.publish(name, key, bundle, {})
    registry.move_alias(name, "champion", to=1, expected=None)
    answers = together(processes, move_rounds, 2, uri, embedded, name, lambda index: index + 2, rounds)
    assert [first + second for first, second in zip(*answers, strict=True)] == [1] * rounds
    assert registry.alias(name, "champion") == registry.version(name, "1")


def test_the_lock_of_a_job_that_died_is_outlasted(server: str, name: str) -> None:
    client = connect(server, None)._client
    client.ask("a lock nobody gives back", lambda api: api.create_registered_model(f"{name}-lock", description="dead"))
    start = time.monotonic()
    with name_lock(client, f"{name}-lock", SystemClock(), lease=0.5):
        assert time.monotonic() - start >= 0.5


def test_a_lock_given_back_while_the_server_refuses_it_is_tried_for_again(
    server: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect(server, None)._client
    ask, refused = client.ask, []

    def taken_and_gone(what: str, call: Any) -> Any:
        if what == "taking a lock" and not refused:
            refused.append(what)
            # MLflow's server, when the name is taken, reads whose it is, and says so when it is gone by then
            return ask(what, lambda api: api.get_registered_model(f"{name}-lock"))
        return ask(what, call)

    monkeypatch.setattr(client, "ask", taken_and_gone)
    with name_lock(client, f"{name}-lock", SystemClock()):
        assert ask("looking", lambda api: api.get_registered_model(f"{name}-lock")).description
    assert refused


def test_a_lock_is_not_taken_from_the_living(server: str, name: str) -> None:
    one, other = (connect(server, None)._client for _ in range(2))
    clock, taken = SystemClock(), []

    def wait() -> None:
        with name_lock(other, f"{name}-lock", clock):
            taken.append(clock.monotonic())

    waiting = threading.Thread(target=wait)
    with name_lock(one, f"{name}-lock", clock):
        waiting.start()
        other.ask("time passes", lambda api: api.search_registered_models())
        assert taken == []
        freed = clock.monotonic()
    waiting.join(60)
    assert taken[0] > freed


@pytest.mark.parametrize("fault", ["lost", "error", "refused"])
@pytest.mark.parametrize(
    "request_path", ["registered-models/alias", "registered-models/create", "registered-models/get"]
)
def test_a_lost_answer_does_not_lose_an_alias(
    server: str, name: str, bundle: Bundle, request_path: str, fault: Fault
) -> None:
    connect(server, None).publish(name, "key", bundle, {})
    with proxy(server) as faults:
        faults.planned.append((request_path, fault))
        connect(faults.address, None).move_alias(name, "champion", to=1, expected=None)
        assert faults.planned == []
    found = connect(server, None).alias(name, "champion")
    assert found is not None


def test_a_copy_is_what_was_registered(open_registry: Open, name: str, bundle: Bundle, tmp_path: Path) -> None:
    registry = open_registry()
    version = registry.publish(name, "key", bundle, {})
    copy = registry.download(version, tmp_path / "copy")
    assert copy.manifest() == bundle.manifest()
    copy.verify(version.manifest)


def test_a_copy_that_is_intact_is_not_fetched_again(embedded: Embedded, stored: Path, tmp_path: Path) -> None:
    registry = connect(embedded.uri, embedded)
    version = registry.version("m", "1")
    copy = registry.download(version, tmp_path / "copy")
    shutil.rmtree(stored)
    registry.download(version, tmp_path / "copy")
    (copy.model / "w.bin").write_text("changed here")
    with pytest.raises(InputError):
        registry.download(version, tmp_path / "copy")


def test_a_copy_that_was_changed_here_is_made_whole(embedded: Embedded, stored: Path, tmp_path: Path) -> None:
    registry = connect(embedded.uri, embedded)
    version = registry.version("m", "1")
    copy = registry.download(version, tmp_path / "copy")
    (copy.model / "w.bin").write_text("changed")
    (copy.root / "more").write_text("added")
    registry.download(version, tmp_path / "copy").verify(version.manifest)


def test_parts_come_without_the_rest(open_registry: Open, name: str, bundle: Bundle, tmp_path: Path) -> None:
    registry = open_registry()
    version = registry.publish(name, "key", bundle, {})
    part = registry.download(version, tmp_path / "part", parts=("records", "run.json", "profile.json"))
    assert sorted(part.manifest()) == ["records/evaluate.json", "run.json"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda root: (root / "model/w.bin").write_text("others"), "file is changed: model/w.bin"),
        (lambda root: (root / "model/w.bin").unlink(), "file is missing: model/w.bin"),
        (lambda root: (root / MANIFEST).unlink(), "file is missing: MANIFEST.json"),
        (shutil.rmtree, "file is missing: MANIFEST.json"),
        (lambda root: (root / MANIFEST).write_text("{}"), "manifest is not the one"),
        (
            lambda root: (root / MANIFEST).write_text('{"../../x": {"size": 1, "digest": "y"}}'),
            "manifest is not the one",
        ),
        (lambda root: (root / MANIFEST).write_bytes(b"\xff"), "manifest is not the one"),
    ],
)
def test_files_that_were_changed_in_the_registry_are_refused(
    embedded: Embedded, stored: Path, tmp_path: Path, change: object, words: str
) -> None:
    change(stored)  # type: ignore[operator]
    registry = connect(embedded.uri, embedded)
    with pytest.raises(InputError, match=words):
        registry.download(registry.version("m", "1"), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert not list(tmp_path.glob(".transfer-*"))


def test_a_file_that_was_added_in_the_registry_is_never_fetched(
    embedded: Embedded, stored: Path, tmp_path: Path
) -> None:
    (stored / "model" / "payload.pkl").write_text("evil")
    registry = connect(embedded.uri, embedded)
    copy = registry.download(registry.version("m", "1"), tmp_path / "copy")
    assert not (copy.model / "payload.pkl").exists()


@pytest.mark.parametrize("place", ["/etc/passwd", "../../x", "a/../../x", "c:\\x"])
def test_a_model_that_names_a_place_outside_is_not_registered(embedded: Embedded, bundle: Bundle, place: str) -> None:
    (bundle.model / "MLmodel").write_text(f"flavors:\n  sklearn:\n    pickled_model: '{place}'\n")
    with pytest.raises(InputError, match="names a path outside its folder"):
        connect(embedded.uri, embedded).publish("m", "key", bundle, {})


def test_a_tag_of_a_version_is_set_over_what_it_said(open_registry: Open, name: str, bundle: Bundle) -> None:
    registry = open_registry()
    registry.publish(name, "key", bundle, {"trainstop.put-forward": "one"})
    registry.tag_version(name, 1, "trainstop.put-forward", "another `$(id)` ünï")
    assert open_registry().version(name, "1").tags["trainstop.put-forward"] == "another `$(id)` ünï"


def test_the_ledger_holds_an_entry_once_and_in_the_order_of_writing_whatever_a_clock_says(
    open_registry: Open, name: str
) -> None:
    registry = open_registry()
    assert registry.entries(name) == []
    first, second = entry("c", 1, "because of `$(id)` 'quotes' % and ünïcode\n"), entry("b", 2)
    late, behind = entry("d", 3), entry("a", 0)
    for item in (first, second, first, late, behind):
        registry.write_entry(name, item)
    *known, last = open_registry().entries(name)
    assert known == [first, second, late]
    assert last == replace(behind, at=late.at + timedelta(milliseconds=1))


@pytest.mark.parametrize("fault", ["lost", "error", "refused"])
def test_a_lost_answer_does_not_lose_or_double_an_entry(server: str, name: str, fault: Fault) -> None:
    with proxy(server) as faults:
        faults.planned += [("runs/create", fault), ("runs/update", fault), ("runs/search", fault)]
        registry = connect(faults.address, None)
        registry.write_entry(name, entry("a"))
        assert registry.entries(name) == [entry("a")]


def test_a_server_that_is_not_there_is_given_up_in_time(bundle: Bundle) -> None:
    registry = MlflowRegistry(f"http://127.0.0.1:{free_port()}", SystemClock(), 1.5)
    start = time.monotonic()
    with pytest.raises(UnavailableError, match=r"did not answer within 1.5 s"):
        registry.publish("m", "key", bundle, {})
    assert time.monotonic() - start < 10


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_says_nothing_is_given_up_in_time(silent: str) -> None:
    start = time.monotonic()
    with pytest.raises(UnavailableError, match="did not answer"):
        MlflowRegistry(silent, SystemClock(), 2).versions("m")
    assert time.monotonic() - start < 10


def test_a_page_that_is_no_registry_is_told_apart(server: str) -> None:
    with pytest.raises(UnavailableError):
        MlflowRegistry(f"{server}/no-such-place", SystemClock(), 1).versions("m")


def test_nothing_is_printed(open_registry: Open, name: str, bundle: Bundle, capfd: pytest.CaptureFixture[str]) -> None:
    registry = open_registry()
    version = registry.publish(name, "key", bundle, {})
    registry.write_entry(name, entry("a"))
    registry.download(version, bundle.root.parent / "copy")
    with pytest.raises(InputError):
        registry.version(name, "no-such-alias")
    assert capfd.readouterr() == ("", "")


def test_an_alias_that_points_to_what_is_gone_is_moved_like_one_that_points_nowhere(
    embedded: Embedded, bundle: Bundle
) -> None:
    registry = connect(embedded.uri, embedded)
    registry.publish("m", "key", bundle, {})
    with closing(sqlite3.connect(embedded.database)) as database:  # MLflow's own store would not let it hang
        database.execute("INSERT INTO registered_model_aliases (alias, version, name) VALUES ('champion', 7, 'm')")
        database.commit()
    assert registry.alias("m", "champion") is None
    registry.move_alias("m", "champion", to=1, expected=None)
    assert registry.version("m", "champion").number == 1
