"""What a process of ours holds in its environment is not read by the children it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MEMORY_RIGHTS = (19, 21, 38)
"""Capabilities that read any process: SYS_PTRACE, SYS_ADMIN, PERFMON. Containers start without them, tests may not."""
WITHOUT_RIGHTS = f"""
import ctypes, os, sys
for right in {MEMORY_RIGHTS}:
    ctypes.CDLL(None).prctl(24, right, 0, 0, 0)  # PR_CAPBSET_DROP; only root has them to drop
os.execv(sys.argv[1], sys.argv[1:])
"""
CONFIG = """
[model]
name = "m"
task = "binary"

[test]
command = "sh peep.sh"
"""
PEEP = """
cat /proc/$PPID/environ > seen || echo "was refused"
"""


def run(project: Path, environ: dict[str, str]) -> bytes:
    """Run the project's tests, which look at what started them; return what they saw."""
    (project / "trainstop.toml").write_text(CONFIG)
    (project / "requirements.txt").write_text("")
    (project / "peep.sh").write_text(PEEP)
    command = (sys.executable, "-c", WITHOUT_RIGHTS, sys.executable, "-I", "-m", "trainstop.cli", "test")
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(project)}
    subprocess.run(command, cwd=project, env={**surroundings, **environ}, timeout=120, check=False, capture_output=True)
    return (project / "seen").read_bytes()


@pytest.mark.parametrize(
    "environ",
    [
        {"REGISTRY_TOKEN": "hunter2-hunter2"},
        {"DATABASE": "postgresql://ann:hunter2-hunter2@db"},
        {"GITHUB_ACTIONS": "true", "NOBODY_WOULD_GUESS": "hunter2-hunter2"},
    ],
    ids=["by its name", "by its form", "in a job"],
)
def test_a_child_does_not_read_its_parents_secrets(tmp_path: Path, environ: dict[str, str]) -> None:
    assert run(tmp_path, environ) == b""


def test_a_process_without_a_secret_stays_open_to_debuggers(tmp_path: Path) -> None:
    assert b"HARMLESS=here" in run(tmp_path, {"HARMLESS": "here", "UNSET_TOKEN": ""})
