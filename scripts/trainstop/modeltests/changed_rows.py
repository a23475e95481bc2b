"""Rows that were changed: the rules of behaviour, and what spoiled rows do to the answers."""

from trainstop.judgement import behaviour, robustness
from trainstop.judgement.metrics import BY_TASK
from trainstop.judgement.robustness import Scope, Spoiled
from trainstop.labels import spelling
from trainstop.modeltests import asking
from trainstop.modeltests.examined import Examined, Group
from trainstop.records import Check, CheckStatus
from trainstop.tables.predictions import PredictionsTable


def behaves(examined: Examined) -> Group:
    """The rules of the configuration."""
    config, probed, seen = examined.job.config, examined.answers, examined.seen
    found, checks = [], []
    scope = _scope(examined)
    told = {spelling(label) for label in probed.base["target"].unique().to_pylist() if label is not None}
    asking.refuse_unknown_labels(config, told | {spelling(config.data.positive), *scope.base.sample.classes})
    for number, rule in enumerate(asking.rules(config)):
        if seen.broke_in in ("sanity", "behaviour") and not probed.of("behaviour", str(number)):
            reason = f"the model's process ended before: {seen.broke}"
            checks.append(Check(name=f"behaviour: {rule.title}", status=CheckStatus.FAILED, reason=reason))
            continue
        questions = [
            behaviour.Question(probed.told(probe), probe.error) for probe in probed.of("behaviour", str(number))
        ]
        result, check = behaviour.judge_rule(
            rule, questions, scope, BY_TASK[config.model.task], probed.ids, spelling(config.data.positive)
        )
        found.append(result)
        checks.append(check)
    return Group(checks, {"behaviour": tuple(found)})


def robust(examined: Examined) -> Group:
    """What spoiled rows do to the answers."""
    section, seen = examined.job.config.model_test.robustness, examined.seen
    if section.mode == "off":
        return Group()
    probed = examined.answers
    spoiled = [
        Spoiled(probe.kind, probe.column, probe.detail, probe.rows, probed.told(probe), probe.error)
        for probe in probed.of("robustness")
    ]
    found = robustness.judged(spoiled, _scope(examined), left_out=seen.left_out)
    checks = robustness.checks(found, section)
    if seen.broke_in in ("ranking", "robustness"):
        status = CheckStatus.WARNED if section.mode == "warn" else CheckStatus.FAILED
        reason = f"the model ended its process on spoiled rows: {seen.broke}"
        checks.append(Check(name="robust: survives", status=status, reason=reason))
    return Group(checks, {"robustness": found})


def _scope(examined: Examined) -> Scope:
    """Return what changed rows are compared with."""
    config, probed = examined.job.config, examined.answers
    clusters = examined.clusters.of(PredictionsTable(probed.base, ""))
    return Scope(probed.base_told, asking.first_metric(config), clusters, examined.clusters.rules(clusters))
