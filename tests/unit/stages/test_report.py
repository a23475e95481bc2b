"""`report`: shows what the records say, once, wherever the project wants it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trainstop.adapters.outbox import OutboxForge
from trainstop.config import Config
from trainstop.errors import InputError, UnavailableError
from trainstop.job import Job, Run
from trainstop.ports.forge import Posted
from trainstop.records import Check, CheckStatus, Provenance, Record, Results, Status
from trainstop.records.judging import Changes, EvaluatePart
from trainstop.records.travelling import ReceivePart
from trainstop.relaying.reading import read
from trainstop.stages import report
from trainstop.workspace import Workspace

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    def now(self) -> datetime:
        return NOW


class Ports:
    def __init__(self, forge: Any, secret: str) -> None:
        self.forge = forge
        self.processes = self
        self.secret = secret

    def holds_secret(self, path: Path, secrets: tuple[str, ...]) -> bool:
        return bool(self.secret) and self.secret in path.read_text()


def job(tmp_path: Path, *, comment: str = "always", forge: Any = None, secret: str = "") -> Job:
    config = Config.model_validate({"model": {"name": "delay", "task": "binary"}, "report": {"comment": comment}})
    workspace = Workspace(tmp_path)
    ports: Any = Ports(forge or OutboxForge(workspace.outbox, Clock()), secret)
    return Job(config, workspace, Results(workspace.results), ports, Provenance(repository="acme/flights"))


def judged(job: Job, status: Status = Status.PASSED) -> None:
    check = Check(name="auc min", status=CheckStatus(status.value), reason="said")
    job.results.write(
        Record[EvaluatePart](
            stage="evaluate",
            status=status,
            checks=(check,),
            part=EvaluatePart(rung=1, rows=10),
            trainstop="1.0",
            provenance=job.provenance,
            started_at=NOW,
            duration_seconds=1.0,
        )
    )


def outbox(job: Job) -> list[str]:
    folder = job.workspace.outbox
    return sorted(path.name for path in folder.glob("*.md")) if folder.exists() else []


def test_comment_and_summary_go_to_the_outbox(tmp_path: Path) -> None:
    this = job(tmp_path)
    judged(this)
    result = report.run(this)
    assert result.status is Status.PASSED
    assert result.part is not None
    comment = Path(result.part.comment).read_text()
    assert comment.startswith(
        "<!-- trainstop:comment -->\n<!-- trainstop:report:delay -->\n### ⚠️ **delay**: first version"
    )
    assert "not complete: lint, test, train, baseline and model-test have not run" in comment
    assert Path(result.part.summary).read_text().startswith("# ")


def test_a_red_line_is_shown_and_does_not_fail_the_report(tmp_path: Path) -> None:
    this = job(tmp_path)
    judged(this, Status.FAILED)
    result = report.run(this)
    assert result.status is Status.PASSED
    assert result.reason.endswith("blocked by evaluate")
    assert "- evaluate, `auc min`: said" in (this.workspace.outbox / "comment.md").read_text()


def test_twice_is_one_comment(tmp_path: Path) -> None:
    this = job(tmp_path)
    judged(this)
    assert report.run(this).part == report.run(this).part
    assert outbox(this) == ["comment.md", "summary.md"]


def test_a_comment_that_is_off_is_skipped_with_the_reason(tmp_path: Path) -> None:
    this = job(tmp_path, comment="off")
    judged(this, Status.FAILED)
    result = report.run(this)
    assert [(check.name, check.status.value) for check in result.checks] == [
        ("summary", "passed"),
        ("comment", "skipped"),
        ("page", "passed"),
    ]
    assert result.checks[1].reason == "`report.comment` is off"
    assert outbox(this) == ["summary.md"]


def test_on_failure_only_a_failure_opens_a_comment_and_later_runs_keep_it_true(tmp_path: Path) -> None:
    this = job(tmp_path, comment="on-failure")
    judged(this)
    assert report.run(this).checks[1].status is CheckStatus.SKIPPED
    assert outbox(this) == ["summary.md"]
    judged(this, Status.FAILED)
    assert report.run(this).checks[1].status is CheckStatus.PASSED
    judged(this)
    report.run(this)
    assert "blocked" not in (this.workspace.outbox / "comment.md").read_text()


def test_nothing_to_report_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no stage has run here"):
        report.run(job(tmp_path))


def test_the_summary_is_there_when_the_comment_is_refused(tmp_path: Path) -> None:
    class Refusing(OutboxForge):
        def put_comment(self, marker: str, body: str, **_: Any) -> str:
            raise UnavailableError("403")

    this = job(tmp_path, forge=Refusing(tmp_path / ".trainstop" / "outbox", Clock()))
    judged(this)
    with pytest.raises(UnavailableError):
        report.run(this)
    assert outbox(this) == ["summary.md"]


@pytest.mark.parametrize(
    ("changed", "status", "expected"),
    [
        (None, Status.PASSED, ["comment.md", "summary.md"]),
        (False, Status.PASSED, ["summary.md"]),
        (True, Status.PASSED, ["comment.md", "summary.md"]),
        (False, Status.FAILED, ["comment.md", "summary.md"]),
    ],
    ids=["no champion", "the champion again", "another model", "blocked"],
)
def test_on_change_a_model_that_is_the_champions_again_gets_no_comment(
    tmp_path: Path, changed: bool | None, status: Status, expected: list[str]
) -> None:
    this = job(tmp_path, comment="on-change")
    judged(this, status)
    if changed is not None:
        record = this.results.find(EvaluatePart)
        assert record is not None
        assert record.part is not None
        changes = Changes(code=changed, data=False, command=False, environment=False)
        this.results.write(record.model_copy(update={"part": record.part.model_copy(update={"changes": changes})}))
    report.run(this)
    assert outbox(this) == expected


def test_templates_of_the_projects_own_are_taken(tmp_path: Path) -> None:
    this = job(tmp_path)
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "gates.md.j2").write_text("What we ask of {{ view.model }}\n")
    section = this.config.report.model_copy(update={"templates": "blocks"})
    this = replace(this, config=this.config.model_copy(update={"report": section}))
    judged(this)
    report.run(this)
    for page in ("comment.md", "summary.md"):
        assert "What we ask of delay" in (this.workspace.outbox / page).read_text()


def test_the_page_lies_where_its_record_says(tmp_path: Path) -> None:
    this = job(tmp_path)
    judged(this)
    result = report.run(this)
    assert result.part is not None
    assert result.part.page == str(tmp_path / ".trainstop" / "report.html")
    assert Path(result.part.page).read_text().startswith("<!doctype html>")


def test_a_page_with_a_secret_is_not_written_and_the_comment_still_is(tmp_path: Path) -> None:
    this = job(tmp_path, secret="said")
    judged(this)
    result = report.run(this)
    assert (result.status, result.part and result.part.page) == (Status.FAILED, "")
    assert not this.workspace.page.exists()
    assert outbox(this) == ["comment.md", "summary.md"]


def received(job: Job, run: int = 500, left_out: int = 0) -> None:
    part = ReceivePart(
        run=run,
        attempt=1,
        run_url="https://github.com/acme/flights/actions/runs/500",
        pull_request=7,
        commit="c0ffee1" + "0" * 33,
        repository="mallory/flights",
        stages=("evaluate",),
        left_out=left_out,
    )
    job.results.write(
        Record[ReceivePart](
            stage="receive",
            status=Status.PASSED,
            part=part,
            trainstop="1.0",
            provenance=job.provenance,
            started_at=NOW,
            duration_seconds=1.0,
        )
    )


def test_the_records_are_left_in_short_for_a_run_that_may_comment(tmp_path: Path) -> None:
    this = replace(job(tmp_path, comment="off"), run=Run(fleeting=True))
    judged(this)
    result = report.run(this)
    assert result.part is not None
    file = Path(result.part.file)
    assert file == tmp_path / ".trainstop" / "report.json"
    (record,) = read(file.read_bytes()).records
    assert record == this.results.find(EvaluatePart)


def test_on_a_laptop_there_is_nobody_to_leave_them_to(tmp_path: Path) -> None:
    this = job(tmp_path)
    judged(this)
    result = report.run(this)
    assert result.part is not None
    assert result.part.file == ""
    assert not (tmp_path / ".trainstop" / "report.json").exists()


def test_what_was_received_is_said_first_is_commented_for_its_run_and_is_not_left_once_more(tmp_path: Path) -> None:
    wanted: dict[str, Any] = {}

    class Noting(OutboxForge):
        def put_comment(self, marker: str, body: str, **more: Any) -> Posted:
            wanted.update(more, body=body)
            return Posted(address="here")

    this = job(tmp_path, forge=Noting(tmp_path / ".trainstop" / "outbox", Clock()))
    judged(this)
    received(this, left_out=1200)
    result = report.run(this)
    assert result.part is not None
    assert result.part.file == ""
    assert not (tmp_path / ".trainstop" / "report.json").exists()
    assert wanted["checked_run"] == 500
    opening = wanted["body"].splitlines()[0]
    assert opening == (
        "*The numbers below come from the pull request's own code: "
        "[run 500](https://github.com/acme/flights/actions/runs/500) made them on commit `c0ffee1`, and nothing of the "
        "default branch has checked them. Of long lists 1,200 rows did not come along.*"
    )
    assert (tmp_path / ".trainstop" / "outbox" / "summary.md").read_text().startswith(opening)


def test_a_run_of_its_own_comments_for_itself(tmp_path: Path) -> None:
    this = job(tmp_path)
    judged(this)
    report.run(this)
    assert "The numbers below" not in (this.workspace.outbox / "comment.md").read_text()


def test_a_strangers_records_get_no_page_and_no_template_can_hide_whose_numbers_they_are(tmp_path: Path) -> None:
    this = job(tmp_path)
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "comment.md.j2").write_text("All is well.\n")
    section = this.config.report.model_copy(update={"templates": "blocks"})
    this = replace(this, config=this.config.model_copy(update={"report": section}))
    judged(this)
    received(this)
    result = report.run(this)
    assert result.part is not None
    assert result.part.page == ""
    assert not this.workspace.page.exists()
    text = (this.workspace.outbox / "comment.md").read_text()
    assert "All is well." in text
    assert "come from the pull request's own code" in text
