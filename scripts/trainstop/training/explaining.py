"""Why a training gave nothing: the words for each way it can fail."""

import re
import signal
from collections.abc import Iterable
from pathlib import Path

from trainstop.errors import ProjectCodeError, TimeLimitError, TrainstopError
from trainstop.ports.processes import Outcome

SHOWN_LINES = 15
SETS_URI = re.compile(r"^[^#\n]*(set_tracking_uri\s*\(|MLFLOW_TRACKING_URI['\"]?\s*\]?\s*=)", re.MULTILINE)
RUN = {".py", ".ipynb", ".sh"}
"""Endings of files that a training may run; a setting elsewhere may be anybody's."""
CRASHES = {"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"}


def failed(
    what: str, outcome: Outcome, *, key: str, uri_set_at: str = "", limit: str = "train.timeout"
) -> TrainstopError:
    """Return the error for a command of the project that did not end well.

    Args:
        what: names the command for a person.
        outcome: how it ended.
        key: the configuration key of the command.
        uri_set_at: where the code sets its own tracking store, which is a likely cause.
        limit: the key that says how long it may take.

    """
    behind = _crash_behind_a_shell(outcome)
    words = f"{what}: {outcome.ending}{f' ({behind} behind a shell)' if behind else ''}{last_lines(outcome)}"
    where = f"{outcome.log} (key `{key}`)"
    if outcome.timed_out:
        return TimeLimitError(words, where=where, fix=f"raise `{limit}`, or take less data")
    if outcome.out_of_memory:
        peak = outcome.peak_memory_bytes / 1e9
        return ProjectCodeError(words, where=where, fix=f"it used {peak:.1f} GB; use a larger machine, or less data")
    if outcome.signal in CRASHES or behind:
        fix = "native code crashed: look at the library it was in, and its version"
    elif uri_set_at:
        fix = f"see its output; {uri_set_at} sets a tracking store of its own, which must go if the training runs it"
    else:
        fix = "see its output, and run the same command by hand"
    return ProjectCodeError(words, where=where, fix=fix)


def _crash_behind_a_shell(outcome: Outcome) -> str:
    """Return the signal that a shell turned into an exit code, 128 and its number; empty when there is none."""
    numbers = {128 + signal.Signals[name]: name for name in sorted(CRASHES)}
    return numbers.get(outcome.exit_code or 0, "")


def last_lines(outcome: Outcome) -> str:
    """Return the last lines of output, indented under the sentence they belong to."""
    return "".join(f"\n    {line}" for line in outcome.tail.splitlines()[-SHOWN_LINES:])


def no_model(outcome: Outcome, *, uri_set_at: str, stores: Iterable[str], stale: str) -> TrainstopError:
    """Return the error for a training that ended well and left no model.

    Args:
        outcome: how it ended.
        uri_set_at: where the code sets its own tracking store, as `file:line`; empty when it does not.
        stores: tracking stores in the project that changed meanwhile.
        stale: a model file that is older than this training.

    """
    changed = ", ".join(stores)
    if uri_set_at or changed:
        place = f" at {uri_set_at}" if uri_set_at else ""
        seen = f"; {changed} changed meanwhile" if changed else ""
        return ProjectCodeError(
            f"training logged nothing to the store it was given: it sets its own{place}{seen}",
            where=uri_set_at or changed,
            fix="drop `mlflow.set_tracking_uri(...)`: MLflow reads MLFLOW_TRACKING_URI by itself",
        )
    old = f" ({stale} is older than this training)" if stale else ""
    return ProjectCodeError(
        f"training ended well and left no model{old}{last_lines(outcome)}",
        where=f"{outcome.log} (key `train.command`)",
        fix="log it with MLflow, or write it below TRAINSTOP_MODEL_DIR, or name it in `train.model` (a plain file also "
        "needs `train.flavor`); without any model, set `evaluate.metrics-file` or `evaluate.predictions`",
    )


def uri_set_at(code: Iterable[Path], project: Path) -> str:
    """Return the first place in the code that sets a tracking store, as `file:line`; empty when none does."""
    for path in (path for path in code if path.suffix in RUN):
        text = path.read_text(encoding="utf-8", errors="replace")
        if found := SETS_URI.search(text):
            return f"{path.relative_to(project)}:{text.count(chr(10), 0, found.start(1)) + 1}"
    return ""


def changed_stores(project: Path, since: float) -> list[str]:
    """Return the tracking stores in the project's folder that changed since a time (seconds since 1970)."""
    stores = [project / "mlruns", project / "mlflow.db", *project.glob("*.db")]
    return sorted({path.name for path in stores if path.exists() and path.stat().st_mtime >= since})
