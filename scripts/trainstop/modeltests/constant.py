"""Is the model better than the best constant answer?"""

from typing import Any

import numpy as np
from pyarrow import Table

from trainstop.config import Config
from trainstop.errors import InputError
from trainstop.judgement import dummy
from trainstop.labels import spelling
from trainstop.modeltests.clusters import Clusters
from trainstop.records import Check, CheckStatus
from trainstop.tables.predictions import PredictionsTable

CHANCE = 0.5
"""Area under the ROC curve of an answer that knows nothing."""


def beats_constant(config: Config, table: Table, clusters: Clusters) -> Check:
    """Compare the model's loss with that of the best constant answer."""
    name = "beats-dummy"
    if not config.model_test.beats_dummy:
        return Check(name=name, status=CheckStatus.SKIPPED, reason="`model-test.beats-dummy` is off")
    labelled = table.filter(table["target"].is_valid())
    truth = [spelling(value) for value in labelled["target"].to_pylist()]
    if len(set(truth)) < 2:
        reason = f"the {len(truth)} rows with a true answer do not differ in it"
        return Check(name=name, status=CheckStatus.INCONCLUSIVE, reason=reason)
    against = _against(config, labelled, truth)
    if not len(against.model):
        reason = "no query has two rows or more with a true answer, one of them relevant"
        return Check(name=name, status=CheckStatus.INCONCLUSIVE, reason=reason)
    codes = clusters.of(PredictionsTable(labelled, ""))
    codes = np.arange(len(labelled), dtype=np.intp) if codes is None else codes
    gained = dummy.gain(
        against,
        codes if against.rows is None else codes[against.rows],
        confidence=config.evaluate.confidence,
        minimum=config.evaluate.minimum,
    )
    model, constant = float(against.model.mean()), float(against.constant.mean())
    words = f"on {len(against.model):,} rows {against.loss} {model:.4g} against {constant:.4g} of {against.named}"
    if not against.probability:
        better = (against.ranks_well or 0.0) > CHANCE
        status = CheckStatus.WARNED if better else CheckStatus.FAILED
        words = f"its scores are no probabilities; by rank it is worth an AUC of {against.ranks_well or 0.0:.3f}"
        return Check(name=name, status=status, value=against.ranks_well, limit=CHANCE, reason=words)
    if gained.value <= 0 and (against.ranks_well or 0.0) > CHANCE:
        status = CheckStatus.WARNED
        words += f"; it ranks better than chance (AUC {against.ranks_well:.3f}), but its scores are no probabilities"
    elif gained.value <= 0:
        status = CheckStatus.FAILED
    elif gained.interval is None or gained.interval[0] <= 0:
        status = CheckStatus.WARNED
        words += "; too few rows to be sure that it is better"
    else:
        status = CheckStatus.PASSED
    return Check(name=name, status=status, value=model, limit=constant, reason=words)


def _against(config: Config, table: Table, truth: list[str]) -> dummy.Against:
    """Return the losses of the model and of a constant."""
    if config.model.task == "regression":
        return dummy.of_numbers(_floats(table["target"]), _floats(table["prediction"]))
    if config.model.task == "ranking":
        query = PredictionsTable(table, "").coded(config.data.query).codes
        return dummy.of_rankings(query, _floats(table["target"]), _floats(table["score"]))
    if config.model.task == "forecast":
        columns = PredictionsTable(table, "").quantiles
        said = np.column_stack([_floats(table[name]) for name in columns.values()])
        return dummy.of_quantiles(_floats(table["target"]), said, tuple(columns))
    if config.model.task == "binary":
        positive = spelling(config.data.positive)
        score = _floats(table["score"])
        labels = ["positive" if value == positive else "negative" for value in truth]
        return dummy.of_scores(labels, ("negative", "positive"), np.column_stack([1 - score, score]))
    classes = [name.removeprefix("score_") for name in table.column_names if name.startswith("score_")]
    if unknown := sorted(set(truth) - set(classes)):
        raise InputError(
            f"the evaluation data has classes that the model does not know: {', '.join(unknown[:5])}",
            where="`data.target`",
            fix="train on data with every class, or leave these rows out",
        )
    return dummy.of_scores(truth, classes, np.column_stack([_floats(table[f"score_{name}"]) for name in classes]))


def _floats(column: Any) -> dummy.Floats:
    """Return a column as numbers, shape (rows,)."""
    return np.asarray(column.to_numpy(), dtype=np.float64)
