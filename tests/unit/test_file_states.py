"""What a file looks like without being read."""

import os
from types import SimpleNamespace
from typing import Any, cast

import pytest

from trainstop import file_states

PARTS = ("st_mode", "st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


@pytest.mark.parametrize("name", PARTS)
def test_each_part_of_a_files_state_counts(name: str) -> None:
    known: dict[str, Any] = dict.fromkeys(PARTS, 1)
    one, other = (cast("os.stat_result", SimpleNamespace(**each)) for each in (known, {**known, name: 2}))
    assert file_states.state(one) != file_states.state(other)


def test_a_time_that_was_put_back_is_not_when_a_file_changed() -> None:
    assert file_states.changed_at(cast("os.stat_result", SimpleNamespace(st_mtime=1.0, st_ctime=5.0))) == 5.0
    assert file_states.changed_at(cast("os.stat_result", SimpleNamespace(st_mtime=9.0, st_ctime=5.0))) == 9.0


@pytest.mark.parametrize(("changed", "settled"), [(97.0, True), (98.0, False), (100.0, False), (900.0, False)])
def test_what_changed_a_moment_ago_or_ahead_of_the_clock_may_still_change_unseen(
    changed: float, *, settled: bool
) -> None:
    assert file_states.settled(changed, 100.0) is settled
