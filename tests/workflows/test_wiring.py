"""Our called workflows under act with their steps emptied: which jobs and steps run, whatever ended before them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from tests.workflows.rig import events, trees
from tests.workflows.rig.machine import Machine
from tests.workflows.rig.world import Called, Settled, lost_promotion, with_settled

from trainstop.rendering import LAST_JOB, as_dispatch, rendered

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Small = Callable[[Mapping[str, str]], tuple[Machine, Path, str]]
DONE = Settled("success")
CANDIDATE = {"pack": "trainstop-model-1", "pack-digest": "sha256:0"}


def hollow(name: str, settled: Mapping[str, Settled]) -> str:
    """Return a called workflow to dispatch, whose actions only say their names; some jobs have ended already."""
    text = (trees.ROOT / ".github" / "workflows" / name).read_text()
    made = yaml.safe_load(with_settled(as_dispatch(rendered(text, trees.LIBRARY, trees.REF)[0]), settled))
    for key, job in made["jobs"].items():
        if key not in settled and key != LAST_JOB:
            job["steps"] = [said(step) if "uses" in step else step for step in job["steps"]]
    return yaml.safe_dump(made, sort_keys=False, width=10_000)


def said(step: Mapping[str, str]) -> dict[str, str]:
    """Return a step that says which action it stands for."""
    action = step["uses"].partition("@")[0].rpartition("/")[2]
    return {**{key: step[key] for key in ("id", "if", "name") if key in step}, "run": f"echo 'ran {action}'"}


def called(
    small: Small, name: str, settled: Mapping[str, Settled], **inputs: str
) -> tuple[Called, dict[str, list[str]]]:
    """Run it; return what it came to, and which actions ran in each job."""
    machine, repository, commit = small({f".github/workflows/{name}": hollow(name, settled)})
    run = machine.run(repository, events.dispatch(commit, **inputs), name)
    ran = {
        key: [line.removeprefix("ran ") for line in job.text.splitlines() if line.startswith("ran ")]
        for key, job in run.jobs.items()
    }
    return Called.of(run), ran


def test_a_promotion_that_was_lost_is_followed_by_the_way_back_and_not_by_reconciling(small: Small) -> None:
    done, ran = called(small, "cd.yml", lost_promotion("2"), **CANDIDATE)
    assert done.results["rollback"] == "success"
    assert ran["rollback"] == ["checkout", "setup", "rollback"]


def test_a_production_that_was_lost_is_reconciled_and_nothing_is_promoted(small: Small) -> None:
    done, ran = called(small, "cd.yml", {**lost_promotion("2"), "production": Settled("failure")}, **CANDIDATE)
    assert (done.results["promote"], done.results["rollback"]) == ("skipped", "success")
    assert ran["rollback"] == ["checkout", "setup", "reconcile"]


def test_an_overtaken_version_ends_the_run_after_staging_has_asked(small: Small) -> None:
    settled = {**lost_promotion("2"), "staging": Settled("success", {"superseded": "true"})}
    for name in ("staging-test", "production", "promote"):
        del settled[name]
    done, _ = called(small, "cd.yml", settled, **CANDIDATE)
    skipped = {"staging-test", "production", "promote", "rollback"}
    assert done.results == {name: "skipped" if name in skipped else "success" for name in done.results}
    assert done.outputs["superseded"] == "true"


def test_a_champion_that_could_not_be_fetched_is_reported_and_the_gate_is_red(small: Small) -> None:
    packed = {"pack": "a", "pack-digest": "sha256:0"}
    done, ran = called(small, "ci.yml", {"checks": Settled("success", packed), "champion": Settled("failure", packed)})
    assert done.results == {
        "checks": "success", "champion": "failure", "model": "skipped", "report": "success", "gate": "failure",
    }  # fmt: skip
    assert ran["report"] == ["checkout", "setup", *["download-artifact", "unpack"] * 2, "report"]


def test_jobs_run_where_the_caller_says(small: Small) -> None:
    where = '{"alert": ["ubuntu-24.04"], "react": "nowhere"}'
    done, ran = called(small, "monitor.yml", {}, **{"runs-on-jobs": where})
    assert done.results["monitor"] == done.results["alert"] == "success"
    assert ran["alert"][-2:] == ["pack", "upload-artifact"]
