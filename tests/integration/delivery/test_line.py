"""From a registered version to a live, tested deployment: real models, MLflow's scoring app, Envoy."""

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from tests.integration.delivery.worlds import Deployable, OwnEnvironments, python_command
from tests.integration.targets.stub import StubEnvironments, bundle, until

from trainstop.adapters.serving import UvicornServers
from trainstop.bundles import Bundle
from trainstop.errors import ProjectCodeError, TimeLimitError
from trainstop.golden import Golden
from trainstop.records import Status
from trainstop.stages import deploy, integration_test, staging_test
from trainstop.workspace import Workspace

Models = Callable[[int], Bundle]
PING = "import os, urllib.request as u; u.urlopen(os.environ['TRAINSTOP_ENDPOINT'] + '/ping')"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Deployable]:
    made = Deployable(tmp_path_factory.mktemp("project"))
    made.sections = {
        "environments": {"staging": {"strategy": "blue-green", "lifetime": 300, "start-timeout": 90}},
        "integration-test": {"tests": python_command(PING)},
        "staging-test": {"tests": python_command(PING), "load": {"rate": 20, "duration": 1.5, "p95": "5s"}},
    }
    made.register(models(1))
    made.register(models(2))
    yield made
    made.end()


def test_the_registered_artifact_is_served_in_a_clean_place_and_keeps_its_contract(world: Deployable) -> None:
    result = integration_test.run(world.job, version="1")

    assert result.status is Status.PASSED, result.reason
    assert {check.name: check.status.value for check in result.checks} == {
        "complete version": "passed",
        "serves": "passed",
        "golden predictions": "passed",
        "extra column": "passed",
        "missing column": "passed",
        "wrongly typed column": "passed",
        "own tests": "passed",
    }
    assert result.part.start_seconds > 0
    assert not list(world.workspace.scratch.glob("server-*"))


def test_what_was_deployed_passes_its_staging_test(world: Deployable) -> None:
    deployed = deploy.run(world.job, environment="staging", version="1")
    assert deployed.status is Status.PASSED, deployed.reason
    world.keep(deployed, "staging")
    result = staging_test.run(world.job, environment="staging")

    assert result.status is Status.PASSED, result.reason
    assert (result.part.load.requests, result.part.load.errors) == (30, 0)
    assert 0 < result.part.load.p50_seconds <= result.part.load.p99_seconds
    assert {"serving version", "answering version", "load: errors", "load: p95", "own tests"} <= {
        check.name for check in result.checks if check.status == "passed"
    }


def test_no_request_fails_while_versions_are_swapped_and_every_one_is_logged(world: Deployable) -> None:
    target = world.target("staging")
    if target.current().serving != 1:
        assert deploy.run(world.job, environment="staging", version="1").status is Status.PASSED
    with callers(target.current().endpoint, 16) as answers:
        result = deploy.run(world.job, environment="staging", version="2")
        assert result.status is Status.PASSED, result.reason
        swapped = len(answers)
        target.commit(1)
        # The router watches its files, so a request or two may still take the old way after the commit.
        until(
            lambda: len(answers) > swapped + 50 and {version for _, version, _ in answers[-50:]} == {"1"},
            "fifty requests in a row after going back",
        )

    assert {status for status, *_ in answers} == {200}
    versions = [version for _, version, _ in answers]
    assert versions[0] == "1"
    assert "2" in versions[:swapped]
    logged = until(lambda: _logged(world, {key for *_, key in answers}), "every request is in the log")
    sample = logged[0]
    assert sample["schema"] == 1
    assert sample["columns"][-1] == "flight_id"
    assert len(sample["predictions"]) == len(sample["rows"]) == 1


def test_a_model_whose_server_cannot_start_fails_with_its_last_words(tmp_path: Path) -> None:
    python = StubEnvironments(tmp_path / "stub").model(Path("lock"))
    servers = UvicornServers(Workspace(tmp_path), {})
    broken = bundle(tmp_path / "broken", dies=True)
    serving = servers.serve(broken, python, timeout=20)
    with pytest.raises(ProjectCodeError, match="ended before it answered") as failure, serving:
        pytest.fail("it cannot be healthy")
    assert "no such module: sklearn" in failure.value.where


def test_a_server_that_is_not_healthy_in_time_is_ended(models: Models, tmp_path: Path) -> None:
    servers = UvicornServers(Workspace(tmp_path), {})
    interpreter = OwnEnvironments().clean(Path("lock"), tmp_path)
    with pytest.raises(TimeLimitError), servers.serve(models(1), interpreter, timeout=0.2):
        pytest.fail("it cannot be healthy")
    assert not _serving(tmp_path)


def test_a_server_under_test_ends_with_whoever_started_it(models: Models, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from trainstop.adapters.serving import UvicornServers\nfrom trainstop.bundles import Bundle\n"
        "from trainstop.ports.environments import Interpreter\nfrom trainstop.workspace import Workspace\n"
        f"python = Interpreter(python=pathlib.Path({sys.executable!r}), digest='', version='', source='')\n"
        f"with UvicornServers(Workspace(pathlib.Path({str(tmp_path)!r})), {{}})"
        f".serve(Bundle(pathlib.Path({str(models(1).root)!r})), python, timeout=60):\n    pass\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    until(lambda: _serving(tmp_path), "the server has been started")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: not _serving(tmp_path), "the server has ended")


def _serving(folder: Path) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            argv = process.cmdline()
        except psutil.Error:
            continue
        if any(word.endswith("serve.py") for word in argv) and any(str(folder) in word for word in argv):
            found.append(process.pid)
    return found


def _logged(world: Deployable, keys: set[str]) -> list[dict]:
    """Return the lines of the log when it has a line for every key."""
    lines = [
        json.loads(line)
        for path in (world.workspace.target("staging") / "log").glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    ours = [line for line in lines if "flight_id" in line["columns"]]
    return ours if {row[-1] for line in ours for row in line["rows"]} >= keys else []


@contextmanager
def callers(endpoint: str, count: int) -> Iterator[list[tuple[int, str, str]]]:
    """Keep `count` connections open and busy; gives (status, version, key of the row) of every answer."""
    golden = Golden(columns=("distance", "hour", "origin"), rows=((0.5, -0.25, "JFK"),), answers=())
    answers: list[tuple[int, str, str]] = []
    over = threading.Event()
    place = urlsplit(endpoint)

    def call(number: int) -> None:
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        turn = 0
        while not over.is_set():
            key = f"{number}-{turn}"
            turn += 1
            rows = [[*golden.rows[0], key]]
            body = json.dumps({"dataframe_split": {"columns": [*golden.columns, "flight_id"], "data": rows}})
            try:
                connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                answers.append((answer.status, answer.headers["x-trainstop-version"], key))
            except (OSError, http.client.HTTPException):
                answers.append((0, "", key))
                return
            time.sleep(0.2)  # sixteen patient callers leave the machine to the version that starts
        connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()
