"""What every linter is given: which files there are, and a way to run a tool and read the JSON it writes."""

import importlib.metadata
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from trainstop.adapters.linters.listing import list_files
from trainstop.config import Config
from trainstop.ports.linters import Scan
from trainstop.ports.processes import Command, Outcome, Processes
from trainstop.workspace import Workspace

BATCH = 1000
CODE = (".py", ".pyi", ".ipynb")


@dataclass(frozen=True)
class Answer:
    """What a tool wrote, or why it wrote nothing. `content` is None then."""

    content: Any
    outcome: Outcome

    @property
    def printed(self) -> list[str]:
        """The lines it printed."""
        return self.outcome.log.read_text(encoding="utf-8").split("\n")

    @property
    def trouble(self) -> str:
        """How it ended, and its last lines."""
        return f"{self.outcome.ending}: {self.outcome.tail[-1500:]}".strip().rstrip(":")


@dataclass(frozen=True)
class Bench:
    """The project on the bench."""

    config: Config
    workspace: Workspace
    processes: Processes

    @property
    def project(self) -> Path:
        """The project's folder."""
        return self.workspace.project.resolve()

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Names of all files that are the project's own, relative to it; neither data nor what tools made."""
        return list_files(self.project, self.config, self.processes)

    def code(self, *suffixes: str) -> tuple[str, ...]:
        """Return the files with Python in them, those with one of the suffixes if some are given."""
        return tuple(name for name in self.files if name.endswith(suffixes or CODE))

    def ask(
        self, module: str, *arguments: str, inputs: Iterable[str] = (), end: str = "\n", timeout: float | None = None
    ) -> Answer:
        """Run a tool of our own environment, which writes JSON to `{out}` and may read `inputs` at `{in}`.

        Each input is followed by `end`: a name of a file may hold any character but NUL.

        Both files are removed afterwards: what a tool writes may quote the line with the secret it found.
        """
        with tempfile.TemporaryDirectory(prefix="trainstop-lint-") as folder:
            out, given = Path(folder) / "out.json", Path(folder) / "in.txt"
            names = "".join(f"{line}{end}" for line in inputs)
            given.write_bytes(names.encode("utf-8", "surrogateescape"))  # a name on disk may be any bytes
            places = {"{out}": str(out), "{in}": str(given)}
            outcome = self.processes.run(
                Command(
                    argv=(sys.executable, "-I", "-m", module, *(places.get(word, word) for word in arguments)),
                    cwd=self.project,
                    name=f"lint {module.rpartition('.')[2]}",
                    timeout=timeout or self.config.lint.timeout,
                )
            )
            try:
                content = json.loads(out.read_text(encoding="utf-8")) if not outcome.timed_out else None
            except (OSError, ValueError):
                content = None
        return Answer(content, outcome)

    def relative(self, path: str) -> str:
        """Return a path that a tool gave as it is below the project."""
        absolute = (self.project / path).resolve()
        return absolute.relative_to(self.project).as_posix() if absolute.is_relative_to(self.project) else absolute.name


def batches(files: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the files in lists short enough for a command line."""
    for begin in range(0, len(files), BATCH):
        yield files[begin : begin + BATCH]


def version_of(distribution: str) -> str:
    """Return the version of an installed tool."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def crashed(tool: str, answer: Answer) -> Scan:
    """Return the scan of a tool that failed itself."""
    return Scan(tool=tool, version=version_of(tool), crashed=answer.trouble)
