"""ruff: style, bugs and format, of modules and notebooks alike."""

import re
from dataclasses import dataclass
from typing import Any

from trainstop.adapters.environments.toml_files import read
from trainstop.adapters.linters.base import Bench, batches, crashed, version_of
from trainstop.adapters.linters.notebooks import file_line, read_notebook
from trainstop.ports.linters import Problem, Scan

OUR_RULES = ("E4", "E7", "E9", "F", "B", "PLE")
"""For projects without settings of their own: what is nearly always a mistake, and nothing of taste."""
NO_CODE = "there is no Python file and no notebook"
SYNTAX = "invalid-syntax"
FORMAT = "ruff-format"
TEXT = "ruff format would write this file differently"
CONCISE = re.compile(r"^(?P<path>.+?)(:cell (?P<cell>\d+))?:(?P<row>\d+):\d+: (?P<code>[A-Za-z0-9-]+): ")


@dataclass(frozen=True)
class RuffCheck:
    """`ruff check`."""

    bench: Bench

    def look(self) -> Scan:
        """Look for mistakes and style."""
        files = self.bench.code()
        if not files:
            return Scan(tool="ruff", version=version_of("ruff"), skipped=NO_CODE)
        own = has_settings(self.bench)
        rules = () if own else ("--isolated", *target(self.bench), "--select", ",".join(OUR_RULES))
        problems: list[Problem] = []
        for batch in batches(files):
            answer = self.bench.ask(
                "ruff", "check", "--no-fix", "--force-exclude", "--output-format", "json", "--output-file", "{out}",
                *rules, "--", *batch,
            )  # fmt: skip
            if answer.content is None or answer.outcome.exit_code not in (0, 1):
                return crashed("ruff", answer)
            problems += [_problem(self.bench, entry) for entry in answer.content]
        note = "" if own else "the project has no settings for ruff, so only likely mistakes were looked for"
        return Scan(tool="ruff", version=version_of("ruff"), problems=tuple(problems), seen=len(files), note=note)


@dataclass(frozen=True)
class RuffFormat:
    """`ruff format --check`."""

    bench: Bench

    def look(self) -> Scan:
        """Look which files would be formatted differently."""
        files = self.bench.code()
        version = version_of("ruff")
        if not files:
            return Scan(tool=FORMAT, version=version, skipped=NO_CODE)
        rules = () if has_settings(self.bench) else ("--isolated", *target(self.bench), "--line-length", "120")
        found: dict[str, Problem] = {}
        for batch in batches(files):
            # Its JSON quotes the code, secrets and all, and goes to the log; a line a file is enough.
            answer = self.bench.ask(
                "ruff", "format", "--check", "--force-exclude", "--output-format", "concise", *rules, "--", *batch
            )
            entries = [match for line in answer.printed if (match := CONCISE.match(line))]
            if answer.outcome.exit_code not in (0, 1) and not any(entry["code"] == SYNTAX for entry in entries):
                return crashed(FORMAT, answer)
            for entry in entries:
                # A syntax error is `ruff check`'s to tell; once is enough.
                if entry["code"] != SYNTAX:
                    path = self.bench.relative(entry["path"])
                    line = None if entry["cell"] else int(entry["row"])
                    found.setdefault(path, Problem(rule="unformatted", path=path, line=line, message=TEXT))
        return Scan(tool=FORMAT, version=version, problems=tuple(found.values()), seen=len(files))


def has_settings(bench: Bench) -> bool:
    """Say whether the project, or the repository around it, has settings for ruff."""
    for folder in (bench.project, *bench.project.parents):
        if any((folder / name).is_file() for name in ("ruff.toml", ".ruff.toml")):
            return True
        if "ruff" in read(folder / "pyproject.toml").get("tool", {}):
            return True
        if (folder / ".git").exists():
            break
    return False


def target(bench: Bench) -> tuple[str, ...]:
    """Return the option with the oldest Python the project says it runs on."""
    says = str(read(bench.project / "pyproject.toml").get("project", {}).get("requires-python", ""))
    found = re.search(r">=\s*3\.(\d+)", says)
    return ("--target-version", f"py3{found[1]}") if found else ()


def _problem(bench: Bench, entry: dict[str, Any]) -> Problem:
    path = bench.relative(entry["filename"])
    row = (entry.get("location") or {}).get("row")
    cell = entry.get("cell")
    message = str(entry["message"])
    if cell is not None and row is not None:
        row = file_line(read_notebook(bench.project / path), cell, row)
        message = f"cell {cell}: {message}"
    return Problem(rule=entry.get("code") or SYNTAX, path=path, line=row, message=message, url=entry.get("url") or "")
