"""The first line of a report: whether anything blocks, in plain words. Decides nothing; sums up what records say."""

from dataclasses import dataclass
from typing import Literal

from trainstop.records import CheckStatus
from trainstop.records.checks import LintPart, not_looked_at
from trainstop.records.delivery import HistoryEntry
from trainstop.records.judging import EvaluatePart, MetricResult
from trainstop.report import words
from trainstop.report.standing import Standing, standing
from trainstop.report.view import StageRow, View

SLICES, LONGEST_SLICE = 2, 60
"""How many slices that got worse the headline names, and with how many characters."""


Outcome = Literal["passed", "blocked", "stopped", "incomplete", "cannot tell"]


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing that blocks, or that a reader should look at: which stage's, its name, and why."""

    stage: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a change stands."""

    outcome: Outcome
    headline: str
    """Plain words, without the model's name."""
    blocking: tuple[Remark, ...]
    warnings: tuple[Remark, ...]


def decide(view: View) -> Verdict:
    """Sum up what the stages that check a change came to."""
    rows = view.stages
    stopped = [row for row in rows if row.stops]
    missing = [row.name for row in rows if row.outcome == "not run"]
    open_ones = [row.name for row in rows if row.outcome == "inconclusive"]
    compared = _join(against_champion(view.evaluate), worse_slices(view)) if view.evaluate else ""
    outcome: Outcome = "passed"
    gone = stopped_later(view)
    if stopped:
        outcome, headline = "blocked", _join(compared, f"blocked by {words.listed(row.name for row in stopped)}")
    elif missing:
        has = "has" if len(missing) == 1 else "have"
        outcome, headline = "incomplete", _join(compared, f"not complete: {words.listed(missing)} {has} not run")
    elif view.stage("evaluate").outcome == "skipped":
        outcome, headline = "incomplete", "nothing blocks, and nothing was judged: evaluate was skipped"
    elif open_ones:
        outcome, headline = "cannot tell", _join(compared, f"nothing blocks, but {words.listed(open_ones)} cannot tell")
    elif gone:
        outcome, headline = (
            "stopped",
            _join(compared, f"but was {words.listed(map(fate, gone.values()))}"),
        )
    else:
        headline = _join(compared, "nothing blocks")
    later = [
        Remark(
            stage=f"version {view.candidate}", name="", reason=f"{fate(entry)}: {entry.reason or 'no reason is known'}"
        )
        for entry in gone.values()
    ]
    return Verdict(
        outcome=outcome,
        headline=headline,
        blocking=tuple(remark for row in stopped for remark in _blocking(row)),
        warnings=(*later, *(remark for row in rows for remark in _warnings(row))),
    )


def stopped_later(view: View) -> dict[str, HistoryEntry]:
    """Return, by environment, the entry by which the candidate's delivery ended badly, if none went well since."""
    gone: dict[str, HistoryEntry] = {}
    for entry in view.production.past.entries if view.production.past and view.candidate else ():
        went_back = entry.action == "rollback" and entry.previous == view.candidate
        if entry.outcome in ("done", "stopped") and (went_back or entry.version == view.candidate):
            if went_back or entry.outcome == "stopped":
                gone[entry.environment] = entry
            else:
                gone.pop(entry.environment, None)
    return gone


def fate(entry: HistoryEntry) -> str:
    """Say how a delivery ended badly."""
    place = words.quoted(entry.environment)
    return f"rolled back from {place}" if entry.action == "rollback" else f"stopped during deployment to {place}"


def against_champion(part: EvaluatePart) -> str:
    """Say in one phrase how the candidate compares with the champion, over all metrics that have a verdict."""
    if part.champion_version is None:
        return "first version (no champion to compare with)"
    champion, found = f"version {part.champion_version}", standing(part.metrics)
    said = _by_word(champion, found)
    if not found.lost or {"worse", "cannot tell"} & found.by_word.keys():
        return said or f"not compared with {champion}{_why_not(part.metrics)}"
    than = "" if said else f" than {champion}"
    lost = f"worse{than} in {words.listed(words.few(found.lost, 'metric'))} (no tolerance is set)"
    return f"{said}, but {lost}" if said else lost


def _by_word(champion: str, found: Standing) -> str:
    """Say in one phrase what the words for single metrics come to; nothing without any."""
    for word, phrase in (("worse", "worse than"), ("cannot tell", "cannot tell whether it is worse than")):
        if word in found.by_word:
            return f"{phrase} {champion} in {words.listed(found.by_word[word])}"
    better = words.listed(found.by_word.get("better", []))
    if "no worse" in found.by_word:
        return f"no worse than {champion}{f' and better in {better}' if better else ''}"
    if better:
        return f"better than {champion}{f' in {better}' if found.lost else ''}"
    return ""


def worse_slices(view: View) -> str:
    """Say in one phrase where the candidate is worse than the champion, the worst slice first; empty when nowhere."""
    names = list(dict.fromkeys(row.name for row in view.slices if row.worse))
    if not names:
        return ""
    shown = [words.quoted(name, LONGEST_SLICE) for name in names[:SLICES]]
    more = [words.count(len(names) - SLICES, "more slice")] if len(names) > SLICES else []
    whole = (
        {metric.comparison.word for metric in view.evaluate.metrics if metric.comparison} if view.evaluate else set()
    )
    return f"{'and' if 'worse' in whole else 'but'} worse for {words.listed([*shown, *more])}"


def _why_not(metrics: tuple[MetricResult, ...]) -> str:
    """Return the first reason why there is no comparison."""
    reasons = (metric.comparison.reason for metric in metrics if metric.comparison)
    reason = next((reason for reason in reasons if reason), "")
    return f" ({reason})" if reason else ""


def _join(*phrases: str) -> str:
    """Put phrases one after the other."""
    return ", ".join(phrase for phrase in phrases if phrase)


def _blocking(row: StageRow) -> list[Remark]:
    """Say what blocks in a stage: its failed checks, or why it did not come to an end."""
    failed = [
        Remark(stage=row.name, name=check.name, reason=check.reason)
        for check in row.checks
        if check.status is CheckStatus.FAILED
    ]
    error = row.record.error if row.record else None
    if error:
        fix = f"; to do: {error.fix}" if error.fix else ""
        where = f" ({error.where})" if error.where else ""
        return [*failed, Remark(stage=row.name, name="", reason=f"{error.what}{where}{fix}")]
    return failed or [Remark(stage=row.name, name="", reason=row.words)]


def _warnings(row: StageRow) -> list[Remark]:
    """Say what a reader should look at although it does not block."""
    unsure = [check for check in row.checks if check.status in (CheckStatus.WARNED, CheckStatus.INCONCLUSIVE)]
    unseen = not_looked_at(row.checks) if row.name == LintPart.stage else ()
    return [
        *(Remark(stage=row.name, name=check.name, reason=check.reason) for check in unsure),
        *(Remark(stage=row.name, name=check.name, reason=f"not looked at: {check.reason}") for check in unseen),
    ]
