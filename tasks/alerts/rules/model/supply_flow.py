"""How much of the doses of each country went from one table to the next, at every vintage."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from tasks.alerts.rules.model.rule import DatasetContext, SourceContext
from tasks.alerts.rules.reading.figure_changes import country_totals, figure_changes
from tasks.alerts.rules.reading.rule_input import RuleInput

DAYS = ("observed_on", "month")
"""Columns by which a table has a row for each day or month, so that its rows are no stock."""


def table_with(source: SourceContext, columns: Sequence[str]) -> tuple[DatasetContext, str] | None:
    """Return the first table without days that has one of the columns, and which one it has.

    The first of the columns that any table has is taken; None without any.
    """
    for column in columns:
        for dataset in source.country_datasets():
            if column in dataset.columns and not set(DAYS) & set(dataset.timeline.key):
                return dataset, column
    return None


def levels(rule_input: RuleInput, column: str) -> pl.DataFrame:
    """Return each country's total over its rows whenever it changed.

    Returns:
        iso3, at [as_of of the vintage that changed it], level [null: no figure any more], sorted by
        at.
    """
    as_of = rule_input.vintages.sort("seq")["as_of"]
    at = pl.lit(as_of).gather("seq").alias("at")
    totals = country_totals(figure_changes(rule_input, [column]), rule_input.key)
    return totals.select("iso3", at, pl.col("after").alias("level")).sort("at")


def levels_at(
    rule_input: RuleInput, wanted: Mapping[str, tuple[pl.DataFrame, timedelta]]
) -> pl.DataFrame:
    """Return the levels of every country at every vintage of a table, or some time before it.

    Args:
        rule_input: The table.
        wanted: By the name of the new column, the result of `levels` and how long before.

    Returns:
        seq, at, iso3, and the wanted columns [null where none was known yet], sorted by at; of the
        countries that the first of them has.
    """
    first = next(iter(wanted.values()))[0]
    countries = first.select("iso3").unique()
    vintages = rule_input.vintages.select("seq", pl.col("as_of").alias("at"))
    grid = vintages.join(countries, how="cross").sort("at")
    for name, (changes, ago) in wanted.items():
        grid = (
            grid.with_columns((pl.col("at") - ago).alias("then"))
            .join_asof(
                changes.rename({"at": "then", "level": name}),
                on="then",
                by="iso3",
                check_sortedness=False,
            )
            .drop("then")
        )
    return grid
