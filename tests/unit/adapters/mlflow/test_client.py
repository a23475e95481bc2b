"""Calls of the registry: repeated where that is harmless, looked at where it is not, and ended in time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from trainstop.adapters.mlflow.client import Client, ExistsError, NotThereError
from trainstop.errors import MissingExtraError, UnavailableError

TIMEOUT = 20.0


class Clock:
    """Time that passes only by waiting."""

    at = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class MlflowError(Exception):
    """As MLflow raises them."""

    def __init__(self, error_code: str) -> None:
        super().__init__(f"{error_code}\nand a second line")
        self.error_code = error_code


def http_error(status: int) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError(f"{status} for you", response=response)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    client = Client("http://registry.example.org", clock, TIMEOUT)
    client.__dict__["_api"] = "the client"
    return client


def after(*outcomes: Any) -> Callable[..., Any]:
    """Return something that raises or returns one outcome after the other."""
    left = list(outcomes)

    def call(*_: Any) -> Any:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return call


UNCLEAR = [
    MlflowError("INTERNAL_ERROR"),
    MlflowError("TEMPORARILY_UNAVAILABLE"),
    MlflowError("REQUEST_LIMIT_EXCEEDED"),
    requests.ConnectionError("reset"),
    requests.Timeout("slow"),
    http_error(500),
    http_error(429),
]


@pytest.mark.parametrize("error", UNCLEAR, ids=str)
def test_a_harmless_call_is_repeated_while_the_answer_is_unclear(client: Client, error: Exception) -> None:
    assert client.ask("reading", after(error, error, 7)) == 7


def test_silence_ends_in_time_and_says_where(client: Client, clock: Clock) -> None:
    with pytest.raises(UnavailableError, match=r"did not answer within 20 s \(reading\): reset") as failure:
        client.ask("reading", after(requests.ConnectionError("reset")))
    assert failure.value.where == "http://registry.example.org"
    assert TIMEOUT - 5 <= clock.at <= TIMEOUT


def test_of_errors_wrapped_in_errors_the_innermost_is_told(client: Client) -> None:
    wrapped = (
        "API request to http://h/api failed with exception HTTPConnectionPool(host='h', port=9): Max retries exceeded "
        "with url: /api (Caused by NewConnectionError(\"HTTPConnection(host='h', port=9): Failed to establish a new "
        'connection: [Errno 111] Connection refused"))'
    )
    with pytest.raises(UnavailableError, match=r"\(reading\): \[Errno 111\] Connection refused\n"):
        client.ask("reading", after(requests.ConnectionError(wrapped)))


def test_a_request_may_be_silent_for_what_is_left_of_the_time(client: Client, clock: Clock) -> None:
    import os

    given: list[str] = []

    def note(_: Any) -> None:
        given.append(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"])
        clock.at += 8
        raise requests.Timeout

    with pytest.raises(UnavailableError):
        client.ask("reading", note)
    assert given == ["20", "12", "4"]


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "INVALID_PARAMETER_VALUE", "UNAUTHENTICATED"])
def test_a_refusal_is_not_asked_again(client: Client, clock: Clock, code: str) -> None:
    with pytest.raises(UnavailableError, match="refused"):
        client.ask("reading", after(MlflowError(code)))
    assert clock.at == 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MlflowError("RESOURCE_DOES_NOT_EXIST"), NotThereError),
        (http_error(404), NotThereError),
        (MlflowError("RESOURCE_ALREADY_EXISTS"), ExistsError),
        (http_error(403), UnavailableError),
        (ValueError("<html>"), UnavailableError),
        (ImportError("boto3"), MissingExtraError),
        (OSError("No space left on device"), UnavailableError),
    ],
    ids=str,
)
def test_what_goes_wrong_keeps_its_meaning(client: Client, error: Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        client.ask("reading", after(error))


def test_a_bug_is_not_dressed_up(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        client.ask("reading", after(ZeroDivisionError()))


def test_what_is_there_is_not_made(client: Client) -> None:
    assert client.make("making", after(AssertionError()), lambda: "there") == "there"


def test_after_a_lost_answer_one_looks_before_one_makes_again(client: Client) -> None:
    made: list[int] = []

    def create(_: Any) -> str:
        made.append(1)
        raise requests.ConnectionError("the answer was lost")

    assert client.make("making", create, lambda: "there" if made else None) == "there"
    assert made == [1]


def test_what_a_lost_request_did_not_make_is_made(client: Client) -> None:
    assert client.make("making", after(requests.ConnectionError("reset"), "made"), lambda: None) == "made"


def test_if_looking_fails_too_nothing_is_made_again(client: Client) -> None:
    looks = after(None, UnavailableError("silence"))
    made: list[int] = []

    def create(_: Any) -> None:
        made.append(1)
        raise requests.ConnectionError("reset")

    with pytest.raises(UnavailableError, match="silence"):
        client.make("making", create, looks)
    assert made == [1]


def test_what_somebody_else_made_meanwhile_is_taken(client: Client) -> None:
    looks = after(None, "theirs")
    assert client.make("making", after(MlflowError("RESOURCE_ALREADY_EXISTS")), looks) == "theirs"
