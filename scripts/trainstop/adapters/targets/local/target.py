"""The `local` target: versions of one environment as processes on this machine.

A verb changes the wish (`state.json`) in one rename, under a lock; a supervisor that outlives the verb follows it. So a
verb that is killed leaves either the old wish or the new one, and both are served.
"""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from trainstop import digests
from trainstop.adapters.targets.local import children, counts, envoy
from trainstop.adapters.targets.local import state as transitions
from trainstop.adapters.targets.local.state import Entry, Observed, Sample, State
from trainstop.adapters.targets.local.store import Journal, Store
from trainstop.bundles import Bundle
from trainstop.config.delivery import EnvironmentSection
from trainstop.errors import TimeLimitError, UnavailableError
from trainstop.ports.clock import Clock
from trainstop.ports.environments import Environments
from trainstop.ports.processes import Command, Processes
from trainstop.ports.progress import Progress
from trainstop.ports.targets import Current, Health, Observation
from trainstop.workspace import Workspace

LEASE_SECONDS = 120.0
FOLLOW_SECONDS = 30.0
END_SECONDS = 60.0
TROUBLE_SECONDS = 3.0
"""An endpoint that cannot listen for this long will not."""
POLL_SECONDS = 0.05
HOPELESS_EXITS = 3
GUARDIAN = "trainstop.adapters.targets.local.guardian"


class LocalTarget:
    """Fulfils `ports.targets.Target`."""

    def __init__(
        self,
        environment: str,
        section: EnvironmentSection,
        workspace: Workspace,
        processes: Processes,
        environments: Environments,
        clock: Clock,
        progress: Progress,
        *,
        lease: float = LEASE_SECONDS,
        only_asked: bool = False,
        journalled: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep what it needs.

        Args:
            environment: name of the environment; its state lies in the workspace's folder of that name.
            section: its configuration.
            workspace: where the state lies.
            processes: starts the supervisor, in a cleaned environment.
            environments: makes the models' environments.
            clock: time.
            progress: told what is waited for.
            lease: seconds after which a candidate whose deployment fell silent is taken back.
            only_asked: asking what is served, and how it is, keeps nothing alive: a look is no deployment.
            journalled: called after each line of the journal.

        """
        self._environment = environment
        self._section = section
        self._processes = processes
        self._environments = environments
        self._clock = clock
        self._progress = progress
        self._lease = lease
        self._only_asked = only_asked
        self._store = Store(workspace.target(environment).resolve())
        self._journal = Journal(self._store.journal, lambda: clock.now().isoformat(), journalled)

    def prepare(self, version: int, bundle: Bundle) -> None:
        """Start a version's server, without any traffic."""
        self._store.touch()
        interpreter = self._environments.model(bundle.environment)
        manifest = digests.of_value(bundle.manifest())
        entry = Entry(folder=f"{version}-{digests.short(manifest)}", manifest=manifest, python=str(interpreter.python))
        self._keep(bundle, entry)
        self._change("prepare", lambda state: transitions.preparing(state, version, entry), version=version)
        self._supervise()

    def health(self, version: int) -> Health:
        """Say whether a version answers on its own port."""
        self._heard()
        state = self._state()
        if version not in state.wanted:
            return Health(ready=False, hopeless=True, reason=f"version {version} is not prepared here")
        seen = self._store.observed().servers.get(version)
        if seen is None or not children.is_running(seen) or not seen.port:
            exits = seen.exits if seen else 0
            reason = f"its server ended {exits} times:\n{seen.tail}" if seen and exits else "its server is starting"
            return Health(ready=False, hopeless=exits >= HOPELESS_EXITS, reason=reason)
        if not children.answers(version, seen.port):
            return Health(ready=False, reason="its server does not answer yet")
        return Health(ready=True)

    def address(self, version: int) -> str:
        """Return the address of a version's own server."""
        seen = self._store.observed().servers.get(version)
        return f"http://127.0.0.1:{seen.port}" if seen and seen.port and children.is_running(seen) else ""

    def shift(self, version: int, percent: int) -> None:
        """Give a version its share of the traffic, and wait until that is so."""
        self._change(
            "shift",
            lambda state: self._counted(transitions.shifting(state, version, percent)),
            version=version,
            percent=percent,
        )
        self._await_traffic(f"version {version} at {percent}%", FOLLOW_SECONDS)

    def observe(self, version: int) -> Observation:
        """Return what Envoy counted of a version since the traffic last changed."""
        self._store.touch()
        state = self._state()
        if version not in state.wanted:
            raise transitions.gone(version)
        try:
            now = self._samples()
        except OSError as error:
            raise UnavailableError(
                f"the proxy of {self._environment} does not answer: {error}",
                where=str(self._store.logs / "envoy.log"),
                fix="run this again; the supervisor starts it anew",
            ) from error
        return counts.since(now.get(version, Sample()), state.since.get(version, Sample()))

    def commit(self, version: int) -> None:
        """Make a version the committed one; an earlier one is started again first."""
        state = self._state()
        if version not in state.wanted:
            self._warm(version)
        self._change("commit", lambda state: self._counted(transitions.committing(state, version)), version=version)
        self._await_traffic(f"version {version} in service", self._section.start_timeout)
        self._tidy()

    def abort(self, version: int) -> None:
        """Take a candidate away."""
        if self._store.state() is None:
            return
        self._change("abort", lambda state: transitions.aborting(state, version), version=version)
        if self._state().wanted:
            self._await_traffic(f"traffic without version {version}", self._section.start_timeout)
        else:
            self._await_end()
        self._tidy()

    def current(self) -> Current:
        """Return what is served: the wish where it was made true, checked against what runs."""
        state = self._store.state()
        if state is None:
            return Current(traffic={}, serving=None, last_good=None, endpoint="")
        self._heard()
        observed = self._store.observed()
        live = bool(observed.admin) and envoy.Admin(Path(observed.admin)).ready()
        return Current(
            traffic=dict(observed.traffic) if live else {},
            serving=state.committed,
            last_good=state.last_good,
            endpoint=endpoint(state.host, state.port) if live else "",
            prepared=() if state.stopped else state.prepared,
        )

    def stop(self) -> None:
        """End every process; what was committed is remembered, and served again by the next deployment."""
        if self._store.state() is None:
            return
        self._change("stop", lambda state: state.model_copy(update={"stopped": True}))
        self._await_end()

    def _heard(self) -> None:
        """Note that whoever asks looks after this environment."""
        if not self._only_asked:
            self._store.touch()

    def _state(self) -> State:
        return self._store.state() or State()

    def _change(self, action: str, change: Callable[[State], State], **details: int) -> None:
        """Change the wish in one rename."""
        with self._store.locked():
            before = self._state()
            after = change(self._configured(before))
            if after != before:
                with self._journal.step(action, **details):
                    self._store.write_state(after.model_copy(update={"generation": before.generation + 1}))
        self._store.touch()

    def _configured(self, state: State) -> State:
        """Put the configuration into the wish; a port, once chosen, is kept."""
        section = self._section
        port = section.port or state.port
        if (section.host, port) != (state.host, state.port) or not port:
            port = self._free_port(section.host, port)
        return state.model_copy(
            update={
                "host": section.host,
                "port": port,
                "lifetime": section.lifetime,
                "lease": self._lease,
                "log": section.log,
            }
        )

    def _counted(self, state: State) -> State:
        """Keep the counters of now, so that `observe` tells what comes after."""
        try:
            return state.model_copy(update={"since": self._samples()})
        except OSError:
            return state.model_copy(update={"since": {}})

    def _samples(self) -> dict[int, Sample]:
        """Return the counters of every version that runs.

        Raises:
            OSError: Envoy does not answer.

        """
        admin = self._store.observed().admin
        if not admin:
            raise OSError("it does not run")
        return counts.samples(envoy.Admin(Path(admin)).stats(self._state().versions))

    def _keep(self, bundle: Bundle, entry: Entry) -> None:
        """Keep an own copy of a bundle, by links where the disk allows it: rollback must not need the registry."""
        place = self._store.bundles / entry.folder
        if place.is_dir():
            Bundle(place).verify(entry.manifest)
            return
        self._store.bundles.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=self._store.bundles, prefix=".new-"))
        try:
            with self._journal.step("copy", folder=entry.folder):
                shutil.copytree(bundle.root, beside, dirs_exist_ok=True, copy_function=_link_or_copy)
                beside.chmod(0o755)
                beside.replace(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def _warm(self, version: int) -> None:
        """Start an earlier version's server again, and wait until it answers."""
        self._progress.note(f"starting version {version} again")
        if entry := self._state().versions.get(version):
            bundle = Bundle(self._store.bundles / entry.folder)
            bundle.verify(entry.manifest)
            if not Path(entry.python).exists():  # before the wish: a supervisor gives up sooner than it is made
                self._environments.model(bundle.environment)
        self._change("warm", lambda state: transitions.warming(state, version), version=version)
        self._supervise()
        until = self._clock.monotonic() + self._section.start_timeout
        while not (health := self.health(version)).ready:
            if health.hopeless or self._clock.monotonic() > until:
                raise UnavailableError(
                    f"version {version} could not be started again: {health.reason}",
                    where=str(self._store.logs / f"server-{version}.log"),
                    fix=f"trainstop deploy --version {version}",
                )
            self._clock.sleep(POLL_SECONDS)

    def _supervise(self) -> None:
        """See to it that a supervisor runs."""
        if self._store.supervised():
            return
        state = self._state()
        if not children.find_proxies(self._store):
            port = self._free_port(state.host, state.port)
            if port != state.port:
                self._change("move", lambda state: state.model_copy(update={"port": port}), port=port)
        argv = (sys.executable, "-I", "-m", GUARDIAN, str(self._store.folder))
        with self._journal.step("supervise"):
            outcome = self._processes.run(
                Command(argv=argv, cwd=self._store.folder, name="supervisor", background=True, timeout=FOLLOW_SECONDS)
            )
        until = self._clock.monotonic() + FOLLOW_SECONDS
        while not self._store.supervised():
            if not outcome.ok or self._clock.monotonic() > until:
                raise UnavailableError(
                    f"the servers' supervisor does not start: {outcome.tail or 'it says nothing'}",
                    where=str(self._store.logs / "supervisor.log"),
                    fix="read that log",
                )
            self._clock.sleep(POLL_SECONDS)

    def _free_port(self, host: str, port: int) -> int:
        """Return `port` if it is free; another one if it is not, and the configuration leaves the choice to us.

        Raises:
            UnavailableError: the configuration names that port, and somebody else listens there.

        """
        try:
            return free_port(host, port, self._environment)
        except UnavailableError:
            if self._section.port or not port:
                raise
            other = free_port(host, 0, self._environment)
            self._progress.note(f"somebody else listens on port {port} now: the endpoint moves to port {other}")
            return other

    def _await_traffic(self, what: str, seconds: float) -> None:
        """Wait until the wish is in force."""
        start = self._clock.monotonic()
        while not self._in_force(observed := self._store.observed()):
            self._supervise()
            waited = self._clock.monotonic() - start
            if waited > seconds or (observed.trouble and waited > TROUBLE_SECONDS):
                why = f": {observed.trouble}" if observed.trouble else ""
                raise TimeLimitError(
                    f"{self._environment} did not get to {what}{why}",
                    where=str(self._store.logs),
                    fix="read the logs there; `trainstop reconcile` brings the environment to one version",
                )
            self._clock.sleep(POLL_SECONDS)

    def _in_force(self, observed: Observed) -> bool:
        """Say whether what was last seen is what is wished, and still so."""
        state = self._state()
        return (
            observed.generation >= state.generation
            and observed.traffic == state.traffic
            and (not observed.traffic or (bool(observed.admin) and envoy.Admin(Path(observed.admin)).ready()))
        )

    def _await_end(self) -> None:
        """Wait until the supervisor has ended everything."""
        until = self._clock.monotonic() + END_SECONDS
        while self._store.supervised():
            if self._clock.monotonic() > until:
                raise TimeLimitError(
                    f"the processes of {self._environment} do not end",
                    where=str(self._store.folder),
                    fix="end them by hand; their command lines name that folder",
                )
            self._clock.sleep(POLL_SECONDS)
        # A supervisor that was killed leaves its processes behind.
        children.end([*children.find_proxies(self._store), *(child for _, child in children.find_servers(self._store))])

    def _tidy(self) -> None:
        """Remove copies that nothing refers to."""
        with self._store.locked():
            kept = {entry.folder for entry in self._state().versions.values()}
            for folder in self._store.bundles.glob("*"):
                if folder.name not in kept:
                    shutil.rmtree(folder, ignore_errors=True)


def endpoint(host: str, port: int) -> str:
    """Return the address at which a listener on `host` is reached from here."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # nosec B104
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def free_port(host: str, port: int, environment: str) -> int:
    """Return `port`, or a free one when it is 0.

    Raises:
        UnavailableError: somebody listens there.

    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
            return int(probe.getsockname()[1])
        except OSError as error:
            raise UnavailableError(
                f"the endpoint of {environment} cannot listen on {host}:{port}: {error.strerror}",
                where=f"environments.{environment}.port",
                fix="end whatever listens there, or choose another port (0 takes a free one)",
            ) from error


def _link_or_copy(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)
