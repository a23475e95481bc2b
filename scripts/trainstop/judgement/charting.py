"""What charts of a report are drawn from: aggregates of candidate and champion, of a size that rows do not change."""

import numpy as np

from trainstop.judgement import curves, distributions
from trainstop.judgement.samples import Floats, Sample
from trainstop.judgement.verdicts import Pair, Rules
from trainstop.records.charting import Calibration, Charts, Confusion, Curve, Histogram, ModelCharts


def charts(pair: Pair, rules: Rules) -> Charts | None:
    """Return the aggregates that the task's charts are drawn from; None where it has no charts.

    Args:
        pair: candidate and, where there is one, champion on the same rows.
        rules: how sure intervals are, and on how few units none is given.

    """
    if pair.candidate.task == "ranking":
        return None
    samples = [pair.candidate, *([pair.champion] if pair.champion else [])]
    drawn = [_of(sample, _edges(samples), pair, rules) for sample in samples]
    return Charts(candidate=drawn[0], champion=drawn[1] if len(drawn) > 1 else None)


def _of(sample: Sample, edges: Floats | None, pair: Pair, rules: Rules) -> ModelCharts:
    """Return one model's charts; `edges` are of the histogram that both share."""
    if sample.task == "binary":
        return _binary(sample, edges, pair, rules)
    if sample.task == "multiclass":
        return _multiclass(sample, edges, pair, rules)
    return _numbers(sample, edges)


def _binary(sample: Sample, edges: Floats | None, pair: Pair, rules: Rules) -> ModelCharts:
    """Draw a binary classifier."""
    target = sample.target.astype(np.bool_)
    scores, lacking = sample.score, sample.lacking or "the model gave no scores"
    by_class = {} if scores is None else {"positive": scores[target], "negative": scores[~target]}
    return ModelCharts(
        roc=Curve(reason=lacking) if scores is None else curves.roc(target, scores),
        precision_recall=Curve(reason=lacking) if scores is None else curves.precision_recall(target, scores),
        calibration=_calibration(target, scores, sample, "the positive class", pair, rules),
        scores=Histogram(reason=lacking) if scores is None else distributions.histogram(by_class, edges),
        confusion=_confusion(sample, ("negative", "positive")),
    )


def _multiclass(sample: Sample, edges: Floats | None, pair: Pair, rules: Rules) -> ModelCharts:
    """Draw a classifier of several classes: how sure it is of the class it gives, and whether it is right."""
    right = None if sample.prediction is None else np.asarray(sample.prediction == sample.target)
    sure = _confidence(sample)
    lacking = sample.lacking or "the model gave no scores"
    by_right = {} if sure is None or right is None else {"right": sure[right], "wrong": sure[~right]}
    return ModelCharts(
        calibration=Calibration(reason=lacking)
        if right is None
        else _calibration(right, sure, sample, "the predicted class", pair, rules),
        scores=distributions.histogram(by_right, edges) if by_right else Histogram(reason=lacking),
        confusion=_confusion(sample, sample.classes),
    )


def _numbers(sample: Sample, edges: Floats | None) -> ModelCharts:
    """Draw a model that predicts a number; of a forecast, its median."""
    if sample.prediction is None:
        return ModelCharts(residuals=Histogram(reason=sample.lacking or "the model gave no predictions"))
    target, prediction = sample.target.astype(np.float64), sample.prediction.astype(np.float64)
    return ModelCharts(
        residuals=distributions.histogram({"rows": target - prediction}, edges),
        residuals_by_prediction=distributions.residual_bins(target, prediction),
    )


def _calibration(
    hits: "np.typing.NDArray[np.bool_]", said: Floats | None, sample: Sample, of: str, pair: Pair, rules: Rules
) -> Calibration:
    """Draw whether probabilities are what they say."""
    if said is None or not sample.probability:
        return Calibration(of=of, reason=sample.lacking or "the model gave no probabilities")
    return distributions.calibration(
        hits, said, pair.clusters, of=of, confidence=rules.confidence, minimum=rules.minimum
    )


def _confusion(sample: Sample, classes: tuple[str, ...]) -> Confusion:
    """Count right and wrong classes."""
    if sample.prediction is None:
        return Confusion(reason=sample.lacking or "the model gave scores without a threshold")
    return distributions.confusion(sample.target.astype(np.intp), sample.prediction.astype(np.intp), classes)


def _confidence(sample: Sample) -> Floats | None:
    """Return the probability of each row's predicted class, None without scores; a class without a column has none."""
    if sample.score is None or sample.prediction is None:
        return None
    column = np.full(len(sample.classes), -1)
    column[list(sample.score_classes)] = np.arange(len(sample.score_classes))
    chosen = column[sample.prediction]
    said = sample.score[np.arange(len(sample)), chosen]
    return np.where(chosen >= 0, said, 0.0)


def _edges(samples: list[Sample]) -> Floats | None:
    """Return the edges of the histogram that all samples share."""
    values = [each for each in (_counted(sample) for sample in samples) if each is not None]
    whole = samples[0].task in ("binary", "multiclass") and all(sample.probability for sample in samples)
    return np.linspace(0.0, 1.0, distributions.BINS + 1) if whole else distributions.edges(values)


def _counted(sample: Sample) -> Floats | None:
    """Return the numbers that a model's histogram counts."""
    if sample.task == "binary":
        return sample.score
    if sample.task == "multiclass":
        return _confidence(sample)
    return None if sample.prediction is None else sample.target.astype(np.float64) - sample.prediction
