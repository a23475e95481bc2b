"""Addresses of registries: none gives a secret away, and none is repeated with one in it."""

from pathlib import Path

import pytest

from trainstop.adapters.mlflow import address, open_registry
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.errors import ConfigurationError
from trainstop.workspace import Workspace

TOKEN = {"MLFLOW_TRACKING_TOKEN": "hunter2"}


@pytest.mark.parametrize(
    "uri",
    ["https://mlflow.example.org", "http://127.0.0.1:5000", "http://[::1]:5000", "http://localhost", "sqlite:///x.db"],
)
def test_addresses_that_keep_a_token_to_themselves_are_taken(uri: str) -> None:
    address.check(uri, TOKEN)


def test_a_server_in_the_clear_is_taken_without_a_token() -> None:
    address.check("http://mlflow.example.org", {"MLFLOW_TRACKING_TOKEN": ""})


@pytest.mark.parametrize("environ", [TOKEN, {"MLFLOW_TRACKING_PASSWORD": "hunter2"}])
def test_a_token_does_not_cross_the_network_in_the_clear(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        address.check("http://mlflow.example.org", environ)


@pytest.mark.parametrize("uri", ["https://ada:hunter2@mlflow.example.org", "postgresql://ada:hunter2@db/mlflow"])
def test_credentials_in_an_address_are_refused_and_not_repeated(uri: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        address.check(uri, {})
    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in address.for_people(uri)


@pytest.mark.parametrize("uri", ["mlruns", "./mlruns", "file:///mlruns", "http://127.0.0.1:port", "http://[::1"])
def test_what_is_no_registry_is_refused(uri: str) -> None:
    with pytest.raises(ConfigurationError):
        address.check(uri, {})


URI = {"MLFLOW_TRACKING_URI": "https://mlflow.example.org"}
CREDENTIALS = [{name: "hunter2"} for name in address.CREDENTIALS]


@pytest.mark.parametrize("job", [True, False])
@pytest.mark.parametrize("environ", [URI, URI | TOKEN])
def test_the_environments_address_wins(environ: dict[str, str], job: bool) -> None:
    assert address.choose("https://elsewhere.example.org", environ, job=job) == URI["MLFLOW_TRACKING_URI"]


@pytest.mark.parametrize("configured", ["", "https://mlflow.example.org"])
def test_without_one_the_files_address_is_taken(configured: str) -> None:
    assert address.choose(configured, {"MLFLOW_TRACKING_URI": ""}, job=True) == configured
    assert address.choose(configured, TOKEN, job=False) == configured


@pytest.mark.parametrize("environ", CREDENTIALS)
@pytest.mark.parametrize("configured", ["", "https://elsewhere.example.org"])
def test_in_a_job_a_credential_never_goes_where_a_file_says(configured: str, environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        address.choose(configured, environ, job=True)
    assert "MLFLOW_TRACKING_URI" in str(refusal.value)
    assert "pass it as a secret too" in refusal.value.fix
    assert "hunter2" not in str(refusal.value)


def test_an_address_for_people_keeps_what_says_where() -> None:
    assert address.for_people("https://h:8443/path?token=x#y") == "https://h:8443/path"
    assert address.for_people("sqlite:////srv/mlflow.db") == "sqlite:////srv/mlflow.db"


def test_without_an_address_the_registry_is_in_the_workspace(tmp_path: Path) -> None:
    registry = open_registry("", Workspace(tmp_path), _clock(), 1)
    assert registry.uri == f"sqlite:///{(tmp_path / '.trainstop/mlflow.db').resolve()}"
    assert not (tmp_path / ".trainstop").exists()


def test_a_database_named_by_a_relative_path_lies_in_the_project(tmp_path: Path) -> None:
    registry = open_registry("sqlite:///registry/mlflow.db", Workspace(tmp_path), _clock(), 1)
    assert registry.uri == f"sqlite:///{(tmp_path / 'registry/mlflow.db').resolve()}"
    there = open_registry(f"sqlite:///{tmp_path}/there.db", Workspace(tmp_path / "project"), _clock(), 1)
    assert there.uri == f"sqlite:///{(tmp_path / 'there.db').resolve()}"


@pytest.mark.parametrize("name", ["", "a'b", "a b", "../a", "a/b", "a" * 101, "-a", "a\n"])
def test_a_name_that_could_mean_something_else_in_a_filter_is_refused(tmp_path: Path, name: str) -> None:
    registry = open_registry("", Workspace(tmp_path), _clock(), 1)
    assert isinstance(registry, MlflowRegistry)
    with pytest.raises(ConfigurationError, match="a model's name is"):
        registry.versions(name)


def _clock() -> object:
    from trainstop.adapters.clock import SystemClock

    return SystemClock()
