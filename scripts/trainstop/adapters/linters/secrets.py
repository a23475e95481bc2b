"""detect-secrets: keys and passwords in files, and in the cells and outputs of notebooks."""

from dataclasses import dataclass

from trainstop.adapters.linters.base import Bench, crashed, version_of
from trainstop.ports.linters import Problem, Scan

MODULE = "trainstop.adapters.linters.secret_scan"


@dataclass(frozen=True)
class DetectSecrets:
    """detect-secrets, by a small script in a process of its own: values never leave that process."""

    bench: Bench

    def look(self) -> Scan:
        """Look for secrets in every file that is the project's own."""
        tool = "detect-secrets"
        if not self.bench.files:
            return Scan(tool=tool, version=version_of(tool), skipped="there is no file")
        answer = self.bench.ask(MODULE, "{in}", "{out}", inputs=self.bench.files, end="\0")
        if answer.content is None or not answer.outcome.ok:
            return crashed(tool, answer)
        problems = tuple(
            Problem(
                rule=entry["kind"],
                path=entry["path"],
                line=entry["line"],
                message=f"may be a secret: {entry['kind']}" + (f" in {entry['where']}" if entry["where"] else ""),
            )
            for entry in answer.content["found"]
        )
        return Scan(tool=tool, version=version_of(tool), problems=problems, seen=answer.content["seen"])
