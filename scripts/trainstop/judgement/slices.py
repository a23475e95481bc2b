"""Results of parts of the data: every value of a column judged by itself, largest first, shown and never blocking."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.metrics import Metric
from trainstop.judgement.verdicts import Pair, Rules, judge
from trainstop.records.judging import SliceResult

MOST_VALUES = 20
LONGEST_VALUE = 100
MISSING = "(missing)"


def judge_slices(
    pair: Pair,
    column: str,
    labels: tuple[NDArray[np.intp], Sequence[str]],
    metrics: Sequence[Metric],
    rules: Rules,
) -> tuple[list[SliceResult], str]:
    """Judge the values of one column apart.

    Args:
        pair: all rows.
        column: name of the column.
        labels: each row's value: codes, -1 where missing, and their names.
        metrics: what is computed for each.
        rules: as for all rows.

    Returns:
        The slices, most rows first, and a note about what is left out (empty when nothing is).

    """
    codes, names = labels
    shifted = codes + 1
    counts = np.bincount(shifted, minlength=len(names) + 1)
    order = np.argsort(-counts, kind="stable")
    chosen = [int(value) for value in order[:MOST_VALUES] if counts[value]]
    results = [
        _judged(pair, column, MISSING if value == 0 else names[value - 1], shifted == value, metrics, rules)
        for value in chosen
    ]
    others = int(np.count_nonzero(counts)) - len(chosen)
    rest = int(counts.sum() - counts[chosen].sum())
    return results, (f"slices by `{column}`: {others} more values with {rest} rows are not shown" if others else "")


def _judged(
    pair: Pair, column: str, value: str, rows: NDArray[np.bool_], metrics: Sequence[Metric], rules: Rules
) -> SliceResult:
    """Judge the rows of one value."""
    part = pair.take(np.flatnonzero(rows))
    return SliceResult(
        column=column, value=value[:LONGEST_VALUE], rows=len(part.candidate), metrics=judge(part, metrics, rules)
    )
