"""Rows that belong to queries, as a ranking model answers them: what is wrong with them, what there is to know."""

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement import rankings
from trainstop.judgement.samples import Floats, Rows, Sample


def sample(query: Rows, relevance: Floats, score: Floats, *, at: int) -> Sample:
    """Build the sample of a ranking model.

    Args:
        query: number of each row's query, shape (rows,).
        relevance: 0 or more, shape (rows,).
        score: larger is ranked first, shape (rows,).
        at: the place down to which `..._at_k` look.

    """
    return Sample(task="ranking", target=relevance, score=score, query=query, at=at)


def negative(relevance: Floats) -> int:
    """Count rows whose relevance cannot be one."""
    return int(np.count_nonzero(relevance < 0))


def faults(sample: Sample) -> list[str]:
    """Say what makes the answers no ranking: scores that differ between queries only."""
    of = _ranked(sample)
    if of is None or not of.telling.any():
        return []
    ordered = of.tied < of.rows[of.query]
    if ordered.any() or bool(np.all(of.relevance == of.relevance[:1])):
        return []
    return ["the score is the same in all rows of every query"]


def remarks(sample: Sample) -> list[str]:
    """Say what the numbers rest on: the place `k`, and the queries that say nothing."""
    of = _ranked(sample)
    if of is None:
        return []
    silent = int(np.count_nonzero(~of.telling))
    place = f"`..._at_k` look at the first {sample.at} places of a query (`evaluate.at`)"
    if not silent:
        return [place]
    left_out = f"{silent:,} of {of.queries:,} queries say nothing and are left out"
    return [place, f"{left_out}: they have a single row, or no relevant one"]


def cut(query: Rows, parts: NDArray[np.intp]) -> int:
    """Count the queries whose rows lie in more than one part (clusters, or values of a slice). Shape (rows,) each."""
    pairs = np.unique(np.column_stack([query, parts]), axis=0)
    return int(np.count_nonzero(np.unique(pairs[:, 0], return_counts=True)[1] > 1))


def _ranked(sample: Sample) -> rankings.Ranked | None:
    """Order the rows; None without usable scores."""
    if sample.query is None or sample.score is None or not np.isfinite(sample.score).all():
        return None
    return rankings.ranked(sample.query, sample.target, sample.score)
