"""What a terminal shows of the stages that check a change."""

from trainstop.records.checks import LintPart, TestPart
from trainstop.records.judging import BaselinePart, Comparison, Estimate, EvaluatePart, MetricResult, ModelTestPart
from trainstop.records.reporting import ReportPart
from trainstop.records.training import TrainPart
from trainstop.report import words
from trainstop.report.screen import ROWS, SENTENCE, more, part_lines, plain, table
from trainstop.report.view import worst_first
from trainstop.report.weak_spots import weak_spot


@part_lines.register
def _(part: LintPart) -> list[str]:
    shown = part.findings[:ROWS]
    rows = [
        [
            finding.level,
            _place(finding.path, finding.line),
            f"{plain(finding.tool)} {plain(finding.rule)}",
            plain(finding.message, SENTENCE),
        ]
        for finding in shown
    ]
    return [*table(rows), *more(len(part.findings) - len(shown))]


@part_lines.register
def _(part: TestPart) -> list[str]:
    counts = f"  {words.count(part.tests, 'test')}, {part.failed} failed, {part.skipped} skipped"
    covered = "" if part.coverage is None else f", {words.percent(part.coverage)} of the lines covered"
    shown = part.failures[:ROWS]
    rows = [["x", plain(failure.name, SENTENCE), plain(failure.message, SENTENCE)] for failure in shown]
    tail = [f"  | {plain(line, SENTENCE)}" for line in part.tail.splitlines()] if part.failed or not part.tests else []
    return [counts + covered, *table(rows), *more(len(part.failures) - len(shown)), *tail]


@part_lines.register
def _(part: TrainPart) -> list[str]:
    made = "restored from the training of" if part.restored else "trained until"
    spans = f"{words.duration(part.cost.wall_seconds)}, {words.duration(part.cost.cpu_seconds)} of processor time"
    return table(
        [
            ["model", f"{made} {part.trained_at:%Y-%m-%d %H:%M} UTC"],
            ["fingerprint", plain(part.fingerprint.digest, 80)],
            ["rows", words.count(part.training_rows) if part.training_rows is not None else "not known"],
            ["cost", f"{spans}, {words.size(part.cost.peak_memory_bytes)}"],
            *([plain(name), words.number(value)] for name, value in sorted(part.metrics.items())),
        ]
    )


@part_lines.register
def _(part: BaselinePart) -> list[str]:
    if part.version is None:
        return ["  there is no champion yet"]
    has = [name for name, there in (("predictions", part.has_predictions), ("model", part.has_model)) if there]
    rows = [[plain(name), words.number(value)] for name, value in sorted(part.metrics.items())]
    return [f"  champion: version {part.version}, with its {words.listed(has) or 'metrics alone'}", *table(rows)]


@part_lines.register
def _(part: EvaluatePart) -> list[str]:
    champion = "champion" if part.champion_version is None else f"version {part.champion_version}"
    heading = ("metric", "candidate", "", champion, "difference", "", "verdict")
    rows = [[plain(metric.name), *_metric(metric)] for metric in part.metrics]
    slices = [
        [plain(row.name), words.count(row.rows, "row"), plain(row.metric.name), *_metric(row.metric)]
        for row in worst_first(part.slices)
    ]
    return [
        *table(rows, heading=heading),
        *(["", "  slices", *table(slices[:ROWS]), *more(len(slices) - ROWS)] if slices else []),
        *(["", *(f"  {plain(weak_spot(spot), SENTENCE)}" for spot in part.weakest)] if part.weakest else []),
        *(["", *(f"  note: {plain(note, SENTENCE)}" for note in part.notes)] if part.notes else []),
    ]


def _metric(metric: MetricResult) -> list[str]:
    """Return a metric's cells: candidate, interval, champion, difference, interval, verdict."""
    champion = _estimate(metric.champion)[0] if metric.champion else ""
    return [*_estimate(metric.candidate), champion, *_comparison(metric.comparison)]


def _estimate(estimate: Estimate) -> list[str]:
    """Return a number and its interval, or why it has none."""
    if estimate.value is None:
        return [f"none: {plain(estimate.reason)}", ""]
    spread = words.interval(estimate.interval) if estimate.interval else plain(estimate.reason)
    return [words.number(estimate.value), spread]


def _comparison(comparison: Comparison | None) -> list[str]:
    """Return a difference, its interval and the verdict."""
    if comparison is None:
        return ["", "", ""]
    difference = "" if comparison.difference is None else words.signed(comparison.difference)
    interval = words.interval(comparison.interval, sign=True) if comparison.interval else ""
    needed = f", about {words.count(comparison.needed)} needed to tell" if comparison.needed is not None else ""
    return [difference, interval, (comparison.word or plain(comparison.reason, SENTENCE)) + needed]


@part_lines.register
def _(part: ModelTestPart) -> list[str]:
    quantiles = (("p50", part.latency_p50), ("p95", part.latency_p95), ("p99", part.latency_p99))
    answers = ", ".join(f"{name} {words.duration(value)}" for name, value in quantiles if value is not None)
    loading = words.duration(part.load_seconds) if part.load_seconds is not None else ""
    memory = words.size(part.peak_memory_bytes) if part.peak_memory_bytes is not None else ""
    return table([[name, text] for name, text in (("load", loading), ("one row", answers), ("memory", memory)) if text])


@part_lines.register
def _(part: ReportPart) -> list[str]:
    return table([[name, plain(where, SENTENCE)] for name, where in vars(part).items() if where])


def _place(path: str, line: int | None) -> str:
    """Return where in the code something is."""
    return f"{plain(path)}:{line}" if line is not None else plain(path)
