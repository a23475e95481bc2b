"""From the configuration to what a model is asked."""

from collections.abc import Collection, Sequence
from pathlib import Path

from trainstop.bundles import Bundle
from trainstop.config import Config
from trainstop.config.probing import BehaviourSection
from trainstop.errors import ConfigurationError
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.labels import spelling
from trainstop.ports.probing import ProbeRequest

CLASSIFIES = ("binary", "multiclass")


def request(
    config: Config, bundle: Bundle, champion: Bundle | None, tables: Sequence[Path], answers: Path
) -> ProbeRequest:
    """Return everything that the model is asked in one process."""
    section = config.model_test
    spoiling = section.robustness
    return ProbeRequest(
        bundle=bundle,
        clean=True,
        champion=champion,
        tables=tuple(tables),
        answers=answers,
        limit=None if config.model.task == "ranking" else section.rows,
        method=config.evaluate.method,
        seed=config.evaluate.seed,
        robustness=None
        if spoiling.mode == "off"
        else spoiling.model_dump(include={"kinds", "noise", "factors", "columns", "time"}),
        behaviour=tuple(
            {**rule.model_dump(include={"kind", "columns", "values", "by", "where"}), "title": rule.title}
            for rule in rules(config)
        ),
        memory=section.memory_limit,
        timeout=section.timeout,
    )


def rules(config: Config) -> tuple[BehaviourSection, ...]:
    """Return the rules of behaviour that are not off.

    Raises:
        ConfigurationError: two have the same name, one names no metric of the task, or a direction lacks its class.

    """
    chosen = tuple(rule for rule in config.model_test.behaviour if rule.mode != "off")
    known = BY_TASK[config.model.task]
    titles = [rule.title for rule in chosen]
    for rule in chosen:
        where = f"key `model-test.behaviour`, the rule {rule.title!r}"
        if titles.count(rule.title) > 1:
            raise ConfigurationError("two rules have the same name", where=where, fix="give each a `name` of its own")
        if rule.metric and rule.metric not in known:
            raise ConfigurationError(
                f"there is no metric {rule.metric!r}", where=where, fix=f"there are: {', '.join(known)}"
            )
        if rule.expect is not None and config.model.task not in CLASSIFIES and not _is_number(rule.expect):
            raise ConfigurationError(
                f"{rule.expect!r} is no number, and a {config.model.task} model answers with numbers",
                where=where,
                fix="expect a number",
            )
        if config.model.task == "multiclass" and rule.kind == "direction" and rule.expect is None:
            raise ConfigurationError(
                "a direction needs the class whose score is watched", where=where, fix="name it in `expect`"
            )
    return chosen


def refuse_unknown_labels(config: Config, labels: Collection[str]) -> None:
    """Refuse a rule that expects a label which neither the data nor the model has: it would say nothing.

    Args:
        config: of the project.
        labels: all that there are, as they are spelled.

    Raises:
        ConfigurationError: one does.

    """
    for rule in rules(config):
        if config.model.task in CLASSIFIES and rule.expect is not None and spelling(rule.expect) not in labels:
            raise ConfigurationError(
                f"there is no class {rule.expect!r}",
                where=f"key `model-test.behaviour`, the rule {rule.title!r}",
                fix=f"expect one of: {', '.join(sorted(labels)[:20])}",
            )


def _is_number(value: object) -> bool:
    """Tell whether a value of the configuration can be read as a number."""
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def first_metric(config: Config) -> Metric:
    """Return the metric by which spoiled rows are judged: the first gated one, else the task's first primary one."""
    known = BY_TASK[config.model.task]
    gated = [known[name] for name, gate in config.gates.items() if name in known and gate.mode != "off"]
    primary = [metric for metric in known.values() if metric.primary]
    return next(metric for metric in (*gated, *primary, *known.values()) if metric.compared)
