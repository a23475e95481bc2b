"""Which way back: from what a target says of itself to what a rollback or a reconciliation does. Pure."""

from dataclasses import dataclass

from trainstop.delivery.notes import RollbackNote
from trainstop.ports.registry import LedgerEntry
from trainstop.ports.targets import Current


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


def on_trial(now: Current) -> tuple[int, ...]:
    """Return versions that get requests without being committed."""
    return tuple(sorted(number for number, percent in now.traffic.items() if percent > 0 and number != now.serving))


def left_over(now: Current) -> tuple[int, ...]:
    """Return versions that run without requests and are neither committed nor the last good one."""
    needed = {now.serving, now.last_good, *on_trial(now)}
    return tuple(sorted(number for number in now.prepared if number not in needed))


def left_behind(now: Current, note: RollbackNote | None, entry: LedgerEntry | None) -> bool:
    """Say whether the target's last good version is one that was rolled back from, and so not good.

    Args:
        now: what the target says.
        note: the newest rollback noted on this machine.
        entry: the newest entry of the ledger that moved traffic there; None when the registry is down.

    """
    if entry is not None:
        return entry.action == "rollback" and entry.version == now.serving and entry.previous == now.last_good
    return note is not None and (note.to, note.left) == (now.serving, now.last_good)


def way_back(now: Current, note: RollbackNote | None, entry: LedgerEntry | None) -> WayBack:
    """Decide how to go back, from any state.

    A rollback that was begun is finished. A version on trial is taken away, and the committed one serves on. Else the
    last good version comes back, unless it is the one that was rolled back from before.
    """
    if note is not None and not note.finished and now.serving in (note.left, note.to):
        whole = now.serving == note.to and now.traffic.get(note.to) == 100
        trial = tuple(number for number in on_trial(now) if number != note.to)
        return WayBack(abort=trial, to=note.to, left=note.left, commits=not whole)
    if trial := on_trial(now):
        return WayBack(abort=trial, to=now.serving, left=trial[-1])
    if now.serving is None:
        return WayBack(impossible="nothing is deployed there")
    if now.last_good is None:
        return WayBack(impossible=f"version {now.serving} is the first one that was committed there")
    if left_behind(now, note, entry):
        return WayBack(
            impossible=f"version {now.last_good} was itself rolled back from, and nothing older is known to be good"
        )
    return WayBack(to=now.last_good, left=now.serving, commits=True)
