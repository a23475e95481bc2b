"""Where the registry is, and whether it may be talked to so. Owns the refusal of what would give a credential away."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from trainstop.errors import ConfigurationError

WHERE = "registry.uri, or the environment variable MLFLOW_TRACKING_URI"
SECRETS = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD")
"""Variables that MLflow's client takes secrets from."""
CREDENTIALS = (*SECRETS, "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4")
"""Variables by which MLflow's client shows a server who asks."""


def choose(configured: str, environ: Mapping[str, str], *, job: bool) -> str:
    """Return the registry's address: the environment's, else the configuration's, else nothing.

    In a job the configuration comes with the change that is checked. It must not decide where a credential goes, so a
    credential there needs an address beside it.

    Args:
        configured: `registry.uri`.
        environ: environment variables.
        job: whether this is a job of GitHub Actions.

    Raises:
        ConfigurationError: a job was given a credential, and no address for it.

    """
    given = environ.get("MLFLOW_TRACKING_URI", "")
    if job and not given and has_credential(environ):
        raise ConfigurationError(
            "this job has a credential of the registry, and nothing but the checked-out files says where it may go",
            where="the environment: MLFLOW_TRACKING_URI is not set",
            fix="set it beside the credential; with the called workflows, pass it as a secret too",
        )
    return given or configured


def has_credential(environ: Mapping[str, str]) -> bool:
    """Say whether MLflow's client would show a server who asks."""
    return any(environ.get(name) for name in CREDENTIALS)


def check(uri: str, environ: Mapping[str, str]) -> None:
    """Refuse an address that holds credentials, would send them in the clear, or is no registry's.

    Raises:
        ConfigurationError: as said; the message never repeats a credential.

    """
    parts = _split(uri)
    if parts.username or parts.password:
        raise ConfigurationError(
            "the registry's address holds credentials",
            where=WHERE,
            fix="take them out; set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )
    if parts.scheme in ("", "file"):
        raise ConfigurationError(
            f"`{uri}` is not a registry: MLflow keeps one in a database or behind a server, not in a folder",
            where=WHERE,
            fix="an address like https://mlflow.example.org, or leave it empty for SQLite under .trainstop",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or "") and any(environ.get(name) for name in SECRETS):
        raise ConfigurationError(
            "the registry's credentials would cross the network unencrypted",
            where=WHERE,
            fix="use the server's https address",
        )


def for_people(uri: str) -> str:
    """Return an address without credentials and without what follows a `?`."""
    parts = _split(uri)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}" if parts.scheme else uri


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        raise ConfigurationError(
            "the registry's address cannot be read", where=WHERE, fix="an address like https://mlflow.example.org"
        ) from error
    return parts
