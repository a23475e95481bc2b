"""`monitor.yml` as a project calls it: the model falls, one issue opens, retraining starts, and neither twice."""

import pytest
from tests.workflows.rig import events, trees
from tests.workflows.rig.world import Delivery, World, production_log

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RESULTS = {"watch/monitor": "success", "watch/alert": "success", "watch/react": "success"}


def test_a_model_that_fell_opens_one_issue_and_starts_retraining_once(place: World, delivered: Delivery) -> None:
    del delivered
    before = place.head()
    production_log(place)
    commit = trees.commit(place.repository, "What production was asked")
    try:
        first = place.run(events.schedule(commit), "monitor.yml")
        assert first.results == RESULTS, first.failures
        (issue,) = place.issues()
        assert "late-parcels" in issue["title"]
        assert "auc" in issue["body"]
        (started,) = place.forge.world.runs
        assert started["file"] == "model.yml"

        again = place.run(events.schedule(commit), "monitor.yml")
        assert again.result("watch/alert") == "success", again.failures
        assert [each["number"] for each in place.issues()] == [issue["number"]]
        assert len(place.forge.world.runs) == 1
    finally:
        trees.git(place.repository, "reset", "--quiet", "--hard", before)
