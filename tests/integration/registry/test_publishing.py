"""One complete version a key: entered twice, by two at once, with lost answers, and after a kill anywhere."""

from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from tests.integration.registry.conftest import Open, make_bundle
from tests.integration.registry.faults import Fault, proxy
from tests.integration.registry.workers import connect, publish_and_die, publish_rounds

from trainstop.adapters.mlflow.embedded import Embedded
from trainstop.adapters.mlflow.registry import MlflowRegistry
from trainstop.bundles import Bundle
from trainstop.errors import InputError
from trainstop.ports.registry import Version

ROUNDS = 20


def complete(registry: MlflowRegistry, name: str, key: str) -> list[int]:
    return [item.number for item in registry.versions(name) if item.complete and item.key == key]


def together(context: ForkServerContext, work: Callable[..., None], crowd: int, *arguments: Any) -> list[Any]:
    """Let several processes do the same thing at the same moments; return what each answers."""
    barrier = context.Barrier(crowd)
    pipes = [context.Pipe(duplex=False) for _ in range(crowd)]
    workers = []
    for index, (_, writing) in enumerate(pipes):
        given = [value(index) if callable(value) else value for value in arguments]
        workers.append(context.Process(target=work, args=(*given, barrier, writing)))
    for worker in workers:
        worker.start()
    answers = []
    for (reading, writing), worker in zip(pipes, workers, strict=True):
        writing.close()
        answers.append(reading.recv())
        worker.join(60)
        assert worker.exitcode == 0
    return answers


def test_a_version_carries_what_it_was_given(open_registry: Open, name: str, bundle: Bundle) -> None:
    registry = open_registry()
    assert registry.versions(name) == []
    made = registry.publish(name, "key", bundle, {"trainstop.commit": "c0ffee"}, description="of flights")
    assert (made.number, made.complete, made.key, made.manifest) == (1, True, "key", bundle.seal())
    assert made.tags["trainstop.commit"] == "c0ffee"
    assert registry.versions(name) == [made]


def test_publishing_twice_is_publishing_once(open_registry: Open, name: str, bundle: Bundle) -> None:
    first = open_registry().publish(name, "key", bundle, {})
    assert open_registry().publish(name, "key", bundle, {}) == first
    assert open_registry().publish(name, "other", bundle, {}).number == 2


def test_mlflow_itself_finds_the_model(
    open_registry: Open, name: str, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = open_registry()
    registry.publish(name, "key", bundle, {})
    for variable in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.setenv(variable, registry._client.uri)

    def through_mlflow(_: Any) -> str:
        import mlflow

        return mlflow.artifacts.download_artifacts(f"models:/{name}/1", dst_path=str(tmp_path / "outside"))

    (tmp_path / "outside").mkdir()
    folder = Path(registry._client.ask("a look from outside", through_mlflow))
    assert (folder / "w.bin").read_text() == "weights"


def test_a_long_tag_is_cut_and_does_no_harm(open_registry: Open, name: str, bundle: Bundle) -> None:
    made = open_registry().publish(name, "key", bundle, {"k" * 300: "v" * 200_000})
    assert made.complete
    assert len(made.tags["k" * 250]) == 5000


def test_what_was_not_stored_as_it_was_sent_never_becomes_a_version(
    embedded: Embedded, name: str, bundle: Bundle
) -> None:
    def spoil(step: str) -> None:
        if step == "before reading back":
            next(embedded.artifacts.rglob("w.bin")).write_text("something else")

    with pytest.raises(InputError, match="does not hold the file that was sent"):
        connect(embedded.uri, embedded, spoil).publish(name, "key", bundle, {})
    registry = connect(embedded.uri, embedded)
    assert registry.versions(name) == []
    assert registry.publish(name, "key", bundle, {}).number == 1


def test_twenty_rounds_of_two_at_once_leave_one_version_each(
    processes: ForkServerContext, embedded: Embedded, tmp_path: Path
) -> None:
    roots = [make_bundle(tmp_path / str(index), f"weights {index}").root for index in range(2)]
    answers = together(processes, publish_rounds, 2, embedded.uri, embedded, "m", roots.__getitem__, ROUNDS)
    assert answers[0] == answers[1]
    registry = connect(embedded.uri, embedded)
    for number in range(ROUNDS):
        assert complete(registry, "m", f"key-{number}") == [answers[0][number]]
    made = registry.versions("m")
    marked = [item.tags.get("trainstop.duplicate-of") for item in made if not item.complete]
    assert all(marked)
    assert registry.tidy("m") == []


def test_rounds_of_three_at_once_on_a_server_leave_one_version_each(
    processes: ForkServerContext, server: str, name: str, tmp_path: Path
) -> None:
    roots = [make_bundle(tmp_path / str(index), f"weights {index}").root for index in range(3)]
    answers = together(processes, publish_rounds, 3, server, None, name, roots.__getitem__, 4)
    assert answers[0] == answers[1] == answers[2]
    registry = connect(server, None)
    for number in range(4):
        assert complete(registry, name, f"key-{number}") == [answers[0][number]]


def test_processes_that_meet_in_an_empty_folder_make_one_database(processes: ForkServerContext, tmp_path: Path) -> None:
    embedded = Embedded(tmp_path / "new" / "mlflow.db", tmp_path / "new" / "artifacts")
    roots = [make_bundle(tmp_path / str(index)).root for index in range(3)]
    answers = together(processes, publish_rounds, 3, embedded.uri, embedded, "m", roots.__getitem__, 1)
    assert answers == [[answers[0][0]]] * 3
    assert not list(embedded.database.parent.glob(".mlflow-*"))


def steps_of(registry_options: Any, name: str, bundle: Bundle) -> list[str]:
    """Return every point of a publication at which a process can die."""
    steps: list[str] = []
    connect(*registry_options, steps.append).publish(name, "rehearsal", bundle, {})
    return steps


@pytest.mark.parametrize("kind", ["embedded", "server"])
def test_a_publication_killed_anywhere_and_entered_again_leaves_one_complete_version(
    kind: str, request: pytest.FixtureRequest, processes: ForkServerContext, name: str, bundle: Bundle
) -> None:
    embedded = request.getfixturevalue("embedded") if kind == "embedded" else None
    uri = embedded.uri if embedded else request.getfixturevalue("server")
    steps = steps_of((uri, embedded), name, bundle)
    assert len(steps) >= 11
    registry = connect(uri, embedded)
    for number, step in enumerate(steps):
        key = f"key-{number}"
        child = processes.Process(target=publish_and_die, args=(uri, embedded, name, key, bundle.root, step))
        child.start()
        child.join(60)
        assert child.exitcode == -9, step
        before = complete(registry, name, key)
        assert before == ([] if step != "before settling" else before[:1]), step
        made = registry.publish(name, key, bundle, {})
        assert complete(registry, name, key) == [made.number], step
        assert not before or before == [made.number], step
    uploads = sum(step.startswith("before ") for step in steps) - 3
    done = registry.tidy(name)
    assert len(done) == uploads, done
    assert registry.tidy(name) == []
    assert len(complete(registry, name, "key-0")) == 1
    if embedded:
        kept = {path.name for path in (embedded.artifacts / "trainstop" / name).iterdir()}
        assert len(kept) == len(registry.versions(name))


def test_a_living_upload_is_not_tidied_away(open_registry: Open, name: str, bundle: Bundle) -> None:
    other = open_registry()
    seen: list[list[str]] = []

    def look(step: str) -> None:
        if step == "before the version":
            seen.append(other.tidy(name))

    made: Version = open_registry(on_step=look).publish(name, "key", bundle, {})
    assert seen == [[]]
    assert made.complete


@pytest.mark.parametrize("fault", ["lost", "error", "cut", "reset", "busy"])
@pytest.mark.parametrize(
    "request_path",
    ["model-versions/create", "registered-models/create", "experiments/create", "runs/create", "artifacts/", "search"],
)
def test_lost_answers_leave_one_complete_version(
    server: str, name: str, bundle: Bundle, request_path: str, fault: Fault
) -> None:
    with proxy(server) as faults:
        faults.planned.append((request_path, fault))
        made = connect(faults.address, None).publish(name, "key", bundle, {})
        assert faults.planned == []
    registry = connect(server, None)
    assert complete(registry, name, "key") == [made.number]
    assert len(registry.versions(name)) == 1


def test_a_lost_answer_is_never_followed_by_a_blind_second_create(server: str, name: str, bundle: Bundle) -> None:
    with proxy(server) as faults:
        faults.planned.append(("model-versions/create", "lost"))
        connect(faults.address, None).publish(name, "key", bundle, {})
        assert sum("model-versions/create" in request for request in faults.seen) == 1
