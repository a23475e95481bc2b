"""Every signal of one look: what was read of log and labels, judged."""

import math
from datetime import UTC

from trainstop.config import Config
from trainstop.drift.profile import Profile
from trainstop.judgement import assembly
from trainstop.judgement.samples import Rows
from trainstop.looking.subject import Look
from trainstop.records.watching import Signal
from trainstop.tables.counting import count_periods
from trainstop.tables.engine import open_arrow, opened
from trainstop.tables.logged_columns import EVENT, PREDICTION, SCORE
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.production import Labelled, Production, Requests
from trainstop.watching import features, logged, quality, service
from trainstop.watching.labels import Answered, performance_signals
from trainstop.watching.lateness import unlike
from trainstop.watching.performance import clusters_of
from trainstop.watching.setup import rule_of, season_days
from trainstop.watching.stretches import windows_before

NO_ANSWERS = "the version carries no answers to its evaluation data"
LEAST_REQUESTS = 20
LARGEST_ERROR_SHARE = 0.01


def signals(look: Look, seen: Production, longer: int) -> tuple[tuple[Signal, ...], float]:
    """Make every signal; return with them the share of uneventful years in which any stands out."""
    drift = _drift(look, seen)
    made = (
        *_performance(look, seen, longer),
        *_service(look, seen),
        *_log(look, seen),
        *_quality(look, seen),
        *drift.signals,
    )
    return made, drift.expected + look.split.fixed


def notes(look: Look, seen: Production) -> tuple[str, ...]:
    """Say what a reader must know."""
    config, profile = look.config, look.reference.profile
    unread = f"the status of {seen.unread_statuses} requests of the newest period cannot be read"
    said = (
        look.split.words(),
        features.covered(profile, season_days(config)),
        features.fewer_days(profile, seen.features, rule_of(config, profile, look.split)),
        unread if seen.unread_statuses else "",
        seen.unjoined,
        *seen.notes,
    )
    return tuple(filter(None, said))


def _drift(look: Look, seen: Production) -> features.Drift:
    """Judge the histograms of answers and features."""
    reference, starts = look.reference, [start.date() for start in look.windows.starts]
    rule = rule_of(look.config, reference.profile, look.split)
    found = features.drift(reference.profile, seen.features, starts, rule, prefix="feature")
    if reference.answer is None:
        reason = look.version.left_out or f"{NO_ANSWERS} to compare with"
        answer = features.Drift((Signal(name="prediction", level="not enough data", reason=reason),), 0.0)
    else:
        answer = features.drift(reference.answer, seen.answers, starts, rule, prefix="prediction")
    return features.Drift((*answer.signals, *found.signals), answer.expected + found.expected)


def _performance(look: Look, seen: Production, longer: int) -> list[Signal]:
    """Judge the labelled answers of the windows, and of the longer stretch that ends with them."""
    config, evaluation = look.config, look.reference.evaluation
    windows = config.monitor.windows[1]
    known = _labelled_by_day(look, seen.labelled_before) if look.reference.answers.classifies else None
    return performance_signals(
        config,
        look.split,
        stretches={
            "": _answered(look, seen, seen.labelled, known, windows),
            f"{longer} {config.data.period}s": _answered(look, seen, seen.labelled_before, known, longer),
        },
        evaluation=Answered(evaluation, _evaluation_clusters(config, evaluation))
        if evaluation
        else look.version.left_out or NO_ANSWERS,
        windows=seen.labelled.windows,
    )


def _answered(look: Look, seen: Production, found: Labelled, known: Profile | None, periods: int) -> Answered | str:
    """Return the labelled answers of so many periods, or why there are none.

    Whether answers chose them is asked where `known` has them by day.
    """
    if found.table is None:
        return found.reason
    since = windows_before(look.config, look.windows.as_of, periods).start.date()
    every = seen.answers_by_day
    days = zip(every.starts, every.rows, strict=True) if every else ()
    of = sum(rows for start, rows in days if start and start >= since)
    chosen = unlike(every, known, since, look.config.monitor.effect_floor) if every and known else ""
    first = found.table.table[EVENT][0].as_py().replace(tzinfo=UTC)
    return Answered(
        found.table,
        clusters_of(found.clusters),
        periods=math.ceil((look.windows.end - first) / look.windows.length),
        told=f"labels of {found.rows} of {of} answered rows" if of else "",
        chosen=chosen,
    )


def _labelled_by_day(look: Look, found: Labelled) -> Profile | None:
    """Count answers that have their true ones by day, into the bins of the evaluation; None when there are none."""
    if found.table is None or look.reference.answer is None:
        return None
    names = {"score": SCORE, "prediction": PREDICTION}
    table = found.table.table
    renamed = table.rename_columns([names.get(name, name) for name in table.column_names])
    with opened() as connection:
        source = open_arrow(connection, renamed, name="labelled answers")
        counted = count_periods(source, look.reference.answer.columns, time=EVENT, period="day")
        return counted if counted.columns else None


def _evaluation_clusters(config: Config, table: PredictionsTable) -> Rows | None:
    """Return what the rows of the evaluation data belong to: as configured, else their days, else nothing."""
    if config.data.cluster and table.has(config.data.cluster):
        return assembly.clusters_of(config, table)
    if config.data.time and table.has(config.data.time):
        return clusters_of([str(value)[:10] for value in table.table[config.data.time].to_pylist()])
    return None


def _service(look: Look, seen: Production) -> list[Signal]:
    """Judge the requests of the version, and those of others by themselves."""
    config = look.config
    section = config.environments.get(look.environment)
    least = section.minimum_requests if section else LEAST_REQUESTS
    largest = section.maximum_error_rate if section else LARGEST_ERROR_SHARE
    own, others = _served(seen.requests, seen.unread_statuses), _served(seen.other_requests)
    tail = look.split.per_share_look
    found = [
        service.service(own, minimum_requests=least, largest_error_share=largest, tail=tail),
        service.refused(own, minimum_requests=least, tail=tail),
        service.service_of_others(others, minimum_requests=least, largest_error_share=largest, tail=tail),
        service.latency(own, minimum_requests=least, p95=config.staging_test.load.p95),
    ]
    return [signal for signal in found if signal]


def _served(requests: Requests, unread: int = 0) -> service.Served:
    """Return counted requests as what is judged."""
    return service.Served(
        requests=requests.total,
        errors=requests.errors,
        refused=requests.refused,
        p95_seconds=requests.p95_seconds,
        unread=unread,
    )


def _log(look: Look, seen: Production) -> list[Signal]:
    """Judge what the log says of itself."""
    version, as_of = look.version, look.windows.as_of
    empty = logged.Empty(look.place, registered=version.registered, promoted=version.promoted)
    found = [
        logged.freshness(seen.newest, as_of, look.config.monitor.freshness, empty),
        logged.volume(seen.rows, logged.closed(look.reference.profile, look.windows.starts[-1].date())),
        logged.answering(
            seen.answered_by,
            version.number,
            promoted=version.promoted,
            windows=look.windows,
            limit_seconds=look.config.monitor.freshness,
            unread=seen.unread_versions,
        ),
    ]
    return [signal for signal in found if signal]


def _quality(look: Look, seen: Production) -> tuple[Signal, ...]:
    """Judge the newest rows' quality, and that of their answers."""
    least, limit = look.config.monitor.minimum_rows, look.config.monitor.missing
    tail = look.split.per_share_look
    return (
        *quality.signals(
            look.reference.profile, seen.recent, rows=seen.recent_rows, minimum_rows=least, limit=limit, tail=tail
        ),
        quality.answers(seen.recent_answered, seen.recent_unusable, minimum_rows=least, limit=limit, tail=tail),
    )
