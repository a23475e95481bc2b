"""`report`: the comment and the summary, from records alone."""

from trainstop import files
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.reporting import ReportPart
from trainstop.relaying.condensing import condensed
from trainstop.relaying.limits import FILE
from trainstop.report.comment import render_comment, render_summary
from trainstop.report.verdict import decide
from trainstop.report.view import View, gather


def run(job: Job) -> Result[ReportPart]:
    """Show what the line came to. How the line stands never fails this stage; only a report that cannot be shown does.

    Raises:
        InputError: no stage has left a record.
        UnavailableError: the forge does not take it.

    """
    view = gather(
        job.results,
        model=job.config.model.name,
        description=job.config.model.description,
        subjects=tuple(job.config.environments),
    )
    if all(row.outcome == "not run" for row in view.stages) and not view.delivery:
        raise InputError(
            "there is nothing to report: no stage has run here",
            where=str(job.results.folder),
            fix="run the line first, with `trainstop run`, or take over the records of the jobs that ran it",
        )
    file = "" if view.received else _in_short(job, view)
    summary = job.ports.forge.put_summary(render_summary(view))
    shown = Check(name="summary", status=CheckStatus.PASSED, value=summary or None)
    check = _comment(job, view)
    comment = str(check.value) if check.value else ""
    return conclude(
        [shown, check], ReportPart(comment=comment, summary=summary, file=file), reason=decide(view).headline
    )


def _in_short(job: Job, view: View) -> str:
    """Write the file by which a run that may comment can report what this one may not; return its path."""
    path = job.workspace.root / FILE
    files.write_text(path, condensed([row.record for row in view.stages if row.record]))
    return str(path)


def _comment(job: Job, view: View) -> Check:
    """Put the comment, if the project wants it; one that is there already never stays behind the times."""
    mode = job.config.report.comment
    if mode == "off":
        return Check(name="comment", status=CheckStatus.SKIPPED, reason="`report.comment` is off")
    only_update = mode == "on-failure" and decide(view).outcome != "blocked"
    posted = job.ports.forge.put_comment(
        f"trainstop:report:{view.model}",
        render_comment(view),
        only_update=only_update,
        checked_run=view.received.run if view.received else 0,
    )
    if not posted.address:
        reason = "`report.comment` asks for failures only" if only_update else posted.reason
        return Check(name="comment", status=CheckStatus.SKIPPED, reason=reason)
    return Check(name="comment", status=CheckStatus.PASSED, value=posted.address, reason=posted.reason)
