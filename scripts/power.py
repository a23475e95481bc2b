"""Simulate what comparisons say of planted losses: `python scripts/power.py` writes the table in `docs/judgement.md`.

Takes ten minutes, so `make docs` does not run it; `tests/statistics/test_power.py` holds cells of the page against
simulations of its own.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.judgement.samples import Sample, Task
from trainstop.judgement.verdicts import Pair, Rules, judge

PAGE = Path(__file__).resolve().parents[1] / "docs" / "judgement.md"
BLOCK = re.compile(r"(<!-- simulated: power -->\n).*?(<!-- end: power -->)", re.DOTALL)
REPEATS = 1000
RESAMPLES = 400
ROWS_OF_A_CLUSTER = 100
ALIKE = 0.3
"""Standard deviation of what a cluster's rows share, where a row's own noise has 0.8."""
APART = 0.15
"""Standard deviation of what a cluster's rows share of one model's noise, apart from the other's."""
OWN = 0.4
"""Standard deviation of a model's own noise; the candidate's is larger where it shall be worse."""
POPULATION = 400_000
POSITIVE_FROM = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """So many rows, or clusters of `ROWS_OF_A_CLUSTER` rows."""

    title: str
    rows: int
    clusters: int = 0


SIZES = (
    Size("500 rows", 500),
    Size("2,000 rows", 2000),
    Size("20,000 rows", 20_000),
    Size("30 clusters", 30 * ROWS_OF_A_CLUSTER, 30),
    Size("60 clusters", 60 * ROWS_OF_A_CLUSTER, 60),
    Size("120 clusters", 120 * ROWS_OF_A_CLUSTER, 120),
)


@dataclass(frozen=True)
class Planted:
    """A metric, its tolerance, and how many tolerances the candidate truly loses."""

    name: str
    task: Task
    tolerance: float
    times: int

    @property
    def metric(self) -> Metric:
        """What is judged."""
        return BY_TASK[self.task][self.name]

    @property
    def loss(self) -> float:
        """How much is lost, in the metric's own unit."""
        return self.tolerance * self.times


METRICS: tuple[tuple[str, Task, float], ...] = (
    ("auc", "binary", 0.01),
    ("accuracy", "binary", 0.01),
    ("log_loss", "binary", 0.01),
    ("mae", "regression", 0.02),
)
PLANTED = tuple(Planted(*metric, times) for metric in METRICS for times in (0, 1, 2, 4))


def draw(draws: np.random.Generator, task: Task, size: Size, handicap: float) -> Pair:
    """Draw rows, and what two models answer to them: most of their errors are the same."""
    codes, shared, apart = None, np.zeros(size.rows), np.zeros((2, size.rows))
    if size.clusters:
        codes = np.repeat(np.arange(size.clusters, dtype=np.intp), size.rows // size.clusters)
        shared = ALIKE * draws.normal(size=size.clusters)[codes]
        apart = APART * draws.normal(size=(2, size.clusters))[:, codes]
    common = 0.8 * draws.normal(size=size.rows) + shared
    noises = [
        OWN * grown * draws.normal(size=size.rows) + moved
        for grown, moved in zip((1 + handicap, 1), apart, strict=True)
    ]
    if task == "regression":
        truth = 10 + 3 * draws.normal(size=size.rows)
        samples = [Sample(task="regression", target=truth, prediction=truth + common + noise) for noise in noises]
    else:
        target = draws.random(size.rows) < 0.5
        samples = [_scored(target, 1.2 * target - 0.6 + common + noise) for noise in noises]
    return Pair(candidate=samples[0], champion=samples[1], clusters=codes)


def _scored(target: NDArray[np.bool_], line: Floats) -> Sample:
    """Return answers whose log odds are `line`, which is about what they should be."""
    score = 1 / (1 + np.exp(-1.2 * line))
    return Sample(task="binary", target=target, score=score, prediction=score >= POSITIVE_FROM, probability=True)


@cache
def handicap_of(planted: Planted, *, clustered: bool) -> float:
    """Return how much more noise makes the candidate lose as much as is planted, on a large population."""
    if not planted.times:
        return 0.0
    sign = 1 if planted.metric.greater_is_better else -1
    size = Size("", POPULATION, POPULATION // ROWS_OF_A_CLUSTER if clustered else 0)
    low, high = 0.0, 8.0
    for _ in range(14):
        middle = (low + high) / 2
        pair = draw(np.random.default_rng(7), planted.task, size, middle)
        even = draw(np.random.default_rng(7), planted.task, size, 0.0)
        lost = sign * (planted.metric.value(even.candidate) - planted.metric.value(pair.candidate))
        low, high = (middle, high) if lost < planted.loss else (low, middle)
    return (low + high) / 2


def words(planted: Planted, size: Size, repeats: int = REPEATS, seed: int = 0) -> dict[str, float]:
    """Return how often, in percent, each word is said; *better* counts as *no worse*."""
    said, handicap = Counter[str](), handicap_of(planted, clustered=bool(size.clusters))
    rules = Rules(resamples=RESAMPLES, tolerances={planted.name: planted.tolerance})
    for repeat in range(repeats):
        random = np.random.default_rng([seed, PLANTED.index(planted), SIZES.index(size), repeat])
        (found,) = judge(draw(random, planted.task, size, handicap), [planted.metric], rules)
        word = found.comparison.word if found.comparison else None
        said["no worse" if word == "better" else str(word)] += 1
    return {word: 100 * said[word] / repeats for word in ("worse", "cannot tell", "no worse")}


def cell(shares: dict[str, float]) -> str:
    """Write the shares of the three words."""
    return " / ".join(f"{share:.0f}" for share in shares.values())


def table(progress: Callable[[str], None]) -> str:
    """Simulate every cell."""
    return "\n".join(_lines(progress))


def _lines(progress: Callable[[str], None]) -> Iterator[str]:
    """Yield the table's lines."""
    yield f"| metric (tolerance) | true loss | {' | '.join(size.title for size in SIZES)} |"
    yield f"| --- | --- |{' --- |' * len(SIZES)}"
    for planted in PLANTED:
        cells = " | ".join(cell(words(planted, size)) for size in SIZES)
        line = f"| `{planted.name}` ({planted.tolerance:g}) | {planted.loss:g} | {cells} |"
        progress(line)
        yield line


def main() -> None:
    """Write the table into the page."""
    made = table(lambda line: print(line, flush=True))
    page = PAGE.read_text(encoding="utf-8")
    if not BLOCK.search(page):
        sys.exit(f"{PAGE} has no place for the table")
    PAGE.write_text(BLOCK.sub(lambda match: f"{match[1]}{made}\n{match[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
