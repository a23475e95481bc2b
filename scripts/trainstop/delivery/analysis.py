"""Judging one step of a canary from what was seen of the new version and, in the same time, of the old one. Pure."""

import math
from dataclasses import dataclass
from typing import Literal

from trainstop.config.delivery import EnvironmentSection
from trainstop.ports.targets import Observation

SURE = 0.001
"""Chance of stopping early for nothing, at each look: a step is looked at many times."""
SURE_Z = 3.090
"""The same as a quantile of the normal distribution, one-sided."""
ENOUGH = 0.01
"""Chance of stopping an identical version at the end of a step, where it is judged once."""


@dataclass(frozen=True)
class Verdict:
    """Whether to go on, wait, or stop; and why."""

    word: Literal["go", "wait", "stop"]
    reason: str = ""


def judge(new: Observation, old: Observation | None, limits: EnvironmentSection, watched: float) -> Verdict:
    """Judge a step.

    Failed requests (5xx, or no answer) are held against `maximum_error_rate` itself: at once when the excess can no
    longer be chance, at the end of the step by the plain share. Refused ones (4xx) may be the callers' fault, so they
    count only as far as the new version refuses a larger share than the old one does: at once when that is beyond
    doubt, at the end of the step when an identical version would rarely (`ENOUGH`) look like this. Too few requests are
    no evidence, and without evidence nothing is promoted.

    Args:
        new: the new version's requests in this step.
        old: the old version's requests in the same time; None when it got none of the traffic.
        limits: the environment's configuration.
        watched: seconds since the step began.

    """
    limit = limits.maximum_error_rate
    failed = f"{new.errors} of {new.requests} requests failed, at most {limit:.1%} may"
    beyond_doubt = new.errors and at_least(new.errors, new.requests, limit) < SURE
    if reason := failed if beyond_doubt else _refuses_more(new, old, limit):
        return Verdict("stop", reason)
    if watched < limits.pause:
        return Verdict("wait", f"{limits.pause - watched:.0f} s to go")
    if new.requests < limits.minimum_requests:
        seen = f"{new.requests} requests in {watched:.0f} s, and {limits.minimum_requests} are needed to judge"
        return Verdict("wait" if watched < limits.patience else "stop", seen)
    if new.errors > limit * new.requests:
        return Verdict("stop", failed)
    if old and old.requests and _excess(new, old) > limit and _chance(new, old) < ENOUGH:
        return Verdict("stop", _more_refused(new, old))
    return Verdict("go", f"{new.errors} of {new.requests} requests failed, {new.refused} were refused")


def _refuses_more(new: Observation, old: Observation | None, limit: float) -> str:
    """Say that the new version refuses more than the old one, if it surely does."""
    if not new.refused:
        return ""
    if old is None or not old.requests:
        # Nobody to compare with: only refusing nearly everything is beyond doubt.
        low, _ = wilson(new.refused, new.requests)
        return f"{new.refused} of {new.requests} requests were refused" if low > max(limit, 0.5) else ""
    low, _ = newcombe(new.refused, new.requests, old.refused, old.requests)
    # The interval says that the excess is large; after a handful of requests only the exact test says that it is one.
    return _more_refused(new, old) if low > limit and _chance(new, old) < SURE else ""


def _excess(new: Observation, old: Observation) -> float:
    """Return how much larger a share the new version refused."""
    return new.refused / new.requests - old.refused / old.requests


def _chance(new: Observation, old: Observation) -> float:
    """Return the chance that a version which refuses no more than the old one is seen like this."""
    return no_larger_share(new.refused, new.requests, old.refused, old.requests)


def _more_refused(new: Observation, old: Observation) -> str:
    """Say how many each of the two refused."""
    return (
        f"it refused {new.refused} of {new.requests} requests, the old version {old.refused} of {old.requests} "
        "(perhaps the model raises an error, or wants other columns)"
    )


def at_least(seen: int, trials: int, share: float) -> float:
    """Return the chance of `seen` or more successes in `trials`, each with chance `share` (exact binomial tail)."""
    if seen <= 0:
        return 1.0
    if share <= 0.0 or seen > trials:
        return 0.0
    if share >= 1.0:
        return 1.0
    log_share, log_rest = math.log(share), math.log1p(-share)
    below = math.fsum(
        math.exp(_log_ways(trials, count) + count * log_share + (trials - count) * log_rest) for count in range(seen)
    )
    return max(0.0, 1.0 - below)


def no_larger_share(seen: int, trials: int, seen_before: int, trials_before: int) -> float:
    """Return the chance of `seen` or more of `trials` if both groups have one share (R. A. Fisher's exact test, 1934).

    Given the successes of both groups together, those of the first are hypergeometric. One-sided.
    """
    successes, everything = seen + seen_before, trials + trials_before
    all_ways = _log_ways(everything, successes)
    return min(
        1.0,
        math.fsum(
            math.exp(_log_ways(trials, count) + _log_ways(trials_before, successes - count) - all_ways)
            for count in range(max(seen, successes - trials_before), min(trials, successes) + 1)
        ),
    )


def _log_ways(items: int, chosen: int) -> float:
    """Return the logarithm of a binomial coefficient."""
    return math.lgamma(items + 1) - math.lgamma(chosen + 1) - math.lgamma(items - chosen + 1)


def wilson(seen: int, trials: int, z: float = SURE_Z) -> tuple[float, float]:
    """Return Wilson's score interval of a share (E. B. Wilson, JASA 22, 1927); (0, 1) without trials."""
    if trials <= 0:
        return 0.0, 1.0
    share, square = seen / trials, z * z / trials
    middle = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / trials + square / (4 * trials)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(seen: int, trials: int, seen_before: int, trials_before: int, z: float = SURE_Z) -> tuple[float, float]:
    """Return an interval of the difference of two shares (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10).

    Both groups need trials.
    """
    share, before = seen / trials, seen_before / trials_before
    low, high = wilson(seen, trials, z)
    low_before, high_before = wilson(seen_before, trials_before, z)
    difference = share - before
    return (
        difference - math.hypot(share - low, high_before - before),
        difference + math.hypot(high - share, before - low_before),
    )
