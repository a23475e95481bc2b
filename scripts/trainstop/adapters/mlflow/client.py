"""MLflow's client as we use it: quiet, patient for a stated time, and never repeating a create blindly.

MLflow repeats every failed call by itself, creates included, so one lost answer makes two of a thing. Its own retries
are off here; ours repeat what may be repeated, and look before they create again.
"""

import logging
import math
import os
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import Any, TypeVar

import requests

from trainstop.adapters.mlflow import address
from trainstop.errors import MissingExtraError, NoCredentialError, UnavailableError
from trainstop.lasting import spare
from trainstop.ports import Clock

T = TypeVar("T")
FIX = "look whether the registry runs and the credentials are right; registry.timeout sets how long is waited"
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 4.0
"""Seconds between two tries."""
PROCESS_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
}
EMBEDDED = (
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.artifacts",
)
"""Modules that MLflow imports at the first calls of a registry in a file."""
MISSING = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}
EXISTING = {"RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS"}
CLOSED = {"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"}
"""Answers to who may not ask."""
REFUSED = CLOSED | {
    "INVALID_PARAMETER_VALUE",
    "BAD_REQUEST",
    "INVALID_STATE",
    "RESOURCE_EXHAUSTED",
    "QUOTA_EXCEEDED",
    "NOT_IMPLEMENTED",
    "ENDPOINT_NOT_FOUND",
}
"""Answers that stay the same however often one asks. All other errors leave open what happened."""


class NotThereError(Exception):
    """The registry answered that there is no such thing."""


class ExistsError(Exception):
    """The registry answered that there is such a thing already."""


class UnclearError(Exception):
    """No answer, or one that leaves open whether anything was done."""


class Client:
    """Calls of MLflow's client, each of which ends within `timeout` seconds of silence."""

    def __init__(
        self,
        uri: str,
        clock: Clock,
        timeout: float,
        *,
        prepare: Callable[[], None] | None = None,
        anonymous: bool = False,
    ) -> None:
        """Take what is needed; nothing is asked yet.

        Args:
            uri: address for MLflow.
            clock: time.
            timeout: longest silence in seconds.
            prepare: what must be done before the first call.
            anonymous: whether this is a job that was given no credential; being shut out is then no mistake in one.

        """
        self.uri = uri
        self._clock = clock
        self._timeout = timeout
        self._prepare = prepare
        self._anonymous = anonymous

    @cached_property
    def _api(self) -> Any:
        """MLflow's client. Its import takes longer than most verbs, hence only when something is asked."""
        made = import_mlflow()
        if self._prepare:
            self._prepare()
        return made(tracking_uri=self.uri, registry_uri=self.uri)

    def ask(self, what: str, call: Callable[[Any], T]) -> T:
        """Do something that may be done twice without harm; repeat it while the answer is unclear and time is left.

        Args:
            what: words for the message.
            call: gets MLflow's client.

        Raises:
            NotThereError, ExistsError: as the registry says.
            UnavailableError: no answer in time, or it refused; as NoCredentialError where that is why.

        """
        deadline, pause = self._clock.monotonic() + self._timeout, FIRST_PAUSE
        while True:
            try:
                return self._attempt(what, call, deadline)
            except UnclearError as error:
                pause = self._wait(what, error, deadline, pause)

    def make(self, what: str, create: Callable[[Any], T], find: Callable[[], T | None]) -> T:
        """Return what `find` finds, else what `create` makes; after an unclear answer look before trying again.

        Raises:
            UnavailableError: no answer in time, it refused, or looking failed as well.

        """
        if (found := find()) is not None:
            return found
        deadline, pause = self._clock.monotonic() + self._timeout, FIRST_PAUSE
        while True:
            try:
                return self._attempt(what, create, deadline)
            except (UnclearError, ExistsError) as error:
                pause = self._wait(what, error, deadline, pause)
            if (found := find()) is not None:
                return found

    def _wait(self, what: str, error: Exception, deadline: float, pause: float) -> float:
        """Sleep before the next try and return the pause after it."""
        if self._clock.monotonic() + pause >= deadline:
            raise UnavailableError(
                f"the registry did not answer within {self._timeout:g} s ({what}): {error}",
                where=address.for_people(self.uri),
                fix=FIX,
            ) from error
        self._clock.sleep(pause)
        return min(2 * pause, LONGEST_PAUSE)

    def _attempt(self, what: str, call: Callable[[Any], T], deadline: float) -> T:
        """Call once, and sort what goes wrong."""
        left = max(1, math.ceil(deadline - self._clock.monotonic()))
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(left)  # MLflow reads it at each request
        try:
            return call(self._api)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise UnclearError(_first_line(error)) from error
        except requests.HTTPError as error:
            self._require_entry(_status(error) in (401, 403), what, error)
            raise _sorted_by_status(what, error, self.uri) from error
        except ValueError as error:
            raise UnavailableError(
                f"what answered is not an MLflow server ({what}): {_first_line(error)}",
                where=address.for_people(self.uri),
                fix="give the address of the tracking server itself, not of a page in front of it",
            ) from error
        except ImportError as error:
            raise MissingExtraError(
                f"the registry's files lie where MLflow needs another package: {_first_line(error)}",
                where=address.for_people(self.uri),
                fix="install that package beside trainstop",
            ) from error
        except OSError as error:
            raise UnavailableError(
                f"the registry's files cannot be read or written ({what}): {_first_line(error)}",
                where=address.for_people(self.uri),
                fix="look whether the disk is full or read-only",
            ) from error
        except Exception as error:
            if type(error).__module__.startswith("sqlalchemy"):
                raise UnclearError(_first_line(error)) from error
            code = getattr(error, "error_code", None)
            if code is None:
                raise
            self._require_entry(code in CLOSED, what, error)
            raise _sorted_by_code(what, code, error, self.uri) from error

    def _require_entry(self, shut: bool, what: str, error: Exception) -> None:
        """Tell a job without a credential that it needs one."""
        if shut and self._anonymous:
            raise NoCredentialError(
                f"the registry asks for a credential, and this job has none ({what}): {_first_line(error)}",
                where=address.for_people(self.uri),
                fix="give the step MLFLOW_TRACKING_URI, and MLFLOW_TRACKING_TOKEN or _USERNAME and _PASSWORD",
            ) from error


def import_mlflow(*, embedded: bool = False) -> Any:
    """Import MLflow as we use it, and return the class of its client.

    Args:
        embedded: whether to import, too, what MLflow would import at the first call of a registry in a file.

    Raises:
        MissingExtraError: it is not installed.

    """
    os.environ.update(PROCESS_SETTINGS)  # the only way to tell MLflow
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise MissingExtraError(
            "the registry needs MLflow", where="the environment of trainstop", fix='install "trainstop[registry]"'
        ) from error
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if embedded:
        for name in EMBEDDED:
            import_module(name)
    spare()
    return MlflowClient


def _sorted_by_code(what: str, code: str, error: Exception, uri: str) -> Exception:
    """Turn MLflow's error into what it means for us."""
    text = _first_line(error)
    if code in MISSING:
        return NotThereError(text)
    if code in EXISTING:
        return ExistsError(text)
    if code in REFUSED:
        return UnavailableError(f"the registry refused ({what}): {text}", where=address.for_people(uri), fix=FIX)
    return UnclearError(text)


def _sorted_by_status(what: str, error: requests.HTTPError, uri: str) -> Exception:
    """Turn an HTTP status of the registry's file store into what it means for us."""
    status = _status(error)
    if status == requests.codes.not_found:
        return NotThereError(_first_line(error))
    if requests.codes.bad_request <= status < requests.codes.server_error and status not in (408, 429):
        return UnavailableError(
            f"the registry refused ({what}): {_first_line(error)}", where=address.for_people(uri), fix=FIX
        )
    return UnclearError(_first_line(error))


def _status(error: requests.HTTPError) -> int:
    """Return the status of an answer; 0 without one."""
    return error.response.status_code if error.response is not None else 0


def _first_line(error: Exception) -> str:
    """Return what a message from outside comes to: of errors wrapped in errors, the innermost."""
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    _, wrapped, cause = line.rpartition("Caused by ")
    return (cause.rpartition(": ")[2].strip("\"')") if wrapped else line)[:300]
