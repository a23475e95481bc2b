"""`pack`: what the next job needs and nothing else, with a digest that says exactly what that is."""

import json
from pathlib import Path

import pytest
from tests.fakes.delivering import SECRET, World, world

from trainstop.errors import ConfigurationError, InputError
from trainstop.records import Status
from trainstop.records.travelling import PackPart, UnpackPart
from trainstop.stages import pack


@pytest.fixture
def here(tmp_path: Path) -> World:
    here = world(tmp_path / "project")
    here.train()
    here.evaluate()
    return here


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_records_travel_alone(here: World, tmp_path: Path) -> None:
    result = pack.run(here.job, to=str(tmp_path / "pack"))
    assert names(tmp_path / "pack") == [
        "MANIFEST.json",
        "pack.json",
        "results/evaluate.json",
        "results/train.json",
    ]
    assert result.status is Status.PASSED
    assert result.part is not None
    assert (result.part.files, result.part.content) == (3, "records")
    assert result.part.bytes > 100


def test_a_candidate_travels_without_its_customers_rows(here: World, tmp_path: Path) -> None:
    part = pack.run(here.job, to=str(tmp_path / "pack"), content="candidate").part
    assert "candidate/model/MLmodel" in names(tmp_path / "pack")
    assert "candidate/predictions.parquet" not in names(tmp_path / "pack")
    assert part is not None
    assert part.left_out == ("predictions",)
    assert here.workspace.candidate.predictions.exists(), "what stays here is left alone"


def test_the_other_seeds_models_stay_where_they_were_judged(here: World, tmp_path: Path) -> None:
    other = here.workspace.candidate.seed(1).model / "MLmodel"
    other.parent.mkdir(parents=True)
    other.write_text("flavors: {}")
    pack.run(here.job, to=str(tmp_path / "pack"), content="candidate", predictions=True)
    assert not [name for name in names(tmp_path / "pack") if "seeds" in name]
    assert other.exists(), "what stays here is left alone"


def test_predictions_travel_when_somebody_says_so(here: World, tmp_path: Path) -> None:
    part = pack.run(here.job, to=str(tmp_path / "pack"), content="candidate", predictions=True).part
    assert "candidate/predictions.parquet" in names(tmp_path / "pack")
    assert part is not None
    assert part.left_out == ()


def test_an_inference_log_travels(here: World, tmp_path: Path) -> None:
    log = here.workspace.target("production") / "log" / "2026-03-01.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("{}\n")
    pack.run(here.job, to=str(tmp_path / "pack"), content="log")
    assert "log/production/2026-03-01.jsonl" in names(tmp_path / "pack")


def test_records_about_this_jobs_own_luggage_stay(here: World, tmp_path: Path) -> None:
    here.record(PackPart(content="records", digest="sha256:1", files=1, bytes=1))
    here.record(UnpackPart(content="records", digest="sha256:1", files=1))
    pack.run(here.job, to=str(tmp_path / "pack"))
    assert [name for name in names(tmp_path / "pack") if "pack.json" in name] == ["pack.json"]


def test_the_same_content_has_the_same_digest_and_other_content_another(here: World, tmp_path: Path) -> None:
    first = pack.run(here.job, to=str(tmp_path / "a")).part
    again = pack.run(here.job, to=str(tmp_path / "b")).part
    here.evaluate(auc=0.81)
    other = pack.run(here.job, to=str(tmp_path / "c")).part
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.digest == again.digest != other.digest


def test_an_earlier_pack_gives_way(here: World, tmp_path: Path) -> None:
    pack.run(here.job, to=str(tmp_path / "pack"), content="candidate")
    pack.run(here.job, to=str(tmp_path / "pack"))
    assert not (tmp_path / "pack" / "candidate").exists()


def test_nothing_but_a_pack_is_written_over(here: World, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        pack.run(here.job, to=str(tmp_path))
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_link_is_not_packed(here: World, tmp_path: Path) -> None:
    (here.workspace.candidate.model / "weights").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="link"):
        pack.run(here.job, to=str(tmp_path / "pack"), content="candidate")


@pytest.mark.parametrize("content", ["records", "candidate", "log"])
def test_nothing_is_no_pack(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"no records|no candidate|no inference log"):
        pack.run(world(tmp_path / "project").job, to=str(tmp_path / "pack"), content=content)
    assert not (tmp_path / "pack").exists()


def test_the_label_says_what_it_is(here: World, tmp_path: Path) -> None:
    pack.run(here.job, to=str(tmp_path / "pack"), content="candidate")
    label = json.loads((tmp_path / "pack" / "pack.json").read_text())
    assert (label["content"], label["left_out"]) == ("candidate", ["predictions"])


def test_a_pack_that_would_hold_a_secret_is_refused_and_nothing_is_left_of_it(here: World, tmp_path: Path) -> None:
    (here.workspace.candidate.model / "weights.bin").write_bytes(b"weights " + SECRET)
    with pytest.raises(InputError, match="holds the value of a secret") as refused:
        pack.run(here.job, to=str(tmp_path / "pack"), content="candidate")
    assert "candidate/model/weights.bin" in refused.value.where
    assert not (tmp_path / "pack").exists()
    assert (here.workspace.candidate.model / "weights.bin").exists(), "what stays here is left alone"
    pack.run(here.job, to=str(tmp_path / "pack"))


@pytest.mark.parametrize("environment", ["../../outside", "x" * 300, "nowhere"])
def test_the_log_of_an_environment_that_is_not_configured_is_refused(
    here: World, tmp_path: Path, environment: str
) -> None:
    outside = here.workspace.target("production").parent / environment[:50] / "log"
    outside.mkdir(parents=True)
    (outside / "private.jsonl").write_text("{}")
    with pytest.raises(ConfigurationError, match="there is no environment"):
        pack.run(here.job, to=str(tmp_path / "pack"), content="log", environment=environment)
