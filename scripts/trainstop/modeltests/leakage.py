"""Leakage: what training may have known of the evaluation rows, from the data files themselves. Asks no model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from trainstop.config import Config
from trainstop.job import Job
from trainstop.judgement import assembly, leakage, single_feature
from trainstop.judgement.samples import Floats
from trainstop.judgement.single_feature import Feature
from trainstop.labels import spelling
from trainstop.project_files import matching
from trainstop.records import Check, CheckStatus
from trainstop.tables import overlap, predictions
from trainstop.tables.engine import Source, opened
from trainstop.tables.overlap import Both
from trainstop.tables.predictions import PredictionsTable
from trainstop.tables.table_files import open_files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_ROWS = 50_000
"""Evaluation rows that single features are looked at on: an area under the curve from them is sure to half a point."""
BETWEEN = ("shared-rows", "time-order", "cluster-overlap")
OF_FEATURES = ("target-among-features", "too-good-feature")


@dataclass(frozen=True)
class Looked:
    """The sample: the truth as class codes or numbers, and the features that have values to look at."""

    target: Any
    features: dict[str, Feature]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.target)

    @property
    def varies(self) -> bool:
        """Whether the target has two values or more: nothing is known of one that is always the same."""
        return bool(len(self) and np.ptp(self.target))


def judged(job: Job, inputs: Sequence[str] | None) -> list[Check]:
    """Look for leaks; what cannot be looked at is skipped, and the reason is said.

    Args:
        job: its configuration names the data.
        inputs: the model's input columns; None where there is no model, so that nobody knows which are features.

    Raises:
        InputError: a data file cannot be read.

    """
    config, project = job.config, job.workspace.project
    section = config.model_test.leakage
    if section.mode == "off":
        return [_skipped("leakage", "`model-test.leakage.mode` is off")]
    evaluation, training = (matching(project, globs) for globs in (config.data.evaluation, config.data.train))
    if not evaluation:
        return [_skipped("leakage", "no evaluation data are at hand")]
    checks: list[Check] = []
    with opened() as connection:
        checks += _between(connection, config, training, evaluation, inputs)
        if inputs is None:
            checks += [
                _skipped(name, "without a model nobody knows which columns are features") for name in OF_FEATURES
            ]
        else:
            source = open_files(connection, evaluation, name="evaluation rows")
            checks += _of_features(job, source, inputs)
    return checks


def _between(
    connection: "DuckDBPyConnection",
    config: Config,
    training: Sequence[Path],
    evaluation: Sequence[Path],
    inputs: Sequence[str] | None,
) -> Iterator[Check]:
    """Compare training and evaluation rows."""
    if not training:
        why = "no training data are at hand" if config.data.train else "`data.train` names no files"
        yield from (_skipped(name, why) for name in BETWEEN)
        return
    both = Both(
        open_files(connection, training, name="training rows"),
        open_files(connection, evaluation, name="evaluation rows"),
    )
    rows, training_rows = both.evaluation.rows(), both.training.rows()
    if not rows or not training_rows:
        yield from (_skipped(name, "the training or the evaluation data have no row") for name in BETWEEN)
        return
    yield _shared_rows(both, config, inputs, rows, training_rows)
    data, section = config.data, config.model_test.leakage
    if both.common([data.time]):
        yield leakage.time_order(leakage.Overlap(*both.times(data.time)), section)
    else:
        yield _skipped("time-order", _lacking("data.time", data.time))
    if both.common([data.cluster]):
        of_cluster = both.clusters(data.cluster)
        found = leakage.Overlap(of_cluster[0], of_cluster[1], clusters=of_cluster[2])
        yield leakage.cluster_overlap(found, data.cluster, section)
    else:
        yield _skipped("cluster-overlap", _lacking("data.cluster", data.cluster))


def _shared_rows(both: Both, config: Config, inputs: Sequence[str] | None, rows: int, training_rows: int) -> Check:
    """Count rows that are in training and in evaluation: by features and target, and by id."""
    data = config.data
    other = {data.target, data.id, data.time, *data.exclude}
    features = both.common(inputs or [name for name in both.evaluation.types if name not in other])
    if not features or not both.common([data.target]):
        return _skipped("shared-rows", "training and evaluation data have no features, or no target, in common")
    content = both.common([*features, data.target])
    within, shared = both.repeats(content)
    identical = same_id = None
    if both.common([data.id]):
        identical = both.repeats([*content, data.id])[1]
        same_id = both.repeats([data.id])[1]
    found = leakage.Repeats(rows, within, shared, training_rows, identical, same_id)
    return leakage.shared_rows(found, config.model_test.leakage)


def _of_features(job: Job, source: Source, inputs: Sequence[str]) -> list[Check]:
    """Look at features one by one, on a sample of the evaluation rows."""
    config, target = job.config, job.config.data.target
    names = [name for name in dict.fromkeys(inputs) if name in source.types]
    if not names or target not in source.types:
        return [_skipped(name, "the evaluation data hold no feature, or no target") for name in OF_FEATURES]
    looked = _looked(overlap.sampled(source, list(dict.fromkeys([*names, target])), SAMPLE_ROWS), config, names)
    if not looked.features:
        return [_skipped(name, "no feature holds numbers or text") for name in OF_FEATURES]
    if not looked.varies:
        reason = "the target is the same in every row" if len(looked) else "no row has a true answer"
        return [_skipped(name, reason) for name in OF_FEATURES]
    classes = not assembly.numeric(config)
    same = tuple(
        name
        for name, feature in looked.features.items()
        if single_feature.same_as_target(feature, looked.target, classes=classes)
    )
    others = {name: feature for name, feature in looked.features.items() if name not in same}
    return [_target_among(same, looked, config), *_too_good(job, replace(looked, features=others))]


def _target_among(same: tuple[str, ...], looked: Looked, config: Config) -> Check:
    """Judge features that are the target in other words, however few rows a class has."""
    check = leakage.target_among_features(same, len(looked.features), len(looked), config.model_test.leakage)
    if not same or len(looked) >= config.evaluate.minimum:
        return check
    reason = f"{check.reason}; so few may agree by chance"
    return check.model_copy(update={"status": CheckStatus.WARNED, "reason": reason})


def _too_good(job: Job, looked: Looked) -> Iterator[Check]:
    """Judge what single features reach, where there are rows enough; `looked` holds those that are not the target."""
    config, seed = job.config, job.config.evaluate.seed
    if few := _too_few(looked, config):
        yield _skipped("too-good-feature", few)
    elif looked.features:
        classes = not assembly.numeric(config)
        measure = single_feature.area if classes else single_feature.correlation
        strengths = {name: measure(feature, looked.target, seed=seed) for name, feature in looked.features.items()}
        nothing = 0.5 if classes else 0.0
        yield leakage.too_good(strengths, _of_the_model(job), nothing, config.model_test.leakage)


def _looked(source: Source, config: Config, names: Sequence[str]) -> Looked:
    """Read the sample, rows without a target left out."""
    truth = overlap.values(source, config.data.target)
    if assembly.numeric(config):
        target = np.asarray(
            pa.compute.cast(truth, pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=float
        )
        kept = np.isfinite(target)
        target = target[kept]
    else:
        spelled = np.array([spelling(value) if value is not None else "" for value in truth.to_pylist()])
        kept = np.asarray(truth.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
        target = np.unique(spelled[kept], return_inverse=True)[1]
    read = {name: overlap.values(source, name) for name in names}
    return Looked(target, {name: _feature(values, kept) for name, values in read.items() if values is not None})


def _feature(values: Any, kept: Any) -> Feature:
    """Return a column of the sample."""
    if pa.types.is_floating(values.type):
        return Feature("numeric", np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)[kept])
    codes = values.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Feature("categorical", np.asarray(codes, dtype=np.intp)[kept])


def _too_few(looked: Looked, config: Config) -> str:
    """Say why the sample does not show what a feature reaches, or return an empty text."""
    minimum = config.evaluate.minimum
    if len(looked) < minimum:
        return f"only {len(looked)} rows with a true answer: looking at features one by one needs {minimum}"
    if assembly.numeric(config):
        return ""
    least = np.bincount(looked.target).min()
    return "" if least >= minimum else f"only {least} rows of one class: {minimum} are needed"


def _of_the_model(job: Job) -> float | None:
    """Return what the model's own answers reach, from the table that `evaluate` kept; None where there is none."""
    path = job.workspace.candidate.predictions
    if not path.is_file():
        return None
    table = predictions.read(path, names={})
    if assembly.numeric(job.config):
        name = "prediction" if table.has("prediction") else "score"
        if not table.has(name):
            return None
        answer, truth = Feature("numeric", table.numbers(name)), table.numbers("target")
        return single_feature.correlation(answer, truth, seed=job.config.evaluate.seed)
    return _area_of_answers(table)


def _area_of_answers(table: PredictionsTable) -> float | None:
    """Return the area under the curve of a classifier's scores, averaged over the classes as a feature's is."""
    truth = table.coded("target")
    if len(truth.names) < 2:
        return None
    scores: dict[str, Floats] = {name: table.numbers(f"score_{name}") for name in table.score_classes}
    if table.has("score"):
        scores = {"": table.numbers("score")}
    found = []
    for place, name in enumerate(truth.names):
        if name in scores or "" in scores:
            area = single_feature.area_of_scores(scores.get(name, scores.get("", np.empty(0))), truth.codes == place)
            found.append(max(area, 1 - area))
    return float(np.mean(found)) if found else None


def _lacking(key: str, column: str) -> str:
    """Say why a column cannot be compared."""
    return f"`{column}` is not in both training and evaluation data" if column else f"`{key}` is not set"


def _skipped(name: str, reason: str) -> Check:
    """Build the check of what was not looked at."""
    return Check(name=name, status=CheckStatus.SKIPPED, reason=reason)
