"""What a stated load came to, and whether it held. Pure."""

import math
from collections import Counter
from collections.abc import Sequence

from trainstop.config.delivery import LoadSection
from trainstop.delivery.contract import said
from trainstop.ports.endpoints import Answer
from trainstop.records import Check, CheckStatus
from trainstop.records.delivery import LoadResult


def summarise(answers: Sequence[Answer], seconds: float) -> LoadResult:
    """Sum up a load. Times are of all requests, the failed ones too; `seconds` is how long the load took."""
    times = sorted(answer.seconds for answer in answers)
    return LoadResult(
        requests=len(answers),
        errors=sum(answer.status != 200 for answer in answers),
        seconds=seconds,
        p50_seconds=percentile(times, 50),
        p95_seconds=percentile(times, 95),
        p99_seconds=percentile(times, 99),
    )


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Return a percentile by nearest rank of ordered values; None without values."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else None


def judge_load(result: LoadResult, answers: Sequence[Answer], limits: LoadSection) -> list[Check]:
    """Compare a load with its limits; no request made is a failure."""
    name = "load: errors"
    if not result.requests:
        return [Check(name=name, status=CheckStatus.FAILED, value=0, reason="no request was made")]
    share = result.errors / result.requests
    reason = f"{result.requests} requests"
    if result.errors:
        told = Counter(said(answer) for answer in answers if answer.status != 200)
        reason += f", {result.errors} failed, most often: {told.most_common(1)[0][0]}"
    status = CheckStatus.PASSED if share <= limits.errors else CheckStatus.FAILED
    checks = [Check(name=name, status=status, value=share, limit=limits.errors, reason=reason)]
    for label, seen, limit in (
        ("p50", result.p50_seconds, limits.p50),
        ("p95", result.p95_seconds, limits.p95),
        ("p99", result.p99_seconds, limits.p99),
    ):
        if limit is not None and seen is not None:
            status = CheckStatus.PASSED if seen <= limit else CheckStatus.FAILED
            reason = "" if seen <= limit else f"{seen * 1000:.0f} ms, at most {limit * 1000:.0f} ms wanted"
            checks.append(Check(name=f"load: {label}", status=status, value=seen, limit=limit, reason=reason))
    return checks
