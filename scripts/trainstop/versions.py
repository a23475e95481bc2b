"""What makes two versions the same one, and which way the aliases go. Pure: decides, and touches nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from trainstop import digests
from trainstop.config import Config
from trainstop.ports.registry import Alias, LedgerEntry, Version
from trainstop.records.serving import MOVES_TRAFFIC
from trainstop.records.training import Fingerprint

MADE_AND_JUDGED_BY = {"model", "project", "data", "train", "evaluate", "gates", "slices", "model_test"}
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


def configuration_digest(config: Config) -> str:
    """Digest of what the configuration says about making and judging a version; not its description in words."""
    return digests.of_value(
        config.model_dump(mode="json", include=MADE_AND_JUDGED_BY)
        | {"model": config.model.model_dump(mode="json", exclude={"description"})}
    )


def version_key(config: Config, repository: str, fingerprint: Fingerprint, evaluation_data: str) -> str:
    """Return the key of a version: everything it was made and judged from, and nothing that came out of it.

    The model's bytes and its own lock came out: two trainings of one code give different bytes, and an index that got
    new files gives a different lock.
    """
    return digests.of_mapping(
        {
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


def promotion(serving: int, champion: int | None, previous: int | None) -> list[Move]:
    """Return the moves that make the serving version the champion, in an order that may break off anywhere.

    `previous` is set before the flip: whoever reads in between sees an older champion, never none to go back to.
    """
    if champion == serving:
        return []
    keep = [] if champion is None or previous == champion else [_move(Alias.PREVIOUS, champion, previous)]
    return [*keep, _move(Alias.CHAMPION, serving, champion)]


def return_to(version: int, champion: int | None, previous: int | None) -> list[Move]:
    """Return the moves after production went back to `version`: it is the champion, and nothing is known before it."""
    back = [] if champion == version else [_move(Alias.CHAMPION, version, champion)]
    return back + ([] if previous is None else [_move(Alias.PREVIOUS, None, previous)])


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


def rolled_back(entries: Iterable[LedgerEntry], environment: str, version: int) -> LedgerEntry | None:
    """Return the entry by which an environment was rolled back from a version that did not serve there since."""
    left = None
    for entry in entries:
        if entry.environment != environment:
            continue
        if entry.action == "rollback" and entry.previous == version:
            left = entry
        elif entry.action in MOVES_TRAFFIC and entry.outcome == "done" and entry.version == version:
            left = None
    return left


def champion_repair(
    entries: Sequence[LedgerEntry], environment: str, serving: int | None, champion: int | None, previous: int | None
) -> tuple[list[Move], str]:
    """Say what to do when the champion is not what its environment serves: moves, or words for a person.

    Only what the ledger proves is repaired: a promotion or a rollback that was written down and not finished.
    """
    if not environment or serving == champion:
        return [], ""
    if serving is None:
        return [], f"`champion` is version {champion}, and {environment} serves nothing"
    last = last_entry([entry for entry in entries if entry.outcome == "done"], environment, *MOVES_TRAFFIC)
    if last is not None and last.version == serving and last.action == "promote":
        return promotion(serving, champion, previous), ""
    if last is not None and last.version == serving and last.action == "rollback":
        return return_to(serving, champion, previous), ""
    now = "no version" if champion is None else f"version {champion}"
    return [], f"{environment} serves version {serving}, which was not promoted: `champion` is {now}"


def _move(alias: Alias, to: int | None, expected: int | None) -> Move:
    return Move(alias=alias, to=to, expected=expected)
