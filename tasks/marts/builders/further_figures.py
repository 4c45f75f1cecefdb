"""Further figures: what versions show of the newest day, month or year, and how they revise others.

Of every declared table by country that `country_totals` leaves out: no table or source is named.
"""

from typing import Final

import polars as pl

from schemas.tables import TABLES as DECLARED
from schemas.tables import key_of
from schemas.units import unit_of
from tasks.marts.builders.changes_all import revisions_of
from tasks.marts.builders.country_states import DAY, country_states
from tasks.marts.builders.country_totals import TABLES as TOTALS
from tasks.marts.builders.part_entities import day_of, part_entities, part_of, period_of, with_parts
from tasks.marts.lake_table import LakeTable, MartInputs

TABLES: Final = frozenset(name for name in DECLARED if "iso3" in key_of(name)) - TOTALS
LINE: Final = ("iso3", "part", "measure")
"""What identifies a figure of one dataset over its versions."""
REVISED: Final = ("revised", "revised_on", "revised_from", "revised_to")


def further_figures(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `further_figures`: the columns of FurtherFigures."""
    parts = [found for table in inputs.named(*TABLES) if (found := _figures(table)).height]
    return pl.concat(parts) if parts else pl.DataFrame()


def figure_columns(rows: pl.DataFrame, key: tuple[str, ...]) -> list[str]:
    """Return the columns of a table that are figures: numbers outside of its key."""
    numbers = (name for name, kind in rows.schema.items() if kind.is_numeric())
    return [name for name in numbers if name not in key]


def _figures(table: LakeTable) -> pl.DataFrame:
    """Return the rows of one dataset."""
    entities = part_entities(table)
    known = set(entities.history.columns)
    measures = [name for name in figure_columns(table.latest, table.key) if name in known]
    states = [
        country_states(entities, name, with_days=True).with_columns(pl.lit(name).alias("measure"))
        for name in measures
    ]
    if not states:
        return pl.DataFrame()
    found = pl.concat(states)
    steps = with_parts(pl.concat([found, _without(entities, found, measures[0])]))
    steps = steps.drop("is_listed").rename({"total": "figure"})
    period = period_of(table.key)
    if period is None:
        return _with_changes(steps.with_columns(**_no_revisions()), table)
    revised = _revisions(table, period)
    beside = revised.join(steps, on=[*LINE, "as_of"], how="anti").select(*LINE, "as_of")
    standing = beside.sort("as_of").join_asof(
        steps.sort("as_of"), on="as_of", by=list(LINE), check_sortedness=False
    )
    every = pl.concat([steps, standing.select(steps.columns)])
    joined = every.join(revised, on=[*LINE, "as_of"], how="left")
    return _with_changes(joined.with_columns(pl.col("revised").fill_null(0)), table)


def _without(entities: LakeTable, states: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Return countries and parts with rows, but never a figure, as states of a measure."""
    first = entities.history.group_by("iso3").agg(as_of=pl.col("valid_from").min())
    lacking = first.join(states, on="iso3", how="anti").with_columns(
        pl.lit(None, pl.Date).alias(DAY),
        total=pl.lit(None, pl.Float64),
        is_listed=pl.lit(value=True),
        measure=pl.lit(measure, pl.String),
    )
    return lacking.select(states.columns)


def _no_revisions() -> dict[str, pl.Expr]:
    none = dict(zip(REVISED, (pl.Int64, pl.Date, pl.Float64, pl.Float64), strict=True))
    return {name: pl.lit(None, kind) for name, kind in none.items()}


def _revisions(table: LakeTable, period: str) -> pl.DataFrame:
    changes = revisions_of(table).filter(pl.col("before").is_not_null())
    return largest_revisions(changes, table, period)


def largest_revisions(changes: pl.DataFrame, table: LakeTable, period: str) -> pl.DataFrame:
    """Return by line and version how many figures it revised, and the largest revision.

    `changes`: rows of changes.parquet with a figure before. `period`: the column of the table's key
    that stands for a day, a month or a year. Returns LINE, as_of and REVISED.
    """
    lost = pl.col("before").fill_null(0) - pl.col("after").fill_null(0)
    rows = changes.select(
        *("iso3", "as_of", "before", "after"),
        pl.col("column").alias("measure"),
        part_of(table.key),
        day_of(period),
        lost.abs().alias("_size"),
    )
    largest = rows.sort("_size", DAY, descending=[True, False]).group_by(
        *LINE, "as_of", maintain_order=True
    )
    return largest.agg(
        pl.len().cast(pl.Int64).alias("revised"),
        pl.col(DAY).first().alias("revised_on"),
        pl.col("before").first().cast(pl.Float64).alias("revised_from"),
        pl.col("after").first().cast(pl.Float64).alias("revised_to"),
    )


def _with_changes(rows: pl.DataFrame, table: LakeTable) -> pl.DataFrame:
    """Return rows with what they changed, and with the version that shows each."""
    now, before = pl.col("figure").fill_null(0), pl.col("before")
    units = {name: unit_of(name) for name in rows["measure"].unique()}
    versions = table.vintages.select(
        "as_of", vintage_id="id", is_held="held", source_url="source_url"
    )
    return (
        rows.sort(*LINE, "as_of")
        .with_columns(before=pl.col("figure").shift().over(LINE))
        .with_columns(change=pl.when(before.is_not_null()).then(now - before))
        .with_columns(
            rel_change=pl.when(before != 0).then(pl.col("change") / before),
            unit=pl.col("measure").replace_strict(units, return_dtype=pl.String),
            source=pl.lit(table.source),
            dataset=pl.lit(table.dataset),
            as_of_date=pl.col("as_of").dt.date(),
        )
        .join(versions, on="as_of", how="inner")
        .select(
            *("source", "dataset", *LINE, "unit", "as_of", "as_of_date", "vintage_id", "is_held"),
            *(DAY, "figure", "before", "change", "rel_change", *REVISED, "source_url"),
        )
    )
