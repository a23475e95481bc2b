"""`history`: the ledger as it was written."""

from pathlib import Path

import pytest
from tests.fakes.delivering import world

from trainstop.errors import UnavailableError
from trainstop.stages import history


def test_the_ledger_is_shown_oldest_first(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.entry("deploy", "staging", 1)
    here.entry("promote", "production", 1, previous=None)
    part = history.run(here.job).part
    assert part is not None
    assert [(entry.action, entry.environment, entry.version) for entry in part.entries] == [
        ("deploy", "staging", 1),
        ("promote", "production", 1),
    ]


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    result = history.run(world(tmp_path).job)
    assert result.reason == "nothing was done yet"


def test_a_registry_that_is_down_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    here = world(tmp_path)
    here.registry.down = True
    with pytest.raises(UnavailableError):
        history.run(here.job)
