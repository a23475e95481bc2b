"""pip-audit: known vulnerabilities of the versions the project's lock names. Installs nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trainstop.adapters.linters.base import Answer, Bench, crashed, version_of
from trainstop.adapters.linters.pins import Pin, find_pins
from trainstop.ports.linters import Problem, Scan

REQUEST_SECONDS = "5"
LIMIT_SECONDS = 60.0
AWAY = re.compile(
    r"Connect(ion|Timeout)|ReadTimeout|timed out|Could not connect|Max retries|NameResolution|ServiceError|HTTPError|"
    r"ProxyError|SSLError"
)


Versions = dict[tuple[str, str], Pin]


@dataclass(frozen=True)
class PipAudit:
    """`pip-audit`."""

    bench: Bench

    def look(self) -> Scan:
        """Ask the advisory service about every pinned package."""
        lint, project = self.bench.config.lint, self.bench.config.project
        pins, missing = find_pins(self.bench.project, project.lock)
        if not pins:
            return _skipped(missing)
        ignored = tuple(word for name in lint.ignore_advisories for word in ("--ignore-vuln", name))
        versions = {(canonical(pin.name), pin.version): pin for pin in pins}
        entries: list[dict[str, Any]] = []
        for batch in rounds(versions):
            answer = self.bench.ask(
                "pip_audit", "--requirement", "{in}", "--no-deps", "--disable-pip", "--format", "json",
                "--output", "{out}", "--desc", "off", "--progress-spinner", "off", "--timeout", REQUEST_SECONDS,
                *ignored,
                inputs=[f"{name}=={version}" for name, version in batch],
                timeout=min(LIMIT_SECONDS, lint.timeout),
            )  # fmt: skip
            if answer.content is None or answer.outcome.exit_code not in (0, 1):
                return _no_answer(answer)
            entries += answer.content["dependencies"]
        return self._read(entries, versions, missing)

    def _read(self, entries: list[dict[str, Any]], versions: Versions, missing: str) -> Scan:
        known = [entry for entry in entries if "skip_reason" not in entry]
        unknown = sorted(entry["name"] for entry in entries if "skip_reason" in entry)
        if not known:
            return _skipped("the advisory service knows none of the packages, so nothing was learnt")
        problems = [
            self._problem(entry, vulnerability, versions) for entry in known for vulnerability in entry["vulns"]
        ]
        notes = [f"unknown to the advisory service: {', '.join(unknown[:5])}"] if unknown else []
        return Scan(
            tool="pip-audit",
            version=version_of("pip-audit"),
            problems=tuple(problems),
            seen=len(known),
            what="packages",
            note="; ".join([*notes, *([missing] if missing else [])]),
        )

    def _problem(self, entry: dict[str, Any], vulnerability: dict[str, Any], versions: Versions) -> Problem:
        pin = versions.get((canonical(entry["name"]), entry["version"]))
        fixed = ", ".join(vulnerability.get("fix_versions") or ()) or "no version yet"
        aliases = ", ".join(vulnerability.get("aliases") or ())
        also = f" ({aliases})" if aliases else ""
        return Problem(
            rule=vulnerability["id"],
            path=self.bench.relative(str(pin.path)) if pin else "",
            line=pin.line if pin else None,
            message=f"{entry['name']} {entry['version']} has a known vulnerability{also}; fixed in {fixed}",
            url=f"https://osv.dev/vulnerability/{vulnerability['id']}",
        )


def canonical(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def rounds(versions: Versions) -> list[list[tuple[str, str]]]:
    """Split packages so that none is asked about at two versions at once: a lock for several Pythons names both."""
    found: list[list[tuple[str, str]]] = []
    for (name, version), number in _numbered(versions):
        if number == len(found):
            found.append([])
        found[number].append((name, version))
    return found


def _numbered(versions: Versions) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield each package with how many versions of it came before, the first ones first."""
    seen: Counter[str] = Counter()
    numbered = []
    for name, version in sorted(versions):
        numbered.append(((name, version), seen[name]))
        seen[name] += 1
    yield from sorted(numbered, key=lambda pair: pair[1])


def _no_answer(answer: Answer) -> Scan:
    """Tell a service that is away from a tool that broke."""
    tail = answer.outcome.tail
    if answer.outcome.timed_out or AWAY.search(tail):
        return _skipped(
            f"the advisory service cannot be reached ({(tail.splitlines() or ['no answer in time'])[-1][:200]})"
        )
    return crashed("pip-audit", answer)


def _skipped(reason: str) -> Scan:
    return Scan(tool="pip-audit", version=version_of("pip-audit"), skipped=reason, what="packages")
