"""`ci.yml` when something is red: what still runs, what is said, and that nothing goes on."""

import pytest
from tests.workflows.rig.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_red_lint_trains_nothing_is_still_reported_and_ends_in_a_red_gate(place: World) -> None:
    with place.changed("A bug", "make_data.py", "    main()\n", "    main()\n    print(never_defined)\n"):
        called = place.call("ci.yml")
    assert called.results == {
        "checks": "failure",
        "champion": "success",
        "model": "skipped",
        "report": "success",
        "gate": "failure",
    }
    assert called.outputs["status"] == "failed"
    assert called.outputs["pack-digest"] == ""
    checks = called.run.jobs["checks"]
    assert any("never_defined" in note["message"] and note.get("file") == "make_data.py" for note in checks.annotations)
    assert "test: passed" in checks.text, "the tests run although lint is red"
    assert "lint" in called.run.jobs["report"].summary


def test_a_training_that_fails_is_reported_and_hands_no_candidate_on(place: World) -> None:
    read = "    rows = pd.read_parquet"
    with place.changed("No training", "train.py", read, f'    raise SystemExit("no parcels today")\n{read}'):
        called = place.call("ci.yml")
    assert called.results == {
        "checks": "success",
        "champion": "success",
        "model": "failure",
        "report": "success",
        "gate": "failure",
    }
    assert called.outputs["status"] == "failed"
    assert "no parcels today" in called.run.jobs["model"].text
    assert "train" in called.run.jobs["report"].summary
    files = place.artifact("trainstop-model-1")
    assert any(name.startswith("results/") for name in files)
    assert not any(name.startswith("candidate/") for name in files), files
