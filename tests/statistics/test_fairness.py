"""Does a disparity's 95% interval hold the true one at least 95 times in 100, and a group's interval its rate?

Each scene draws groups anew from a world whose rates are known. With 200 repetitions the Monte-Carlo error of a share
near 5% is 1.5 points, and the bound is the promise plus two of them. There is no upper limit: an interval that holds
for all pairs at once is wider than it must be where groups are equal.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from trainstop.config.fairness import FairnessSection
from trainstop.judgement.fairness import judge_groups
from trainstop.judgement.samples import Sample
from trainstop.judgement.verdicts import Pair, Rules

REPEATS = 200
RESAMPLES = 200
MISSED = 8.1
"""Percent."""
RATES = ("demographic-parity-difference", "demographic-parity-ratio", "equalized-odds-difference")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@dataclass(frozen=True)
class World:
    """Groups with their own rates of being selected, the same for rows of either class.

    `rates` are true ones by group; `shares` how many rows are of the group; rows of a cluster share a level that moves
    all their chances by up to `alike` of what they are.
    """

    rates: tuple[float, ...]
    shares: tuple[float, ...]
    rows: int
    clusters: int = 0
    alike: float = 0.0

    def draw(self, random: np.random.Generator) -> tuple[Pair, np.ndarray]:
        group = random.choice(len(self.rates), self.rows, p=self.shares)
        chance, codes = np.array(self.rates)[group], None
        if self.clusters:
            codes = np.unique(random.integers(0, self.clusters, self.rows), return_inverse=True)[1]
            chance = chance * (1 + self.alike * random.uniform(-1, 1, self.clusters)[codes])
        target = random.random(self.rows) < 0.5
        said = random.random(self.rows) < chance
        return Pair(candidate=Sample(task="binary", target=target, prediction=said), clusters=codes), group

    def truth(self) -> dict[str, float]:
        apart = max(self.rates) - min(self.rates)
        return {RATES[0]: apart, RATES[1]: min(self.rates) / max(self.rates), RATES[2]: apart}


WORLDS = {
    "two equal groups": World((0.3, 0.3), (0.5, 0.5), 400),
    "two groups apart": World((0.3, 0.5), (0.7, 0.3), 400),
    "five equal groups": World((0.3,) * 5, (0.2,) * 5, 1000),
    "five groups, one small and apart": World((0.3, 0.3, 0.3, 0.3, 0.5), (0.3, 0.25, 0.2, 0.2, 0.05), 1200),
    "rare selection": World((0.02, 0.04, 0.02), (0.4, 0.3, 0.3), 1500),
    "groups inside 40 clusters": World((0.3, 0.4, 0.3), (0.4, 0.3, 0.3), 3000, 40, 0.6),
}


@cache
def missed(world: World) -> dict[str, float]:
    """Share of intervals, in percent, that miss: of each disparity, and of the groups' selection rates."""
    random, misses, given = np.random.default_rng(1), Counter[str](), Counter[str]()
    names = tuple(str(each) for each in range(len(world.rates)))
    for repeat in range(REPEATS):
        pair, group = world.draw(random)
        rules = Rules(resamples=RESAMPLES, seed=repeat)
        result = judge_groups(pair, {"group": (group, names)}, FairnessSection(columns=("group",)), rules)
        held = {each.name: (each.estimate.interval, world.truth().get(each.name)) for each in result.disparities}
        for one in result.groups:
            held[f"rate {one.values[0]}"] = one.metrics[0].candidate.interval, world.rates[int(one.values[0])]
        for name, (interval, true) in held.items():
            if interval is not None and true is not None:
                what = name.split(" ")[0]
                given[what] += 1
                misses[what] += not interval[0] <= true <= interval[1]
    return {what: 100 * misses[what] / count for what, count in given.items()}


@pytest.mark.parametrize("what", [*RATES, "rate"])
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_intervals_hold_the_truth(world: World, what: str) -> None:
    found = missed(world)[what]
    print(f"{world}: {what} misses {found:.1f}%")
    assert found <= MISSED
