"""pip-audit: known vulnerabilities of the versions the project's lock names. Installs nothing."""

import re
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
        ignored = (word for name in lint.ignore_advisories for word in ("--ignore-vuln", name))
        versions = {(pin.name.lower(), pin.version): pin for pin in pins}
        answer = self.bench.ask(
            "pip_audit", "--requirement", "{in}", "--no-deps", "--disable-pip", "--format", "json", "--output", "{out}",
            "--desc", "off", "--progress-spinner", "off", "--timeout", REQUEST_SECONDS, *ignored,
            inputs=[f"{name}=={version}" for name, version in sorted(versions)],
            timeout=min(LIMIT_SECONDS, lint.timeout),
        )  # fmt: skip
        if answer.content is None or answer.outcome.exit_code not in (0, 1):
            return _no_answer(answer)
        return self._read(answer.content["dependencies"], versions, missing)

    def _read(self, entries: list[dict[str, Any]], versions: dict[tuple[str, str], Pin], missing: str) -> Scan:
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

    def _problem(
        self, entry: dict[str, Any], vulnerability: dict[str, Any], versions: dict[tuple[str, str], Pin]
    ) -> Problem:
        pin = versions.get((entry["name"].lower(), entry["version"]))
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
