"""How fast and how large a model is, against limits and against the champion asked in turns with it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy.special import stdtrit

from trainstop.config.probing import PerformanceSection
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import Interval, Performance, Speed

CONFIDENCE = 0.95
MINIMUM_ROUNDS = 20
"""Fewer rounds give no interval."""


class Timed(Protocol):
    """Seconds of calls, round by round."""

    @property
    def load_seconds(self) -> float:
        """Of loading the model."""

    @property
    def single(self) -> Sequence[Sequence[float]]:
        """Of single-row calls, a sequence a round."""

    @property
    def batch(self) -> Sequence[float]:
        """Of one batch a round."""

    @property
    def batch_rows(self) -> int:
        """Rows of a batch."""

    @property
    def peak_memory_bytes(self) -> int:
        """Most memory the process took."""


def speed(timed: Timed, size_bytes: int) -> Speed:
    """Sum one model's times up."""
    single = np.concatenate([np.asarray(calls, dtype=np.float64) for calls in timed.single])
    p50, p95, p99 = (float(value) for value in np.percentile(single, [50, 95, 99]))
    batch_p50, batch_p95, batch_p99 = (float(value) for value in np.percentile(timed.batch, [50, 95, 99]))
    return Speed(
        load_seconds=timed.load_seconds,
        latency_p50=p50,
        latency_p95=p95,
        latency_p99=p99,
        batch_p50=batch_p50,
        batch_p95=batch_p95,
        batch_p99=batch_p99,
        batch_rows=timed.batch_rows,
        throughput=timed.batch_rows / batch_p50 if batch_p50 > 0 else None,
        peak_memory_bytes=timed.peak_memory_bytes,
        size_bytes=size_bytes,
        rounds=len(timed.single),
    )


def slowness(candidate: Timed, champion: Timed) -> tuple[float | None, Interval | None]:
    """Return how many times as long as the champion the candidate takes for one row, with an interval over rounds.

    Each round asks both within a moment of one another, so what else the machine does hits both: the ratio of the
    round's medians is what is averaged (geometrically), with Student's t over the rounds.
    """
    rounds = min(len(candidate.single), len(champion.single))
    pairs = list(zip(candidate.single[:rounds], champion.single[:rounds], strict=True))
    ratios = np.array([np.median(mine) / np.median(other) for mine, other in pairs if np.median(other) > 0])
    ratios = np.log(ratios[ratios > 0])
    if not len(ratios):
        return None, None
    middle = float(ratios.mean())
    if len(ratios) < MINIMUM_ROUNDS:
        return float(np.exp(middle)), None
    reach = float(stdtrit(len(ratios) - 1, 0.5 + CONFIDENCE / 2) * ratios.std(ddof=1) / np.sqrt(len(ratios)))
    return float(np.exp(middle)), (float(np.exp(middle - reach)), float(np.exp(middle + reach)))


def checks(found: Performance, limits: PerformanceSection, *, champion: bool) -> list[Check]:
    """Compare with every limit that is set; without any, say how fast the model is.

    Args:
        found: what was measured.
        limits: what is allowed.
        champion: whether there is one, measured or not.

    """
    mine = found.candidate
    pairs = (
        ("latency-p95", mine.latency_p95, limits.latency_p95, "of 100 calls with one row, 95 took at most {:.4g} s"),
        ("latency-p99", mine.latency_p99, limits.latency_p99, "of 100 calls with one row, 99 took at most {:.4g} s"),
        ("load-time", mine.load_seconds, limits.load_time, "it took {:.4g} s to load"),
        ("peak-memory", mine.peak_memory_bytes, limits.peak_memory, "its process took at most {:,.0f} bytes"),
        ("size", mine.size_bytes, limits.size, "it takes {:,.0f} bytes on disk"),
    )
    made = [_at_most(name, value, limit, words) for name, value, limit, words in pairs if limit is not None]
    if limits.throughput is not None:
        made.append(_throughput(mine, limits.throughput))
    if limits.slower_than_champion is not None:
        made.append(_against_champion(found, limits.slower_than_champion, champion=champion))
    if not made:
        reason = f"95 of 100 calls with one row took at most {(mine.latency_p95 or 0) * 1000:.1f} ms; no limit is set"
        return [Check(name="performance", status=CheckStatus.SKIPPED, value=mine.latency_p95, reason=reason)]
    return [_softened(check) for check in made] if limits.mode == "warn" else made


def _at_most(name: str, value: float | None, limit: float, words: str) -> Check:
    """Compare a number with its limit."""
    if value is None:
        return Check(name=name, status=CheckStatus.INCONCLUSIVE, limit=limit, reason="it was not measured")
    status = CheckStatus.PASSED if value <= limit else CheckStatus.FAILED
    return Check(name=name, status=status, value=value, limit=limit, reason=words.format(value))


def _throughput(mine: Speed, limit: float) -> Check:
    """Compare the rows a second with their limit."""
    if mine.throughput is None:
        return Check(name="throughput", status=CheckStatus.INCONCLUSIVE, limit=limit, reason="it was not measured")
    status = CheckStatus.PASSED if mine.throughput >= limit else CheckStatus.FAILED
    reason = f"{mine.throughput:,.0f} rows a second in batches of {mine.batch_rows:,}"
    return Check(name="throughput", status=status, value=mine.throughput, limit=limit, reason=reason)


def _against_champion(found: Performance, limit: float, *, champion: bool) -> Check:
    """Say whether the candidate is slower than the champion by more than is allowed."""
    name = "slower-than-champion"
    if found.ratio is None and champion:
        reason = f"not compared: {found.reason or 'neither took any time that could be measured'}"
        return Check(name=name, status=CheckStatus.INCONCLUSIVE, limit=limit, reason=reason)
    if found.ratio is None:
        return Check(name=name, status=CheckStatus.SKIPPED, limit=limit, reason=found.reason)
    words = f"one row takes {found.ratio:.2f} times as long as with the champion, {limit:g} times is allowed"
    if found.ratio_interval is None:
        status, words = CheckStatus.INCONCLUSIVE, f"{words}; there were too few rounds to be sure"
    elif found.ratio_interval[0] > limit:
        status = CheckStatus.FAILED
    elif found.ratio_interval[1] > limit:
        status, words = CheckStatus.WARNED, f"{words}; the rounds differ too much to be sure"
    else:
        status = CheckStatus.PASSED
    return Check(name=name, status=status, value=found.ratio, limit=limit, interval=found.ratio_interval, reason=words)


def _softened(check: Check) -> Check:
    """Let a miss, and what cannot be told, warn only."""
    if check.status not in {CheckStatus.FAILED, CheckStatus.INCONCLUSIVE}:
        return check
    return check.model_copy(update={"status": CheckStatus.WARNED, "reason": f"{check.reason} (it only warns)"})
