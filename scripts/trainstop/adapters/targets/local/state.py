"""What an environment shall serve and what it does serve, and how the one step follows from the other. No I/O.

`State` is the wish, written by verbs in one piece; `Observed` is what the supervisor made of it.
"""

from pydantic import BaseModel, ConfigDict

from trainstop.errors import ConflictError

KEPT = 3
"""Committed versions whose files are kept: the one that serves, and two to go back to."""


class Frozen(BaseModel):
    """Base of what lies on disk."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Entry(Frozen):
    """One version's files on this machine."""

    folder: str
    """Name of its copy below `bundles`."""
    manifest: str
    """Digest of what was copied."""
    python: str
    """Interpreter of its environment."""


class Sample(Frozen):
    """Counters of one version at one moment, as Envoy counts them."""

    completed: int = 0
    failed: int = 0
    refused: int = 0
    times: dict[float, int] = {}
    """Requests by the upper bound, in ms, of their time's bucket."""


class State(Frozen):
    """The wish."""

    generation: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    lifetime: float = 12 * 3600.0
    lease: float = 120.0
    """A candidate whose deployment has not been heard of for this many seconds is taken back."""
    log: bool = True
    versions: dict[int, Entry] = {}
    good: tuple[int, ...] = ()
    """Committed versions, the one that serves last."""
    prepared: tuple[int, ...] = ()
    """Candidates: made ready, neither committed nor aborted."""
    warm: tuple[int, ...] = ()
    """Earlier versions that are being started again."""
    traffic: dict[int, int] = {}
    stopped: bool = False
    since: dict[int, Sample] = {}
    """Counters when the traffic last changed."""

    @property
    def committed(self) -> int | None:
        """The version that serves."""
        return self.good[-1] if self.good else None

    @property
    def last_good(self) -> int | None:
        """The version that served before it."""
        return self.good[-2] if len(self.good) > 1 else None

    @property
    def wanted(self) -> frozenset[int]:
        """Versions whose servers shall run."""
        return frozenset() if self.stopped else frozenset((*self.good[-1:], *self.prepared, *self.warm))


class Seen(Frozen):
    """One version's server as the supervisor sees it."""

    pid: int
    started: float
    """When the process began, to tell it from a later one with the same id."""
    port: int = 0
    ready: bool = False
    exits: int = 0
    """How often it ended by itself."""
    tail: str = ""
    """The last words of the one that ended."""


class Observed(Frozen):
    """What is."""

    generation: int = 0
    """The wish that is in force."""
    servers: dict[int, Seen] = {}
    traffic: dict[int, int] = {}
    admin: str = ""
    """Envoy's admin socket; empty when it does not run."""
    trouble: str = ""
    """What keeps the endpoint from coming up."""


def preparing(state: State, version: int, entry: Entry) -> State:
    """Want a candidate's server to run. Preparing what serves already only makes sure that it runs."""
    if version == state.committed:
        return state.model_copy(update={"stopped": False})
    return state.model_copy(
        update={
            "versions": {**state.versions, version: entry},
            "prepared": (*(other for other in state.prepared if other != version), version),
            "stopped": False,
        }
    )


def shifting(state: State, version: int, percent: int) -> State:
    """Give a version `percent` of the traffic, and the committed one the rest.

    Raises:
        ConflictError: the version is not there any more, or there is none to take the rest.

    """
    if version == state.committed:
        return state.model_copy(update={"traffic": {version: 100}})
    if version not in state.prepared:
        raise gone(version)
    if state.committed is None and percent < 100:
        raise ConflictError(
            "nothing is committed that could take the rest of the traffic",
            where=f"version {version} at {percent}%",
            fix="give the first version all of it",
        )
    shares = {state.committed: 100 - percent, version: percent}
    return state.model_copy(update={"traffic": {who: share for who, share in shares.items() if who and share}})


def warming(state: State, version: int) -> State:
    """Want an earlier version's server to run again.

    Raises:
        ConflictError: it is not one of those that are kept.

    """
    if version not in state.good:
        raise gone(version)
    return state.model_copy(update={"warm": (version,), "stopped": False})


def committing(state: State, version: int) -> State:
    """Make a version the committed one.

    A candidate comes on top of the earlier ones. Going back to an earlier one forgets those after it, so that the next
    step back does not lead to what was just left.

    Raises:
        ConflictError: the version is not there any more.

    """
    if version in state.prepared:
        good = (*(other for other in state.good if other != version), version)[-KEPT:]
    elif version in state.good:
        good = state.good[: state.good.index(version) + 1]
    else:
        raise gone(version)
    prepared = tuple(other for other in state.prepared if other != version)
    return _pruned(
        state.model_copy(
            update={"good": good, "prepared": prepared, "warm": (), "traffic": {version: 100}, "stopped": False}
        )
    )


def aborting(state: State, version: int) -> State:
    """Take a candidate back: no traffic, no server. One that is not there is gone already.

    Raises:
        ConflictError: the version is the committed one.

    """
    if version == state.committed:
        raise ConflictError(
            f"version {version} is committed and cannot be taken back like a candidate",
            where=f"traffic {state.traffic}",
            fix="trainstop rollback",
        )
    committed = state.committed
    return _pruned(
        state.model_copy(
            update={
                "prepared": tuple(other for other in state.prepared if other != version),
                "warm": tuple(other for other in state.warm if other != version),
                "traffic": {committed: 100} if committed is not None else {},
            }
        )
    )


def expiring(state: State) -> State:
    """Take every candidate back, since whoever deployed them is gone."""
    for version in (*state.prepared, *state.warm):
        if version != state.committed:
            state = aborting(state, version)
    return state.model_copy(update={"warm": ()})


def gone(version: int) -> ConflictError:
    """Return the error of a version that is not here, which usually means that somebody took it away."""
    return ConflictError(
        f"version {version} is not prepared any more, nor kept from earlier",
        where="another run took it back, or this one had not been heard of for too long",
        fix="deploy it again",
    )


def _pruned(state: State) -> State:
    """Forget versions that nothing refers to."""
    kept = {*state.good, *state.prepared}
    return state.model_copy(
        update={"versions": {version: entry for version, entry in state.versions.items() if version in kept}}
    )
