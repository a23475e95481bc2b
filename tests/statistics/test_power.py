"""Are the shares of words on the page those that a fresh simulation finds?

Cells that are neither rare nor common, by other draws than the page's: both shares rest on 1,000 or 600 repetitions, so
that their difference has a standard error of 2.6 points at most, and the bound is three of them.
"""

from types import ModuleType

import numpy as np
import pytest
from tests.unit.test_release import script

REPEATS = 600

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def power() -> ModuleType:
    return script("power")


def on_the_page(power: ModuleType, name: str, times: int, size: str) -> list[float]:
    """Return what the page says of a cell."""
    lines = power.BLOCK.search(power.PAGE.read_text(encoding="utf-8"))[0].splitlines()
    header = [part.strip() for part in lines[1].split("|")]
    planted = next(each for each in power.PLANTED if (each.name, each.times) == (name, times))
    row = next(line for line in lines if line.startswith(f"| `{name}` ({planted.tolerance:g}) | {planted.loss:g} |"))
    return [float(share) for share in row.split("|")[header.index(size)].split("/")]


@pytest.mark.parametrize(
    ("name", "times", "size"),
    [("auc", 2, "2,000 rows"), ("accuracy", 0, "120 clusters"), ("log_loss", 4, "500 rows"), ("mae", 2, "60 clusters")],
)
def test_the_page_says_what_a_fresh_simulation_finds(power: ModuleType, name: str, times: int, size: str) -> None:
    planted = next(each for each in power.PLANTED if (each.name, each.times) == (name, times))
    wanted = next(each for each in power.SIZES if each.title == size)
    found = power.words(planted, wanted, REPEATS, seed=1)
    said = on_the_page(power, name, times, size)
    assert sum(said) == pytest.approx(100, abs=1.5)
    for mine, theirs in zip(found.values(), said, strict=True):
        share = np.clip((mine + theirs) / 200, 0.01, 0.99)
        error = 100 * np.sqrt(share * (1 - share) * (1 / REPEATS + 1 / power.REPEATS))
        assert abs(mine - theirs) <= 3 * error + 0.5, (found, said)


def test_what_is_planted_is_lost(power: ModuleType) -> None:
    """The loss of the drawn candidate, on a population of its own, is the one on the page."""
    for planted in power.PLANTED:
        handicap = power.handicap_of(planted, clustered=False)
        size = power.Size("", 400_000)
        pair = power.draw(np.random.default_rng(11), planted.task, size, handicap)
        sign = 1 if planted.metric.greater_is_better else -1
        lost = sign * (planted.metric.value(pair.champion) - planted.metric.value(pair.candidate))
        assert lost == pytest.approx(planted.loss, abs=0.15 * planted.tolerance), planted
