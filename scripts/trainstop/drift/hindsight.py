"""Whether a champion knows the time it would be judged on: one retrained on newer data, beside a candidate that is not.

Nothing but the profiles' periods is known of the training rows, so only whole periods count, and only those that the
candidate was not trained on: where rows are split at random, both have seen every period, and neither is favoured.
"""

from dataclasses import dataclass
from datetime import date

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
    """Return what a champion knows beforehand of the evaluation data; None when it is nothing.

    Args:
        evaluation: periods of the evaluation data, cut like the champion's.
        champion: profile of its training data.
        candidate: profile of its training data.

    """
    if evaluation.period != champion.period or champion.period != candidate.period:
        return None
    known = _whole_periods(champion) - _whole_periods(candidate)
    rows = {
        start: count
        for start, count in zip(evaluation.starts, evaluation.rows, strict=True)
        if start is not None and start in known
    }
    if not rows:
        return None
    return Hindsight(rows=sum(rows.values()), of=evaluation.total, first=min(rows), last=max(rows))


def _whole_periods(profile: Profile) -> set[date | None]:
    """Return the starts of the periods that have rows on as many days as usual."""
    whole = profile.whole(profile.usual_days)
    return {start for start, is_whole in zip(profile.starts, whole, strict=True) if is_whole and start is not None}
