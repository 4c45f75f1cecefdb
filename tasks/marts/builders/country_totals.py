"""Country totals: each country's total of each figure of supply and use, version by version."""

from typing import Final

import polars as pl

from schemas.figure_kinds import COUNTERS, PROMISES
from schemas.units import unit_of
from tasks.marts.builders.country_states import country_states
from tasks.marts.lake_table import LakeTable, MartInputs

MEASURES: Final = (
    *PROMISES,
    *(name for name in COUNTERS if name.startswith(("doses_", "people_first", "people_last"))),
)
"""Figures of which a country's total is followed."""
TABLES: Final = frozenset(
    {
        *("allocations", "deliveries", "donations", "secured_supply"),
        *("vaccinations", "vaccinations_current"),
    }
)
SERIES_KEY: Final = ("dataset", "iso3", "measure")


def country_totals(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `country_totals`: the columns of CountryTotals."""
    parts = [
        _totals(table, measure)
        for table in inputs.named(*TABLES)
        for measure in MEASURES
        if measure in table.history.columns
    ]
    return with_changes(pl.concat(parts)) if parts else pl.DataFrame()


def _totals(table: LakeTable, measure: str) -> pl.DataFrame:
    """Return the totals of one figure of one dataset, with the version that shows each first."""
    states = country_states(table, measure)
    before = pl.col("total").shift().over("iso3")
    is_first = pl.col("as_of") == pl.col("as_of").min().over("iso3")
    states = states.filter(
        pl.col("total").ne_missing(before) | (is_first & pl.col("total").is_not_null())
    )
    versions = table.vintages.select(
        "as_of", vintage_id="id", is_held="held", source_url="source_url"
    )
    reasons = _reasons(table)
    return (
        states.join(versions, on="as_of", how="left")
        .join(reasons, on=["iso3", "as_of"], how="left")
        .with_columns(
            source=pl.lit(table.source),
            dataset=pl.lit(table.dataset),
            measure=pl.lit(measure),
            unit=pl.lit(unit_of(measure)),
            as_of_date=pl.col("as_of").dt.date(),
        )
    )


def _reasons(table: LakeTable) -> pl.DataFrame:
    """Return why rows of a country went in a version, each reason once."""
    if "gone" not in table.history.columns:
        return pl.DataFrame(
            schema={"iso3": pl.String, "as_of": pl.Datetime("us", "UTC"), "gone_reason": pl.String}
        )
    return (
        table.history.filter(pl.col("gone").is_not_null())
        .group_by("iso3", as_of="valid_to")
        .agg(gone_reason=pl.col("gone").unique().sort().str.join(", "))
    )


def with_changes(totals: pl.DataFrame) -> pl.DataFrame:
    """Return totals, in any order, with before, change, rel_change, peak, peak_as_of, drawdown."""
    now, before = pl.col("total").fill_null(0), pl.col("before")
    peak = pl.col("total").cum_max().forward_fill().over(SERIES_KEY)
    return (
        totals.sort(*SERIES_KEY, "as_of")
        .with_columns(before=pl.col("total").shift().over(SERIES_KEY), peak=peak)
        .with_columns(change=pl.when(before.is_not_null()).then(now - before))
        .with_columns(
            rel_change=pl.when(before != 0).then(pl.col("change") / before),
            drawdown=pl.when(pl.col("peak") != 0).then(now / pl.col("peak") - 1),
            peak_as_of=pl.col("as_of").first().over(*SERIES_KEY, "peak"),
        )
    )
