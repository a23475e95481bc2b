"""Patience: waits as asked, says so, has an end, and never writes on what was seen before a pause."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.delivering import FakeClock

from trainstop.adapters.github.patience import Patience
from trainstop.adapters.github.trouble import LimitedError, RefusedError, UnclearError
from trainstop.errors import UnavailableError


class Place:
    """A patience, its clock, and what it said."""

    def __init__(self, cap: float = 300.0) -> None:
        self.clock = FakeClock()
        self.api: Any = SimpleNamespace(address="https://api", written_at=None)
        self.said: list[str] = []
        self.patience = Patience(self.api, self.clock, SimpleNamespace(note=self.said.append), cap)

    def settle(self, *outcomes: Exception | str | None) -> Any:
        """Settle a step that ends in these ways, one after the other."""
        ends: Iterator[Any] = iter(outcomes)

        def step() -> Any:
            end = next(ends)
            if isinstance(end, Exception):
                raise end
            return end

        return self.patience.settle(step)


def test_a_step_is_repeated_until_it_says_that_it_is_done() -> None:
    assert Place().settle(None, UnclearError("reset"), None, "done") == "done"


def test_a_limit_is_waited_out_as_asked_and_longer_each_time_when_nothing_is_asked() -> None:
    here = Place()
    here.settle(LimitedError("429", 7.0), LimitedError("429", None), "done")
    assert here.patience.waited == 7.0 + 120.0
    assert [note.rsplit("waits ", 1)[1] for note in here.said] == ["7 s", "120 s"]
    assert here.clock.monotonic() == 127.0


def test_all_waiting_together_has_an_end() -> None:
    here = Place(cap=100.0)
    here.settle(LimitedError("429", 60.0), "done")
    with pytest.raises(UnavailableError) as caught:
        here.settle(LimitedError("429", 60.0), "done")
    assert "after 60 s" in caught.value.what
    assert here.patience.waited == 60.0


def test_what_never_rests_ends() -> None:
    with pytest.raises(UnavailableError):
        Place().settle(*[None] * 100)


def test_a_refusal_is_not_tried_again() -> None:
    with pytest.raises(RefusedError):
        Place().settle(RefusedError(403, "no"), "done")


def test_a_second_write_waits_and_then_looks_again() -> None:
    here = Place()
    assert here.patience.may_write()
    here.api.written_at = here.clock.monotonic()
    assert not here.patience.may_write()
    assert here.clock.monotonic() == 1.0
    assert here.patience.may_write()
