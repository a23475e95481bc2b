"""Requests through the `local` target's router, beside the same server asked directly.

The server answers after a fixed time, the pace of a model's server: behind a real model, what a router adds is lost in
the model's own ups and downs, and behind an instant one nobody waits for a model.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fixed_server import REPLY
from benchmarks.measuring import Goal, Report
from trainstop.adapters.targets.local.proxy import Proxy
from trainstop.adapters.targets.local.state import Entry, State
from trainstop.adapters.targets.local.store import Store
from trainstop.adapters.targets.local.target import free_port

SECONDS, WARM_UP = 3.0, 1.0
ROUNDS = 7
CONNECTIONS = (1, 8)
BODY = b'{"dataframe_split": {"columns": ["x"], "data": [[1.0]]}}'


@dataclass(frozen=True)
class Load:
    """One round against one address."""

    rate: float
    """Requests a second."""
    p99: float
    """Milliseconds."""


def run(report: Report) -> None:
    """Load the server directly and through the router in turn, over one connection and over eight."""
    with _server() as port, _router(port) as routed:
        for connections in CONNECTIONS:
            for address in (port, routed):
                _load(address, connections, WARM_UP)
            rounds = [(_load(port, connections, SECONDS), _load(routed, connections, SECONDS)) for _ in range(ROUNDS)]
            over = f"{connections} connection{'s' if connections > 1 else ''}"
            _say(report, f"{over}, direct", [direct for direct, _ in rounds])
            _say(report, f"{over}, through the router", [through for _, through in rounds])
            # Each round is its own comparison: what disturbs the machine for long disturbs both of its halves.
            share = statistics.median(through.rate / direct.rate for direct, through in rounds)
            added = statistics.median(through.p99 - direct.p99 for direct, through in rounds)
            report.hold(Goal(f"requests a second over {over}, against direct", share, 0.95, sense="at least"))
            report.hold(Goal(f"p99 added over {over}", added, 1.5, " ms"))


def _say(report: Report, name: str, loads: list[Load]) -> None:
    """Report medians and ranges."""
    rates, p99s = [load.rate for load in loads], [load.p99 for load in loads]
    report.say(
        f"{name:<36} {statistics.median(rates):8.1f} requests/s ({min(rates):.1f} .. {max(rates):.1f}), "
        f"p99 {statistics.median(p99s):.2f} ms ({min(p99s):.2f} .. {max(p99s):.2f})"
    )


def _load(port: int, connections: int, seconds: float) -> Load:
    """Ask over kept connections, each as soon as it has its answer."""
    taken = asyncio.run(_ask(port, connections, seconds))
    return Load(rate=len(taken) / seconds, p99=1000 * statistics.quantiles(taken, n=100)[98])


async def _ask(port: int, connections: int, seconds: float) -> list[float]:
    """Return the seconds of every request."""
    until = time.perf_counter() + seconds
    head = f"POST /invocations HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    request = head.encode() + BODY

    async def one() -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        taken = []
        while (start := time.perf_counter()) < until:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"the answer was {answer[:80]!r}")
            await reader.readexactly(len(REPLY))
            taken.append(time.perf_counter() - start)
        writer.close()
        return taken

    return [each for some in await asyncio.gather(*(one() for _ in range(connections))) for each in some]


@contextmanager
def _server() -> Iterator[int]:
    """Run the server in a process of its own, and give its port."""
    argv = [sys.executable, str(Path(__file__).with_name("fixed_server.py"))]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        try:
            said = child.stdout.readline() if child.stdout else ""
            if not said.strip():
                raise RuntimeError("the server does not start")
            yield int(said)
        finally:
            child.terminate()


@contextmanager
def _router(port: int) -> Iterator[int]:
    """Run the router as the target does, with one version on `port`; give the endpoint's port."""
    with tempfile.TemporaryDirectory(prefix="trainstop-router-") as folder:
        endpoint = free_port("127.0.0.1", 0, "benchmark")
        proxy = Proxy(Store(Path(folder)))
        version = Entry(folder="1", manifest="", python="")
        try:
            if not proxy.follow(State(port=endpoint, versions={1: version}, good=(1,), traffic={1: 100}), {1: port}):
                raise RuntimeError(f"the router does not start: {proxy.trouble}")
            yield endpoint
        finally:
            proxy.end()
