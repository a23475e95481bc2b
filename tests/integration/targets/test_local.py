"""The life of a local target: real Envoy, real supervisor, tiny servers."""

import contextlib
import itertools
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.integration.targets.stub import GOLDEN, StubEnvironments, bundle, deploy, ended, local_target, ready, until

from trainstop.adapters.endpoints import HttpEndpoints
from trainstop.adapters.targets.local import children, counts, envoy
from trainstop.adapters.targets.local.state import State
from trainstop.adapters.targets.local.store import Store
from trainstop.adapters.targets.local.target import LocalTarget
from trainstop.bundles import Bundle
from trainstop.errors import ConflictError, TrainstopError, UnavailableError
from trainstop.ports.environments import Interpreter
from trainstop.workspace import Workspace

ENDPOINTS = HttpEndpoints(timeout=20)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[LocalTarget]:
    made = local_target(tmp_path)
    with ended(made):
        yield made


def store(project: Path) -> Store:
    return Store(Workspace(project).target("staging").resolve())


def known(kept: Store) -> State:
    found = kept.state()
    assert found is not None
    return found


def ask(address: str) -> tuple[int, int | None]:
    answer = ENDPOINTS.predict(address, GOLDEN["columns"], GOLDEN["rows"])
    return answer.status, answer.version


def supervisors(project: Path) -> list[psutil.Process]:
    folder = str(store(project).folder)
    found = []
    for process in psutil.process_iter():
        try:
            argv = process.cmdline()
        except psutil.Error:
            continue
        if folder in argv and any("targets.local." in word for word in argv):
            found.append(process)
    return found


def test_a_prepared_version_answers_on_its_own_address_and_gets_no_traffic(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    target.prepare(2, bundle(tmp_path / "2"))
    ready(target, 2)

    assert ask(target.address(2)) == (200, 2)
    assert {ask(target.current().endpoint) for _ in range(20)} == {(200, 1)}
    assert target.current().traffic == {1: 100}
    assert target.current().prepared == (2,)


def test_traffic_is_shared_as_told_and_seen_apart(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    target.prepare(2, bundle(tmp_path / "2", status=500))
    ready(target, 2)
    target.shift(2, 40)
    endpoint = target.current().endpoint
    seen = [ask(endpoint)[1] for _ in range(100)]

    new, old = target.observe(2), target.observe(1)
    assert (new.requests, old.requests) == (seen.count(2), seen.count(1))
    assert 15 < new.requests < 65
    assert (new.errors, old.errors) == (new.requests, 0)
    until(lambda: target.observe(1).p95_seconds, "Envoy has counted the times")
    target.shift(2, 60)
    assert target.observe(2).requests == 0

    target.abort(2)
    assert target.current().traffic == {1: 100}
    assert {ask(endpoint) for _ in range(20)} == {(200, 1)}
    until(lambda: len(children.find_servers(store(tmp_path))) == 1, "the aborted version's server has ended")


def test_a_request_under_way_is_answered_by_the_version_that_loses_the_traffic(
    target: LocalTarget, tmp_path: Path
) -> None:
    deploy(target, 1, bundle(tmp_path / "1", delay=1.0))
    endpoint = target.current().endpoint
    target.prepare(2, bundle(tmp_path / "2"))
    ready(target, 2)
    answers: list[tuple[int, int | None]] = []
    asking = threading.Thread(target=lambda: answers.append(ask(endpoint)))
    asking.start()
    until(lambda: target.observe(1) and _active(tmp_path, 1), "the request has arrived")
    target.commit(2)
    asking.join()

    assert answers == [(200, 1)]
    assert ask(endpoint) == (200, 2)


def test_kept_connections_are_shared_among_the_proxys_workers(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    host, _, port = target.current().endpoint.rpartition("//")[2].partition(":")
    with contextlib.ExitStack() as kept:
        for number in range(4 * envoy.WORKERS):
            kept.enter_context(socket.create_connection((host, int(port.strip("/"))), timeout=10))
            until(lambda number=number: sum(_connections(tmp_path)) == number + 1, "the proxy has taken it")
        assert _connections(tmp_path) == [4] * envoy.WORKERS


def _connections(project: Path) -> list[int]:
    """Return how many connections each worker has."""
    page = envoy.Admin(Path(store(project).observed().admin)).get("/stats?format=json&filter=worker_.*cx_active$")
    return [one["value"] for one in json.loads(page)["stats"] if one["name"].startswith("listener.127")]


def _active(project: Path, version: int) -> int:
    admin = store(project).observed().admin
    return counts.active(envoy.Admin(Path(admin)).stats([version])).get(version, 0)


def test_going_back_starts_the_earlier_version_again_from_its_own_copy(target: LocalTarget, tmp_path: Path) -> None:
    first = bundle(tmp_path / "1")
    deploy(target, 1, first)
    endpoint = target.current().endpoint
    deploy(target, 2, bundle(tmp_path / "2"))
    until(lambda: len(children.find_servers(store(tmp_path))) == 1, "the first version's server has ended")
    (first.model / "behaviour.json").unlink()

    assert target.current().last_good == 1
    target.commit(1)
    assert ask(endpoint) == (200, 1)
    assert target.current().last_good is None
    assert target.current().serving == 1


def test_an_environment_that_is_gone_is_made_anew_before_anybody_starts_a_server_in_it(
    target: LocalTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    endpoint = target.current().endpoint
    deploy(target, 2, bundle(tmp_path / "2"))
    until(lambda: len(children.find_servers(store(tmp_path))) == 1, "the first version's server has ended")
    python, stub = tmp_path / "gone" / "python", StubEnvironments(tmp_path / "stub")
    state = known(store(tmp_path))
    elsewhere = {**state.versions, 1: state.versions[1].model_copy(update={"python": str(python)})}
    store(tmp_path).write_state(state.model_copy(update={"versions": elsewhere}))

    def make(self: StubEnvironments, lock: Path) -> Interpreter:
        assert 1 not in known(store(tmp_path)).wanted, "a supervisor would try, and give up before it is made"
        python.parent.mkdir()
        python.symlink_to(stub.python)
        return Interpreter(python=python, digest="stub", version="3.11", source=str(lock))

    monkeypatch.setattr(StubEnvironments, "model", make)
    target.commit(1)
    assert ask(endpoint) == (200, 1)


def test_the_copy_that_is_gone_back_to_is_checked_first(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    deploy(target, 2, bundle(tmp_path / "2"))
    copy = next(store(tmp_path).bundles.glob("1-*")) / "model" / "behaviour.json"
    copy.unlink()
    copy.write_text('{"answer": 7}')

    with pytest.raises(TrainstopError, match="behaviour"):
        target.commit(1)
    assert ask(target.current().endpoint) == (200, 2)


def test_a_version_that_cannot_start_is_hopeless_and_says_why(target: LocalTarget, tmp_path: Path) -> None:
    target.prepare(1, bundle(tmp_path / "1", dies=True))
    health = until(lambda: (found := target.health(1)).hopeless and found, "the version is given up")
    assert not health.ready
    assert "no such module: sklearn" in health.reason


def test_a_server_that_dies_is_started_again_and_requests_wait_for_it(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    endpoint = target.current().endpoint
    os.kill(store(tmp_path).observed().servers[1].pid, signal.SIGKILL)

    assert [ask(endpoint)[0] for _ in range(20)].count(200) >= 19  # one may have been under way
    assert store(tmp_path).observed().servers[1].exits == 1
    assert target.health(1).ready


def test_a_proxy_that_dies_is_started_again_on_the_same_port(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    endpoint = target.current().endpoint
    (proxy,) = children.find_proxies(store(tmp_path))
    proxy.kill()
    until(lambda: not proxy.alive(), "the proxy is gone")
    target.prepare(2, bundle(tmp_path / "2"))
    ready(target, 2)
    target.shift(2, 100)
    assert ask(endpoint) == (200, 2)
    assert target.current().endpoint == endpoint


def test_no_single_death_drops_a_request(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    endpoint = target.current().endpoint
    server = store(tmp_path).observed().servers[1].pid
    for _ in range(2):
        victim = until(lambda: supervisors(tmp_path), "a supervisor runs")[-1]
        victim.kill()
        assert {ask(endpoint) for _ in range(10)} == {(200, 1)}
        until(lambda: store(tmp_path).supervised(), "a supervisor runs again")
    assert store(tmp_path).observed().servers[1].pid == server


def test_what_runs_is_found_again_when_guardian_and_supervisor_are_both_killed(
    target: LocalTarget, tmp_path: Path
) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    endpoint, server = target.current().endpoint, store(tmp_path).observed().servers[1].pid
    for process in supervisors(tmp_path):
        process.suspend()
    for process in supervisors(tmp_path):
        process.kill()
    until(lambda: not store(tmp_path).supervised(), "nobody supervises")
    assert ask(endpoint) == (200, 1)

    deploy(target, 2, bundle(tmp_path / "2"))
    assert ask(endpoint) == (200, 2)
    until(lambda: not psutil.pid_exists(server), "the first version's server was found and ended")


def test_stop_ends_everything_and_a_deployment_brings_it_back_on_the_same_port(
    target: LocalTarget, tmp_path: Path
) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    endpoint = target.current().endpoint
    target.stop()

    assert not children.find_servers(store(tmp_path))
    assert not children.find_proxies(store(tmp_path))
    until(lambda: not supervisors(tmp_path), "guardian and supervisor have ended")
    assert target.current().endpoint == ""
    assert target.current().serving == 1
    deploy(target, 2, bundle(tmp_path / "2"))
    assert target.current().endpoint == endpoint
    assert target.current().last_good == 1


def test_everything_ends_by_itself_when_no_verb_looks_after_it(tmp_path: Path) -> None:
    target = local_target(tmp_path, lifetime=1)
    with ended(target):
        deploy(target, 1, bundle(tmp_path / "1"))
        until(lambda: not supervisors(tmp_path), "the supervisor has ended")
        assert not children.find_servers(store(tmp_path))
        assert not children.find_proxies(store(tmp_path))
        assert target.current().serving == 1
        assert target.current().traffic == {}


def test_a_candidate_whose_deployment_fell_silent_is_taken_back(tmp_path: Path) -> None:
    target = local_target(tmp_path, lease=1)
    with ended(target):
        deploy(target, 1, bundle(tmp_path / "1"))
        target.prepare(2, bundle(tmp_path / "2"))
        ready(target, 2)
        target.shift(2, 50)
        until(lambda: store(tmp_path).observed().traffic == {1: 100}, "the old version has all traffic again")
        with pytest.raises(ConflictError, match="not prepared any more"):
            target.commit(2)
        assert target.current().serving == 1


def test_a_port_that_somebody_else_has_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        target = local_target(tmp_path, port=other.getsockname()[1])
        with ended(target), pytest.raises(UnavailableError, match="cannot listen on"):
            target.prepare(1, bundle(tmp_path / "1"))


def test_a_port_that_was_ours_and_is_somebody_elses_now_is_given_up(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    before = target.current().endpoint
    target.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(before.rpartition(":")[2])))
        other.listen()
        deploy(target, 2, bundle(tmp_path / "2"))
        after = target.current().endpoint
        assert after != before
        assert ask(after) == (200, 2)
        target.stop()
        target.commit(1)
        assert ask(target.current().endpoint) == (200, 1)
        named = local_target(tmp_path, port=int(before.rpartition(":")[2]))
        with pytest.raises(UnavailableError, match="cannot listen on"):
            named.prepare(3, bundle(tmp_path / "3"))


def test_another_port_in_the_configuration_moves_the_endpoint(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    before = target.current().endpoint
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    moved = local_target(tmp_path, port=port)
    deploy(moved, 2, bundle(tmp_path / "2"))
    assert moved.current().endpoint == f"http://127.0.0.1:{port}" != before
    assert ask(moved.current().endpoint) == (200, 2)


def test_two_verbs_at_once_leave_a_state_that_one_of_them_wished(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    made = {version: bundle(tmp_path / str(version)) for version in (2, 3)}
    failures: list[TrainstopError] = []

    def go(version: int, copy: Bundle) -> None:
        try:
            deploy(local_target(tmp_path), version, copy)
        except TrainstopError as error:
            failures.append(error)

    threads = [threading.Thread(target=go, args=item) for item in made.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = target.current()
    assert not failures
    assert (now.serving, now.last_good) in ((2, 3), (3, 2))
    assert now.traffic == {now.serving: 100}
    assert ask(now.endpoint) == (200, now.serving)


@pytest.mark.parametrize("last", ["commit", "abort"])
def test_a_deployment_killed_at_any_line_of_its_journal_is_all_old_or_all_new_after_one_more_try(
    tmp_path: Path, last: str
) -> None:
    second = bundle(tmp_path / "2")
    wanted = 2 if last == "commit" else 1
    target, outcomes = local_target(tmp_path), []
    with ended(target):
        deploy(target, 1, bundle(tmp_path / "1"))
        endpoint = target.current().endpoint
        for line in range(1, 30):
            outcomes.append(_crash(tmp_path, line, last))
            assert ask(endpoint)[0] == 200  # no death of a verb drops traffic
            if last == "commit" and target.current().serving != 2:
                target.prepare(2, second)
                ready(target, 2)
            getattr(target, last)(2)

            assert target.current().serving == wanted
            assert target.current().traffic == {wanted: 100}
            assert {ask(endpoint) for _ in range(5)} == {(200, wanted)}
            if outcomes[-1] == 0:
                break
            target.commit(1)
    assert outcomes[-1] == 0
    assert outcomes[:-1] == [-signal.SIGKILL] * (len(outcomes) - 1)
    assert len(outcomes) == 9  # copy, prepare, shift and the last one have two lines each


def _crash(project: Path, line: int, last: str) -> int:
    """Deploy version 2 in a process of its own that is killed at a line of the journal; return how it ended."""
    child = os.fork()
    if child == 0:
        left = itertools.count(line - 1, -1)
        target = local_target(project, journalled=lambda: next(left) or os.kill(os.getpid(), signal.SIGKILL))
        try:
            target.prepare(2, Bundle(project / "2"))
            ready(target, 2)
            target.shift(2, 50)
            getattr(target, last)(2)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_the_journal_has_a_line_before_and_after_each_effect(target: LocalTarget, tmp_path: Path) -> None:
    deploy(target, 1, bundle(tmp_path / "1"))
    lines = [json.loads(line) for line in store(tmp_path).journal.read_text().splitlines()]
    ours = [(line["action"], line["phase"]) for line in lines if line["pid"] == os.getpid()]
    assert ours == [
        (action, phase) for action in ("copy", "prepare", "supervise", "commit") for phase in ("begin", "end")
    ]
