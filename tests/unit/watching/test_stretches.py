"""How far a look reaches back."""

import pytest

from trainstop.config import Config
from trainstop.watching.stretches import lengths


def config(period: str, minimum: int = 20) -> Config:
    return Config.model_validate(
        {
            "model": {"name": "m", "task": "binary"},
            "data": {"period": period},
            "evaluate": {"minimum": minimum},
            "monitor": {"windows": [3, 4]},
        }
    )


@pytest.mark.parametrize("period", ["day", "week"])
@pytest.mark.parametrize("minimum", [2, 20, 60])
def test_the_longest_stretch_holds_enough_clusters_at_one_a_week(period: str, minimum: int) -> None:
    found = lengths(config(period, minimum))
    days = 7 if period == "week" else 1
    assert found.windows < found.longer <= found.longest
    assert found.longest * days >= minimum * 7


def test_days_alone_make_enough_clusters_where_every_other_one_has_labels() -> None:
    assert lengths(config("day")).longer == 40
    assert lengths(config("week")).longer == 12


def test_no_look_reaches_back_for_ever() -> None:
    assert lengths(config("day", 10_000)).longest <= 730
