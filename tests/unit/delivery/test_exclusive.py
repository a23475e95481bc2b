import os
import signal
from pathlib import Path

import pytest

from trainstop.delivery.exclusive import exclusively
from trainstop.errors import ConflictError


def test_a_second_one_is_refused_and_comes_in_when_the_first_has_ended(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "lock"
    with exclusively(lock, "a deployment"):
        second = exclusively(lock, "a deployment")
        with pytest.raises(ConflictError, match="busy with a deployment"), second:
            pytest.fail("two at once")
    with exclusively(lock, "a deployment"):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with exclusively(tmp_path / "lock", "a deployment"):
            os.write(writer, b"held")
            signal.pause()
    os.read(reader, 4)
    os.close(reader)
    os.close(writer)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with exclusively(tmp_path / "lock", "a deployment"):
        pass
