"""Two registries to try everything on: SQLite without a server, and a real server over HTTP."""

import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.mlflow.client import PROCESS_SETTINGS
from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.bundles import Bundle

START_SECONDS = 120
LIFETIME = "600"
"""Seconds after which the server ends by itself, whatever became of the tests."""
Open = Callable[..., MlflowRegistry]


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Processes that start fast: MLflow is imported once, and each is forked from there."""
    os.environ.update(PROCESS_SETTINGS)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "mlflow",
            "mlflow.store.tracking.sqlalchemy_store",
            "mlflow.store.model_registry.sqlalchemy_store",
            "trainstop.adapters.mlflow",
        ]
    )
    return context


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables and nothing in them: they take seconds to make."""
    folder = tmp_path_factory.mktemp("registry")
    Embedded(folder / "mlflow.db", folder / "artifacts").create(SystemClock(), 60)
    return folder / "mlflow.db"


@pytest.fixture
def embedded(tmp_path: Path, empty_database: Path) -> Embedded:
    shutil.copyfile(empty_database, tmp_path / "mlflow.db")
    return Embedded(tmp_path / "mlflow.db", tmp_path / "artifacts")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[str]:
    """A real tracking server; gives its address."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copyfile(empty_database, folder / "mlflow.db")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = ["timeout", "--kill-after=5", LIFETIME, sys.executable, "-m", "mlflow", "server"]
    options = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    # MLflow behaves differently when it sees that it is under test.
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, *options, *where], stdout=log, stderr=subprocess.STDOUT, env=surroundings | PROCESS_SETTINGS
        )
        try:
            wait_for(address, process, folder / "log")
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no MLflow server: {log.read_text()[-2000:]}")


@pytest.fixture(params=["embedded", "server"])
def open_registry(request: pytest.FixtureRequest) -> Open:
    """Opens a registry, as another process would."""
    if request.param == "embedded":
        embedded: Embedded = request.getfixturevalue("embedded")
        return lambda **options: MlflowRegistry(embedded.uri, SystemClock(), 20, embedded=embedded, **options)
    address: str = request.getfixturevalue("server")
    return lambda **options: MlflowRegistry(address, SystemClock(), 20, **options)


@pytest.fixture
def name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A model's name that no other test uses."""
    return f"m-{tmp_path.name}"[:60]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return make_bundle(tmp_path / "candidate")


def make_bundle(root: Path, weights: str = "weights") -> Bundle:
    """A small bundle of a model, its run, and a record."""
    bundle = Bundle(root)
    bundle.model.mkdir(parents=True)
    (bundle.model / "MLmodel").write_text("flavors:\n  python_function:\n    loader_module: m\n    model_path: w.bin\n")
    (bundle.model / "w.bin").write_text(weights)
    bundle.run.write_text(json.dumps({"params": {"depth": 3}, "metrics": {"auc (test)": 0.8, "bad": None}}))
    bundle.records.mkdir()
    (bundle.records / "evaluate.json").write_text("{}")
    return bundle
