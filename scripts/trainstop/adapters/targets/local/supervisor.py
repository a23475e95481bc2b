"""Makes what runs follow the wish of one environment, until the wish ends or nobody asks for it any more.

Wish and reality are compared a few times a second. Order is what keeps requests from failing: a server answers before
Envoy knows it, Envoy knows it before traffic goes there, traffic has left before Envoy forgets it, and Envoy has
forgotten it before the server ends.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from trainstop.adapters.targets.local import children
from trainstop.adapters.targets.local.children import Child
from trainstop.adapters.targets.local.proxy import Proxy
from trainstop.adapters.targets.local.state import Observed, Seen, State, expiring
from trainstop.adapters.targets.local.store import Journal, Store
from trainstop.errors import out_of_room

TICK_SECONDS = 0.1
PROBE_EVERY = 1.0
FORGIVEN_SECONDS = 60.0
LONGEST_PAUSE = 30.0


@dataclass
class Server:
    """A version's server and its history."""

    child: Child | None = None
    pid: int = 0
    started: float = 0.0
    port: int = 0
    ready: bool = False
    was_ready: bool = False
    exits: int = 0
    tail: str = ""
    next_start: float = 0.0
    next_probe: float = 0.0
    ready_since: float = field(default=float("inf"))

    def seen(self) -> Seen:
        """Return what others may know."""
        return Seen(
            pid=self.pid, started=self.started, port=self.port, ready=self.ready, exits=self.exits, tail=self.tail
        )


class Supervisor:
    """One environment's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._journal = Journal(store.journal, lambda: datetime.now(UTC).isoformat())
        self._servers: dict[int, Server] = {}
        self._proxy = Proxy(store)
        self._published: Observed | None = None
        self._in_force = 0
        self._touched = store.touched()
        self._heard_of = time.monotonic()

    def run(self) -> None:
        """Follow the wish until it is over."""
        self._adopt()
        while self._step():
            time.sleep(TICK_SECONDS)
        self._end()

    def _step(self) -> bool:
        """Take a step, and say whether another follows; on a full disk what runs goes on, and the next tries again."""
        with _room_or_not():
            state = self._store.state()
            if state is None or not state.wanted or self._forgotten(state):
                return False
            self._tick(state)
        return True

    def _forgotten(self, state: State) -> bool:
        """Say whether no verb has looked after the environment for so long that everything ends; expire candidates."""
        touched = self._store.touched()
        if touched != self._touched:
            self._touched, self._heard_of = touched, time.monotonic()
        silent = time.monotonic() - self._heard_of
        if silent > state.lifetime:
            with _room_or_not():
                self._journal.note("lifetime", "end", seconds=round(silent))
            return True
        if silent > state.lease and (state.prepared or state.warm):
            self._expire()
        return False

    def _expire(self) -> None:
        """Take back what a deployment left that is not heard of any more."""
        with self._store.locked():
            state = self._store.state()
            if state is None or self._store.touched() != self._touched:
                return
            with self._journal.step("expire", versions=[*state.prepared, *state.warm]):
                self._store.write_state(expiring(state).model_copy(update={"generation": state.generation + 1}))

    def _tick(self, state: State) -> None:
        """Bring reality one step nearer to the wish."""
        for version in sorted(state.wanted):
            self._keep_up(state, version, self._servers.setdefault(version, Server()))
        ports = {version: server.port for version, server in self._servers.items() if server.was_ready and server.port}
        if self._proxy.follow(state, ports):
            self._in_force = state.generation
        for version in sorted(self._servers.keys() - state.wanted - self._proxy.clusters.keys()):
            self._retire(version)
        self._publish()

    def _keep_up(self, state: State, version: int, server: Server) -> None:
        """See to it that a wanted version's server runs, and whether it answers."""
        now = time.monotonic()
        if server.child is not None and not server.child.alive():
            self._lost(version, server)
        if server.child is None:
            if now >= server.next_start and version in state.versions:
                self._start(state, version, server)
            return
        server.port = children.announced_port(self._store, version, server.pid) or server.port
        if server.port and (not server.ready or now >= server.next_probe):
            answered = children.answers(version, server.port)
            server.next_probe = now + PROBE_EVERY
            server.ready_since = min(server.ready_since, now) if answered else float("inf")
            server.ready, server.was_ready = answered, server.was_ready or answered
            if now - server.ready_since > FORGIVEN_SECONDS:
                server.exits = 0

    def _start(self, state: State, version: int, server: Server) -> None:
        """Start a version's server, on the port it had before if it had one."""
        children.announcement(self._store, version).unlink(missing_ok=True)
        self._store.servers.mkdir(parents=True, exist_ok=True)
        command = children.serve_command(self._store, state, version, state.versions[version], server.port)
        with self._journal.step("start", version=version):
            try:
                child = children.start(command, self._log(version), self._store.servers)
            except OSError as error:
                server.exits, server.tail = server.exits + 1, str(error)
                server.next_start = time.monotonic() + pause_after(server.exits)
                return
            # Known before its line is written: where that finds no room, it runs all the same.
            server.child, server.pid, server.started = child, child.process.pid, child.process.create_time()

    def _lost(self, version: int, server: Server) -> None:
        """Note that a server ended by itself."""
        server.child, server.ready, server.ready_since = None, False, float("inf")
        server.exits += 1
        server.tail = children.last_words(self._log(version))
        server.next_start = time.monotonic() + pause_after(server.exits)
        self._journal.note("lost", "end", version=version, exits=server.exits)

    def _retire(self, version: int) -> None:
        """End a version's server that no request reaches any more."""
        child = self._servers[version].child
        if child is None:
            del self._servers[version]
            return
        with self._journal.step("end", version=version):
            children.end([child])
            del self._servers[version]  # not before it has ended, and before its line is written

    def _adopt(self) -> None:
        """Take over what an earlier supervisor had started."""
        state = self._store.state() or State()
        for version, child in children.find_servers(self._store):
            server = self._servers.setdefault(version, Server())
            if version not in state.wanted or server.child is not None:
                children.end([child])
                continue
            server.child, server.pid, server.started = child, child.process.pid, child.process.create_time()
        self._proxy.adopt()

    def _publish(self) -> None:
        """Write what is, when it changed."""
        observed = Observed(
            generation=self._in_force,
            servers={version: server.seen() for version, server in sorted(self._servers.items())},
            traffic=self._proxy.traffic,
            admin=self._proxy.admin_path,
            trouble=self._proxy.trouble,
        )
        if observed != self._published:
            self._store.write_observed(observed)
            self._published = observed

    def _end(self) -> None:
        """End everything."""
        self._proxy.end()
        children.end([server.child for server in self._servers.values() if server.child is not None])
        self._servers.clear()
        with _room_or_not():  # an end that cannot be told is one: started again, everything would run once more
            self._publish()

    def _log(self, version: int) -> Path:
        return self._store.logs / f"server-{version}.log"


@contextmanager
def _room_or_not() -> Iterator[None]:
    """Go on behind the block when the disk is full."""
    try:
        yield
    except OSError as error:
        if out_of_room(error) is None:
            raise


def pause_after(exits: int) -> float:
    """Return how long to wait before a server that ended `exits` times is started again."""
    return min(LONGEST_PAUSE, 0.25 * 2.0 ** min(exits, 10))


def main(argv: list[str]) -> int:
    """Supervise, unless somebody does already."""
    store = Store(Path(argv[0]))
    with store.supervising(patience=2.0) as ours:
        if ours:
            Supervisor(store).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
