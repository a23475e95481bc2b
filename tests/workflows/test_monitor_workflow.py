"""`monitor.yml` as a project calls it: the model falls, one issue opens, retraining starts, and neither twice."""

import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from tests.workflows.rig import events
from tests.workflows.rig.world import DATA_TOKEN, SECRETS, Delivery, World, production_log

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

WINDOW = re.compile(r"from [\d :-]+ UTC to (\d{4}-\d\d-\d\d \d\d:\d\d) UTC")
RESULTS = {"watch/champion": "success", "watch/monitor": "success", "watch/alert": "success", "watch/react": "success"}


def test_a_model_that_fell_opens_one_issue_which_the_next_look_updates_and_starts_retraining_once(
    place: World, delivered: Delivery
) -> None:
    del delivered
    now = datetime.now(UTC)
    # The newest whole week is another one since Monday, and the pause between two reactions is not over yet.
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    production_log(place, weeks=8)
    with looked_from(place, monday - timedelta(hours=1)) as last_week:
        first = place.run(events.schedule(last_week), "monitor.yml")
    assert first.results == RESULTS, first.failures
    (issue,) = place.issues()
    assert "late-parcels" in issue["title"]
    assert "auc" in issue["body"]
    told = issue["body"]
    (started,) = place.forge.world.runs
    assert started["file"] == "model.yml"
    assert DATA_TOKEN in place.seen(), "the project's command that fetches is given the credential of the data"
    assert SECRETS["MLFLOW_READ_TOKEN"] not in place.seen(), "and the registry's is on another machine"

    again = place.run(events.schedule(place.head()), "monitor.yml")
    assert again.result("watch/alert") == "success", again.failures
    (same,) = place.issues()
    assert same["number"] == issue["number"]
    assert same["body"] != told
    ended, later = (WINDOW.findall(text)[0] for text in (told, same["body"]))
    assert ended < later, "the newest window is there since the second look"
    assert len(place.forge.world.runs) == 1


def looked_from(place: World, at: datetime) -> AbstractContextManager[str]:
    """Have the monitor look back from another time than now."""
    last = "rollback-workflow: rollback.yml\n"
    said = f"{last}      as-of: '{at.isoformat(timespec='seconds')}'\n"
    return place.changed("Look back from another time", ".github/workflows/monitor.yml", last, said)
