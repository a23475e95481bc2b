"""`alert`: one issue an incident, opened, updated, closed and reopened; and which reaction is due."""

from dataclasses import replace
from datetime import datetime, timedelta

from trainstop.job import Job
from trainstop.ports.forge import Issue
from trainstop.records import Check, CheckStatus, Result, conclude
from trainstop.records.watching import AlertPart, MonitorPart
from trainstop.report.templating import Markdown, render
from trainstop.watching.incidents import KINDS, kind_of
from trainstop.watching.issues import Step, marker, others, reaction, step

ROWS = 50
"""Signals that an issue lists."""
DONE = {"open": "opened", "reopen": "reopened", "update": "updated", "close": "closed"}


def run(job: Job) -> Result[AlertPart]:
    """Bring the issues of an environment up to what the last look saw.

    Raises:
        InputError: `monitor` has not run here.
        UnavailableError: GitHub, or the outbox, does not take it.

    """
    part = job.results.part(MonitorPart)
    as_of = part.as_of or job.ports.clock.now()
    alert = job.config.alert
    cooldown = timedelta(seconds=alert.cooldown)
    issues = {kind.key: job.ports.forge.issue(_marker(job, part, kind.key)) for kind in KINDS}
    steps = [step(kind, part, issues[kind.key], as_of, close_after=alert.close_after, muted=cooldown) for kind in KINDS]
    due = reaction(steps, issues.values(), alert.reaction, as_of, cooldown)
    steps = [_reacted(each, due.occasion) if due.occasion and each.kind.key == due.kind else each for each in steps]
    done: dict[str, list[int]] = {word: [] for word in DONE.values()}
    checks = []
    for each in steps:
        number = _take(job, part, each, issues[each.kind.key], as_of)
        if number is not None:
            done[DONE[each.action]].append(number)
        if each.action != "nothing":
            checks.append(_check(each, number))
    checks.append(_reaction_check(due.asked, due.reason))
    record = AlertPart(
        **{word: tuple(numbers) for word, numbers in done.items()},
        reaction=due.asked,
        reason=due.reason,
        environment=part.environment if due.kind else "",
        incident=due.kind,
        model_version=part.model_version if due.kind else None,
        as_of=due.occasion,
    )
    return conclude(checks, record, reason=_reason(record))


def _marker(job: Job, part: MonitorPart, key: str) -> str:
    """Return what an issue is found by."""
    return marker(job.config.model.name, part.environment, key)


def _reacted(each: Step, as_of: datetime) -> Step:
    """Note in the issue's memory that a reaction is asked for."""
    return replace(each, memory=each.memory.model_copy(update={"reacted": as_of}) if each.memory else None)


def _take(job: Job, part: MonitorPart, each: Step, issue: Issue | None, as_of: datetime) -> int | None:
    """Take one step; return the number of the issue that was touched. Text first: it is what remembers."""
    if each.memory is None:
        return None
    forge, body = job.ports.forge, _text(job, part, each)
    if each.action in {"open", "reopen"} and each.incident:
        place = _marker(job, part, each.kind.key)
        opened = forge.open_issue(place, each.incident.title, body, job.config.alert.labels)
        # Another job may have opened it since we looked.
        newest = body.strip() in opened.body or forge.update_issue(opened.number, body)
        if each.action == "reopen" and newest:
            forge.comment_issue(opened.number, f"{as_of.isoformat()}:{each.news}", f"{each.news}.")
        return opened.number
    if issue is None or body.strip() in issue.body:
        return None
    newest = forge.update_issue(issue.number, body)
    if each.news and newest:
        forge.comment_issue(issue.number, f"{as_of.isoformat()}:{each.news}", f"{each.news}.")
    if each.action == "close" and newest:
        forge.close_issue(issue.number)
    return issue.number


def _text(job: Job, part: MonitorPart, each: Step) -> str:
    """Return an issue's text."""
    memory = each.memory
    return render(
        "incident.md.j2",
        {
            "part": part,
            "incident": each.incident,
            "ended": each.incident is None,
            "news": each.news or "Quiet",
            "memory": memory,
            "signals": [signal for signal in part.signals if kind_of(signal) is each.kind],
            "others": others(part, each.kind),
            "asked": job.config.alert.reaction,
            "muted_days": round(job.config.alert.cooldown / 86400, 1),
            "rows": ROWS,
            "elsewhere": "the record of monitor",
            "hidden_memory": Markdown(memory.hidden() if memory else ""),
        },
    )


def _check(each: Step, number: int | None) -> Check:
    """Say what was done about one issue."""
    words = {"wait": "its issue stays open", "update": "its issue is up to date", "close": "its issue is closed"}
    did = words.get(each.action, f"its issue is {DONE.get(each.action, each.action)}")
    status = CheckStatus.WARNED if each.incident else CheckStatus.PASSED
    what = each.incident.title if each.incident else each.kind.title
    return Check(name=each.kind.key, status=status, value=number, reason=f"{what}: {did}")


def _reaction_check(asked: str, reason: str) -> Check:
    """Say which reaction is due."""
    return Check(name="reaction", status=CheckStatus.PASSED, value=asked, reason=reason)


def _reason(part: AlertPart) -> str:
    """Say in a line what was done."""
    done = [f"{len(numbers)} {word}" for word in DONE.values() if (numbers := getattr(part, word))]
    issues = ", ".join(done) or "none touched"
    return f"issues: {issues}; reaction: {part.reaction}"
