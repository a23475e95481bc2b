"""Metrics of a ranking: means over queries, which are what is independent.

`ndcg` and `ndcg_at_k` equal scikit-learn's `ndcg_score`, `map` the mean of its `average_precision_score` over queries.
A row is relevant where its relevance is above 0. A query with a single row, or without a relevant one, says nothing.
`..._at_k` look at the first `evaluate.at` places, also where a query has fewer rows.
"""

import numpy as np

from trainstop.judgement import rankings
from trainstop.judgement.metrics.base import Metric, ratio
from trainstop.judgement.rankings import Ranked
from trainstop.judgement.samples import Floats, Rows, Sample

NOTHING_TO_RANK = "no query has two rows or more, one of them relevant"


def _ndcg_terms(sample: Sample) -> Floats:
    """Normalised discounted cumulative gain over all places."""
    return _by_query(*rankings.ndcg(_query(sample), sample.target, _score(sample)), len(sample))


def _ndcg_at_terms(sample: Sample) -> Floats:
    """The same over the first places."""
    return _by_query(*rankings.ndcg(_query(sample), sample.target, _score(sample), at=sample.at), len(sample))


def _mrr_terms(sample: Sample) -> Floats:
    """Reciprocal of the place of the first relevant row."""
    of = _ranked(sample)
    return _by_query(of, rankings.first_relevant(of), len(sample))


def _map_terms(sample: Sample) -> Floats:
    """Mean over the relevant rows of the share of relevant ones down to each."""
    of = _ranked(sample)
    return _by_query(of, rankings.average_precision(of), len(sample))


def _precision_at_terms(sample: Sample) -> Floats:
    """Relevant rows among the first, as a share of the places."""
    of, found = _found(sample)
    return _by_query(of, found / sample.at, len(sample))


def _recall_at_terms(sample: Sample) -> Floats:
    """Relevant rows among the first, as a share of the relevant ones."""
    of, found = _found(sample)
    return _by_query(of, found / np.maximum(of.relevant, 1), len(sample))


def _found(sample: Sample) -> tuple[Ranked, Floats]:
    """Return the ranking, and how many relevant rows are among each query's first places."""
    of = _ranked(sample)
    places = np.arange(int(of.rows.max(initial=0)))
    return of, rankings.gained(of, of.relevance > 0, (places < sample.at).astype(np.float64))


def _by_query(of: Ranked, values: Floats, rows: int) -> Floats:
    """Put each query's value, and that there is one, at the query's first row."""
    terms = np.zeros((rows, 2))
    first = of.first[of.telling]
    terms[first, 0], terms[first, 1] = values[of.telling], 1.0
    return terms


def _ranked(sample: Sample) -> Ranked:
    """Order the rows."""
    return rankings.ranked(_query(sample), sample.target, _score(sample))


def _query(sample: Sample) -> Rows:
    """Return each row's query."""
    return np.asarray(sample.query, dtype=np.intp)


def _score(sample: Sample) -> Floats:
    """Return the scores, which the caller has asked for by `needs`."""
    return np.asarray(sample.score, dtype=np.float64)


TERMS = {
    "ndcg": _ndcg_terms,
    "ndcg_at_k": _ndcg_at_terms,
    "mrr": _mrr_terms,
    "map": _map_terms,
    "precision_at_k": _precision_at_terms,
    "recall_at_k": _recall_at_terms,
}
METRICS = tuple(
    Metric(
        name=name,
        task="ranking",
        greater_is_better=True,
        needs="score",
        terms=terms,
        formula=ratio,
        undefined=NOTHING_TO_RANK,
        primary=name.startswith("ndcg"),
    )
    for name, terms in TERMS.items()
)
