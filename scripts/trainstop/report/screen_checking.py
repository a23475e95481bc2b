"""What a terminal shows of the stages that check a change."""

from trainstop.records.checks import LintPart, TestPart
from trainstop.records.judging import (
    BaselinePart,
    Comparison,
    Estimate,
    EvaluatePart,
    MetricResult,
    ModelTestPart,
    Performance,
    Perturbation,
    Robustness,
    Speed,
)
from trainstop.records.reporting import ReportPart
from trainstop.records.training import TrainPart
from trainstop.report import words
from trainstop.report.screen import ROWS, SENTENCE, more, part_lines, plain, table
from trainstop.report.view import worst_first
from trainstop.report.weak_spots import weak_spot

SPOILED = 10
"""How many ways of spoiling rows are shown."""


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
    when = f"{part.trained_at:%Y-%m-%d %H:%M} UTC" if part.trained_at else "a time that is not on record"
    spans = f"{words.duration(part.cost.wall_seconds)}, {words.duration(part.cost.cpu_seconds)} of processor time"
    places = words.listed(words.few(part.elsewhere, "place"))
    return table(
        [
            ["model", f"{made} {when}"],
            ["fingerprint", plain(part.fingerprint.digest, 80)],
            ["rows", words.count(part.training_rows) if part.training_rows is not None else "not known"],
            ["cost", f"{spans}, {words.size(part.cost.peak_memory_bytes)}"],
            *([["elsewhere", plain(f"depends on {places}", SENTENCE)]] if places else []),
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
    return [*_speeds(part.performance), *_perturbations(part.robustness), *_rules(part), *_own_tests(part)]


def _speeds(found: Performance | None) -> list[str]:
    """Return how fast candidate and champion are."""
    if found is None:
        return []
    models = [("candidate", found.candidate), *([("champion", found.champion)] if found.champion else [])]
    heading = ("", "load", "one row p50", "p95", "p99", "rows a second", "memory", "on disk")
    rows = [[name, *_speed(speed)] for name, speed in models]
    if found.ratio is None:
        return table(rows, heading=heading)
    spread = f" {words.interval(found.ratio_interval)}" if found.ratio_interval else ""
    told = f"  one row takes {words.number(found.ratio)}{spread} times as long as with the champion"
    return [*table(rows, heading=heading), told]


def _speed(speed: Speed) -> list[str]:
    """Return one model's cells."""
    times = (speed.load_seconds, speed.latency_p50, speed.latency_p95, speed.latency_p99)
    spans = ["" if seconds is None else words.duration(seconds) for seconds in times]
    rate = "" if speed.throughput is None else f"{speed.throughput:,.0f}"
    memory = "" if speed.peak_memory_bytes is None else words.size(speed.peak_memory_bytes)
    return [*spans, rate, memory, words.size(speed.size_bytes)]


def _perturbations(found: Robustness | None) -> list[str]:
    """Return what the worst spoiled rows do."""
    if found is None or not found.perturbations:
        return []
    heading = ("rows spoiled by", "column", "", f"{plain(found.metric)} falls by", "", "flips", "")
    rows = [
        [
            plain(each.kind),
            plain(each.column) or "all numbers",
            plain(each.detail),
            *_fallen(each),
            "" if each.flips is None else words.percent(each.flips),
            "" if each.flips_interval is None else words.interval(each.flips_interval),
        ]
        for each in found.perturbations
    ]
    left = [f"  {words.count(found.left_out, 'column')} not spoiled in every way"] if found.left_out else []
    return ["", *table(rows[:SPOILED], heading=heading), *more(len(rows) - SPOILED), *left]


def _fallen(each: Perturbation) -> list[str]:
    """Return how far the metric fell, and the interval; or what went wrong."""
    if each.error:
        return [plain(f"raises: {each.error}"), ""]
    if each.fall is None:
        return [f"NaN in {words.count(each.not_finite, 'row')}" if each.not_finite else "no value", ""]
    return [words.number(each.fall, 3), "" if each.fall_interval is None else words.interval(each.fall_interval)]


def _rules(part: ModelTestPart) -> list[str]:
    """Return the rows that break a rule of behaviour."""
    broken = [each for each in part.behaviour if each.failing]
    rows = [[plain(each.name), plain(", ".join(each.failing), SENTENCE)] for each in broken]
    return ["", *table(rows, heading=("rule", "rows that break it"))] if rows else []


def _own_tests(part: ModelTestPart) -> list[str]:
    """Return the project's own tests that failed."""
    failures = part.tests.failures if part.tests else ()
    rows = [["x", plain(failure.name, SENTENCE), plain(failure.message, SENTENCE)] for failure in failures[:ROWS]]
    return ["", *table(rows), *more(len(failures) - ROWS)] if rows else []


@part_lines.register
def _(part: ReportPart) -> list[str]:
    return table([[name, plain(where, SENTENCE)] for name, where in vars(part).items() if where])


def _place(path: str, line: int | None) -> str:
    """Return where in the code something is."""
    return f"{plain(path)}:{line}" if line is not None else plain(path)
