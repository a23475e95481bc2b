"""A record is written whole, read as what it is, and asked for with a way out when it is not there."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trainstop.errors import InputError
from trainstop.records import Provenance, Record, Results, Status
from trainstop.records.delivery import DeployPart, RegisterPart


def record(part: Any, *, subject: str = "") -> Record[Any]:
    return Record[type(part)](  # type: ignore[misc]
        status=Status.PASSED,
        part=part,
        stage=part.stage,
        subject=subject,
        trainstop="0",
        provenance=Provenance(repository="o/r"),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_seconds=1.5,
    )


REGISTERED = RegisterPart(model_name="m", model_version=3, key="sha256:1", created=True, manifest="sha256:2")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.write(record(REGISTERED))
    assert results.part(RegisterPart) == REGISTERED
    assert (tmp_path / "register.json").stat().st_mode & 0o777 == 0o644


def test_two_environments_keep_two_records(tmp_path: Path) -> None:
    results = Results(tmp_path)
    for name, version in (("staging", 2), ("production", 1)):
        part = DeployPart(environment=name, model_version=version, strategy="canary")
        results.write(record(part, subject=name))
    assert results.part(DeployPart, "staging").model_version == 2
    assert results.part(DeployPart, "production").model_version == 1


def test_a_stage_that_has_not_run_is_asked_for_by_its_command(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has not run here") as caught:
        Results(tmp_path).part(RegisterPart)
    assert "trainstop register" in caught.value.fix


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stage": "register"}', '{"stage": "register", "surprise": 1}'])
def test_a_broken_record_is_an_input_error_and_never_a_pass(tmp_path: Path, text: str) -> None:
    (tmp_path / "register.json").write_text(text)
    with pytest.raises(InputError, match="cannot be read"):
        Results(tmp_path).find(RegisterPart)


def test_a_report_reads_every_record_whatever_its_part(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.write(record(REGISTERED))
    (tmp_path / "broken.json").write_text("{")
    assert [found.stage for found in results.every()] == ["register"]
