"""What the expressions of our workflows come to, by GitHub's own evaluator, without running anything."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.linters import MODULES, NODE, ROOT

WHOLE = re.compile(r"^\$\{\{(.*)\}\}$", re.DOTALL)
STATUS = re.compile(r"\b(always|success|failure|cancelled)\s*\(")


@dataclass(frozen=True)
class Case:
    """An expression and what is known where it stands. `jobs` are the results of the jobs that are needed."""

    text: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    github: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, Any]:
        """Return the case as the evaluator takes it."""
        found = WHOLE.match(self.text.strip())
        results = {str(job["result"]) for job in self.needs.values()}
        status = {
            "always": True,
            "success": results <= {"success"},
            "failure": "failure" in results,
            "cancelled": "cancelled" in results,
        }
        contexts = {"inputs": self.inputs, "github": self.github, "needs": self.needs, "steps": self.steps}
        return {"text": found[1].strip() if found else self.text, "contexts": contexts, "status": status}


def values(cases: Sequence[Case]) -> list[Any]:
    """Evaluate expressions."""
    done = subprocess.run(
        [str(NODE), str(ROOT / "tests" / "tools" / "evaluate.mjs"), str(MODULES)],
        input=json.dumps([case.asked for case in cases]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def runs(case: Case) -> Case:
    """Return whether a job with this condition runs: without a status function, only after jobs that were all green."""
    text = WHOLE.sub(r"\1", case.text.strip()) or "true"
    said = text if STATUS.search(text) else f"success() && ({text})"
    return Case(f"({said}) && true || false", case.inputs, case.github, case.needs, case.steps)
