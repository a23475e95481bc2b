"""Run all benchmarks, or those named: `python -m benchmarks start router`."""

import importlib
import json
import os
import platform
import sys
from datetime import UTC, datetime

from benchmarks.measuring import ROOT, Report
from trainstop import __version__, files

NAMES = ("start", "skip", "install", "router", "overhead", "evaluation")
ALONE = ("workflows",)
"""Run only when named: it takes a quarter of an hour."""
RESULTS = ROOT / ".cache" / "benchmarks.json"


def main(names: list[str]) -> int:
    """Run benchmarks, print and keep what they found; return 1 when one of them could not be measured.

    A missed goal is a finding, not an error: it is printed and kept, and the exit code stays 0.
    """
    unknown = sorted(set(names) - {*NAMES, *ALONE})
    if unknown:
        print(f"there is no benchmark {', '.join(unknown)}; there are {', '.join((*NAMES, *ALONE))}", file=sys.stderr)
        return 2
    reports, broken = [], 0
    for name in names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"{name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
        report = Report(name)
        busy, cores = os.getloadavg()[0], os.cpu_count() or 1
        if busy > cores / 2:
            report.say(f"this machine was busy with other work when it began: load {busy:.1f} on {cores} cores")
        try:
            module.run(report)
        except (OSError, RuntimeError) as error:
            broken += 1
            report.say(f"not measured: {error}")
        reports.append(report)
    goals = [goal for report in reports for goal in report.goals]
    print(
        f"{sum(goal.met for goal in goals)} of {len(goals)} goals met; all figures are in {RESULTS.relative_to(ROOT)}"
    )
    keep(reports)
    return 1 if broken else 0


def keep(reports: list[Report]) -> None:
    """Write what was found beside what other benchmarks found earlier."""
    try:
        earlier = json.loads(RESULTS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        earlier = {}
    where = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "trainstop": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    found = {report.name: {**report.as_json(), **where} for report in reports}
    files.write_text(RESULTS, json.dumps({**earlier, **found}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
