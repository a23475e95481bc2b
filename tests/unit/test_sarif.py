import json

from trainstop import sarif
from trainstop.ports.linters import Problem, Scan


def problem(**changes):
    fields = {
        "rule": "F401",
        "path": "src/my file.py",
        "line": 3,
        "message": "unused",
        "url": "https://example.org/F401",
    }
    return Problem(**fields | changes)


def build(*scans, prefix=""):
    return json.loads(json.dumps(sarif.build(scans, prefix)))


def test_a_log_has_a_run_a_tool_with_its_rules():
    log = build(Scan(tool="ruff", version="1.2", problems=(problem(), problem(rule="E501"))), Scan(tool="bandit"))
    assert log["version"] == "2.1.0"
    ruff, bandit = log["runs"]
    assert ruff["tool"]["driver"]["name"] == "ruff"
    assert ruff["tool"]["driver"]["version"] == "1.2"
    assert [rule["id"] for rule in ruff["tool"]["driver"]["rules"]] == ["E501", "F401"]
    assert [result["ruleIndex"] for result in ruff["results"]] == [1, 0]
    assert bandit["results"] == []
    # GitHub refuses two runs of one upload with the same category.
    assert len({run["automationDetails"]["id"] for run in log["runs"]}) == 2


def test_places_are_relative_to_the_repository_and_encoded():
    log = build(Scan(tool="t", problems=(problem(), problem(line=None))), prefix="models/a")
    first, second = (result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"])
    assert first["artifactLocation"] == {"uri": "models/a/src/my%20file.py", "uriBaseId": "%SRCROOT%"}
    assert first["region"] == {"startLine": 3}
    assert "region" not in second


def fingerprints(*problems):
    results = build(Scan(tool="t", problems=problems))["runs"][0]["results"]
    return [result["partialFingerprints"][sarif.FINGERPRINT] for result in results]


def test_a_finding_that_moved_is_the_same_and_a_second_one_is_another():
    assert fingerprints(problem(line=3)) == fingerprints(problem(line=90))
    assert len(set(fingerprints(problem(line=3), problem(line=4), problem(path="b.py")))) == 3


def test_a_tool_that_saw_nothing_did_not_succeed():
    broken, away, fine = build(
        Scan(tool="a", crashed="exit code 2"), Scan(tool="b", skipped="no network"), Scan(tool="c")
    )["runs"]
    assert broken["invocations"][0] == {
        "executionSuccessful": False,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": "exit code 2"}}],
    }
    assert away["invocations"][0]["toolExecutionNotifications"][0]["level"] == "note"
    assert fine["invocations"][0] == {"executionSuccessful": True}
