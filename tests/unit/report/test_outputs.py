"""Outputs: text by kebab-case name, the same names whatever the stage came to."""

import re
from typing import Any

import pytest

from trainstop import verbs
from trainstop.records.base import Part
from trainstop.records.checks import LintPart
from trainstop.records.delivery import (
    DeployPart,
    NewestPart,
    PreflightPart,
    PromotePart,
    RegisterPart,
    RollbackPart,
    StagingTestPart,
)
from trainstop.records.judging import BaselinePart
from trainstop.records.reporting import ReportPart
from trainstop.records.watching import AlertPart, Incident, MonitorPart, ReactPart, Signal
from trainstop.report.outputs import OF_PART, described, of_part, outputs


def test_every_stage_says_its_status_and_where_its_record_is(write: Any) -> None:
    record = write().find(LintPart)
    assert outputs(record, path=".trainstop/results/lint.json", digest="sha256:ab") == {
        "status": "passed",
        "record": ".trainstop/results/lint.json",
        "record-digest": "sha256:ab",
    }


def test_values_are_text_as_workflows_compare_it(write: Any, make: Any) -> None:
    train = write().find(type(make.parts()["train"]))
    values = outputs(train, path="p", digest="d")
    assert (values["fingerprint"], values["restored"]) == ("sha256:" + "1" * 64, "false")
    baseline = write(baseline=BaselinePart()).find(BaselinePart)
    assert outputs(baseline, path="p", digest="d")["champion-version"] == ""


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            RegisterPart(model_name="delay", model_version=4, key="k", created=True, manifest="sha256:1"),
            {"model-name": "delay", "model-version": 4, "created": True, "delivered": False, "manifest": "sha256:1"},
        ),
        (
            DeployPart(environment="staging", model_version=4, strategy="canary", endpoint="http://x"),
            {"environment": "staging", "model-version": 4, "previous-version": None, "endpoint": "http://x"},
        ),
        (StagingTestPart(environment="staging", model_version=4), {"environment": "staging", "model-version": 4}),
        (
            PromotePart(model_version=4, previous_version=3, approved_by="grace"),
            {"model-version": 4, "previous-version": 3, "approved-by": "grace"},
        ),
        (
            PreflightPart(
                environment="production", github_environment="prod", reviewers=("ada", "team ops"), branches="main"
            ),
            {"protected": True, "reviewers": "ada, team ops", "unprotected": False},
        ),
        (
            PreflightPart(environment="production", github_environment="prod", reviewers=("ada",), branches="any"),
            {"protected": False, "reviewers": "ada", "unprotected": False},
        ),
        (
            NewestPart(model_version=4, candidate_version=5, superseded=True, rolled_back=True),
            {"model-version": 4, "candidate-version": 5, "superseded": True, "rolled-back": True, "serving": False},
        ),
        (
            ReactPart(reaction="retrain", workflow="train.yml", created=True, address="https://x"),
            {"reaction": "retrain", "workflow": "train.yml", "dispatched": True, "address": "https://x"},
        ),
        (
            RollbackPart(environment="production", from_version=4, to_version=3, registry_updated=True),
            {"environment": "production", "model-version": 3, "previous-version": 4},
        ),
        (
            ReportPart(comment="c", summary="s", page="p", file="f"),
            {"comment": "c", "summary": "s", "page": "p", "file": "f"},
        ),
        (AlertPart(opened=(1,), updated=(2,), reaction="retrain"), {"reaction": "retrain", "issues": "1 2"}),
        (
            MonitorPart(
                environment="production",
                model_version=4,
                signals=(Signal(name="a", level="look"), Signal(name="b", level="not enough data")),
                incidents=(Incident(key="k", level="look", title="t", signals=("a",)),),
            ),
            {"level": "look", "incidents": 1, "model-version": 4},
        ),
        (
            MonitorPart(environment="production", model_version=4),
            {"level": "not enough data", "incidents": 0, "model-version": 4},
        ),
    ],
    ids=lambda each: getattr(each, "stage", ""),
)
def test_a_stage_adds_what_others_need(part: Part, expected: dict[str, object]) -> None:
    assert of_part(part) == expected
    assert all(re.fullmatch(r"[a-z][a-z-]*", name) for name in expected)


def test_an_evaluation_says_how_it_compares(make: Any) -> None:
    assert of_part(make.evaluated()) == {"champion-version": 3, "comparison": "no worse than version 3"}


@pytest.mark.parametrize("verb", verbs.VERBS, ids=lambda verb: verb.name)
def test_every_output_that_a_verb_can_set_is_described(verb: verbs.Verb) -> None:
    parts = [part for part in OF_PART if part.stage == verb.name]
    listed = described(verb.name)
    assert {"status", "record", "record-digest"} <= set(listed)
    assert {output.name for part in parts for output in OF_PART[part]} <= set(listed)
    assert all(re.fullmatch(r"[A-Z`].*\.", text) for text in listed.values())
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in listed)
