"""Fairness: the groups of every configured entry, from the answers that `evaluate` kept. Asks no model."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet

from trainstop.errors import ConfigurationError
from trainstop.job import Job
from trainstop.judgement import answers, assembly, fairness, gates
from trainstop.judgement.verdicts import Pair
from trainstop.modeltests.clusters import Clusters
from trainstop.records import Check, CheckStatus
from trainstop.records.judging import FairnessResult
from trainstop.tables import predictions

KEY = "key `model-test.fairness.columns`"


def judged(job: Job, fallback: Path | None = None) -> tuple[list[Check], tuple[FairnessResult, ...]]:
    """Compare groups by the candidate's answers to all evaluation rows.

    Args:
        job: its configuration names columns and limits.
        fallback: a predictions table that is taken where `evaluate` kept none.

    Returns:
        A check a limit and entry, and the groups; neither where no column is configured.

    Raises:
        ConfigurationError: a column is not in the predictions table.
        InputError: the table is not one.

    """
    section = job.config.model_test.fairness
    if not section.columns:
        return [], ()
    if section.mode == "off":
        return [Check(name="fairness", status=CheckStatus.SKIPPED, reason="`model-test.fairness.mode` is off")], ()
    if job.config.model.task in ("ranking", "forecast"):
        raise ConfigurationError(
            f"groups are compared for classes and numbers, not for a {job.config.model.task}",
            where="key `model-test.fairness.columns`",
            fix="remove it, and show groups as slices (`data.slices`)",
        )
    path = job.workspace.candidate.predictions
    path = path if path.is_file() or fallback is None else fallback
    if not path.is_file():
        reason = "there is no predictions table to compare groups in: run `trainstop evaluate` on a model or a table"
        status = CheckStatus.INCONCLUSIVE if section.mode == "block" else CheckStatus.WARNED
        return [Check(name="fairness", status=status, reason=reason)], ()
    _require(section.names, path)
    cluster = job.config.data.cluster
    table = predictions.read(path, names={}, keep=tuple(dict.fromkeys(filter(None, (cluster, *section.names)))))
    sample = answers.usable(assembly.sample_of(job.config, table))
    clusters = Clusters(job)
    pair = Pair(candidate=sample, clusters=clusters.of(table))
    rules = clusters.rules(pair.clusters)
    basis = gates.Basis(f"{pair.units:,} {rules.unit}", rules.confidence)
    found, results = [], []
    for entry in section.columns:
        names = (entry,) if isinstance(entry, str) else entry
        columns = {name: (coded.codes, coded.names) for name in names for coded in (table.coded(name),)}
        result = fairness.judge_groups(pair, columns, section, rules)
        results.append(result)
        found += fairness.checks(section, result, basis)
    return found, tuple(results)


def _require(names: Sequence[str], path: Path) -> None:
    """Refuse a sensitive column that the table lacks."""
    known = pyarrow.parquet.read_schema(path).names
    missing = [name for name in names if name not in known]
    if missing:
        raise ConfigurationError(
            f"the predictions table lacks {', '.join(f'`{name}`' for name in missing)}: {path}",
            where=KEY,
            fix="name columns of the evaluation data, and run `trainstop evaluate` again so that it keeps them",
        )
