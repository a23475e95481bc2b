"""How a candidate stands against the champion over all metrics, for sentences that sum it up."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from trainstop.records.judging import MetricResult


@dataclass(frozen=True)
class Standing:
    """Names of metrics by what is known of them."""

    by_word: dict[str, list[str]] = field(default_factory=dict)
    """By the record's word for them."""
    slightly: list[str] = field(default_factory=list)
    """Of those that are no worse: surely worse, by less than is tolerated."""
    lost: list[str] = field(default_factory=list)
    """Surely worse, and no tolerance is set for them: the record has no word for that."""

    @property
    def no_worse(self) -> list[str]:
        """Those that are no worse without being surely so by a little."""
        return [name for name in self.by_word.get("no worse", []) if name not in self.slightly]


def standing(metrics: Iterable[MetricResult]) -> Standing:
    """Return how the metrics stand."""
    found = Standing()
    for metric in metrics:
        compared = metric.comparison
        if compared is None:
            continue
        surely_lower = compared.interval is not None and compared.interval[1] < 0
        if compared.word:
            found.by_word.setdefault(compared.word, []).append(metric.name)
            if surely_lower and compared.word == "no worse":
                found.slightly.append(metric.name)
        elif surely_lower and compared.tolerance is None:
            found.lost.append(metric.name)
    return found
