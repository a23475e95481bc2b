"""The way back of a model that no target serves: the champion before becomes the champion again. Pure."""

from collections.abc import Collection, Sequence

from trainstop import versions
from trainstop.delivery.going_back import WayBack
from trainstop.delivery.notes import RollbackNote
from trainstop.ports.registry import LedgerEntry, Version
from trainstop.records.serving import moved


def champion_back(
    found: Sequence[Version],
    entries: Sequence[LedgerEntry],
    names: Collection[str],
    note: RollbackNote | None,
    leave: int | None,
) -> WayBack:
    """Decide which version becomes the champion instead of the one that is.

    A rollback that was begun is finished. Else it is the one that `previous` names, or the newest one that was
    promoted before; one that is incomplete, gone or was itself rolled back from is none.

    Args:
        found: every version of the model.
        entries: the ledger, oldest first.
        names: what the environment that versions are promoted from is and was called.
        note: the rollback that the ledger says was begun.
        leave: the version to leave; the champion when None.

    """
    now = versions.Pointers.among(found)
    champion = now.champion
    if note is not None and champion in (note.left, note.to) and leave in (None, note.left):
        return WayBack(to=note.to, left=note.left)
    if champion is None:
        return WayBack(impossible="there is no champion")
    if leave not in (None, champion):
        return WayBack(needless=f"version {leave} is not the champion, which is version {champion}")
    complete = {version.number for version in found if version.complete}
    for number in _before(champion, now.previous, entries, names):
        if number in complete and versions.rolled_back(entries, names, number) is None:
            return WayBack(to=number, left=champion)
    return WayBack(
        impossible=f"no version that is known to be good was the champion before version {champion}: promote one"
    )


def _before(
    champion: int, previous: int | None, entries: Sequence[LedgerEntry], names: Collection[str]
) -> Sequence[int]:
    """Return the versions that were the champion before, the last one first."""
    done = sorted((entry for name in names for entry in moved(entries, name)), key=lambda entry: entry.at)
    known = [entry.version for entry in done if entry.version != champion]
    return [*([previous] if previous is not None else []), *reversed(known)]
