"""Many register at once through a network that loses, cuts, delays and refuses: one complete version a key."""

from contextlib import suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from tests.integration.registry.conftest import make_bundle
from tests.integration.registry.faults import PLAIN, proxy
from tests.integration.registry.test_publishing import complete, together
from tests.integration.registry.workers import connect, register_everything

from trainstop.adapters.clock import SystemClock
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.bundles import Bundle
from trainstop.errors import InputError, UnavailableError
from trainstop.ports.registry import Version


def crowd(processes: ForkServerContext, server: str, name: str, folder: Path, *, size: int, keys: int) -> None:
    """Let `size` processes register each of `keys` keys at once through a faulty network, and look at what is there."""
    roots = [make_bundle(folder / str(index), f"weights {index}").root for index in range(size)]
    with proxy(server, share=0.08, seed=keys) as faults:
        answers = together(
            processes, register_everything, size, faults.address, name, roots.__getitem__, keys, lambda index: index
        )
    assert sum(faults.happened.values()) > 0.04 * len(faults.seen), faults.happened
    assert keys < 50 or set(faults.happened) == set(PLAIN), faults.happened
    registry = connect(server, None)
    numbers = answers[0][0]
    assert len(numbers) == keys
    assert all(told == numbers for told, _, _, _ in answers)
    assert {key: complete(registry, name, key) for key in numbers} == {key: [each] for key, each in numbers.items()}
    extras = [item for item in registry.versions(name) if not item.complete]
    assert all(item.duplicate_of == numbers[item.key] for item in extras)
    check_contention([spans for _, _, _, spans in answers], extras)
    assert [again for _, again, _, _ in answers] == [[]] * size, "the registry was there all the time"
    champion = registry.alias(name, "champion")
    assert champion is not None
    assert [won for _, _, won, _ in answers if won] == [champion.number]
    assert {alias for item in registry.versions(name) for alias in item.aliases} == {"champion"}


def check_contention(spans: list[list[tuple[float, float]]], twins: list[Version]) -> None:
    """Make sure that they did get into each other's way: in each round some were at the same key at one moment."""
    for of_a_round in zip(*spans, strict=True):
        first, second, *_ = sorted(of_a_round)
        assert second[0] < first[1]
    assert twins or len(spans[0]) < 50, "in no round did two make a version of the same key"


def test_three_processes_and_six_keys(processes: ForkServerContext, server: str, name: str, tmp_path: Path) -> None:
    crowd(processes, server, name, tmp_path, size=3, keys=6)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_eight_processes_and_fifty_keys(processes: ForkServerContext, server: str, name: str, tmp_path: Path) -> None:
    crowd(processes, server, name, tmp_path, size=8, keys=50)


def test_a_silence_longer_than_our_patience_is_said_and_entered_again_leaves_one_version(
    server: str, name: str, bundle: Bundle
) -> None:
    with proxy(server, stall_seconds=6.0) as faults:
        registry = MlflowRegistry(faults.address, SystemClock(), 2)
        registry.publish(name, "first", bundle, {})
        faults.planned.append(("model-versions/create", "stalled"))
        with pytest.raises(UnavailableError, match="did not answer within 2 s"):
            registry.publish(name, "key", bundle, {})
        made = registry.publish(name, "key", bundle, {})
    assert complete(connect(server, None), name, "key") == [made.number]


@pytest.mark.parametrize(
    "request_path", ["model-versions/create", "runs/create", "model-versions/search", "artifacts/"]
)
def test_a_login_page_is_never_taken_for_an_answer(server: str, name: str, bundle: Bundle, request_path: str) -> None:
    with proxy(server) as faults:
        faults.planned.append((request_path, "login page"))
        with suppress(InputError):  # where a file was expected, what came is not what was sent
            connect(faults.address, None).publish(name, "key", bundle, {})
        made = connect(faults.address, None).publish(name, "key", bundle, {})
    assert complete(connect(server, None), name, "key") == [made.number]
