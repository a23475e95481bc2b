"""Closes this process to others of the same user, its own children above all: they run code of the project."""

import sys
from collections.abc import Mapping

from trainstop.adapters.environ import looks_secret

PR_SET_DUMPABLE = 4


def shield(environ: Mapping[str, str]) -> None:
    """Keep others from reading our memory and `/proc/<pid>/environ`, where there is something to keep.

    A child does not inherit this, since it starts another program. Who may act as root reads on; on other systems than
    Linux nothing is done. Without a secret, and outside of jobs, the process stays open to debuggers.

    Args:
        environ: environment variables this process was started with.

    """
    job = environ.get("GITHUB_ACTIONS") == "true"
    if sys.platform == "linux" and (job or any(value and looks_secret(name, value) for name, value in environ.items())):
        import ctypes  # not paid for where there is nothing to keep

        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
