"""What a search for weak slices came to, in a sentence; the same in Markdown and in a terminal."""

from trainstop.records.judging import WeakSpot
from trainstop.report import words


def weak_spot(spot: WeakSpot) -> str:
    """Say which slice stood out on one half of the data, and what the other half says of it."""
    behind = f"{spot.metric} {'below all rows' if spot.against == 'all rows' else 'behind the champion'}"
    name, looked = words.quoted(spot.name), words.count(spot.looked_at, "slice")
    if not spot.name:
        return f"{behind}: {spot.reason}"
    if spot.interval is None or spot.difference is None:
        return f"{behind}: the weakest of {looked} is {name}; {spot.reason}"
    apart = f"{words.signed(spot.difference)} {words.interval(spot.interval, sign=True)}"
    rows = words.count(spot.rows, "row")
    if spot.confirmed:
        return f"{behind}: {name} was found on one half of the data, and is {apart} on {rows} of the other half"
    return f"{behind}: none of {looked} stands out; the weakest, {name}, is {apart} on {rows} not searched"
