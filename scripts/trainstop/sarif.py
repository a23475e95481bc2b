"""SARIF 2.1.0: findings as GitHub's code scanning reads them. Pure; holds no value of a secret."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from trainstop import digests
from trainstop.ports.linters import Problem, Scan

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
FINGERPRINT = "trainstopFinding/v1"


def build(scans: Iterable[Scan], prefix: str = "") -> dict[str, Any]:
    """Return a SARIF log with one run a tool.

    Args:
        scans: what each tool saw; one that was skipped or crashed is a run that did not succeed.
        prefix: the project's folder below the repository's root, so that paths are relative to that.

    """
    return {"$schema": SCHEMA, "version": VERSION, "runs": [_run(scan, prefix) for scan in scans]}


def _run(scan: Scan, prefix: str) -> dict[str, Any]:
    rules = sorted({(problem.rule, problem.url) for problem in scan.problems})
    index = {rule: position for position, rule in enumerate(dict.fromkeys(rule for rule, _ in rules))}
    driver: dict[str, Any] = {"name": scan.tool, "rules": [_rule(rule, dict(rules)[rule], scan) for rule in index]}
    if scan.version:
        driver["version"] = scan.version
    trouble = scan.crashed or scan.skipped
    invocation: dict[str, Any] = {"executionSuccessful": not trouble}
    if trouble:
        invocation["toolExecutionNotifications"] = [
            {"level": "error" if scan.crashed else "note", "message": {"text": trouble}}
        ]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"trainstop/{scan.tool}/"},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": _results(scan.tool, scan.problems, index, prefix),
    }


def _rule(rule: str, url: str, scan: Scan) -> dict[str, Any]:
    text = next(problem.message for problem in scan.problems if problem.rule == rule)
    return {"id": rule, "shortDescription": {"text": text[:200]}} | ({"helpUri": url} if url else {})


def _results(tool: str, problems: Sequence[Problem], index: dict[str, int], prefix: str) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for problem in problems:
        same = (problem.rule, problem.path, problem.message)
        seen[same] += 1
        # Not the line: a finding that moved because something above it changed is the same problem.
        fingerprint = digests.short(digests.of_value([tool, *same, seen[same]]), 32)
        results.append(
            {
                "ruleId": problem.rule,
                "ruleIndex": index[problem.rule],
                "level": problem.level,
                "message": {"text": problem.message},
                "locations": [_location(problem, prefix)],
                "partialFingerprints": {FINGERPRINT: fingerprint},
            }
        )
    return results


def _location(problem: Problem, prefix: str) -> dict[str, Any]:
    path = "/".join(part for part in (prefix.strip("/"), problem.path) if part)
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(path), "uriBaseId": ROOT}}
    if problem.line:
        place["region"] = {"startLine": problem.line}
    return {"physicalLocation": place}
