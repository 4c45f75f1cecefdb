"""The declaration of a mart: its columns, how it is built, and what it is built from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from schemas.table import Table
from tasks.marts.lake_table import MartInputs

ALERTS = "alerts"
"""Stands among the inputs of a mart for the published alerts."""


@dataclass(frozen=True, kw_only=True)
class Mart:
    """One mart.

    `build`: returns its rows, with at least the columns of `model`, in any order; a frame without
    columns stands for no rows. `tables`: the tables of all sources that it is built from.
    `reads_alerts`: whether it is built from the alerts, too. `is_by_source`: whether its rows
    follow, source by source, from the datasets of that source alone; then those of one source are
    replaced. `follows_observations`: whether it is built again after each observation, also of an
    unchanged page.
    `of_the_run`: columns that depend on the time of the run, and not on its inputs alone.
    `revision` rises with each change of the code that can change a figure. `declared`: returns a
    hash of the declarations that its rows are made of, "" where there are none.
    """

    name: str
    model: type[Table]
    build: Callable[[MartInputs], pl.DataFrame]
    tables: frozenset[str] = frozenset()
    reads_alerts: bool = False
    is_by_source: bool = False
    follows_observations: bool = False
    of_the_run: frozenset[str] = frozenset()
    revision: int = 1
    declared: Callable[[], str] = str

    @property
    def file(self) -> str:
        """The name of its file in the lake."""
        return f"marts/{self.name}.parquet"

    @property
    def key(self) -> list[str]:
        """The columns that identify a row, by which it is sorted."""
        return list(self.model.Config.unique or ())

    @property
    def schema(self) -> Mapping[str, pl.DataType]:
        """The type of each column, in order."""
        return {name: one.dtype.type for name, one in self.model.to_schema().columns.items()}

    @property
    def descriptions(self) -> Mapping[str, str]:
        """What each column means."""
        columns = self.model.to_schema().columns
        return {name: str(one.description) for name, one in columns.items()}

    @property
    def summary(self) -> str:
        """What it holds, and what one row is."""
        return " ".join((self.model.__doc__ or "").split())

    def rows(self, inputs: MartInputs) -> pl.DataFrame:
        """Return its rows from inputs, sorted by its key, in its columns and types."""
        made, schema = self.build(inputs), self.schema
        if not made.columns:
            return pl.DataFrame(schema=schema)
        return made.select(pl.col(name).cast(kind) for name, kind in schema.items()).sort(self.key)
