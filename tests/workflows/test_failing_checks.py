"""`ci.yml` when something is red: what still runs, what is said, and that nothing goes on."""

import pytest
from tests.workflows.rig.world import World

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workflows"), pytest.mark.timeout(900)]


def test_red_lint_trains_nothing_is_still_reported_and_ends_in_a_red_gate(place: World) -> None:
    text = (place.repository / "make_data.py").read_text()
    place.change("A bug", make_data_dot_py=text + "\n\nprint(never_defined)\n")
    called = place.call("ci.yml")
    assert called.results == {"checks": "failure", "model": "skipped", "report": "success", "gate": "failure"}
    assert called.outputs["status"] == "failed"
    assert called.outputs["pack-digest"] == ""
    checks = called.run.jobs["checks"]
    assert any("never_defined" in note["message"] and note.get("file") == "make_data.py" for note in checks.annotations)
    assert "never_defined" in called.run.jobs["report"].summary
    assert "passed" in checks.text, "the tests run although lint is red"
    place.change("Corrected", make_data_dot_py=text)


def test_a_training_that_fails_is_reported_with_its_last_words_and_hands_no_candidate_on(place: World) -> None:
    text = (place.repository / "train.py").read_text()
    broken = text.replace(
        "    rows = pd.read_parquet", '    raise SystemExit("no parcels today")\n    rows = pd.read_parquet'
    )
    place.change("A training that fails", train_dot_py=broken)
    called = place.call("ci.yml")
    assert called.results == {"checks": "success", "model": "failure", "report": "success", "gate": "failure"}
    assert called.outputs["status"] == "failed"
    assert "no parcels today" in called.run.jobs["model"].text
    assert "train" in called.run.jobs["report"].summary
    manifest = place.artifact("trainstop-model-1")
    assert not any(name.startswith("candidate") for name in manifest), manifest
    place.change("Corrected", train_dot_py=text)
