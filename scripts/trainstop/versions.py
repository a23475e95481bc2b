"""What makes two versions the same one, and which way the aliases go. Pure: decides, and touches nothing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from trainstop import digests
from trainstop.config import Config
from trainstop.drift.profile import SCHEMA_VERSION as PROFILE
from trainstop.ports.registry import Alias, LedgerEntry, Version
from trainstop.records.serving import MOVES_TRAFFIC
from trainstop.records.training import Fingerprint

MADE_AND_JUDGED_BY = {"model", "project", "data", "train", "evaluate", "gates", "metrics", "slices", "model_test"}
"""Sections that change what a version is, or what its records say of it. The others say how it is checked as code,
delivered and watched, which may change without making another version."""
PUT_FORWARD = "trainstop.put-forward"
"""The tag that says which run put a version forward as the candidate, and when that run began."""


@dataclass(frozen=True)
class PutForward:
    """Which run put a version forward. Runs of one workflow are ordered by their number, all others by their time."""

    began: datetime
    workflow: str = ""
    number: int = 0

    @property
    def text(self) -> str:
        """What the tag holds."""
        return f"{self.began.isoformat()} {self.number} {self.workflow}"

    def later_than(self, other: "PutForward") -> bool:
        """Say whether this run began after another one; started again, a run is as old as before."""
        if self.workflow and self.workflow == other.workflow and self.number and other.number:
            return self.number > other.number
        return self.began > other.began


def put_forward(version: Version) -> PutForward:
    """Return who put a version forward last; without a tag that can be read, its own age counts."""
    began, _, rest = version.tags.get(PUT_FORWARD, "").partition(" ")
    number, _, workflow = rest.partition(" ")
    try:
        return PutForward(datetime.fromisoformat(began).astimezone(UTC), workflow, int(number))
    except ValueError:
        return PutForward(version.created_at)


@dataclass(frozen=True, kw_only=True)
class Move:
    """An alias to be moved, if it still is where it was seen."""

    alias: Alias
    to: int | None
    expected: int | None


@dataclass(frozen=True, kw_only=True)
class Pointers:
    """Where the aliases of a model point."""

    champion: int | None = None
    ours: int | None = None
    """The champion, if trainstop registered it; a person may have pointed the alias to anything."""
    previous: int | None = None
    staging: int | None = None

    @classmethod
    def among(cls, versions: Iterable[Version]) -> "Pointers":
        """Read the aliases off all versions of a model."""
        at = {alias: version for version in versions for alias in version.aliases}
        champion, previous, staging = (at.get(alias) for alias in (Alias.CHAMPION, Alias.PREVIOUS, Alias.STAGING))
        return cls(
            champion=champion.number if champion else None,
            ours=champion.number if champion and champion.complete else None,
            previous=previous.number if previous else None,
            staging=staging.number if staging else None,
        )


def configuration_digest(config: Config) -> str:
    """Digest of what the configuration says about making and judging a version; not its description in words."""
    said = config.model_dump(mode="json", include=MADE_AND_JUDGED_BY)
    said["model"] = config.model.model_dump(mode="json", exclude={"description"})
    # A project without metrics of its own keeps the keys that its versions got before these counted.
    return digests.of_value({name: value for name, value in said.items() if value or name != "metrics"})


def version_key(config: Config, repository: str, fingerprint: Fingerprint, evaluation_data: str) -> str:
    """Return the key of a version: everything it was made and judged from, and nothing that came out of it.

    The model's bytes and its own lock came out: two trainings of one code give different bytes, and an index that got
    new files gives a different lock. A profile that is written in another way than before is another version's:
    who cannot read the old one is told to register again.
    """
    return digests.of_mapping(
        ({} if PROFILE == 1 else {"profile": str(PROFILE)})
        | {
            "repository": repository,
            "model": config.model.name,
            "code": fingerprint.code,
            "data": fingerprint.data,
            "evaluation-data": evaluation_data,
            "command": fingerprint.command,
            "environment": fingerprint.environment,
            "configuration": configuration_digest(config),
        }
    )


def promotion(serving: int, now: Pointers) -> list[Move]:
    """Return the moves that make the serving version the champion, in an order that may break off anywhere.

    `previous` is set before the flip: whoever reads in between sees an older champion, never none to go back to. One
    that trainstop did not register is nothing to go back to.
    """
    if now.champion == serving:
        return []
    keep = [] if now.ours is None or now.previous == now.ours else [_move(Alias.PREVIOUS, now.ours, now.previous)]
    return [*keep, _move(Alias.CHAMPION, serving, now.champion)]


def return_to(version: int, now: Pointers) -> list[Move]:
    """Return the moves after production went back to `version`: it is the champion, and nothing is known before it."""
    back = [] if now.champion == version else [_move(Alias.CHAMPION, version, now.champion)]
    return back + ([] if now.previous is None else [_move(Alias.PREVIOUS, None, now.previous)])


def entry_key(action: str, environment: str, version: int, after: str) -> str:
    """Return a ledger key: the same for the same act, another one when the act is done again after something else.

    `after` names what the act followed, usually the key of the entry before it.
    """
    return digests.of_value([action, environment, version, after])


def last_entry(entries: Iterable[LedgerEntry], environment: str, *actions: str) -> LedgerEntry | None:
    """Return the newest entry of an environment that has one of the actions; of any action when none is named."""
    fitting = [
        entry for entry in entries if entry.environment == environment and (not actions or entry.action in actions)
    ]
    return fitting[-1] if fitting else None


def names_of(environment: str, entries: Iterable[LedgerEntry], configured: Collection[str]) -> frozenset[str]:
    """Return every name that an environment had.

    The ledger knows names only. A name that versions were promoted from and that the configuration has no more is
    taken for an earlier one of production: of the environment that is promoted from now, or of the one that is asked
    about where none was yet.
    """
    promoted = {entry.environment for entry in entries if entry.action == "promote"}
    is_production = environment in promoted or promoted.isdisjoint(configured)
    return frozenset({environment, *(promoted.difference(configured) if is_production else ())})


def rolled_back(entries: Iterable[LedgerEntry], names: Collection[str], version: int) -> LedgerEntry | None:
    """Return the entry by which an environment was rolled back from a version that did not serve there since.

    Args:
        entries: the ledger, oldest first.
        names: what the environment is and was called.
        version: the version.

    """
    left = None
    for entry in entries:
        if entry.environment not in names:
            continue
        if entry.action == "rollback" and entry.previous == version:
            left = entry
        elif entry.action in MOVES_TRAFFIC and entry.outcome == "done" and entry.version == version:
            left = None
    return left


def champion_repair(
    entries: Sequence[LedgerEntry], environment: str, serving: int | None, pointers: Pointers
) -> tuple[list[Move], str]:
    """Say what to do when the champion is not what its environment serves: moves, or words for a person.

    Only what the ledger proves is repaired: a promotion or a rollback that was written down and not finished.
    """
    if not environment or serving == pointers.champion:
        return [], ""
    if serving is None:
        return [], f"`champion` is version {pointers.champion}, and {environment} serves nothing"
    last = last_entry([entry for entry in entries if entry.outcome == "done"], environment, *MOVES_TRAFFIC)
    if last is not None and last.version == serving and last.action == "promote":
        return promotion(serving, pointers), ""
    if last is not None and last.version == serving and last.action == "rollback":
        return return_to(serving, pointers), ""
    now = "no version" if pointers.champion is None else f"version {pointers.champion}"
    return [], f"{environment} serves version {serving}, which was not promoted: `champion` is {now}"


def _move(alias: Alias, to: int | None, expected: int | None) -> Move:
    return Move(alias=alias, to=to, expected=expected)
