"""What our workflows decide by expressions, by GitHub's own evaluator: who runs when, on which runner, with what."""

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tests.contracts import yaml_rules
from tests.contracts.expressions import Case, runs, values

ROOT = Path(__file__).parents[2]
MAIN, PULL = "refs/heads/main", "refs/pull/7/merge"
PULL_REQUEST = {"event_name": "pull_request", "ref": PULL, "event": {"pull_request": {"labels": [{"name": "docs"}]}}}
LABELLED = {**PULL_REQUEST, "event": {"pull_request": {"labels": [{"name": "docs"}, {"name": "trainstop:train"}]}}}
OTHERS = [
    {"event_name": name, "ref": MAIN, "event": {}}
    for name in ("push", "schedule", "workflow_dispatch", "repository_dispatch", "merge_group")
]
TRAIN = ("full", "sample", "skip", "label")


def job(workflow: str, name: str) -> dict[str, Any]:
    return dict(yaml_rules.load(ROOT / ".github" / "workflows" / workflow)["jobs"][name])


def step(workflow: str, name: str, title: str) -> dict[str, Any]:
    (found,) = (each for each in job(workflow, name)["steps"] if each["name"] == title)
    return dict(found)


def ended(**results: str) -> dict[str, dict[str, Any]]:
    """Return jobs that ended so; a name with hyphens is given with underscores."""
    return {name.replace("_", "-"): {"result": result, "outputs": {}} for name, result in results.items()}


def test_a_pull_request_trains_what_the_input_says_and_every_other_event_trains_in_full() -> None:
    condition, before = job("ci.yml", "model")["if"], ended(checks="success", champion="success")
    asked = {(train, name): github for train in TRAIN for name, github in (("no", PULL_REQUEST), ("yes", LABELLED))}
    done = values([runs(Case(condition, {"train": train}, github, before)) for (train, _), github in asked.items()])
    trained = {key for key, value in zip(asked, done, strict=True) if value}
    assert trained == {("full", "no"), ("full", "yes"), ("sample", "no"), ("sample", "yes"), ("label", "yes")}
    assert all(values([runs(Case(condition, {"train": t}, g, before)) for t, g in product(TRAIN, OTHERS)]))
    red = [ended(checks="failure", champion="success"), ended(checks="success", champion="failure")]
    assert not any(values([runs(Case(condition, {"train": "full"}, LABELLED, needs)) for needs in red]))


def test_a_sample_is_trained_with_its_own_settings_on_a_pull_request_alone() -> None:
    text = job("ci.yml", "model")["env"]["SETTINGS"]
    always, sample = re.findall(r"\$\{\{.*?\}\}", text)
    inputs = {"set": "a.b=1", "set-sample": "train.command=quick"}
    assert values([Case(always, inputs, PULL_REQUEST)]) == ["a.b=1"]
    asked = [Case(sample, {**inputs, "train": train}, github) for train in TRAIN for github in (PULL_REQUEST, *OTHERS)]
    assert [case for case, value in zip(asked, values(asked), strict=True) if value == "train.command=quick"] == [
        Case(sample, {**inputs, "train": "sample"}, PULL_REQUEST)
    ]
    steps = [each for each in job("ci.yml", "model")["steps"] if "set" in each.get("with", {})]
    assert {each["with"]["set"] for each in steps} == {"${{ env.SETTINGS }}"}


@pytest.mark.parametrize(
    ("train", "github", "model", "wanted"),
    [
        ("skip", PULL_REQUEST, "skipped", "passed"),
        ("label", PULL_REQUEST, "skipped", "passed"),
        ("full", PULL_REQUEST, "skipped", "failed"),
        ("sample", PULL_REQUEST, "skipped", "failed"),
        ("skip", OTHERS[0], "skipped", "failed"),
        ("label", OTHERS[1], "skipped", "failed"),
        ("skip", PULL_REQUEST, "cancelled", "failed"),
        ("label", LABELLED, "failure", "failed"),
        ("full", PULL_REQUEST, "success", "passed"),
        ("sample", PULL_REQUEST, "success", "passed"),
    ],
)
def test_the_gate_passes_a_model_that_was_not_trained_only_where_the_input_said_so(
    train: str, github: Mapping[str, Any], model: str, wanted: str
) -> None:
    text = step("ci.yml", "gate", "Nothing passes a red signal")["env"]["STATUS"]
    green = {"checks": "success", "champion": "success", "report": "success"}
    asked = [ended(**green, model=model)]
    asked += [
        ended(**{**green, name: bad}, model=model) for name, bad in product(green, ("failure", "cancelled", "skipped"))
    ]
    status, *worse = values([Case(text, {"train": train}, github, needs) for needs in asked])
    assert status == wanted
    assert set(worse) == {"failed"}


def test_only_a_candidate_that_passed_outside_a_pull_request_can_be_delivered() -> None:
    content = step("ci.yml", "model", "Pack the records, and the candidate when it can be delivered")["with"]["content"]
    asked = [
        (github, {"evaluate": {"outcome": one}, "model-test": {"outcome": other}})
        for github, one, other in product((PULL_REQUEST, *OTHERS), ("success", "failure"), ("success", "failure"))
    ]
    found = values([Case(content, {}, github, steps=steps) for github, steps in asked])
    packed = [pair for pair, value in zip(asked, found, strict=True) if value == "candidate"]
    assert [github for github, _ in packed] == OTHERS
    assert all(outcome == {"outcome": "success"} for _, steps in packed for outcome in steps.values())


def test_what_could_not_be_fetched_still_says_why_in_the_report() -> None:
    pack = step("ci.yml", "champion", "Pack it")
    gone = {"baseline": {"outcome": "failure"}}
    assert values([runs(Case(pack["if"], steps=gone, needs=ended(earlier="failure")))]) == [True]
    assert values([Case(pack["with"]["content"], steps=gone)]) == ["records"]
    needs = ended(checks="success", champion="failure", model="skipped")
    needs["champion"]["outputs"] = {"pack-digest": "sha256:1"}
    assert values([runs(Case(job("ci.yml", "report")["if"], needs=needs))]) == [True]
    titles = [each["name"] for each in job("ci.yml", "report")["steps"]]
    taken = titles.index("Take over what is known of the champion, where no model was judged")
    assert taken < titles.index("Report")
    assert values([Case(job("ci.yml", "report")["steps"][taken]["if"], needs=needs)]) == [True]
    needs["model"] = {"result": "success", "outputs": {"pack-digest": "sha256:2"}}
    assert values([Case(job("ci.yml", "report")["steps"][taken]["if"], needs=needs)]) == [False]


@pytest.mark.parametrize(
    ("production", "superseded", "promote", "wanted"),
    [
        ("success", "false", "success", None),
        ("success", "true", "skipped", None),
        ("skipped", "", "skipped", None),
        ("success", "false", "failure", "rollback"),
        ("success", "false", "cancelled", "rollback"),
        ("success", "false", "skipped", "rollback"),
        ("failure", "false", "skipped", "reconcile"),
        ("cancelled", "", "cancelled", "reconcile"),
    ],
)
def test_production_goes_back_or_is_put_right_whenever_it_is_not_whole(
    production: str, superseded: str, promote: str, wanted: str | None
) -> None:
    needs = ended(register="success", production=production, promote=promote)
    needs["production"]["outputs"] = {"superseded": superseded}
    ways = [each for each in job("cd.yml", "rollback")["steps"] if "if" in each]
    condition = runs(Case(job("cd.yml", "rollback")["if"], needs=needs))
    ran, *taken = values([condition, *(Case(way["if"], needs=needs) for way in ways)])
    assert ran == (wanted is not None)
    if wanted:
        uses = [way["uses"] for way, value in zip(ways, taken, strict=True) if value]
        assert uses == [f"$/actions/{wanted}"]


def test_what_is_checked_on_main_is_delivered_and_nothing_else() -> None:
    deliver = yaml_rules.load(ROOT / "example-project" / ".github" / "workflows" / "model.yml")["jobs"]["deliver"]
    assert deliver["needs"] == "check"
    elsewhere = [PULL_REQUEST, {**OTHERS[0], "ref": "refs/heads/feature"}, {**OTHERS[2], "ref": "refs/heads/feature"}]
    queue = {**OTHERS[4], "ref": "refs/heads/gh-readonly-queue/main/pr-1-0"}
    green, red = ended(check="success"), ended(check="failure")
    assert all(values([runs(Case(deliver["if"], github=github, needs=green)) for github in OTHERS[:4]]))
    assert not any(values([runs(Case(deliver["if"], github=github, needs=green)) for github in (*elsewhere, queue)]))
    assert not any(values([runs(Case(deliver["if"], github=github, needs=red)) for github in OTHERS]))


@pytest.mark.parametrize("workflow", ["ci.yml", "cd.yml", "monitor.yml"])
def test_every_job_can_have_a_runner_of_its_own(workflow: str) -> None:
    jobs = yaml_rules.load(ROOT / ".github" / "workflows" / workflow)["jobs"]
    asked = []
    for name, about in jobs.items():
        own = {"runs-on-jobs": f'{{"{name}": ["self-hosted", "gpu"], "other": "x"}}', "runs-on": "ubuntu-latest"}
        group = {"runs-on-jobs": f'{{"{name}": {{"group": "large"}}}}', "runs-on": "ubuntu-latest"}
        rest = [{"runs-on-jobs": said, "runs-on": "mine"} for said in ("", "{}", '{"other": "x"}')]
        listed = {"runs-on-jobs": "{}", "runs-on": '["self-hosted", "cpu"]'}
        asked += [Case(about["runs-on"], inputs) for inputs in (own, group, *rest, listed)]
    wanted = [["self-hosted", "gpu"], {"group": "large"}, "mine", "mine", "mine", ["self-hosted", "cpu"]]
    assert values(asked) == wanted * len(jobs)
