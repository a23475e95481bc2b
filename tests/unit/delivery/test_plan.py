from itertools import pairwise

import pytest

from trainstop.delivery.plan import Act, Planned, plan


@pytest.mark.parametrize("strategy", ["all-at-once", "blue-green", "canary"])
@pytest.mark.parametrize("replaces", [True, False])
def test_a_version_is_asked_its_golden_predictions_before_any_traffic_and_again_once_it_serves(
    strategy: str, replaces: bool
) -> None:
    acts = [step.act for step in plan(strategy, (10, 50), replaces=replaces)]
    traffic = min(acts.index(act) for act in (Act.SHIFT, Act.COMMIT) if act in acts)
    assert acts.index(Act.PREPARE) < acts.index(Act.ASK_VERSION) < traffic
    assert acts[-2:] == [Act.COMMIT, Act.ASK_ENDPOINT]


def test_every_step_of_a_canary_is_watched_before_the_next_one() -> None:
    steps = plan("canary", (10, 50), replaces=True)
    shifts = [(before, after) for before, after in pairwise(steps) if before.act is Act.SHIFT]
    assert shifts == [(Planned(Act.SHIFT, percent), Planned(Act.WATCH, percent)) for percent in (10, 50)]


def test_blue_green_moves_all_traffic_while_the_old_version_still_runs() -> None:
    steps = plan("blue-green", (10, 50), replaces=True)
    assert steps.index(Planned(Act.SHIFT, 100)) < steps.index(Planned(Act.COMMIT, 100))


def test_where_nothing_serves_there_is_no_traffic_to_move_bit_by_bit() -> None:
    plans = {plan(strategy, (10,), replaces=False) for strategy in ("all-at-once", "blue-green", "canary")}
    assert len(plans) == 1
    assert Act.WATCH not in {step.act for step in plans.pop()}
