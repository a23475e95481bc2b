"""What the tests of a model take for independent: what is configured, else the column that `evaluate` guessed."""

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow.compute as pc

from trainstop.errors import InputError
from trainstop.evaluation.clusters import grouping_column
from trainstop.job import Job
from trainstop.judgement import assembly
from trainstop.judgement.dependence import Groups
from trainstop.judgement.samples import Rows
from trainstop.judgement.verdicts import Rules
from trainstop.records.judging import EvaluatePart
from trainstop.tables import predictions
from trainstop.tables.predictions import PredictionsTable


class Clusters:
    """Gives rows of the evaluation data their clusters, however few of them are looked at."""

    def __init__(self, job: Job) -> None:
        """Keep where the column is told, and where its values are."""
        self._job = job

    def of(self, table: PredictionsTable) -> Rows | None:
        """Return each row's cluster, numbered from 0 without gaps; None where rows are taken as independent.

        Raises:
            InputError: a row has no value in the column that the configuration names.

        """
        if assembly.unit_column(self._job.config):
            return assembly.clusters_of(self._job.config, table)
        if self._guessed is None:
            return None
        ids, codes = self._guessed
        own = table.ids()
        places = pc.index_in(own if own.type == ids.type else own.cast(ids.type), value_set=ids)
        if places.null_count:
            return None
        return np.unique(codes[places.to_numpy(zero_copy_only=False)], return_inverse=True)[1].astype(np.intp)

    def rules(self, clusters: Rows | None) -> Rules:
        """Return how the configuration wants rows with these clusters judged, the units named by what they are."""
        rules, guessed = assembly.rules_of(self._job.config), self._column
        return replace(rules, unit=f"clusters of `{guessed}` (guessed)") if guessed and clusters is not None else rules

    @property
    def _column(self) -> str:
        """The column that `evaluate` guessed; empty where it guessed none, or was not asked to."""
        config = self._job.config
        if assembly.unit_column(config) or not config.evaluate.guess_cluster:
            return ""
        record = self._job.results.find(EvaluatePart)
        part = record.part if record else None
        return part.cluster if part and part.cluster_guessed else ""

    @cached_property
    def _guessed(self) -> tuple[Any, Rows] | None:
        """Ids of all evaluation rows, and each one's cluster; None where nothing was guessed or it is gone."""
        path = self._job.workspace.candidate.predictions
        if not self._column or not path.is_file():
            return None
        try:
            table = predictions.read(path, names={})
        except InputError:
            return None
        column = grouping_column(self._job, table, self._column)
        return None if column is None else (table.ids(), Groups.of(column.codes).codes)
