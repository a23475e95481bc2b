"""The guess of a cluster where the configuration names none: which tables' columns are looked at."""

from trainstop.errors import InputError
from trainstop.job import Job
from trainstop.judgement import assembly
from trainstop.judgement.grouping import Guess
from trainstop.judgement.verdicts import Pair
from trainstop.project_files import matching
from trainstop.signatures import model_inputs
from trainstop.tables import grouping_columns
from trainstop.tables.grouping_columns import GroupingColumn
from trainstop.tables.predictions import PredictionsTable


def guessed_clusters(job: Job, table: PredictionsTable, pair: Pair) -> Guess | None:
    """Look for a column whose rows hang together; None where the configuration names one, or wants no guess."""
    config = job.config
    if assembly.unit_column(config) or not config.evaluate.guess_cluster:
        return None
    return assembly.guess_of(config, list(_columns(job, table).values()), pair)


def grouping_column(job: Job, table: PredictionsTable, name: str) -> GroupingColumn | None:
    """Return the column of this name that a guess looked at, for the rows of a predictions table; None without it."""
    return _columns(job, table, only=name).get(name)


def _columns(job: Job, table: PredictionsTable, only: str = "") -> dict[str, GroupingColumn]:
    """Return the columns that may group the rows: of the evaluation data, and of the predictions table itself."""
    config, project = job.config, job.workspace.project
    own = project / config.evaluate.predictions if config.evaluate.predictions else job.workspace.candidate.predictions
    columns: dict[str, GroupingColumn] = {}
    for paths in (matching(project, config.data.evaluation), [own]):
        try:
            found = grouping_columns.read(
                paths,
                table,
                names=(config.data.id, config.data.target),
                numeric=config.model.task == "regression",
                leave=columns,
                features=frozenset(model_inputs(job.workspace.candidate.model)),
                only=only,
            )
        except InputError:  # a table that nobody needs cannot keep the model from being judged
            continue
        columns |= {each.name: each for each in found}
    return columns
