"""What the configuration says about watching: which metrics, which limits, how the false alarms are split."""

from trainstop.config import Config
from trainstop.drift.decision import Rule
from trainstop.drift.profile import Profile
from trainstop.errors import ConfigurationError
from trainstop.judgement.metrics import BY_TASK, Metric
from trainstop.watching import quality, service
from trainstop.watching.budget import Budget

YEAR_DAYS = 365
DAY_SECONDS = 86400.0


def metrics_of(config: Config) -> list[Metric]:
    """Return the metrics to watch: those named, else those with a gate, else the task's primary ones.

    Raises:
        ConfigurationError: one is named that the task does not have, or that has no better direction.

    """
    # The log of an endpoint keeps one number a row: of a forecast the median, not its quantiles.
    known = [
        metric for metric in BY_TASK[config.model.task].values() if metric.compared and metric.needs != "quantiles"
    ]
    if config.monitor.metrics:
        names = [metric.name for metric in known]
        if odd := [name for name in config.monitor.metrics if name not in names]:
            raise ConfigurationError(
                f"production cannot be watched by `{odd[0]}`", where="monitor.metrics", fix=f"of {', '.join(names)}"
            )
        return [metric for metric in known if metric.name in config.monitor.metrics]
    gated = [metric for metric in known if metric.name in config.gates and config.gates[metric.name].mode != "off"]
    return gated or [metric for metric in known if metric.primary]


def split_of(config: Config, reference: Profile) -> Budget:
    """Split the false alarms that the project allows."""
    judged = sum(column.kind != "uncounted" for column in reference.columns)
    return Budget(
        total=config.monitor.false_alarms,
        drift_columns=judged + 1,
        metrics=len(metrics_of(config)) if config.monitor.labels else 0,
        shares=quality.KINDS * len(reference.columns) + quality.ANSWERS + service.SHARES,
        windows_a_year=YEAR_DAYS // reference.period_days,
    )


def season_days(config: Config) -> float:
    """Return the length of the season in days."""
    return config.monitor.season / DAY_SECONDS


def rule_of(config: Config, reference: Profile, split: Budget) -> Rule:
    """Return what an alarm of one column takes."""
    monitor = config.monitor
    return Rule(
        false_alarms=split.per_column,
        effect_floor=monitor.effect_floor,
        alarm=monitor.windows,
        minimum_rows=monitor.minimum_rows,
        season=season_days(config) / reference.period_days,
        windows_a_year=split.windows_a_year,
        seed=monitor.seed,
    )
