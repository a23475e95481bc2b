from pathlib import Path

import pytest
from tests.fakes.delivering import NAME, World, world

from trainstop.delivery.selection import completeness, selected
from trainstop.errors import InputError
from trainstop.records.delivery import RegisterPart


@pytest.fixture
def made(tmp_path: Path) -> World:
    made = world(tmp_path)
    for _ in range(3):
        made.version()
    return made


def number(made: World, selector: str | None = None) -> int:
    return selected(made.registry, made.results, NAME, selector).number


def test_the_one_that_is_named_comes_first_then_the_one_registered_here_then_the_candidate(made: World) -> None:
    with pytest.raises(InputError, match="nothing says which version"):
        number(made)
    made.registry.move_alias(NAME, "candidate", to=1, expected=None)
    assert number(made) == 1
    made.record(RegisterPart(model_name=NAME, model_version=2, key="k", created=True, manifest="m"))
    assert number(made) == 2
    assert number(made, "3") == 3
    assert number(made, "candidate") == 1


def test_another_models_registration_does_not_count(made: World) -> None:
    made.record(RegisterPart(model_name="other", model_version=2, key="k", created=True, manifest="m"))
    with pytest.raises(InputError):
        number(made)


def test_only_a_complete_version_may_be_used(made: World) -> None:
    half = made.version(complete=False)
    twin = made.version("key-1")
    assert completeness(made.registry.version(NAME, "1")).status == "passed"
    assert "was not registered by trainstop" in completeness(made.registry.version(NAME, str(half.number))).reason
    check = completeness(made.registry.version(NAME, str(twin.number)))
    assert (check.status, "version 1" in check.reason) == ("failed", True)
