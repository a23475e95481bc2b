"""What was registered and done so far: a metric over the versions, and deployments over time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from trainstop.records.delivery import HistoryEntry, HistoryPart, VersionEntry, VersionMetric
from trainstop.report import words
from trainstop.report.page import layers
from trainstop.report.page.figures import Figure, Table, distinct, numbered, short

MOST, MOST_METRICS = 100, 8
"""Versions and entries that are drawn, and metrics that the table has; the newest ones, and the first ones."""
SERVING = ("deploy", "rollback")
"""What an entry did that changed who serves."""
REASON = 80
"""Characters of a reason in a sentence."""
LOOKS = {
    "done": ("var(--good)", "circle"),
    "begun": ("var(--muted)", "diamond"),
    "stopped": ("var(--bad)", "cross"),
    "undone": ("var(--warn)", "square"),
    "rolled back": ("var(--bad)", "triangle-left"),
    "other": ("var(--muted)", "triangle-down"),
}
"""Colour and shape of what became of a deployment."""
OWN_COLOUR: dict[str, layers.Encoding] = {"color": {"value": "var(--candidate)"}}


def figures(past: HistoryPart, metrics: Iterable[str]) -> tuple[Figure, ...]:
    """Return the charts that there is data for.

    Args:
        past: versions and ledger.
        metrics: names of metrics, those first that matter most.

    """
    drawn = (versions(past.versions, list(metrics)), deployments(past.entries))
    return tuple(each for each in drawn if each)


def versions(found: Sequence[VersionEntry], metrics: Sequence[str]) -> Figure | None:
    """Return a metric over the registered versions: the first that versions know; None where they know none."""
    known = list(dict.fromkeys(name for each in found for name in each.metrics))
    name = next((each for each in [*metrics, *known] if each in known), None)
    if name is None:
        return None
    shown = [(each, each.metrics[name]) for each in found if name in each.metrics][-MOST:]
    x = layers.names("version", "Registered version", [str(each.version) for each, _ in shown], labelAngle=0)
    x["axis"]["labelOverlap"] = True
    y = layers.number("value", short(name), nice=True)
    drawn = [
        layers.bars(x, y, along="y", looks=OWN_COLOUR),
        layers.dots(x, y, looks=OWN_COLOUR),
        layers.picked(x, y),
    ]
    data = [{"version": str(each.version), "value": metric.value, **_ends(metric)} for each, metric in shown]
    champion = next((each for each in found if "champion" in each.aliases), None)
    newest, judged = shown[-1]
    columns = known[:MOST_METRICS]
    return Figure(
        key="versions",
        title=f"{short(name)} over registered versions",
        says=f"Version {newest.version}, the newest, was judged with {words.quoted(name)} {_told(judged)}"
        + (f"; version {champion.version} is the champion." if champion else "; no version is the champion."),
        note="As each version was judged when it was registered, on the data of that day: where these differ, so may "
        "the numbers, whatever the models are worth.",
        table=Table(
            columns=("Version", "Registered", "Aliases", *columns),
            rows=tuple(
                (
                    str(each.version),
                    _at(each.at),
                    words.listed(each.aliases),
                    *(each.metrics[metric].value if metric in each.metrics else None for metric in columns),
                )
                for each in reversed(found)
            ),
        ),
        spec=layers.spec(numbered(data), drawn),
        steps=tuple(f"version {each.version}: {short(name)} {_told(metric)}" for each, metric in shown),
    )


def deployments(entries: Sequence[HistoryEntry]) -> Figure | None:
    """Return what was done to each environment over time; None for an empty ledger."""
    if not entries:
        return None
    last = entries[-1]
    serving = [each for each in entries if each.action in SERVING]
    shown = [each for each in serving if each.outcome != "begun" or each is last][-MOST:]
    if not shown:
        return None
    environments = list(dict.fromkeys(each.environment for each in shown))
    labels = dict(zip(environments, distinct([short(each) or "registry" for each in environments]), strict=True))
    x = {
        "field": "at",
        "type": "temporal",
        "title": "When (UTC)",
        "scale": {"type": "utc", "padding": 16},
        "axis": {"labelOverlap": True, "tickCount": 6, "format": _format(shown[0].at, shown[-1].at)},
    }
    y = layers.names("where", None, list(labels.values()))
    data = [
        {
            "at": each.at.isoformat(),
            "where": labels[each.environment],
            "outcome": _outcome(each),
            "version": f"v{each.version}",
        }
        for each in shown
    ]
    drawn = [
        layers.dots(x, y, size=110, looks=layers.marks("outcome", LOOKS, data)),
        layers.text(x, y, "version", dy=-14),
        layers.picked(x, y),
    ]
    return Figure(
        key="deployments",
        title="Deployments",
        says=f"The last of {len(entries):,} in the ledger, {_at(last.at)}: {_said(last)}.",
        note="What changed who serves is drawn"
        + (f", the newest {len(shown)}" if len(shown) == MOST else "")
        + "; the table has the whole ledger.",
        table=Table(
            columns=("When", "What", "Where", "Version", "Before", "Outcome", "Who", "Approved by", "Why"),
            rows=tuple(
                (
                    *(_at(each.at), each.action, each.environment, each.version, each.previous, each.outcome),
                    *(each.actor, each.approved_by, each.reason),
                )
                for each in reversed(entries)
            ),
        ),
        spec=layers.spec(numbered(data), drawn, height=60 + 40 * len(labels)),
        steps=tuple(f"{_at(each.at)}: {_said(each).replace('`', '')}" for each in shown),
    )


def _format(first: datetime, last: datetime) -> str:
    """Return how moments of a span are written on an axis."""
    if last - first > timedelta(days=7):
        return "%Y-%m-%d"
    return "%m-%d %H:%M" if last - first > timedelta(hours=1) else "%H:%M:%S"


def _ends(metric: VersionMetric) -> dict[str, float]:
    """Return a metric's interval as data."""
    return {"low": metric.interval[0], "high": metric.interval[1]} if metric.interval else {}


def _told(metric: VersionMetric) -> str:
    """Return a metric with its interval."""
    between = f" {words.interval(metric.interval)}" if metric.interval else ""
    return f"{words.number(metric.value)}{between}"


def _outcome(entry: HistoryEntry) -> str:
    """Return how an entry is marked: one that went back stands out."""
    if entry.action == "rollback" and entry.outcome == "done":
        return "rolled back"
    return entry.outcome if entry.outcome in LOOKS else "other"


def act(entry: HistoryEntry) -> str:
    """Say what an entry of the ledger did, and what became of it."""
    which = f"version {entry.version}"
    if entry.action == "rollback":
        which = f"to {which}" if entry.previous is None else f"from version {entry.previous} to {which}"
    else:
        which = f"of {which}"
    place = f" on {words.quoted(entry.environment)}" if entry.environment else ""
    return f"{short(entry.action)} {which}{place}, {short(entry.outcome)}"


def _said(entry: HistoryEntry) -> str:
    """Say an entry of the ledger with its reason."""
    return act(entry) + (f": {short(entry.reason, REASON)}" if entry.reason else "")


def _at(moment: datetime) -> str:
    """Return a moment as reports write it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
