"""Real, tiny models, made once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trainstop.bundles import Bundle

SEEDS = (1, 2)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Bundle]:
    """Return a model by seed."""
    root = tmp_path_factory.mktemp("models")
    script = Path(__file__).with_name("fit.py")
    argv = [sys.executable, "-W", "ignore", str(script), str(root), *map(str, SEEDS)]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
    return lambda seed: Bundle(root / str(seed))
