"""Settings: what a job's variables say, and what is never shown."""

from dataclasses import replace
from pathlib import Path

from trainstop.settings import Settings
from trainstop.wiring import run_of

JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_TOKEN": "ghs_secret",
    "GITHUB_REPOSITORY": "acme/flights",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_WORKFLOW": "CI",
}


def test_a_token_is_never_shown() -> None:
    assert "ghs_secret" not in repr(Settings.from_environ(JOB))


def test_github_is_there_in_a_job_that_has_a_token() -> None:
    assert Settings.from_environ(JOB).on_github
    for name in ("GITHUB_ACTIONS", "GITHUB_TOKEN", "GITHUB_REPOSITORY"):
        assert not Settings.from_environ({**JOB, name: ""}).on_github


def test_a_workflow_is_its_file_where_the_runner_says_it() -> None:
    reference = "acme/flights/.github/workflows/model.yml@refs/heads/a@b"
    assert Settings.from_environ({**JOB, "GITHUB_WORKFLOW_REF": reference}).workflow == "model.yml"
    assert Settings.from_environ(JOB).workflow == "CI"


def test_numbers_that_are_none_count_as_unknown() -> None:
    settings = Settings.from_environ({**JOB, "GITHUB_RUN_ID": "seven", "GITHUB_RUN_ATTEMPT": ""})
    assert (settings.run, settings.attempt) == (0, 0)
    assert (Settings.from_environ(JOB).run, Settings.from_environ(JOB).attempt) == (77, 2)


def test_a_run_keeps_its_name_and_number_over_its_attempts(tmp_path: Path) -> None:
    job = {**JOB, "GITHUB_RUN_NUMBER": "5", "GITHUB_WORKFLOW_REF": "acme/flights/.github/workflows/model.yml@refs/x"}
    first, second = (run_of(Settings.from_environ({**job, "GITHUB_RUN_ATTEMPT": at}), tmp_path) for at in ("1", "2"))
    assert (first.owner, first.workflow, first.number) == ("run 77 of acme/flights", "acme/flights model.yml", 5)
    assert replace(second, attempt=1) == first
    assert first.fleeting


def test_a_person_at_a_machine_is_told_apart_by_the_folder(tmp_path: Path) -> None:
    here, there = (run_of(Settings.from_environ({"USER": "ada"}), tmp_path / name) for name in ("a", "b"))
    assert here.owner.startswith("ada on ")
    assert here.owner != there.owner
    assert not here.fleeting
