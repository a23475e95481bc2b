"""`report`: the comment, the summary and the page, from records alone."""

from collections.abc import Mapping

from trainstop import files
from trainstop.config.secret_names import secret_names
from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.records import Check, CheckStatus, Result, Results, conclude
from trainstop.records.reporting import ReportPart
from trainstop.relaying.condensing import condensed
from trainstop.relaying.limits import FILE
from trainstop.report import own_templates
from trainstop.report.comment import render_comment, render_summary
from trainstop.report.page.assembling import render_page
from trainstop.report.templating import TEMPLATES
from trainstop.report.verdict import decide
from trainstop.report.view import View, gather


def run(job: Job) -> Result[ReportPart]:
    """Show what the line came to. How the line stands never fails this stage; only a report that cannot be shown does.

    Raises:
        InputError: no stage has left a record.
        UnavailableError: the forge does not take it.

    """
    view = gather(
        Results(job.results.folder, job.masked),
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
    own = own_templates.read(job.workspace.project, job.config.report.templates, TEMPLATES)
    page = _page(job, view) if view.received is None else _no_page()
    file = _in_short(job, view) if job.run.fleeting and not view.received else ""
    summary = job.ports.forge.put_summary(render_summary(view, own))
    shown = Check(name="summary", status=CheckStatus.PASSED, value=summary or None)
    check = _comment(job, view, own)
    comment = str(check.value) if check.value else ""
    part = ReportPart(comment=comment, summary=summary, page=str(page.value or ""), file=file)
    return conclude([shown, check, page], part, reason=decide(view).headline)


def _in_short(job: Job, view: View) -> str:
    """Write the file by which a run that may comment can report what this one may not; return its path."""
    path = job.workspace.root / FILE
    files.write_text(path, condensed([row.record for row in view.stages if row.record]))
    return str(path)


def _page(job: Job, view: View) -> Check:
    """Write the page, unless it would show a secret that masking the records did not take out: anybody may read it."""
    path = job.workspace.page
    files.write_text(path, render_page(view))
    if job.ports.processes.holds_secret(path, secret_names(job.config)):
        path.unlink()
        reason = "it would hold the value of a secret: change that secret, and take it out of names and messages"
        return Check(name="page", status=CheckStatus.FAILED, reason=reason)
    return Check(name="page", status=CheckStatus.PASSED, value=str(path))


def _no_page() -> Check:
    """Say why a stranger's records get no page: nobody uploads it, and charts would be drawn from numbers of theirs."""
    reason = "the records come from a run that may not comment, and get a comment and a summary alone"
    return Check(name="page", status=CheckStatus.SKIPPED, reason=reason)


def _comment(job: Job, view: View, own: Mapping[str, str]) -> Check:
    """Put the comment, if the project wants it; one that is there already never stays behind the times."""
    mode = job.config.report.comment
    if mode == "off":
        return Check(name="comment", status=CheckStatus.SKIPPED, reason="`report.comment` is off")
    quiet = _quiet(mode, view)
    posted = job.ports.forge.put_comment(
        f"trainstop:report:{view.model}",
        render_comment(view, own),
        only_update=bool(quiet),
        checked_run=view.received.run if view.received else 0,
    )
    if not posted.address:
        reason = quiet or posted.reason
        return Check(name="comment", status=CheckStatus.SKIPPED, reason=reason)
    return Check(name="comment", status=CheckStatus.PASSED, value=posted.address, reason=posted.reason)


def _quiet(mode: str, view: View) -> str:
    """Say why a comment that is not there yet shall not be made; empty when it shall."""
    if mode == "always" or decide(view).outcome == "blocked":
        return ""
    if mode == "on-failure":
        return "`report.comment` asks for failures only"
    changed = not view.changes or any(differs for _, differs in view.changes)
    return "" if changed else "`report.comment` asks for changes only, and the model is the champion's again"
