"""The packages that a machine keeps between jobs: a copy of uv's cache, with what this Python has compiled already.

Every job makes its environments anew, and each would compile MLflow and scikit-learn anew, which takes longer than most
jobs. uv links whatever is in its cache, so compiled modules that lie there come along. A copy, because the cache is the
user's; of links, because it is large.
"""

import os
import shutil
import sys
from collections import defaultdict
from pathlib import Path

ARCHIVE = "archive-v0"


def compiled(cache: Path, target: Path, environment: Path = Path(sys.prefix)) -> Path:
    """Copy uv's cache, and add the compiled modules of an environment that was linked from it.

    Where the file system has no links, or the environment was not made by uv, nothing is added, and jobs take longer.

    Args:
        cache: uv's cache; need not be there.
        target: the copy.
        environment: a virtual environment.

    """
    if not cache.is_dir():
        target.mkdir(parents=True)
        return target
    shutil.copytree(cache, target, symlinks=True, copy_function=linked)
    copies = defaultdict(list)
    for path in (target / ARCHIVE).rglob("*.py"):
        copies[path.stat().st_ino].append(path)
    for module in environment.rglob("__pycache__/*.pyc"):
        source = module.parent.parent / f"{module.name.partition('.')[0]}.py"
        for copy in copies[source.stat().st_ino] if source.exists() else ():
            (copy.parent / "__pycache__").mkdir(exist_ok=True)
            shutil.copy2(module, copy.parent / "__pycache__")
    return target


def linked(source: str, target: str) -> str:
    """Link a file where that can be done, else copy it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target
