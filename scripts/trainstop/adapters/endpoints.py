"""HTTP to served models: single questions by requests, a stated load by aiohttp."""

import asyncio
import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from trainstop.ports.endpoints import Answer

TIMEOUT_SECONDS = 60.0
TEXT_LENGTH = 500
JSON = {"Content-Type": "application/json"}
VERSION_HEADER = "x-trainstop-version"


class HttpEndpoints:
    """Fulfils `ports.endpoints.EndpointClient`."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        """Keep how many seconds an answer may take."""
        self._timeout = timeout

    def predict(self, address: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        """Send rows to a model."""
        return self.post(address, {"dataframe_split": {"columns": list(columns), "data": [list(row) for row in rows]}})

    def post(self, address: str, payload: Mapping[str, Any] | bytes) -> Answer:
        """Send any payload to a model."""
        body = payload if isinstance(payload, bytes) else body_of(payload)
        start = time.perf_counter()
        try:
            answer = requests.post(
                f"{address.rstrip('/')}/invocations",
                data=body,
                headers=JSON,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (requests.RequestException, ValueError) as error:
            return Answer(status=0, text=str(error)[:TEXT_LENGTH], seconds=time.perf_counter() - start)
        return answer_of(answer.status_code, answer.content, answer.headers, time.perf_counter() - start)

    def load(
        self, address: str, payloads: Sequence[Mapping[str, Any]], *, rate: float, duration: float
    ) -> Sequence[Answer]:
        """Send requests at a steady rate, whether or not answers come."""
        bodies = [body_of(payload) for payload in payloads]
        if not bodies:
            return ()
        return asyncio.run(_load(f"{address.rstrip('/')}/invocations", bodies, rate, duration, self._timeout))


async def _load(address: str, bodies: Sequence[bytes], rate: float, duration: float, patience: float) -> list[Answer]:
    """Send request number i at i / rate seconds."""
    import aiohttp

    async def ask(number: int, due: float) -> Answer:
        await asyncio.sleep(due - time.perf_counter())
        try:
            async with session.post(address, data=bodies[number % len(bodies)], allow_redirects=False) as answer:
                content = await answer.read()
                return answer_of(answer.status, content, answer.headers, time.perf_counter() - due)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            what = f"{type(error).__name__}: {error}"
            return Answer(status=0, text=what[:TEXT_LENGTH], seconds=time.perf_counter() - due)

    limits = aiohttp.ClientTimeout(total=patience)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), headers=JSON, timeout=limits, trust_env=False
    ) as session:
        start = time.perf_counter()
        count = max(1, round(rate * duration))
        return list(await asyncio.gather(*(ask(number, start + number / rate) for number in range(count))))


def body_of(payload: Mapping[str, Any]) -> bytes:
    """Return a payload as JSON, with null where a number is not finite."""
    try:
        return json.dumps(payload, allow_nan=False, default=str).encode()
    except ValueError:
        return json.dumps(_finite(payload), allow_nan=False, default=str).encode()


def answer_of(status: int, content: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    """Return what came back."""
    text = content[:TEXT_LENGTH].decode(errors="replace")
    version = headers.get(VERSION_HEADER, "")
    return Answer(
        status=status,
        predictions=_predictions(content) if status == requests.codes.ok else (),
        text=text,
        seconds=seconds,
        version=int(version) if version.isdecimal() else None,
    )


def _predictions(content: bytes) -> Sequence[Any]:
    """Return the predictions of an answer; none when it has another form."""
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    found = payload.get("predictions") if isinstance(payload, dict) else None
    return found if isinstance(found, list) else ()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
