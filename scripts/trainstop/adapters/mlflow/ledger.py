"""The ledger: one run of MLflow an entry, in an experiment of its own, so that it is read and kept like any run.

A run is made with all its fields in one call. Twins of a key (two at once, a lost answer) do no harm: the first counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from trainstop.adapters.mlflow.client import Client
from trainstop.ports.registry import LedgerEntry

PREFIX = "trainstop.ledger."
LONGEST_TAG = 5000
"""MLflow cuts a run's tags at 8,000 characters without a word; some servers earlier."""
PAGE = 1000
TICK = timedelta(milliseconds=1)


def write(client: Client, experiment: str, entry: LedgerEntry) -> None:
    """Add an entry, once per key; after all that are there, whatever this machine's clock says."""

    def create(api: Any) -> bool:
        newest = api.search_runs([experiment], "", max_results=1, order_by=["attributes.start_time DESC"])
        before = next((found for found in map(_entry, newest) if found), None)
        at = entry.at if before is None or entry.at >= before.at else before.at + TICK
        run = api.create_run(
            experiment,
            start_time=_milliseconds(at),
            tags=_tags(replace(entry, at=at)),
            run_name=f"{entry.action} {entry.environment} {entry.version}",
        )
        api.set_terminated(run.info.run_id, end_time=_milliseconds(at))
        return True

    def find() -> bool | None:
        wanted = f"tags.`{PREFIX}key` = '{entry.key}'"
        return True if any(True for _ in _runs(client, experiment, wanted)) else None

    client.make("writing the ledger", create, find)


def read(client: Client, experiment: str) -> list[LedgerEntry]:
    """Return all entries, oldest first; of entries with one key the one that was written first."""
    entries: dict[str, LedgerEntry] = {}
    for run in sorted(_runs(client, experiment, ""), key=lambda run: (run.info.start_time, run.info.run_id)):
        entry = _entry(run)
        if entry is not None:
            entries.setdefault(entry.key, entry)
    return sorted(entries.values(), key=lambda entry: (entry.at, entry.key))


def _runs(client: Client, experiment: str, wanted: str) -> Iterator[Any]:
    """Yield runs of an experiment, page by page."""
    token = None
    while True:
        page = client.ask("reading the ledger", _page(experiment, wanted, token))
        yield from page
        token = page.token
        if not token:
            return


def _page(experiment: str, wanted: str, token: str | None) -> Callable[[Any], Any]:
    return lambda api: api.search_runs([experiment], wanted, max_results=PAGE, page_token=token)


def _tags(entry: LedgerEntry) -> dict[str, str]:
    """Write an entry as tags."""
    fields = {
        "key": entry.key,
        "action": entry.action,
        "environment": entry.environment,
        "version": str(entry.version),
        "previous": "" if entry.previous is None else str(entry.previous),
        "outcome": entry.outcome,
        "reason": entry.reason,
        "actor": entry.actor,
        "approved_by": entry.approved_by,
        "at": entry.at.astimezone(UTC).isoformat(),
    }
    return {PREFIX + name: value[:LONGEST_TAG] for name, value in fields.items()}


def _entry(run: Any) -> LedgerEntry | None:
    """Read an entry back; a run that somebody else put there is none."""
    fields = {name.removeprefix(PREFIX): value for name, value in run.data.tags.items() if name.startswith(PREFIX)}
    try:
        return LedgerEntry(
            key=fields["key"],
            action=fields["action"],
            environment=fields["environment"],
            version=int(fields["version"]),
            previous=int(fields["previous"]) if fields.get("previous") else None,
            outcome=fields["outcome"],
            reason=fields.get("reason", ""),
            actor=fields.get("actor", ""),
            approved_by=fields.get("approved_by", ""),
            at=datetime.fromisoformat(fields["at"]).astimezone(UTC),
        )
    except (KeyError, ValueError):
        return None


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
