"""What the metrics of a ranking need of rows that belong to queries: expected over the order of tied rows.

Rows with equal scores could come in any order. A gain at a place is averaged over all of them, as in scikit-learn's
`ndcg_score` (McSherry and Najork 2008), so that no model gains by the order in which its rows were written down.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.samples import Floats, Rows


@dataclass(frozen=True)
class Ranked:
    """Rows in the order of their queries and, within, highest score first. All arrays have shape (rows,).

    Attributes:
        query: number of the row's query, from 0 without gaps.
        relevance: of the row, 0 or more.
        place: where the row's group of equal scores begins in its query, from 0.
        tied: how many rows that group has.
        first: where each query's first row is in the order given, shape (queries,).

    """

    query: Rows
    relevance: Floats
    place: Rows
    tied: Rows
    first: Rows

    @property
    def queries(self) -> int:
        """Number of queries."""
        return len(self.first)

    @property
    def rows(self) -> Rows:
        """Rows of each query, shape (queries,)."""
        return np.bincount(self.query, minlength=self.queries)

    def total(self, values: NDArray[Any]) -> Floats:
        """Add up `values`, shape (rows,), within queries: shape (queries,)."""
        return np.asarray(
            np.bincount(self.query, weights=values.astype(np.float64), minlength=self.queries), dtype=np.float64
        )

    @property
    def relevant(self) -> Floats:
        """Relevant rows of each query, shape (queries,)."""
        return self.total(self.relevance > 0)

    @property
    def telling(self) -> NDArray[np.bool_]:
        """Whether a query says anything: it has two rows to be ordered, and a relevant one. Shape (queries,)."""
        return (self.rows > 1) & (self.relevant > 0)


def ranked(query: Rows, relevance: Floats, score: Floats) -> Ranked:
    """Order rows by query and score. All arguments have shape (rows,)."""
    _, first, codes = np.unique(query, return_index=True, return_inverse=True)
    order = np.lexsort((-score, codes))
    codes, score = codes[order], score[order]
    rows = np.arange(len(order))
    begins = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    groups = np.flatnonzero(np.append(True, (codes[1:] != codes[:-1]) | (score[1:] != score[:-1])))
    group = np.searchsorted(groups, rows, side="right") - 1
    tied = np.diff(np.append(groups, len(order)))
    return Ranked(codes, relevance[order], (groups[group] - begins[codes[rows]]), tied[group], first)


def gained(of: Ranked, gains: NDArray[Any], weights: Floats) -> Floats:
    """Return each query's sum of gains, each times the weight of its row's place. Shape (queries,).

    Args:
        of: the ranking.
        gains: of each row, shape (rows,).
        weights: of each place from the first, at least as many as the longest query has rows.

    """
    up_to = np.append(0.0, np.cumsum(weights))
    return of.total(gains * (up_to[of.place + of.tied] - up_to[of.place]) / of.tied)


def discounts(of: Ranked, at: int | None) -> Floats:
    """Return the logarithmic discount of each place (Järvelin and Kekäläinen 2002), 0 below the place `at`."""
    places = np.arange(int(of.rows.max(initial=0)))
    weights = 1 / np.log2(places + 2.0)
    return weights if at is None else np.where(places < at, weights, 0.0)


def ndcg(query: Rows, relevance: Floats, score: Floats, *, at: int | None = None) -> tuple[Ranked, Floats]:
    """Return the ranking, and each query's normalised discounted cumulative gain; NaN without a relevant row.

    The gain of a row is its relevance itself, as in scikit-learn. Arguments have shape (rows,), the result (queries,).
    """
    of = ranked(query, relevance, score)
    weights = discounts(of, at)
    best = ranked(query, relevance, relevance)
    with np.errstate(invalid="ignore", divide="ignore"):
        return of, gained(of, of.relevance, weights) / gained(best, best.relevance, weights)


def first_relevant(of: Ranked) -> Floats:
    """Return each query's expected reciprocal of the place of its first relevant row; 0 without one.

    Within a group of m tied rows, r of them relevant, the first relevant one is the j-th with the probability
    C(m - j, r - 1) / C(m, r); the loop runs over j for all queries together. Shape (queries,).
    """
    relevant = of.relevance > 0
    place = np.full(of.queries, np.iinfo(np.intp).max)
    np.minimum.at(place, of.query[relevant], of.place[relevant])
    here = of.place == place[of.query]
    tied, hits = (np.bincount(of.query[mask], minlength=of.queries) for mask in (here, here & relevant))
    found = np.flatnonzero(hits)
    expected = np.zeros(of.queries)
    chance = hits[found] / np.maximum(tied[found], 1)
    for step in range(int(tied[found].max(initial=0))):
        expected[found] += chance / (place[found] + step + 1)
        left = tied[found] - step - 1
        more = left >= hits[found]
        found, chance, left = found[more], chance[more], left[more]
        chance = chance * (left + 1 - hits[found]) / left
    return expected


def average_precision(of: Ranked) -> Floats:
    """Return each query's average precision, tied rows taken in together as scikit-learn does; NaN without relevant.

    Shape (queries,).
    """
    relevant = (of.relevance > 0).astype(np.float64)
    seen = np.cumsum(relevant)
    ends = np.cumsum(of.rows)
    before = np.append(0.0, seen[ends - 1])[of.query]
    begins = np.append(0, ends)[of.query]
    last = of.place + of.tied  # rows at or above the row's score, in its query
    hits = seen[begins + last - 1] - before
    with np.errstate(invalid="ignore", divide="ignore"):
        return of.total(relevant * hits / last) / of.relevant
