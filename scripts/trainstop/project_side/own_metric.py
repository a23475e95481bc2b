"""Computes a metric of the project's own: once on all rows, and once without each group of rows.

Run by path in the project's interpreter: `python own_metric.py REQUEST RESULT`, both JSON. Imports only the standard
library and pandas. What its repetitions say of certainty is for the other side.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import json
import math
import pkgutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

GROUP = "trainstop.metrics"
MESSAGE_CHARACTERS = 500


class MetricError(Exception):
    """Why there is no number: `input` (the configuration or the environment) or `code` (the function itself)."""

    def __init__(self, kind: str, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.parts = {"kind": kind, "what": what, "where": where, "fix": fix}


def main(request_path: Path, result_path: Path) -> int:
    """Read the request, write the result; return the exit code."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    here = str(Path(__file__).resolve().parent)
    project = Path(request["project"])
    # Run by path, our own folder comes first, and would hide modules of the project's.
    sys.path[:] = [str(project), str(project / "src"), *(path for path in sys.path if path != here)]
    try:
        result = measured(function_of(request), request, result_path)
    except MetricError as error:
        result = {"error": error.parts}
    write(result, result_path)
    return 1 if "error" in result else 0


def write(result: dict[str, Any], path: Path) -> None:
    """Write a result, all of it or nothing."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(result), encoding="utf-8")
    beside.replace(path)


def function_of(request: dict[str, Any]) -> Callable[[Any], Any]:
    """Return the function that the configuration names, or the entry point of the metric's name.

    Raises:
        MetricError: there is none.

    """
    named = str(request["function"])
    if not named:
        return entry_point(str(request["name"]))
    module_name, _, path = named.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name + ".").startswith(error.name + "."):
            raise no_module(module_name) from error
        raise broken(f"the module `{module_name}` does not import", error) from error
    except Exception as error:
        raise broken(f"the module `{module_name}` does not import", error) from error
    for name in path.split("."):
        if not hasattr(found, name):
            raise MetricError(
                "input", f"`{module_name}` has no `{path}`", fix=nearest(path, dir(found)) or "name a function of it"
            )
        found = getattr(found, name)
    return called(found, named)


def entry_point(name: str) -> Callable[[Any], Any]:
    """Return the installed entry point of this name.

    Raises:
        MetricError: there is none, or it does not load.

    """
    points = importlib.metadata.entry_points()
    chosen: Any = points.select(group=GROUP) if hasattr(points, "select") else points.get(GROUP, ())  # before 3.10
    there = {point.name: point for point in chosen}
    if name not in there:
        listed = f"there are: {', '.join(sorted(there))}" if there else "no package of the environment has one"
        raise MetricError(
            "input",
            f"there is no entry point `{name}` in the group `{GROUP}` ({listed})",
            fix=nearest(name, list(there)) or "set `function` to `package.module:function`",
        )
    try:
        return called(there[name].load(), there[name].value)
    except MetricError:
        raise
    except Exception as error:
        raise broken(f"the entry point `{name}` does not load", error) from error


def called(found: Any, named: str) -> Callable[[Any], Any]:
    """Return what was found, if it can be called."""
    if not callable(found):
        raise MetricError("input", f"`{named}` is {type(found).__name__}, not a function", fix="name a function")
    return found  # type: ignore[no-any-return]


def no_module(name: str) -> MetricError:
    """Say that there is no such module, and which the project has that is spelled like it."""
    top, _, rest = name.partition(".")
    folders = sys.path[:2]
    if rest and any(module.name == top for module in pkgutil.iter_modules(folders)):
        folders = [str(Path(folder, *name.split(".")[:-1])) for folder in folders]
    parent, _, last = name.rpartition(".")
    there = [module.name for module in pkgutil.iter_modules(folders)]
    return MetricError(
        "input",
        f"there is no module `{name}`",
        fix=nearest(last if folders and parent else top, there)
        or "name a module of the project, or of a package in its environment",
    )


def nearest(name: str, there: list[str]) -> str:
    """Ask whether the nearest name was meant, or return an empty text."""
    found = difflib.get_close_matches(name, [each for each in there if not each.startswith("__")], n=1, cutoff=0.5)
    return f"did you mean `{found[0]}`?" if found else ""


def measured(function: Callable[[Any], Any], request: dict[str, Any], result_path: Path) -> dict[str, Any]:
    """Compute the metric of the candidate and, where there is one, of the champion.

    The candidate's is written before the champion's is begun, so that a function which never returns from that, or ends
    the process, costs the champion's alone.
    """
    name = str(request["name"])
    result = {"candidate": repeated(function, request["candidate"], request["group"], name), "champion": None}
    if request["champion"]:
        write(result, result_path)
        try:
            result["champion"] = repeated(function, request["champion"], request["group"], name)
        except MetricError as error:
            result["champion"] = {"value": math.nan, "without": [], "reason": error.parts["what"]}
    return result


def repeated(function: Callable[[Any], Any], path: str, group: str, name: str) -> dict[str, Any]:
    """Compute the metric of a table, and without each of its groups.

    Raises:
        MetricError: it raises, or returns no number, on all rows.

    """
    table, groups = read(path, group)
    try:
        value = function(table.copy())
    except Exception as error:
        raise broken(f"the metric `{name}` fails on {len(table)} rows", error) from error
    number = number_of(value)
    if number is None:
        raise MetricError("code", f"the metric `{name}` returned {said(value)}, not one number", fix="return a float")
    without = []
    if groups is not None and math.isfinite(number):
        for left_out in range(int(groups.max()) + 1):
            try:
                again = number_of(function(table[groups != left_out].reset_index(drop=True)))
            except Exception:  # noqa: BLE001  # without some of the rows it may not be defined
                again = None
            without.append(math.nan if again is None else again)
    return {"value": number, "without": without, "reason": ""}


def read(path: str, group: str) -> tuple[Any, Any]:
    """Return a table as a frame, and each row's group (None where there are no groups).

    Raises:
        MetricError: pandas is not there, or cannot read Parquet.

    """
    try:
        import pandas as pd

        table = pd.read_parquet(path)
    except ImportError as error:
        raise MetricError(
            "input",
            f"the project's environment cannot read the predictions table: {brief(error)}",
            fix="add pandas and pyarrow to what the project needs",
        ) from error
    if not group:
        return table, None
    return table.drop(columns=group), table[group].to_numpy()


def number_of(value: Any) -> float | None:
    """Return one number as a float, or None where it is something else."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def said(value: Any) -> str:
    """Describe what was returned."""
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__} of shape {tuple(shape)}" if shape is not None else f"{type(value).__name__}"


def broken(what: str, error: BaseException) -> MetricError:
    """Say what the project's code raised, and in which line."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    own = [frame for frame in frames if "importlib" not in frame.filename]
    where = f"{own[-1].filename}:{own[-1].lineno}" if own else ""
    return MetricError("code", f"{what}: {brief(error)}", where=where, fix="correct it, and call it by hand first")


def brief(error: BaseException) -> str:
    """Return an exception in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:MESSAGE_CHARACTERS]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
