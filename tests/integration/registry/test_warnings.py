"""What libraries warn of is for their callers: people who use the command see none of it, nor does it stop anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("wish", ["error", "always"])
def test_what_a_project_wants_warned_of_is_not_meant_for_the_command(tmp_path: Path, wish: str) -> None:
    (tmp_path / "trainstop.toml").write_text('[model]\nname = "delays"\ntask = "binary"\n')
    done = subprocess.run(
        [sys.executable, "-m", "trainstop.cli", "history", "--quiet"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": f"{wish}:The ``noload`` loader:DeprecationWarning"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
