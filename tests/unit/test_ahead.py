"""What is imported ahead: in the order of need, never an error of its own, and no longer than the block it helps."""

from functools import partial
from threading import Event

import pytest

from trainstop import ahead, verbs
from trainstop.ahead import at_work, imports


def test_pieces_are_done_in_their_order_and_one_that_fails_stops_none() -> None:
    done, ended = [], Event()

    def fail() -> None:
        raise ImportError("broken")

    with at_work([lambda: done.append(1), fail, lambda: done.append(2), ended.set]):
        assert ended.wait(10)
    assert done == [1, 2]


def test_nothing_is_begun_after_the_block_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, going, done = Event(), Event(), []
    monkeypatch.setattr(ahead, "Event", partial(Ended, going))

    def first() -> None:
        begun.set()
        assert going.wait(10)

    def leave() -> None:
        with at_work([first, lambda: done.append("too late")]):
            assert begun.wait(10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert done == []


class Ended(Event):
    """Lets the piece that is at work go on only once the block has ended."""

    def __init__(self, going: Event) -> None:
        super().__init__()
        self._going = going

    def set(self) -> None:
        super().set()
        self._going.set()


@pytest.mark.parametrize(
    "stages", [["lint"], [], ["staging-test", "deploy", "promote"], ["model-test", "report", "register"]]
)
def test_nothing_is_imported_beside_a_single_stage_or_one_that_measures(stages: list[str]) -> None:
    assert imports(stages, {}) == []


def test_later_stages_are_imported_in_their_order_and_then_the_registry_and_tables() -> None:
    pieces = imports(["lint", "test", "train", "baseline"], {})
    modules = [verbs.BY_NAME[stage].module for stage in ("test", "train", "baseline")]
    assert [piece.args[0] for piece in pieces[:3]] == modules
    assert [piece.keywords for piece in pieces[3:5]] == [{"embedded": False}, {"embedded": True}]
    assert pieces[5].args == ("duckdb",)
    (*_, registry) = imports(["lint", "baseline"], {"MLFLOW_TRACKING_URI": "https://registry.example"})
    assert registry.keywords == {"embedded": False}
    assert not any(piece.keywords for piece in imports(["lint", "test"], {})), "no registry is needed"
