"""`newest`: a version that waited for days is compared with what was registered meanwhile."""

from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world

from trainstop.errors import InputError
from trainstop.records import Status
from trainstop.stages import newest


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path)
    for _ in range(2):
        here.version()
    return here


def test_the_candidate_is_the_newest(here: World) -> None:
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    result = newest.run(here.job, version="2")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert not result.part.superseded


def test_a_newer_candidate_supersedes_it_and_nothing_fails(here: World) -> None:
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    result = newest.run(here.job, version="1")
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.superseded, result.part.candidate_version) == (True, 2)
    assert "version 2 is the candidate meanwhile" in result.reason


def test_without_a_candidate_nothing_newer_is_known(here: World) -> None:
    part = newest.run(here.job, version="1").part
    assert part is not None
    assert not part.superseded


def test_a_version_that_is_not_there_is_an_error(here: World) -> None:
    with pytest.raises(InputError):
        newest.run(here.job, version="9")


def test_it_only_reads(here: World) -> None:
    here.registry.move_alias(NAME, "candidate", to=2, expected=None)
    here.registry.calls.clear()
    newest.run(here.job, version="1")
    assert set(here.registry.calls) == {"versions"}
