"""Broken data: columns and values that are missing, unreadable, new, or out of the reference's range."""

from collections.abc import Sequence

from trainstop.drift.profile import ColumnProfile, Profile
from trainstop.records.watching import Signal
from trainstop.watching.shares import surely_above

KINDS = 3
"""Shares that are watched for each column: missing or unreadable, new, out of range."""
ANSWERS = 1
"""Shares that are watched of the answers: the unusable ones."""


def signals(
    reference: Profile,
    recent: Profile | None,
    *,
    rows: int,
    minimum_rows: int,
    limit: float,
    tail: float,
) -> tuple[Signal, ...]:
    """Compare the newest rows' quality with the reference's worst period.

    Args:
        reference: of the model's input columns.
        recent: the newest rows counted into the reference's bins, as one period; None when there is none.
        rows: how many they are.
        minimum_rows: fewer are not enough data.
        limit: how much a share may rise above the reference's largest.
        tail: probability of a false alarm for each share.

    Returns:
        One signal a broken column, or a single one that says that none is.

    """
    if recent is None or rows < minimum_rows:
        reason = f"{rows} rows in the newest period; {minimum_rows} are needed"
        return (Signal(name="quality", level="not enough data", value=rows, limit=minimum_rows, reason=reason),)
    seen = recent.by_name()
    found = []
    for name, column in reference.by_name().items():
        if name not in seen:
            found.append(Signal(name=f"quality:{name}", level="act", reason="the column is missing from the requests"))
            continue
        worst = _worst_missing(column, reference.rows)
        broken = _unusable(worst, seen[name], rows, limit, tail) or _odd(column, seen[name], limit, tail)
        if broken:
            found.append(broken)
    if found:
        return tuple(found)
    return (
        Signal(name="quality", level="quiet", value=0, reason=f"nothing is odd in {len(reference.columns)} columns"),
    )


def answers(answered: int, unusable: int, *, minimum_rows: int, limit: float, tail: float) -> Signal:
    """Judge the newest answers that say nothing: no number, no label, not finite. No model should give any.

    Args:
        answered: rows of the newest stretch that were answered, by requests that did not fail.
        unusable: those of them whose answer says nothing.
        minimum_rows: fewer are not enough data.
        limit: largest share, as of missing values.
        tail: probability of a false alarm.

    """
    name = "quality:prediction"
    if answered < minimum_rows:
        reason = f"{answered} answers of this version in the newest period; {minimum_rows} are needed"
        return Signal(name=name, level="not enough data", value=answered, limit=minimum_rows, reason=reason)
    return Signal(
        name=name,
        level="act" if surely_above(unusable, answered, limit, tail) else "quiet",
        value=round(unusable / answered, 6),
        limit=limit,
        reason=f"{unusable} of {answered} answers are missing, or no finite number",
    )


def _unusable(worst: float, seen: ColumnProfile, rows: int, limit: float, tail: float) -> Signal | None:
    """Look for missing and unreadable values."""
    unreadable = seen.mistyped[0] + seen.infinities[0]
    hits = seen.missing(0) + unreadable
    if not surely_above(hits, rows, min(worst + limit, 1.0), tail):
        return None
    return Signal(
        name=f"quality:{seen.name}",
        level="act",
        value=round(hits / rows, 6),
        limit=round(worst + limit, 6),
        reason=f"{hits} of {rows} values are missing or unreadable ({unreadable} of them no finite number); "
        f"never more than {worst:.1%} in the reference",
    )


def _worst_missing(column: ColumnProfile, rows: Sequence[int]) -> float:
    """Return the largest share of missing values that any period of the reference, of so many rows, had."""
    missing = [column.missing(period) + column.infinities[period] for period in range(len(column.nulls))]
    return max((hits / total for hits, total in zip(missing, rows, strict=True) if total), default=0.0)


def _odd(column: ColumnProfile, seen: ColumnProfile, limit: float, tail: float) -> Signal | None:
    """Look for categories the reference does not know, and for numbers beyond its extremes."""
    if not seen.counts:
        return None
    counts = seen.counts[0]
    if column.kind == "numeric":
        hits, what = counts[0] + counts[-1], "values are beyond the reference's smallest and largest"
    elif column.complete:
        hits, what = counts[-1], "values are categories that the reference does not know"
    else:
        return None
    if not surely_above(hits, sum(counts), limit, tail):
        return None
    return Signal(
        name=f"quality:{column.name}",
        level="look",
        value=round(hits / sum(counts), 6),
        limit=limit,
        reason=f"{hits} of {sum(counts)} {what}",
    )
