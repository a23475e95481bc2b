"""Is a model sane: the same answer to the same row, whoever asks beside it, and not the same to all?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainstop.records import Check, CheckStatus

SAME = 1e-6
"""Two answers to the same row that differ by less (relative or absolute) are the same."""
Answers = Mapping[str, NDArray[Any]]
"""What a model said, by column, shape (rows,) each."""


def same(name: str, now: Answers, then: Answers, how: str, *, same_size: float = SAME) -> Check:
    """Compare answers to the same rows in the same order.

    Args:
        name: of the check.
        now: answers by column.
        then: earlier answers; columns that only one of them has are overlooked.
        how: how the rows were asked now, in words.
        same_size: how far apart the same answer may be.

    """
    largest, differing, rows = 0.0, 0, 0
    for column in now.keys() & then.keys():
        first, second = now[column], then[column]
        rows = len(first)
        if first.dtype.kind == "f" and second.dtype.kind == "f":
            apart = ~np.isclose(first, second, rtol=same_size, atol=same_size, equal_nan=True)
            moved = np.abs(first - second)[np.isfinite(first) & np.isfinite(second)]
            largest = max(largest, float(moved.max(initial=0.0)))
        else:
            apart = first.astype(str) != second.astype(str)
        differing = max(differing, int(apart.sum()))
    if not rows:
        return Check(name=name, status=CheckStatus.FAILED, reason="there are no answers to compare")
    status = CheckStatus.FAILED if differing else CheckStatus.PASSED
    reason = f"{differing} of {rows} rows were answered differently {how}"
    return Check(name=name, status=status, value=largest, limit=same_size, reason=reason)


def varies(answers: Answers) -> Check:
    """See whether the answers depend on the rows at all."""
    rows = max((len(values) for values in answers.values()), default=0)
    distinct = max((len(np.unique(values.astype(str))) for values in answers.values()), default=0)
    if rows < 2:
        status, reason = CheckStatus.INCONCLUSIVE, "one row cannot show whether the answer depends on it"
    elif distinct < 2:
        status, reason = CheckStatus.FAILED, f"all {rows} rows got the same answer"
    else:
        status, reason = CheckStatus.PASSED, f"{distinct} different answers to {rows} rows"
    return Check(name="varies", status=status, value=float(distinct), limit=2.0, reason=reason)
