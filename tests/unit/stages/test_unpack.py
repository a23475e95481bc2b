"""`unpack`: all of a pack as its digest says, or nothing of it."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fakes.delivering import World, world

from trainstop import digests
from trainstop.bundles import Bundle
from trainstop.delivery.selection import at_hand
from trainstop.errors import InputError
from trainstop.records import Record, Status, checks
from trainstop.records.judging import BaselinePart, EvaluatePart
from trainstop.records.training import TrainPart
from trainstop.records.travelling import UnpackPart
from trainstop.stages import pack, register, unpack


@dataclass
class Sent:
    """A pack on its way, the job that made it, and the one that takes it over."""

    folder: Path
    digest: str
    sender: World
    receiver: World

    def arrive(self) -> None:
        """Take it over, and leave the record, as the verb does."""
        part = unpack.run(self.receiver.job, from_=str(self.folder), digest=self.digest).part
        assert part is not None
        self.receiver.record(part)

    def reseal(self) -> None:
        """Make the digest right again: what is wrong must be seen in what the pack holds."""
        self.digest = Bundle(self.folder).seal()


@pytest.fixture
def sent(tmp_path: Path) -> Sent:
    sender, receiver = world(tmp_path / "sender"), world(tmp_path / "receiver")
    sender.train()
    sender.evaluate()
    sender.record(checks.LintPart())
    part = pack.run(sender.job, to=str(tmp_path / "pack"), content="candidate").part
    assert part is not None
    return Sent(tmp_path / "pack", part.digest, sender, receiver)


def untouched(here: World) -> bool:
    return not here.workspace.candidate.root.exists() and not list(here.results.folder.glob("*.json"))


def test_what_was_packed_is_what_arrives(sent: Sent) -> None:
    result = unpack.run(sent.receiver.job, from_=str(sent.folder), digest=sent.digest)
    assert result.status is Status.PASSED
    assert result.part is not None
    assert result.part.stages == ("evaluate", "lint", "train")
    for part in (TrainPart, EvaluatePart, checks.LintPart):
        assert sent.receiver.results.find(part) == sent.sender.results.find(part)
    assert sent.receiver.workspace.candidate.model.joinpath("MLmodel").exists()
    assert sent.folder.exists(), "the pack stays as it was"


def test_unpacking_again_changes_nothing(sent: Sent) -> None:
    sent.arrive()
    sent.arrive()
    assert sent.receiver.results.find(TrainPart) == sent.sender.results.find(TrainPart)


def test_a_candidate_registers_without_the_predictions_that_did_not_travel(sent: Sent) -> None:
    record = sent.sender.results.find(EvaluatePart)
    assert record is not None
    assert record.part is not None
    digest = digests.of_file(sent.sender.workspace.candidate.predictions)
    sent.sender.record(record.part.model_copy(update={"predictions": digest}))
    part = pack.run(sent.sender.job, to=str(sent.folder), content="candidate").part
    assert part is not None
    sent.digest = part.digest
    sent.arrive()
    assert register.run(sent.receiver.job).status is Status.PASSED


def test_predictions_that_are_lost_otherwise_still_stop_the_registration(sent: Sent) -> None:
    record = sent.sender.results.find(EvaluatePart)
    assert record is not None
    assert record.part is not None
    sent.sender.record(record.part.model_copy(update={"predictions": "sha256:" + "0" * 64}))
    sent.sender.workspace.candidate.predictions.unlink()
    with pytest.raises(InputError, match="not what `evaluate` recorded"):
        register.run(sent.sender.job)


def flip(sent: Sent) -> None:
    path = sent.folder / "candidate" / "model" / "MLmodel"
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(bytes(content))


def add(sent: Sent) -> None:
    (sent.folder / "candidate" / "model" / "more.py").write_text("print()")


def remove(sent: Sent) -> None:
    (sent.folder / "results" / "lint.json").unlink()


def rename(sent: Sent) -> None:
    (sent.folder / "results" / "lint.json").rename(sent.folder / "results" / "test.json")


def swap(sent: Sent) -> None:
    first, second = sent.folder / "results" / "lint.json", sent.folder / "results" / "train.json"
    held = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(held)


def link(sent: Sent) -> None:
    path = sent.folder / "results" / "lint.json"
    shutil.copy(path, sent.folder.parent / "lint.json")
    path.unlink()
    path.symlink_to(sent.folder.parent / "lint.json")


def link_to_a_folder(sent: Sent) -> None:
    shutil.copytree(sent.folder / "results", sent.folder.parent / "elsewhere")
    shutil.rmtree(sent.folder / "results")
    (sent.folder / "results").symlink_to(sent.folder.parent / "elsewhere")


def pipe(sent: Sent) -> None:
    os.mkfifo(sent.folder / "results" / "pipe.json")


def other_manifest(sent: Sent) -> None:
    manifest = sent.folder / "MANIFEST.json"
    listed = json.loads(manifest.read_text())
    listed["../../../../tmp/escaped.json"] = listed.pop("results/lint.json")
    manifest.write_text(json.dumps(listed))


def no_manifest(sent: Sent) -> None:
    (sent.folder / "MANIFEST.json").unlink()


def deep_manifest(sent: Sent) -> None:
    (sent.folder / "MANIFEST.json").write_text("[" * 100_000)


def other_runs_digest(sent: Sent) -> None:
    sent.sender.evaluate(auc=0.99)
    part = pack.run(sent.sender.job, to=str(sent.folder.parent / "other"), content="candidate").part
    assert part is not None
    sent.digest = part.digest


def no_digest(sent: Sent) -> None:
    sent.digest = ""


def half_a_digest(sent: Sent) -> None:
    sent.digest = sent.digest[:20]


ON_THE_WAY = [
    flip, add, remove, rename, swap, link, link_to_a_folder, pipe, other_manifest, no_manifest, deep_manifest,
    other_runs_digest, no_digest, half_a_digest,
]  # fmt: skip


@pytest.mark.parametrize("hurt", ON_THE_WAY, ids=lambda hurt: hurt.__name__)
def test_a_pack_that_is_not_what_its_digest_says_is_refused_whole(sent: Sent, hurt: Callable[[Sent], None]) -> None:
    hurt(sent)
    with pytest.raises(InputError):
        sent.arrive()
    assert untouched(sent.receiver)


def rewrite(sent: Sent, name: str, **changes: object) -> None:
    path = sent.folder / "results" / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def unknown_key(sent: Sent) -> None:
    rewrite(sent, "train.json", more=1)


def wrong_type(sent: Sent) -> None:
    rewrite(sent, "train.json", part={"fingerprint": "none"})


def not_finite(sent: Sent) -> None:
    rewrite(sent, "lint.json", duration_seconds=float("nan"))


def no_json(sent: Sent) -> None:
    (sent.folder / "results" / "lint.json").write_text("<html>sign in</html>")


def part_of_another_stage(sent: Sent) -> None:
    path = sent.folder / "results" / "train.json"
    rewrite(sent, "lint.json", part=json.loads(path.read_text())["part"])


def subject_that_climbs(sent: Sent) -> None:
    rewrite(sent, "lint.json", subject="../../../x")


def another_name(sent: Sent) -> None:
    rename(sent)


def program(sent: Sent) -> None:
    (sent.folder / "conftest.py").write_text("print()")


def folder_in_the_results(sent: Sent) -> None:
    (sent.folder / "results" / "deep").mkdir()
    (sent.folder / "results" / "deep" / "lint.json").write_text("{}")


def log_in_a_candidate(sent: Sent) -> None:
    (sent.folder / "log" / "production").mkdir(parents=True)
    (sent.folder / "log" / "production" / "x.jsonl").write_text("{}")


def label_that_is_none(sent: Sent) -> None:
    (sent.folder / "pack.json").write_text('{"content": "everything", "trainstop": "1"}')


def no_label(sent: Sent) -> None:
    (sent.folder / "pack.json").unlink()


def log_of_no_environment(sent: Sent) -> None:
    (sent.folder / "pack.json").write_text('{"content": "log", "trainstop": "1"}')
    shutil.rmtree(sent.folder / "candidate")
    (sent.folder / "log" / "elsewhere").mkdir(parents=True)
    (sent.folder / "log" / "elsewhere" / "x.jsonl").write_text("{}")


MADE_SO = [
    unknown_key, wrong_type, not_finite, no_json, part_of_another_stage, subject_that_climbs, another_name, program,
    folder_in_the_results, log_in_a_candidate, label_that_is_none, no_label, log_of_no_environment,
]  # fmt: skip


@pytest.mark.parametrize("make", MADE_SO, ids=lambda make: make.__name__)
def test_a_digest_alone_makes_no_pack(sent: Sent, make: Callable[[Sent], None]) -> None:
    make(sent)
    sent.reseal()
    with pytest.raises(InputError):
        sent.arrive()
    assert untouched(sent.receiver)


def test_a_record_that_is_here_already_and_says_something_else_is_kept(sent: Sent) -> None:
    sent.receiver.evaluate(auc=0.5)
    before = sent.receiver.results.find(EvaluatePart)
    with pytest.raises(InputError, match="is here already"):
        sent.arrive()
    assert sent.receiver.results.find(EvaluatePart) == before
    assert not sent.receiver.workspace.candidate.root.exists()


def test_no_folder_is_no_pack(sent: Sent) -> None:
    shutil.rmtree(sent.folder)
    with pytest.raises(InputError, match="there is no pack"):
        sent.arrive()


def test_a_log_arrives_where_monitoring_looks_for_it(sent: Sent) -> None:
    log = sent.sender.workspace.target("production") / "log" / "a.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("{}\n")
    part = pack.run(sent.sender.job, to=str(sent.folder), content="log").part
    assert part is not None
    sent.digest = part.digest
    sent.arrive()
    assert (sent.receiver.workspace.target("production") / "log" / "a.jsonl").read_text() == "{}\n"


def test_no_copy_is_left_behind(sent: Sent) -> None:
    sent.arrive()
    assert not (sent.receiver.workspace.scratch / "unpack").exists()
    found = sent.receiver.results.find(UnpackPart)
    assert isinstance(found, Record)


def registered(here: World) -> None:
    """Register what was trained, as the job that has the credential does."""
    record = register.run(here.job).part
    assert record is not None
    here.record(record)


@pytest.fixture
def version(tmp_path: Path) -> Sent:
    """A registered version on its way to a job that knows no registry."""
    sender, receiver = world(tmp_path / "sender"), world(tmp_path / "receiver")
    sender.train()
    sender.evaluate()
    registered(sender)
    shutil.rmtree(sender.workspace.candidate.root)
    part = pack.run(sender.job, to=str(tmp_path / "pack"), content="version").part
    assert part is not None
    return Sent(tmp_path / "pack", part.digest, sender, receiver)


def test_a_registered_version_arrives_where_a_job_without_a_registry_finds_it(version: Sent) -> None:
    version.arrive()
    found = at_hand(version.receiver.job, "1")
    assert found is not None
    assert found[0] == 1
    assert (found[1].model / "MLmodel").is_file()
    assert at_hand(version.receiver.job, None) == found
    assert at_hand(version.receiver.job, "2") is None
    assert not found[1].predictions.exists(), "rows of customers stay where they are"


def test_a_registered_version_that_was_changed_is_refused_on_its_way_and_where_it_lies(version: Sent) -> None:
    model = version.folder / "version" / "model" / "MLmodel"
    kept = model.read_text()
    model.write_text("flavors: {evil: {}}\n")
    version.reseal()
    with pytest.raises(InputError, match="not what its manifest says"):
        version.arrive()
    assert untouched(version.receiver)
    model.write_text(kept)
    version.reseal()
    version.arrive()
    here = at_hand(version.receiver.job, "1")
    assert here is not None
    (here[1].root / "added.py").write_text("")
    with pytest.raises(InputError, match=r"added\.py"):
        at_hand(version.receiver.job, "1")


def test_a_champion_travels_to_the_job_that_compares_with_it_without_its_rows(tmp_path: Path) -> None:
    sender, receiver = world(tmp_path / "sender"), world(tmp_path / "receiver")
    champion = sender.workspace.champion
    champion.model.mkdir(parents=True)
    (champion.model / "MLmodel").write_text("flavors: {}\n")
    champion.predictions.write_text("rows")
    sender.record(BaselinePart(version=1, has_model=True, has_predictions=True))
    part = pack.run(sender.job, to=str(tmp_path / "pack"), content="champion").part
    assert part is not None
    assert part.left_out == ("predictions",)
    Sent(tmp_path / "pack", part.digest, sender, receiver).arrive()
    assert (receiver.workspace.champion.model / "MLmodel").is_file()
    assert not receiver.workspace.champion.predictions.exists()


def skipped_baseline(here: World) -> Record[BaselinePart]:
    """Return what `baseline` leaves in a fork's job, which knows no registry."""
    return Record[BaselinePart](
        status=Status.SKIPPED,
        stage="baseline",
        trainstop="1",
        provenance=here.job.provenance,
        started_at=here.clock.now(),
        duration_seconds=1,
    )


def test_without_a_champion_only_what_is_known_of_that_travels(tmp_path: Path) -> None:
    sender, receiver = world(tmp_path / "sender"), world(tmp_path / "receiver")
    with pytest.raises(InputError, match="baseline"):
        pack.run(sender.job, to=str(tmp_path / "pack"), content="champion")
    sender.results.write(skipped_baseline(sender))
    assert pack.run(sender.job, to=str(tmp_path / "first"), content="champion").status is Status.PASSED
    sender.record(BaselinePart())
    part = pack.run(sender.job, to=str(tmp_path / "pack"), content="champion").part
    assert part is not None
    Sent(tmp_path / "pack", part.digest, sender, receiver).arrive()
    assert receiver.results.part(BaselinePart).version is None
