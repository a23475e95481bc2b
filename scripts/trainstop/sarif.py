"""SARIF 2.1.0: findings as GitHub's code scanning reads them. Pure; holds no value of a secret."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from trainstop import digests
from trainstop.ports.linters import Scan
from trainstop.records.checks import Finding

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
    rules = sorted({(finding.rule, finding.url) for finding in scan.findings})
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
        "results": _results(scan.findings, index, prefix),
    }


def _rule(rule: str, url: str, scan: Scan) -> dict[str, Any]:
    text = next(finding.message for finding in scan.findings if finding.rule == rule)
    return {"id": rule, "shortDescription": {"text": text[:200]}} | ({"helpUri": url} if url else {})


def _results(findings: Sequence[Finding], index: dict[str, int], prefix: str) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for finding in findings:
        same = (finding.rule, finding.path, finding.message)
        seen[same] += 1
        # Not the line: a finding that moved because something above it changed is the same finding.
        fingerprint = digests.short(digests.of_value([finding.tool, *same, seen[same]]), 32)
        results.append(
            {
                "ruleId": finding.rule,
                "ruleIndex": index[finding.rule],
                "level": finding.level,
                "message": {"text": finding.message},
                "locations": [_location(finding, prefix)],
                "partialFingerprints": {FINGERPRINT: fingerprint},
            }
        )
    return results


def _location(finding: Finding, prefix: str) -> dict[str, Any]:
    path = "/".join(part for part in (prefix.strip("/"), finding.path) if part)
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(path), "uriBaseId": ROOT}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    return {"physicalLocation": place}
