"""What is imported lasts until the end: Python's collector need not look at it again and again."""

import gc
import sys


def spare() -> None:
    """Take all that exists now out of the collector's sight.

    With MLflow's client there are a million objects, at which each full collection looks, and the one at Python's end
    for half a second. Not where duckdb is imported already: at the end it complains of what was not collected.
    """
    if "duckdb" not in sys.modules:
        gc.freeze()
