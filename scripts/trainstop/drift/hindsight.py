"""Whether a champion knows the time it would be judged on: one retrained on newer data, beside a candidate that is not.

Nothing but the profiles' periods is known of the training rows, so only whole periods count, and only those that the
candidate was not trained on: where rows are split at random, both have seen every period, and neither is favoured.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from trainstop.drift.profile import Profile

MOST = 0.05
"""Share of the evaluation rows that may lie in such periods."""


@dataclass(frozen=True)
class Hindsight:
    """Evaluation rows in periods that the champion was trained on and the candidate was not."""

    rows: int
    of: int
    first: date
    last: date

    @property
    def matters(self) -> bool:
        """Whether they are more than may be overlooked."""
        return self.rows > MOST * self.of


def hindsight(evaluation: Profile, champion: Profile, candidate: Profile) -> Hindsight | None:
    """Return what a champion knows beforehand of the evaluation data; None when it is nothing or nobody can tell.

    Where one of the three is cut by weeks and another by days, as after a change of `data.period`, all are compared by
    weeks.

    Args:
        evaluation: periods of the evaluation data; what is returned is counted in these.
        champion: profile of its training data.
        candidate: profile of its training data.

    """
    if not champion.time or not candidate.time:  # not cut by time: nobody can tell
        return None
    weekly = "week" in {evaluation.period, champion.period, candidate.period}
    known = _whole_periods(champion, weekly=weekly) - _whole_periods(candidate, weekly=weekly)
    rows = {
        start: count
        for start, count in zip(evaluation.starts, evaluation.rows, strict=True)
        if start is not None and (_week(start) if weekly else start) in known
    }
    if not rows:
        return None
    return Hindsight(rows=sum(rows.values()), of=evaluation.total, first=min(rows), last=max(rows))


def _whole_periods(profile: Profile, *, weekly: bool) -> set[date]:
    """Return the starts of the periods, or of their weeks, that have rows on as many days as usual."""
    days: Counter[date] = Counter()
    for start, count in zip(profile.starts, profile.days, strict=False):
        if start is not None:
            days[_week(start) if weekly else start] += count
    usual = int(median(days.values())) if days else 0
    return {start for start, count in days.items() if count >= usual}


def _week(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
