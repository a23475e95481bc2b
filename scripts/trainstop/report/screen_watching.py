"""What a terminal shows of the watch on production."""

from trainstop.records.watching import AlertPart, FetchPart, MonitorPart, ReactPart, Signal
from trainstop.report import words
from trainstop.report.screen import SENTENCE, part_lines, plain, table

LEVELS = {"quiet": "✓", "look": "!", "act": "x", "not enough data": "?"}


@part_lines.register
def _(part: FetchPart) -> list[str]:
    found = f"{words.count(part.log_files, 'log file')}, {words.count(part.label_files, 'file')} with true answers"
    return [f"  {plain(part.environment)}, {part.since:%Y-%m-%d %H:%M} to {part.until:%Y-%m-%d %H:%M} UTC: {found}"]


@part_lines.register
def _(part: MonitorPart) -> list[str]:
    ends = (part.window_start, part.window_end)
    window = " to ".join(f"{end:%Y-%m-%d %H:%M}" for end in ends if end)
    seen = f"{words.count(part.rows, 'row')}, {words.count(part.labelled_rows)} with their true answer"
    alarms = part.expected_false_alarms_a_year
    return [
        f"  {plain(part.environment)}, version {part.model_version}{', ' if window else ''}{window}: {seen}",
        *table([_signal(signal) for signal in part.signals]),
        *(f"  incident ({each.level}): {plain(each.title, SENTENCE)}" for each in part.incidents),
        *([f"  false alarms to expect in a year: {words.number(alarms)}"] if alarms is not None else []),
        *(f"  note: {plain(note, SENTENCE)}" for note in part.notes),
    ]


def _signal(signal: Signal) -> list[str]:
    """Return a signal as a row; a window without enough data is a dot."""
    return [
        LEVELS[signal.level],
        plain(signal.name),
        signal.level,
        "" if signal.value is None else words.number(signal.value),
        words.interval(signal.interval) if signal.interval else "",
        "" if signal.limit is None else f"limit {words.number(signal.limit)}",
        " ".join("." if value is None else words.number(value, 2) for value in signal.windows),
        plain(signal.reason, SENTENCE),
    ]


@part_lines.register
def _(part: AlertPart) -> list[str]:
    done = (
        ("opened", part.opened),
        ("reopened", part.reopened),
        ("updated", part.updated),
        ("closed", part.closed),
    )
    said = [f"  {what}: issue {words.listed(map(str, numbers))}" for what, numbers in done if numbers]
    reaction = [f"  reaction: {part.reaction} {plain(part.reason, SENTENCE)}".rstrip()]
    return [*(said or ["  no issue was touched"]), *reaction]


@part_lines.register
def _(part: ReactPart) -> list[str]:
    if not part.workflow:
        return ["  nothing is started"]
    how = "started" if part.created else "had been started"
    return [f"  {part.reaction}: {plain(part.workflow)} {how} {plain(part.address, SENTENCE)}".rstrip()]
