"""HTTP to a served model, as MLflow's scoring server speaks it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint answered. `status` 0 means that no answer came."""

    status: int
    predictions: Sequence[Any] = ()
    text: str = ""
    """Start of the body, or what went wrong on the way."""
    seconds: float = 0.0
    version: int | None = None
    """The version that answered, where the answer says so."""


class EndpointClient(Protocol):
    """Asks served models. Never raises for what the other side does, and never repeats a request."""

    def predict(self, address: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        """Send rows (`dataframe_split`) to `address`/invocations."""

    def post(self, address: str, payload: Mapping[str, Any] | bytes) -> Answer:
        """Send any payload to `address`/invocations."""

    def load(
        self, address: str, payloads: Sequence[Mapping[str, Any]], *, rate: float, duration: float
    ) -> Sequence[Answer]:
        """Send `rate` requests a second for `duration` seconds, the payloads in turn, whether or not answers come.

        A request's `seconds` count from when it should have been sent, so that a server that stalls cannot hide it.
        """
