"""`evaluate` with several seeds: each one's model is asked, and what is judged is the code."""

from pathlib import Path

import numpy as np
import pytest
from tests.unit.stages.test_evaluate import Here, answers, check, metric

from trainstop.errors import ConfigurationError, InputError, ProjectCodeError
from trainstop.records import Status

SEEDS = 3


def seeded(here: Here, *tables: object) -> None:
    """Give the candidate the models of further seeds."""
    here.sections["train"] = {"seeds": len(tables) + 1}
    for number, table in enumerate(tables, 1):
        bundle = here.workspace.candidate.seed(number)
        bundle.model.mkdir(parents=True)
        here.ports.scorer.tables[bundle.root] = table


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_every_seeds_model_is_asked_about_the_same_rows_and_the_mean_is_judged(here: Here) -> None:
    alone = metric(here.run(), "auc").candidate
    seeded(here, answers(seed=2), answers(noise=1.5, seed=3))
    result = here.run()
    found = metric(result, "auc")
    assert found.seeds is not None
    assert found.seeds.candidate[0] == alone.value
    assert len(set(found.seeds.candidate)) == SEEDS
    assert found.candidate.value == pytest.approx(np.mean(found.seeds.candidate))
    assert result.part is not None
    assert result.part.seeds == SEEDS
    assert any("the mean over the models of 3 seeds" in note for note in result.part.notes)
    assert check(result, "seeds").status == "passed"
    asked = [request.bundle.root for request in here.ports.scorer.asked[-3:]]
    assert asked == [here.workspace.candidate.seed(number).root for number in range(SEEDS)]


def test_the_order_in_which_a_seed_answers_does_not_matter(here: Here) -> None:
    table = answers(noise=1.5, seed=3)
    turned = {name: list(values)[::-1] for name, values in table.items()}
    seeded(here, table)
    straight = metric(here.run(), "auc").seeds
    here.ports.scorer.tables[here.workspace.candidate.seed(1).root] = turned
    assert metric(here.run(), "auc").seeds == straight


def test_a_training_that_ignores_its_seed_is_told(here: Here) -> None:
    seeded(here, answers(), answers())
    told = check(here.run(), "seeds")
    assert told.status == "warned"
    assert "seems to ignore TRAINSTOP_SEED" in told.reason


def test_one_seed_that_differs_is_no_training_that_ignores_it(here: Here) -> None:
    seeded(here, answers(), answers(seed=2))
    assert check(here.run(), "seeds").status == "passed"


def test_a_seed_that_answers_nan_fails_and_leaves_no_metric(here: Here) -> None:
    here.sections["gates"] = {"auc": {"min": 0.5}}
    seeded(here, answers(), answers() | {"score": [float("nan")] * 1200})
    result = here.run()
    assert result.status is Status.FAILED
    assert "seed 2: 1200 of 1200 rows have a score that is missing, NaN or infinite" in check(result, "seeds").reason
    assert "the model of seed 2 has no value" in check(result, "auc").reason


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (answers(rows=5), "different rows"),
        ({"row_id": [1], "target": [1]}, "neither a `prediction` nor a `score`"),
        (ProjectCodeError("it crashed"), "it crashed"),
    ],
)
def test_a_seed_that_cannot_be_judged_breaks_off_and_is_named(here: Here, table: object, words: str) -> None:
    seeded(here, table)
    with pytest.raises((InputError, ProjectCodeError), match="the model of seed 1: ") as caught:
        here.run()
    assert words in caught.value.what


def test_models_that_did_not_travel_are_missed(here: Here) -> None:
    here.sections["train"] = {"seeds": 3}
    with pytest.raises(InputError, match=r"`train.seeds` is 3, and the models of 1 seed is here") as caught:
        here.run()
    assert "trainstop train" in caught.value.fix


def test_a_champions_seeds_add_their_spread_where_they_answered_the_same_data(here: Here) -> None:
    here.sections["gates"] = {"auc": {"tolerance": 0.2}}
    seeded(here, answers(seed=2), answers(seed=3))
    here.champion(answers(seed=4))
    one = metric(here.run(), "auc")
    assert one.champion is not None
    assert one.champion.value is not None
    assert "draw from the same spread" in one.method
    recorded = (one.champion.value, one.champion.value - 0.01, one.champion.value - 0.02)
    here.champion(answers(seed=4), seeds={"auc": recorded})
    several = metric(here.run(), "auc")
    assert several.champion is not None
    assert several.champion.value == pytest.approx(one.champion.value - 0.01)
    assert several.seeds is not None
    assert several.seeds.champion == recorded
    assert "the champion's 3 seeds add their own" in several.method


def test_seeds_and_a_file_that_each_would_write_over_are_refused(here: Here) -> None:
    here.sections["train"] = {"seeds": 2}
    here.sections["evaluate"] = {"predictions": "answers.csv"}
    with pytest.raises(ConfigurationError, match=r"evaluate\.predictions"):
        here.run()


def test_a_champions_seeds_that_answered_other_data_are_only_a_spread_to_draw_from(here: Here) -> None:
    seeded(here, answers(seed=2), answers(seed=3))
    here.champion(model=answers(seed=4), data="sha256:old")
    champion = metric(here.run(), "auc").champion
    assert champion is not None
    assert champion.value is not None
    recorded = (champion.value, champion.value - 0.01)
    here.champion(model=answers(seed=4), data="sha256:old", seeds={"auc": recorded})
    found = metric(here.run(), "auc")
    assert found.champion == champion
    assert "the champion's 2 seeds answered other rows" in found.method
