"""Which way back: from what a target says of itself to what a rollback or a reconciliation does. Pure.

A rollback that is tried twice must not go back twice. Three things say that it was tried: the note on this machine, the
entry that it writes to the ledger before any traffic moves, and a target that serves something else than the ledger
says. Where none of them can be had, it is not guessed: a person names the version to leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trainstop import versions
from trainstop.delivery.notes import RollbackNote
from trainstop.ports.registry import LedgerEntry
from trainstop.ports.targets import Current
from trainstop.records.serving import known_serving

TRAFFIC = ("deploy", "rollback", "reconcile")
GONE = "not in the registry: deploy a registered version, then promote it"
"""What is wrong with a version that serves and was removed from the registry, and what helps."""
NAME_IT = "name the version to leave with --from-version"


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """What to do: take `abort` away, then make `to` the committed version again. `left` is what is gone back from."""

    abort: tuple[int, ...] = ()
    to: int | None = None
    left: int | None = None
    commits: bool = False
    """Whether `to` has to be committed, or serves already."""
    impossible: str = ""
    """Why there is no way back."""
    needless: str = ""
    """Why nothing has to be done."""


def on_trial(now: Current) -> tuple[int, ...]:
    """Return versions that get requests without being committed."""
    return tuple(sorted(number for number, percent in now.traffic.items() if percent > 0 and number != now.serving))


def left_over(now: Current) -> tuple[int, ...]:
    """Return versions that run without requests and are neither committed nor the last good one."""
    needed = {now.serving, now.last_good, *on_trial(now)}
    return tuple(sorted(number for number in now.prepared if number not in needed))


def begun(entries: Sequence[LedgerEntry], environment: str) -> RollbackNote | None:
    """Return the rollback that the ledger says was begun there, and neither ended nor overtaken by a deployment."""
    moved = [
        entry
        for entry in entries
        if entry.environment == environment
        and (entry.action == "rollback" or (entry.action in TRAFFIC and entry.outcome == "done"))
    ]
    last = moved[-1] if moved else None
    if last is None or last.outcome != "begun" or last.previous is None:
        return None
    trial = known_serving(entries, environment) == last.version
    return RollbackNote(left=last.previous, to=last.version, at=last.at, trial=trial)


def way_back(
    now: Current,
    note: RollbackNote | None,
    entries: Sequence[LedgerEntry] | None,
    environment: str,
    leave: int | None = None,
) -> WayBack:
    """Decide how to go back, from any state.

    A rollback that was begun is finished. A version on trial is taken away, and the committed one serves on. Else the
    last good version comes back, unless it is one that was left before.

    Args:
        now: what the target says.
        note: the newest rollback noted on this machine, or begun by the ledger.
        entries: the ledger; None when the registry is down.
        environment: where.
        leave: the version to leave; whatever has to be left when None.

    """
    if note is not None and not note.finished and now.serving in (note.left, note.to) and leave in (None, note.left):
        whole = now.serving == note.to and now.traffic.get(note.to) == 100
        trial = tuple(number for number in on_trial(now) if number != note.to)
        return WayBack(abort=trial, to=note.to, left=note.left, commits=not whole)
    # Where nothing passes requests on, after a restart say, what was on trial gets none and is only there; where the
    # traffic is not told, it may get some.
    trial = on_trial(now) or (() if now.traffic and now.told else left_over(now))
    if trial and (leave is None or leave in trial):
        return WayBack(abort=trial, to=now.serving, left=leave or trial[-1])
    if leave not in (None, now.serving):
        return _gone(now, entries or (), environment, leave)
    if why := _impossible(now, note, entries, environment, guessed=leave is None):
        return WayBack(impossible=why)
    return WayBack(abort=trial, to=now.last_good, left=now.serving, commits=True)


def _impossible(
    now: Current,
    note: RollbackNote | None,
    entries: Sequence[LedgerEntry] | None,
    environment: str,
    *,
    guessed: bool,
) -> str:
    """Say why the last good version cannot come back; empty when it can."""
    if now.serving is None:
        return "nothing is deployed there"
    known = _came_back(now, entries or (), environment)
    if guessed and known is not None:
        return (
            f"the ledger says that version {known} serves, and version {now.serving} serves again: "
            f"somebody went back already and could not write it down; {NAME_IT}"
        )
    if now.last_good is None:
        return f"version {now.serving} is the first one that was committed there"
    if left_behind(now, note, entries, environment):
        return f"version {now.last_good} was itself rolled back from, and nothing older is known to be good"
    return ""


def left_behind(
    now: Current, note: RollbackNote | None, entries: Sequence[LedgerEntry] | None, environment: str
) -> bool:
    """Say whether the target's last good version is one that was left for the one that serves, and so not good."""
    if entries is None:
        return note is not None and (note.to, note.left) == (now.serving, now.last_good)
    done = [entry for entry in entries if entry.outcome == "done"]
    last = versions.last_entry(done, environment, *TRAFFIC)
    if last is None:
        return False
    if last.version == now.last_good:
        return _came_back(now, entries, environment) is not None
    left = (last.version, last.previous) == (now.serving, now.last_good)
    found = last.action == "reconcile" and _served(done[: done.index(last)], environment, last.version)
    return left and (last.action == "rollback" or found)


def _came_back(now: Current, entries: Sequence[LedgerEntry], environment: str) -> int | None:
    """Return what the ledger believes in service, if what really serves is something that served before it."""
    known = known_serving(entries, environment)
    if known is None or now.serving in (None, known) or not _served(entries, environment, now.serving):
        return None
    return known


def _served(entries: Sequence[LedgerEntry], environment: str, version: int | None) -> bool:
    return any(
        (entry.environment, entry.version, entry.outcome) == (environment, version, "done") and entry.action in TRAFFIC
        for entry in entries
    )


def _gone(now: Current, entries: Sequence[LedgerEntry], environment: str, leave: int | None) -> WayBack:
    """Touch nothing, since the version to leave does not serve; say that it was left, if the ledger missed it."""
    if leave is not None and _came_back(now, entries, environment) == leave:
        return WayBack(to=now.serving, left=leave)
    serves = "nothing" if now.serving is None else f"version {now.serving}"
    return WayBack(needless=f"version {leave} does not serve in {environment}, which serves {serves}")
