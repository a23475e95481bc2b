"""The registry: MLflow, on a server where one is named, else on SQLite in the workspace."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from trainstop.adapters.mlflow import address
from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.ports import Clock
from trainstop.workspace import Workspace


def open_registry(
    uri: str,
    workspace: Workspace,
    clock: Clock,
    timeout: float,
    environ: Mapping[str, str] | None = None,
    *,
    job: bool = False,
) -> MlflowRegistry:
    """Return the registry at `uri`, or the workspace's own when it is empty. Nothing is asked yet.

    Args:
        uri: address of an MLflow server, or `sqlite:///` and a path.
        workspace: where the embedded registry lives.
        clock: time.
        timeout: longest silence of the registry in seconds.
        environ: environment variables, to tell whether credentials would be sent.
        job: whether this is a job of GitHub Actions, where having no credential may be meant.

    Raises:
        ConfigurationError: an address that cannot be, or that would give a secret away.

    """
    if not uri:
        return _embedded(Embedded(workspace.database, workspace.artifacts), clock, timeout)
    address.check(uri, environ or {})
    if urlsplit(uri).scheme == "sqlite":
        database = Path(workspace.project, urlsplit(uri).path.removeprefix("/"))
        return _embedded(Embedded(database, database.with_name("mlartifacts")), clock, timeout)
    return MlflowRegistry(uri.rstrip("/"), clock, timeout, anonymous=job and not address.has_credential(environ or {}))


def _embedded(embedded: Embedded, clock: Clock, timeout: float) -> MlflowRegistry:
    return MlflowRegistry(embedded.uri, clock, timeout, embedded=embedded)
