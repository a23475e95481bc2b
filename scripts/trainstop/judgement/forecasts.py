"""Numbers forecast by quantiles: the sample, and what is wrong with a model's quantiles."""

from collections.abc import Mapping

import numpy as np

from trainstop.judgement.metrics.forecast import central
from trainstop.judgement.samples import Floats, Sample

MEDIAN = 0.5


def sample(target: Floats, quantiles: Mapping[float, Floats], prediction: Floats | None) -> Sample:
    """Build the sample of a model that forecasts a number.

    Args:
        target: the number, shape (rows,).
        quantiles: by their probability, shape (rows,) each; none where the model gave one number only.
        prediction: that number, used where the quantiles lack the median.

    """
    levels = tuple(sorted(quantiles))
    return Sample(
        task="forecast",
        target=target,
        prediction=quantiles.get(MEDIAN, prediction),
        score=np.column_stack([quantiles[level] for level in levels]) if levels else None,
        levels=levels,
    )


def crossing(sample: Sample) -> int:
    """Count the rows that have a quantile above one of a higher probability; none where a quantile is missing."""
    if sample.score is None or not np.isfinite(sample.score).all():
        return 0
    return int(np.count_nonzero((np.diff(sample.score, axis=1) < 0).any(axis=1)))


def faults(sample: Sample) -> list[str]:
    """Say how many rows have quantiles that cross."""
    count = crossing(sample)
    return [f"{count:,} of {len(sample):,} rows have quantiles that cross"] if count else []


def remarks(sample: Sample) -> list[str]:
    """Say which quantiles there are, and which two of them the coverage is of."""
    if not sample.levels:
        return []
    places = central(sample.levels)
    there = ", ".join(f"{level:g}" for level in sample.levels)
    if places is None:
        return [f"the quantiles ({there}) hold no central interval, so there is no coverage"]
    low, high = (sample.levels[place] for place in places)
    interval = f"the interval from the {low:g} to the {high:g} quantile, which shall hold {high - low:.0%} of the rows"
    return [f"coverage and width are those of {interval}"]
