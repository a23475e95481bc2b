"""Whether a share surely passed its limit."""

import math
from statistics import NormalDist


def lower_bound(hits: int, total: int, tail: float) -> float:
    """Return the lower end of a one-sided interval of a share (Wilson 1927).

    Args:
        hits: how many were so.
        total: of how many; more than 0.
        tail: probability that the true share lies below the end.

    """
    if not hits:
        return 0.0
    share, z = hits / total, NormalDist().inv_cdf(1 - tail)
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total)


def surely_above(hits: int, total: int, limit: float, tail: float) -> bool:
    """Say whether the true share lies above `limit`, but for a probability of `tail`."""
    return total > 0 and lower_bound(hits, total, tail) > limit
