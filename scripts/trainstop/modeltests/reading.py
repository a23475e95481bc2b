"""A model's answers to what it was asked, read from the files that the project-side script wrote."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from trainstop.config import Config
from trainstop.judgement import assembly
from trainstop.judgement.samples import Rows
from trainstop.judgement.told import Told
from trainstop.ports.probing import Probe
from trainstop.tables.answers import PredictionsTable

PLACE = "place"
Columns = Mapping[str, NDArray[Any]]


class Answers:
    """The answers to every question about the same rows."""

    def __init__(self, config: Config, folder: Path, probes: Sequence[Probe]) -> None:
        """Keep where they are."""
        self._config = config
        self._folder = folder
        self._probes = probes

    def of(self, section: str, kind: str | None = None) -> list[Probe]:
        """Return the questions of a section, and of a kind."""
        return [probe for probe in self._probes if probe.section == section and kind in (None, probe.kind)]

    @cached_property
    def rows(self) -> pa.Table:
        """Ids, targets, and the columns of the configuration."""
        return parquet.read_table(self._folder / "rows.parquet")

    @cached_property
    def ids(self) -> list[str]:
        """The rows' names."""
        return [str(value) for value in self.rows["row_id"].to_pylist()]

    @cached_property
    def base(self) -> pa.Table:
        """Rows and answers to them as they are: a predictions table."""
        columns = self._table(self.of("sanity", "base")[0]).drop_columns(PLACE)
        table = self.rows
        for name in columns.column_names:
            table = table.append_column(name, columns[name])
        return table

    @cached_property
    def base_told(self) -> Told:
        """The answers to the rows as they are."""
        return self._told(self.base, np.arange(len(self.base)))

    def columns(self, probe: Probe) -> tuple[Columns, Columns]:
        """Return the answers to a question, and those to the same rows as they are, both in the order of the rows."""
        table = self._table(probe).sort_by(PLACE)
        then = self.base.take(table[PLACE])
        names = [name for name in table.column_names if name != PLACE]
        return _arrays(table.select(names)), _arrays(then.select(names))

    def said(self, table: pa.Table) -> Columns:
        """Return what the model said, by column of a predictions table: scores where there are any."""
        scores = [name for name in self.base.column_names if name == "score" or name.startswith("score_")]
        scores = scores or list(PredictionsTable(self.base, str(self._folder)).quantiles.values())
        return _arrays(table.select(scores or ["prediction"]))

    def told(self, probe: Probe) -> Told | None:
        """Return what was said to a question; None when the model raised."""
        if not probe.file:
            return None
        table = self._table(probe)
        places = np.asarray(table[PLACE].to_numpy(), dtype=np.intp)
        # All rows with these answers in their places, so that classes are numbered alike whatever rows were asked.
        source = np.arange(len(self.base))
        source[places] = len(self.base) + np.arange(len(places))
        whole = self.base
        for name in table.column_names:
            if name != PLACE:
                both = pa.chunked_array([*whole[name].chunks, *table[name].cast(whole[name].type).chunks])
                whole = whole.set_column(whole.column_names.index(name), name, both.take(pa.array(source)))
        return self._told(whole, places)

    def _told(self, table: pa.Table, places: Rows) -> Told:
        """Read a predictions table as the task understands it."""
        sample = assembly.sample_of(self._config, PredictionsTable(table, str(self._folder)))
        return Told(places, sample.take(places))

    def _table(self, probe: Probe) -> pa.Table:
        """Read a file."""
        return parquet.read_table(self._folder / probe.file)


def _arrays(table: pa.Table) -> Columns:
    """Return columns as arrays."""
    return {name: np.asarray(table[name].to_numpy()) for name in table.column_names}
