"""Planted secrets and the whole line: none is in anything that leaves it, and the line works all the same."""

import io
import json
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet
from tests.fakes.github.clock import VirtualClock
from tests.fakes.github.server import FakeGitHub, running
from tests.fakes.github.world import World
from tests.integration.github.conftest import event_file, surroundings
from tests.integration.secrets.plants import assigned, environment, every, leaks, password, published, value_of
from tests.integration.train.conftest import ThisInterpreter

from trainstop import cli
from trainstop.fingerprint import DigestMemory
from trainstop.live_ports import LivePorts

pytestmark = [pytest.mark.timeout(600)]

TRAIN = """
import base64, json, os, sys, urllib.parse
import mlflow, pandas
from sklearn.linear_model import LogisticRegression
s = json.load(open("secrets.json"))
print("token", s["training output"], s["published training output"])
print("postgres://ann:" + s["password training output"] + "@db.example.org/x")
print("db_key =", s["assigned training output"])
print("oops", s["training error stream"], s["published training error stream"], file=sys.stderr)
print("auth_key='" + s["assigned training error stream"] + "'", file=sys.stderr)
print(base64.b64encode(("ann:" + s["training output, base64"]).encode()).decode())
print(urllib.parse.quote(s["training output, percent-encoded"] + "/"), json.dumps([s["training output, JSON"]]))
colourful = s["training output in colours"]
print(colourful[:5] + chr(27) + "[31m" + colourful[5:])
print(os.environ["PLAIN"])
rows = pandas.read_parquet("data/train.parquet")
with mlflow.start_run(run_name="run " + s["run name"] + " " + s["published run name"]):
    mlflow.log_param("p-" + s["parameter name"], "v-" + s["parameter value"])
    mlflow.log_param("q-" + s["published parameter name"], "w-" + s["published parameter value"])
    mlflow.log_metric("m-" + s["metric name"], 1.0)
    mlflow.log_metric("n-" + s["published metric name"], 1.0)
    mlflow.set_tag("u-" + s["published tag name"], "x")
    mlflow.set_tag("t-" + s["tag name"], s["tag value"] + " " + s["published tag value"])
    mlflow.sklearn.log_model(LogisticRegression().fit(rows[["x"]], rows["y"]), name="model",
                             input_example=rows[["x"]].head(2), pyfunc_predict_fn="predict_proba")
"""
TESTS = """
import json, pytest
s = json.load(open("secrets.json"))
@pytest.mark.parametrize("x", ["name-" + s["test name"] + "-" + s["published test name"]])
def test_named(x):
    print(s["test output"], s["published test output"])
    assert x, s["published test name"]
    said = "signing_key: " + s["assigned test failure"] + " "
    said += s["test failure"] + " " + s["published test failure"] + " password=" + s["password test failure"]
    assert not said
def test_skipped():
    pytest.skip(s["test skip reason"] + " " + s["published test skip reason"])
"""
COMMAND = """
import json, os, sys
s = json.load(open("secrets.json"))
step = sys.argv[1]
print("at work", s["deploy output"], s["published deploy output"])
state = "serving.txt"
serving = int(open(state).read()) if os.path.exists(state) else None
if step == "current":
    endpoint = "" if os.path.exists("quiet.txt") else "http://127.0.0.1:1/" + s["endpoint"]
    print(json.dumps({"serving": serving, "endpoint": endpoint, "traffic": {serving: 100} if serving else {}}))
if step == "health":
    bad = os.path.exists("bad.txt")
    reason = "no " + s["health reason"] + " " + s["published health reason"]
    print(json.dumps({"ready": not bad, "reason": reason, "address": open("address.txt").read()}))
if step == "commit":
    if os.path.exists("broken.txt"):
        sys.exit("cannot: " + s["deploy failure"] + " " + s["published deploy failure"])
    open(state, "w").write(os.environ["TRAINSTOP_VERSION"])
"""
CODE = """
KEY = "{code}"
API_TOKEN = "{assigned}"
OTHER = "{published}"
import os, sys, json
def f(x = []):
    password = "{code}"
    assert x == "{published}"
    return eval("{code}")
"""


def configuration() -> str:
    """Return the configuration, with the secrets that stand there."""
    command = f"{sys.executable} target.py"
    commands = "\n".join(
        f'{step} = "{command} {step} --token {value_of("deploy command")}"'
        for step in ("prepare", "health", "commit", "abort", "current")
    )
    return f"""
[model]
name = "m"
task = "binary"
description = "of {value_of("description")} {published("description")}"
[data]
prepare = "{sys.executable} prepare.py {value_of("prepare command")}"
train = ["data/train.parquet"]
evaluation = ["data/evaluation.parquet"]
target = "y"
cluster = "day"
time = "at"
period = "day"
[test]
command = "python -m pytest -p no:cacheprovider test_it.py -k 'not {value_of("test command")}'"
[test.environment]
PLACE = "{value_of("test environment")}"
[train]
allow-formats = ["pickle", "cloudpickle"]
trusted-types = ["numpy.dtype"]
[train.environment]
PLAIN = "{value_of("training environment")}"
[lint]
dependencies = "off"
[gates.auc]
min = 0.1
[environments.production]
target = "command"
strategy = "all-at-once"
start-timeout = "3s"
[environments.production.commands]
{commands}
[monitor]
log = "log.parquet"
minimum-rows = 20
freshness = "1m"
[alert]
labels = ["trainstop", "{value_of("issue label")}", "{published("issue label")}"]
"""


def write_project(folder: Path) -> None:
    """Write a small project with secrets in all of it."""
    (folder / "data").mkdir(parents=True)
    notebook = {
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [
            {
                "cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1,
                "source": [
                    f"password = '{value_of('notebook code')}'\n",
                    f"client_secret = '{assigned('notebook code')}'\n",
                    f"x = '{published('notebook code')}'",
                ],
                "outputs": [
                    {
                        "output_type": "stream",
                        "name": "stdout",
                        "text": [
                            f"TOKEN = '{value_of('notebook output')}'\n",
                            f"SECRET = '{assigned('notebook output')}'\n",
                            f"{published('notebook output')}\n",
                        ],
                    }
                ],
            }
        ],
    }  # fmt: skip
    told = {place: value for value, place in every().items()}
    told = {
        name.replace("published key: ", "published ")
        .replace("value behind a name: ", "assigned ")
        .replace("password in an address: ", "password ")
        .replace("password after its name: ", "password "): value
        for name, value in told.items()
    }
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {"x": float(n % 7), "y": int(n * 31 % 11 < n % 7 + 2), "day": f"d{n // 24}", "at": start + timedelta(hours=n)}
        for n in range(600)
    ]
    table = pa.Table.from_pylist(rows)
    parquet.write_table(table, folder / "data/evaluation.parquet")
    parquet.write_table(table, folder / "train.parquet")
    texts = {
        "trainstop.toml": configuration(),
        "train.py": TRAIN,
        "test_it.py": TESTS,
        "target.py": COMMAND,
        "secrets.json": json.dumps(told),
        "prepare.py": "import json, shutil\ns = json.load(open('secrets.json'))\n"
        "print(s['prepare output'], s['published prepare output'])\n"
        "shutil.copy('train.parquet', 'data/train.parquet')\n",
        "code.py": CODE.format(code=value_of("code"), assigned=assigned("code"), published=published("code")),
        f"of_{value_of('file name')}.py": "import os\nx=1;y=2\n",
        "book.ipynb": json.dumps(notebook),
        "requirements.txt": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)


class Line:
    """The project, the job it runs in, and everything that was printed."""

    def __init__(self, folder: Path, hub: FakeGitHub) -> None:
        self.folder = folder / "project"
        self.job = folder / "job"
        self.job.mkdir()
        self.hub = hub
        self.own = self.folder / ".trainstop/digests.json"
        """What names the project's files to itself, and is never handed on."""
        self.printed: list[str] = []
        write_project(self.folder)
        self.environ = {
            **environment(),
            "GITHUB_ACTIONS": "true",
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/registry/mlflow.db",  # a job is refused one that it would lose
            "GITHUB_OUTPUT": str(self.job / "output"),
            "GITHUB_STEP_SUMMARY": str(self.job / "summary"),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": f"acme/{value_of('repository')}",
            "GITHUB_RUN_ID": value_of("run address"),
            "GITHUB_REF": f"refs/heads/{value_of('branch')}",
            "GITHUB_ACTOR": value_of("actor"),
        }

    def call(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Result:
        done = CliRunner().invoke(
            cli.cli,
            [arguments[0], "--config", str(self.folder), *arguments[1:]],
            env={**self.environ, **(environ or {})},
        )
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        self.printed.append(done.output)
        return done

    def on_github(self, *arguments: str) -> Result:
        """Call in a job that has a token, and a pull request to comment on."""
        clock = self.hub.world.clock
        clock.sleep(60)
        variables = surroundings(self.hub.address, event_file(self.job))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("trainstop.live_ports.SystemClock", lambda: clock)
            return self.call(*arguments, environ={**variables, "GITHUB_TOKEN": value_of("job token")})

    def pack(self, content: str, name: str) -> Result:
        """Pack what a workflow uploads as an artifact, which whoever may read the repository may fetch."""
        return self.call("pack", "--content", content, "--to", str(self.job / name))

    def record(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.folder / ".trainstop/results" / f"{name}.json").read_bytes()))

    def written(self) -> Iterator[tuple[str, bytes]]:
        """Give all that was printed, written, packed, registered and sent by us, and what is packed in that."""
        yield "printed", "\n".join(self.printed).encode()
        for root in (self.folder / ".trainstop", self.job):
            for path in sorted(path for path in root.rglob("*") if path.is_file() and path != self.own):
                yield from opened(str(path.relative_to(root)), path.read_bytes())
        yield "sent to GitHub", "\n".join(f"{each.path} {each.query} {each.body}" for each in self.hub.seen).encode()


def opened(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a file's bytes, and as text what compression hides in them."""
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield f"{name}!{member}", archive.read(member)
    if content.startswith(b"PAR1"):
        yield f"{name}!rows", repr(parquet.read_table(io.BytesIO(content)).to_pylist()).encode()


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeGitHub]:
    with running(World(VirtualClock())) as fake:
        yield fake


@pytest.fixture(scope="module")
def error_page() -> Iterator[str]:
    """The address of a model whose every answer is an error that tells too much."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(500)
            self.end_headers()
            self.wfile.write(f"{value_of('error body')} {published('error body')}".encode())

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, error_page: str, hub: FakeGitHub) -> Iterator[Line]:
    """The whole line, run once; only the making of environments is left out, which would take minutes."""
    line = Line(tmp_path_factory.mktemp("secrets"), hub)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LivePorts, "environments", ThisInterpreter())
        for verb in ("lint", "test", "train", "baseline", "evaluate", "model-test", "report"):
            line.call(verb, "--json")
            line.call("status") if verb == "report" else None
        (line.folder / "test_it.py").write_text("def test_it():\n    pass\n")
        (line.folder / "address.txt").write_text("")
        line.call("lint", "--set", "lint.secrets=off", "--set", "lint.style=warn", "--set", "lint.security=warn")
        line.call("test")
        line.on_github("report")
        for content in ("records", "candidate", "champion"):
            line.pack(content, f"pack-{content}")
        line.call("register")
        line.pack("version", "pack-version")
        (line.folder / "bad.txt").touch()
        line.call("deploy", "--environment", "production")
        (line.folder / "bad.txt").unlink()
        (line.folder / "address.txt").write_text(error_page)
        line.call("deploy", "--environment", "production")
        (line.folder / "address.txt").write_text("")
        (line.folder / "broken.txt").touch()
        line.call("deploy", "--environment", "production")
        (line.folder / "broken.txt").unlink()
        line.call("deploy", "--environment", "production")
        (line.folder / "quiet.txt").touch()
        line.call("deploy", "--environment", "production")
        line.call("promote")
        line.call("rollback", "--reason", f"because of {value_of('rollback reason')} {published('rollback reason')}")
        line.call("deploy", "--environment", "production", "--version", value_of("version argument"))
        line.call("report", "--set", f"model.nam={value_of('set argument')}")
        line.call("report", environ={"TRAINSTOP__MODEL__TASK": value_of("environment override")})
        start = datetime(2026, 1, 26, tzinfo=UTC)
        rows = [
            {
                "at": start + timedelta(minutes=7 * n),
                "x": 90.0,
                "prediction": 1,
                value_of("log column"): "1",
                published("log column"): "1",
            }
            for n in range(1100)
        ]
        parquet.write_table(pa.Table.from_pylist(rows), line.folder / "log.parquet")
        line.call("monitor", "--environment", "production", "--as-of", value_of("time argument"))
        line.call("monitor", "--environment", "production", "--as-of", "2026-02-01")
        line.call("alert")
        line.on_github("alert", "--set", "alert.reaction=retrain")
        line.on_github("report")
        line.pack("records", "pack-end")
        line.call("history")
        line.call("status", "--set", f"registry.uri=http://ann:{password('training output')}@127.0.0.1:1")
        yield line


def test_no_secret_gets_out(line: Line) -> None:
    found = {name: sorted(leaks(content)) for name, content in line.written()}
    assert {name: places for name, places in found.items() if places} == {}


def test_what_names_the_projects_files_to_itself_holds_nothing_else(line: Line) -> None:
    # A file that has only just been written is not remembered yet, so an hour later is asked for.
    memory = DigestMemory(line.own, time.time() + 3600)
    for path in line.folder.glob("*"):
        if path.is_file():
            memory.of(path)
    memory.save()
    assert leaks(line.own.read_bytes()) <= {"file name"}


def test_github_was_told_something(line: Line) -> None:
    assert not line.hub.complaints
    (comment,) = line.hub.world.bodies(7)
    issues = [each for each in line.hub.world.issues.values() if not each["is_pull"]]
    assert "***" in comment
    assert "***" in issues[0]["labels"]


def test_packs_were_made_with_all_that_workflows_hand_on(line: Line) -> None:
    for content in ("records", "candidate", "champion", "version", "end"):
        assert (line.job / f"pack-{content}" / "pack.json").exists(), line.printed
    assert (line.job / "pack-candidate/candidate/model/MLmodel").exists()


@pytest.mark.parametrize("way", ["bytes", "zip", "table"])
def test_a_secret_in_what_training_left_is_handed_on_to_nobody(line: Line, way: str) -> None:
    secret = value_of("training output")
    path = line.folder / ".trainstop/candidate/model/extra"
    if way == "bytes":
        path.write_text(f"weights {secret}")
    elif way == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("vocabulary.json", f"{secret} " * 20)
    else:
        parquet.write_table(pa.table({"text": [f"some {secret}"] * 20}), path)
    try:
        done = line.pack("candidate", "pack-refused")
    finally:
        path.unlink()
    assert done.exit_code == 2, done.output
    assert "candidate/model/extra" in done.output
    assert not (line.job / "pack-refused").exists()


def test_every_secret_was_there_to_get_out() -> None:
    assert len(every()) >= 75
    assert leaks("\n".join(every()).encode()) == set(every().values())


def test_the_line_went_on_where_nothing_was_wrong(line: Line) -> None:
    assert line.record("train")["status"] == "passed", line.printed
    assert line.record("evaluate")["status"] == "passed", line.printed
    assert line.record("register")["part"]["model_version"] == 1, line.printed
    assert line.record("promote")["status"] == "passed", line.printed
    assert line.record("monitor")["part"]["model_version"] == 1, line.printed
    assert line.record("alert")["part"]["opened"], line.printed


def test_what_is_masked_can_still_be_understood(line: Line) -> None:
    train = line.record("train")["part"]
    assert train["params"] == {"p-***": "v-***", "q-***": "w-***"}
    assert train["metrics"] == {"m-***": 1.0, "n-***": 1.0}
    log = (line.folder / ".trainstop/logs/train.log").read_text()
    assert "postgres://ann:***@db.example.org/x" in log
    assert line.record("register")["provenance"]["ref"] == "refs/heads/***"
