"""Arrows run one way: cli -> wiring -> stages -> judgement, drift, tables -> records; adapters -> ports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "scripts" / "trainstop"
BASE = {"errors", "digests", "files", "bundles", "golden", "labels", "lasting", "signatures", "trainstop"}
PURE = BASE | {"records"}
MAY_IMPORT: dict[str, set[str]] = {
    "records": BASE,
    "config": BASE,
    "judgement": PURE | {"config"},
    "drift": PURE | {"config"},
    "evaluation": PURE | {"config", "ports", "judgement", "drift", "tables", "job", "fingerprint", "project_files"},
    "delivery": PURE | {"config", "ports", "commands", "job", "versions"},
    "watching": PURE | {"config", "ports", "drift", "judgement"},
    "looking": PURE | {"config", "ports", "drift", "judgement", "tables", "watching", "job", "project_files"},
    "training": PURE | {"config", "ports", "workspace", "commands", "fingerprint", "project_files", "tables"},
    "tables": PURE | {"config", "drift"},
    "modeltests": PURE
    | {
        "config",
        "ports",
        "judgement",
        "tables",
        "job",
        "commands",
        "pytest_reports",
        "evaluation",
        "fingerprint",
        "project_files",
    },
    "ports": BASE,
    "report": PURE,
    "stages": PURE
    | {
        "config",
        "ports",
        "judgement",
        "drift",
        "tables",
        "report",
        "evaluation",
        "delivery",
        "watching",
        "looking",
        "training",
        "modeltests",
        "relaying",
        "job",
        "packs",
        "workspace",
        "fingerprint",
        "project_files",
        "versions",
        "sarif",
        "commands",
        "pytest_reports",
    },
    "adapters": PURE | {"config", "ports", "workspace", "settings", "adapters", "commands", "project_files"},
    "relaying": PURE,
    "project_side": {"labels"},
}
"""Who may know whom, by the package's first level; itself is always allowed."""
HEAVY = ("numpy", "scipy", "pandas", "pyarrow", "duckdb", "mlflow", "sklearn", "github")


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "trainstop":
            names += [f"trainstop.{alias.name}" for alias in node.names]
        found |= {name for name in names if name.split(".")[0] == "trainstop"}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_knows_more_than_its_place_allows(path: Path) -> None:
    place = path.relative_to(PACKAGE).parts[0]
    if place not in MAY_IMPORT:
        return
    known = {name.split(".")[1] if "." in name else "trainstop" for name in imported(path)} - {place, "__version__"}
    assert known <= MAY_IMPORT[place], f"{path.name} imports {sorted(known - MAY_IMPORT[place])}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "stages").glob("*.py")), ids=lambda path: path.name)
def test_no_stage_imports_another(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith("trainstop.stages.")}


def test_nothing_imports_the_command_line() -> None:
    assert not [path for path in modules() if "trainstop.cli" in imported(path)]


def test_only_the_wiring_knows_the_real_adapters_all() -> None:
    assert [path.name for path in modules() if "trainstop.live_ports" in imported(path)] == ["wiring.py"]


def test_only_the_command_line_asks_whether_anything_was_touched() -> None:
    """It looks at files and asks git, which nothing below the wiring may do by itself."""
    assert [path.name for path in modules() if "trainstop.untouched" in imported(path)] == ["cli.py"]


def test_only_the_command_line_reads_the_environment() -> None:
    readers = [path for path in modules() if "environ" in path.read_text() and _reads_environ(path)]
    allowed = {"cli.py", "project_side", "adapters"}
    odd = [path for path in readers if not set(path.relative_to(PACKAGE).parts[:1]) & allowed]
    assert not odd


def test_only_the_command_line_says_what_is_warned_of() -> None:
    """Filters are the process's: set beside a thread that imports, they fail its imports or stay as they were not."""
    setters = {"catch_warnings", "simplefilter", "filterwarnings", "resetwarnings"}
    texts = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in modules()}
    found = [name for name, text in texts.items() if any(setter in text for setter in setters)]
    assert [name for name in found if not name.startswith("project_side/")] == ["cli.py"]


def _reads_environ(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["schema"], ["run", "--help"], ["evaluate", "--oops"]])
def test_a_command_that_does_not_compute_imports_nothing_heavy(command: list[str]) -> None:
    code = (
        "import sys\nfrom trainstop import cli\n"
        f"sys.argv = ['trainstop', *{command!r}]\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print('heavy:', heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "heavy: []" in done.stderr


@pytest.mark.parametrize("name", ["report", "alert", "lint", "test", "register", "preflight", "react", "receive"])
def test_a_stage_that_does_not_compute_imports_nothing_heavy(name: str) -> None:
    code = (
        f"import sys\nimport trainstop.wiring, trainstop.stages.{name}\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_no_stage_imports_the_statistics_of_scipy() -> None:
    """They take half a second, and `scipy.special` has all that is needed of them."""
    names = sorted(path.stem for path in (PACKAGE / "stages").glob("[!_]*.py"))
    code = f"import importlib, sys\n[importlib.import_module(f'trainstop.stages.{{name}}') for name in {names!r}]\n"
    code += "print('scipy.stats' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
