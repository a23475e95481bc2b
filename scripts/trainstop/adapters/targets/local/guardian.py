"""Keeps one environment's supervisor running; started by a verb, lives on when the verb has ended.

It does nothing but start the supervisor again when that dies without having meant to. The supervisor carries on
without it, so that no single death drops a request.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

RESTARTS = 5
STEADY_SECONDS = 30.0


def detach(log: Path) -> None:
    """Go on in a process of our own session that nobody waits for, writing to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, stream in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, stream)
    os.close(nothing)
    os.close(output)


def guard(folder: Path) -> int:
    """Run the supervisor until it ends on purpose, or dies too often."""
    deaths = 0
    while True:
        started = time.monotonic()
        argv = (sys.executable, "-I", "-m", "trainstop.adapters.targets.local.supervisor", str(folder))
        code = subprocess.call(argv)
        if code == 0:
            return 0
        deaths = deaths + 1 if time.monotonic() - started < STEADY_SECONDS else 1
        if deaths > RESTARTS:
            return code
        time.sleep(0.2 * deaths)


def main(argv: list[str]) -> int:
    """Detach, then guard."""
    folder = Path(argv[0])
    detach(folder / "logs" / "supervisor.log")
    return guard(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
