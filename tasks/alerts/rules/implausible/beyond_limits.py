"""R11, third part: more doses given than were delivered, more people with a dose than there are.

Both are judged by country: doses given and delivered are in two tables, and the population in none.
One finding, when a country begins to be beyond a limit; it resolves when it no longer is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import polars as pl

from schemas.population import populations
from schemas.rule_settings import Thresholds
from schemas.validation_rules import Relation
from tasks.alerts.rules.implausible.relations import relation_episode
from tasks.alerts.rules.model.episode import Episode, spells, values_by_cell
from tasks.alerts.rules.model.rule import DatasetContext, SourceContext
from tasks.alerts.rules.model.supply_flow import levels, levels_at, table_with
from tasks.alerts.rules.reading.rule_input import day_column

PEOPLE: Final = ("people_first_dose", "people_last_dose", "people_booster")
GIVEN, DELIVERED = "doses_administered", "doses_delivered"
LEAST: Final = 10_000
"""Doses that more are given than were delivered."""


def beyond_delivered(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield one episode for each time that a country begins to give more than it was delivered.

    `thresholds`: of R11. In a source with both tables, none of them with days. Who gives doses
    often reports before who delivers, so it is low, and over when no more are given than delivered.
    """
    given, delivered = table_with(source, (GIVEN,)), table_with(source, (DELIVERED,))
    if given is None or delivered is None:
        return
    limit = Relation(
        "given_within_delivered", GIVEN, (DELIVERED,), factor=thresholds["more_supply_than"]
    )
    used, timeline = levels(given[0].rule_input, GIVEN), given[0].timeline
    grid = levels_at(
        given[0].rule_input,
        {
            "less": (used, timedelta()),
            "more": (levels(delivered[0].rule_input, DELIVERED), timedelta()),
        },
    )
    less, more = pl.col("less"), pl.col("more")
    begins = (more > 0) & (less > more * limit.factor) & (less - more >= LEAST)
    state = (
        pl.when(begins)
        .then(statement=True)
        .when((less <= more).fill_null(value=True))
        .then(statement=False)
    )
    states = grid.sort("iso3", "seq").with_columns(
        less.shift(1).over("iso3").alias("before"),
        pl.lit(DELIVERED).alias("which"),
        state.forward_fill().over("iso3").fill_null(value=False).alias("is_beyond"),
    )
    known = given[0].counter_totals.filter(pl.col("column") == GIVEN)
    values = values_by_cell(known, ["iso3"])
    for entry, end in spells(states, ["iso3"], "is_beyond"):
        key = {"iso3": entry["iso3"]}
        one = relation_episode(timeline, entry, end, limit, key, values[entry["iso3"],])
        yield replace(one, steps=[replace(step, severity="low") for step in one.steps])


def beyond_population(dataset: DatasetContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield one episode for each time that a country begins to have more such people than people.

    `thresholds`: of R11. The greatest of the figures counts; of a table with days its newest.
    """
    columns = [name for name in PEOPLE if name in dataset.columns]
    if not columns:
        return
    changes = _by_country(dataset, columns)
    limits = pl.DataFrame(list(populations().items()), schema=["iso3", "more"], orient="row")
    factor = thresholds["more_people_than"]
    near = changes.join(limits, on="iso3").filter(pl.col("after") > pl.col("more") * factor)
    if near.is_empty():
        return
    changes = changes.join(near.select("iso3").unique(), on="iso3", how="semi")
    known = values_by_cell(changes, ["iso3", "column"])
    states = _states(changes.join(limits, on="iso3"), columns, factor)
    for entry, end in spells(states, ["iso3"], "is_beyond"):
        column = str(entry["column"])
        limit = Relation("people_within_population", column, ("people",), factor=factor)
        key = {"iso3": entry["iso3"]}
        values = known[entry["iso3"], column]
        yield relation_episode(dataset.timeline, entry, end, limit, key, values)


def _by_country(dataset: DatasetContext, columns: Sequence[str]) -> pl.DataFrame:
    """Return the changes of each country's figures: iso3, column, seq, before, after."""
    if day_column(dataset.timeline.key) is None:
        found = dataset.counter_totals
    elif dataset.series.entity == ("iso3",):
        found = dataset.series.levels
    else:
        found = dataset.series.levels.clear()
    wanted = found.filter(pl.col("column").is_in(columns))
    return wanted.select("iso3", "column", "seq", "before", "after")


def _states(changes: pl.DataFrame, columns: Sequence[str], factor: float) -> pl.DataFrame:
    """Return the greatest figure of each country at each vintage that changed one.

    Returns:
        iso3, seq, less, column [of it], before [less in the state before], more [the population],
        which [the column that stands for it], is_beyond, sorted by iso3 and seq.
    """
    after, none, less = pl.col("after"), float("nan"), pl.col("less")
    seen = [after.filter(pl.col("column") == name).first().alias(name) for name in columns]
    is_greatest = [pl.when(pl.col(name) == less).then(pl.lit(name)) for name in columns]
    return (
        changes.with_columns(after.fill_null(none))
        .group_by("iso3", "seq", "more")
        .agg(seen)
        .sort("iso3", "seq")
        .with_columns(pl.col(columns).forward_fill().over("iso3").fill_nan(None))
        .with_columns(pl.max_horizontal(columns).alias("less"))
        .with_columns(
            pl.coalesce(is_greatest).alias("column"),
            less.shift(1).over("iso3").alias("before"),
            pl.lit("people").alias("which"),
            (less > pl.col("more") * factor).fill_null(value=False).alias("is_beyond"),
        )
    )
