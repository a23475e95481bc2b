"""One environment's Envoy as the supervisor drives it: started, told of clusters and routes in order, ended."""

import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from trainstop.adapters.targets.local import children, counts, envoy
from trainstop.adapters.targets.local.children import Child
from trainstop.adapters.targets.local.state import State
from trainstop.adapters.targets.local.store import Store

START_SECONDS = 10.0
FORCE_SECONDS = 5.0
DRAIN_SECONDS = envoy.ROUTE_SECONDS + 5.0
RETRY_SECONDS = 1.0


class Proxy:
    """Envoy, and what it was last told."""

    def __init__(self, store: Store) -> None:
        self.clusters: dict[int, int] = {}
        """Ports by version, as Envoy knows them."""
        self.traffic: dict[int, int] = {}
        """Percent by version, as Envoy gives it."""
        self.admin_path = ""
        self.trouble = ""
        self._store = store
        self._child: Child | None = None
        self._listens = ("", 0)
        self._next_start = 0.0
        self._draining: dict[int, float] = {}
        self._numbers = itertools.count(1)

    def adopt(self) -> None:
        """Take over a proxy that an earlier supervisor had started; what it was told is told again."""
        for child in children.find_proxies(self._store):
            if self._child is not None:
                children.end([child])
                continue
            try:
                said = json.loads((self._store.envoy / "bootstrap.json").read_bytes())
                address = said["static_resources"]["listeners"][0]["address"]["socket_address"]
                self._listens = (address["address"], address["port_value"])
                self.admin_path = said["admin"]["address"]["pipe"]["path"]
            except (OSError, ValueError, KeyError):
                children.end([child])
            else:
                self._child = child

    def follow(self, state: State, ports: Mapping[int, int]) -> bool:
        """Bring clusters and routes to the wish, and say whether they are there.

        Args:
            state: the wish.
            ports: versions whose servers have answered, and where.

        """
        if not state.traffic.keys() <= ports.keys():
            return False
        if self._child is not None and (not self._child.alive() or self._listens != (state.host, state.port)):
            self.end()
        if self._child is None:
            return self._start(state, ports) if state.traffic else True
        wished = {version: ports[version] for version in state.traffic}
        staying = {version: ports.get(version, port) for version, port in self.clusters.items()}
        return (
            self._tell_clusters({**staying, **wished})
            and self._tell_routes(state.traffic)
            and self._tell_clusters({**wished, **self._still_draining(staying, wished)})
        )

    def end(self) -> None:
        """End Envoy."""
        if self._child is not None:
            children.end([self._child])
            shutil.rmtree(Path(self.admin_path).parent, ignore_errors=True)
        self._child, self.admin_path, self.clusters, self.traffic = None, "", {}, {}

    def _start(self, state: State, ports: Mapping[int, int]) -> bool:
        """Start Envoy with the wish in its files."""
        if time.monotonic() < self._next_start:
            return False
        folder = self._store.envoy
        clusters = {version: ports[version] for version in state.traffic}
        # A socket's path may have 107 bytes; a project's folder can be longer.
        admin = Path(tempfile.mkdtemp(prefix="trainstop-")) / "admin"
        argv = (str(envoy.binary()), "-c", str(folder / "bootstrap.json"), "--concurrency", str(envoy.WORKERS))
        log = self._store.logs / "envoy.log"
        try:
            envoy.write(folder / "clusters.json", envoy.clusters(clusters, self._stamp()))
            envoy.write(folder / "routes.json", envoy.routes(state.traffic, self._stamp()))
            envoy.write(folder / "bootstrap.json", envoy.bootstrap(folder, state.host, state.port, admin))
            self._child = children.start((*argv, "--disable-hot-restart", "--log-level", "warning"), log, folder)
        except OSError:  # a full disk, say: it is tried again many times
            shutil.rmtree(admin.parent, ignore_errors=True)
            raise
        self.admin_path, self._listens = str(admin), (state.host, state.port)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._child.alive():
            if envoy.Admin(admin).ready():
                self.clusters, self.traffic, self.trouble = clusters, dict(state.traffic), ""
                return True
            time.sleep(0.02)
        self.trouble = children.last_words(log) or "Envoy does not start"
        self.end()
        self._next_start = time.monotonic() + RETRY_SECONDS
        return False

    def _tell_clusters(self, clusters: dict[int, int]) -> bool:
        if clusters == self.clusters:
            return True
        stamp = self._stamp()
        envoy.write(self._store.envoy / "clusters.json", envoy.clusters(clusters, stamp))
        if self._in_force(0, stamp):
            self.clusters = clusters
            return True
        return False

    def _tell_routes(self, traffic: dict[int, int]) -> bool:
        if traffic == self.traffic:
            return True
        stamp = self._stamp()
        envoy.write(self._store.envoy / "routes.json", envoy.routes(traffic, stamp))
        if self._in_force(1, stamp):
            self.traffic = dict(traffic)
            return True
        return False

    def _in_force(self, which: int, stamp: str) -> bool:
        """Wait until Envoy has taken a file."""
        until = time.monotonic() + FORCE_SECONDS
        while time.monotonic() < until:
            try:
                if envoy.Admin(Path(self.admin_path)).stamps()[which] == stamp:
                    return True
            except OSError:
                return False
            time.sleep(0.01)
        return False

    def _still_draining(self, staying: Mapping[int, int], wished: Mapping[int, int]) -> dict[int, int]:
        """Return the clusters without traffic that still have requests under way."""
        leaving = staying.keys() - wished.keys()
        self._draining = {version: self._draining.get(version, time.monotonic()) for version in leaving}
        if not leaving:
            return {}
        try:
            active = counts.active(envoy.Admin(Path(self.admin_path)).stats(leaving))
        except OSError:
            return {version: staying[version] for version in leaving}
        now = time.monotonic()
        return {
            version: staying[version]
            for version in leaving
            # The first look may come before the workers have taken the new routes.
            if now - self._draining[version] < 0.3
            or (active.get(version, 0) and now - self._draining[version] < DRAIN_SECONDS)
        }

    def _stamp(self) -> str:
        return f"{os.getpid()}-{next(self._numbers)}"
