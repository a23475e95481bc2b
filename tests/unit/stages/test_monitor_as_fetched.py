"""`monitor --as-fetched`: the champion that `baseline` left is watched, in a job that may not ask the registry."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tests.fakes.watched import AS_OF, WEEK, Watched, rows_of, watched

from trainstop.errors import ConfigurationError, InputError
from trainstop.job import Job
from trainstop.records import Provenance, Record, Result, Status
from trainstop.records.judging import BaselinePart
from trainstop.records.watching import FetchPart, MonitorPart
from trainstop.stages import baseline, monitor


class Forbidden:
    """A registry that may not be asked."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"the registry was asked: {name}")


@pytest.fixture
def here(tmp_path: Path) -> Watched:
    made = watched(tmp_path)
    made.serve(rows_of(4, AS_OF - 4 * WEEK, 3))
    made.label(rows_of(4, AS_OF - 4 * WEEK, 3))
    return made


def recorded(here: Watched, part: BaselinePart | None, *, status: Status = Status.PASSED, reason: str = "") -> None:
    record = Record[BaselinePart](
        stage=BaselinePart.stage,
        trainstop="1",
        status=status,
        reason=reason,
        started_at=datetime.now(UTC),
        duration_seconds=1,
        provenance=Provenance(repository="r"),
        part=part,
    )
    here.job.results.write(record)


def fetch(here: Watched, **changed: Any) -> None:
    """Leave what the job before would have."""
    part = baseline.run(here.job, model="never").part
    assert part is not None
    recorded(here, part.model_copy(update=changed))


def look(here: Watched, **options: Any) -> Result[MonitorPart]:
    job: Job = here.job
    job.ports.registry = Forbidden()  # type: ignore[misc,assignment]  # a fake may be changed
    return monitor.run(job, **{"as_of": AS_OF.isoformat(), "as_fetched": True, **options})


def test_what_was_fetched_is_judged_as_the_registry_would_be(here: Watched) -> None:
    fetch(here)
    assert not here.workspace.champion.model.exists()
    asked, fetched = here.part(), look(here).part
    assert fetched is not None
    assert {signal.name for signal in asked.signals} == {signal.name for signal in fetched.signals}
    assert (fetched.model_version, fetched.rows, fetched.labelled_rows) == (1, 1680, 1680)
    assert {signal.level for signal in fetched.signals} == {"quiet"}


def test_predictions_that_stayed_where_they_were_are_no_quiet_performance(here: Watched) -> None:
    fetch(here)
    here.workspace.champion.predictions.unlink()
    part = look(here).part
    assert part is not None
    for name in ("performance:auc", "prediction"):
        signal = next(signal for signal in part.signals if signal.name == name)
        assert signal.level == "not enough data"
        assert "`predictions: always`" in signal.reason


@pytest.mark.parametrize(
    "changed", [{"version": None}, {"numbers_only": True}, {"model": "another"}], ids=["none", "numbers", "another"]
)
def test_without_a_champion_that_was_fetched_whole_there_is_nothing_to_watch(
    here: Watched, changed: dict[str, Any]
) -> None:
    fetch(here, **changed)
    with pytest.raises(InputError, match="nothing to watch"):
        look(here)


def test_a_job_whose_champion_was_not_to_be_had_says_what_it_lacked(here: Watched) -> None:
    recorded(here, None, status=Status.SKIPPED, reason="this job was given no credential")
    with pytest.raises(InputError, match="no credential") as caught:
        look(here)
    assert "MLFLOW_TRACKING_URI" in caught.value.fix


def test_log_and_look_end_at_the_same_moment(here: Watched) -> None:
    fetch(here)
    until = AS_OF - WEEK
    brought = FetchPart(environment="production", since=until - 24 * WEEK, until=until)
    here.job.results.write(
        Record[FetchPart](
            stage=FetchPart.stage,
            trainstop="1",
            status=Status.PASSED,
            started_at=until,
            duration_seconds=1,
            provenance=Provenance(repository="r"),
            part=brought,
        )
    )
    part = look(here, as_of=None).part
    assert part is not None
    assert part.as_of == until


def test_neither_registry_nor_target_is_asked_when_the_champion_was_fetched(here: Watched) -> None:
    fetch(here)
    job = here.job
    job.ports.target = job.ports.registry = Forbidden()  # type: ignore[misc,assignment,method-assign]  # a fake
    part = monitor.run(job, as_fetched=True).part
    assert part is not None
    assert "health" not in {signal.name for signal in part.signals}


def test_a_job_that_fetched_nothing_says_what_to_run_first(here: Watched) -> None:
    with pytest.raises(InputError, match="baseline"):
        look(here)


def test_what_another_environment_serves_is_not_what_was_fetched(here: Watched) -> None:
    fetch(here)
    with pytest.raises(ConfigurationError, match="staging may serve another version"):
        look(here, environment="staging")
