"""Sources side by side: one figure of a country as each source showed it on a day."""

from typing import Final

import polars as pl

from schemas.units import unit_of
from tasks.marts.builders.daily_totals import as_shown, daily_totals
from tasks.marts.lake_table import MartInputs

SOURCES: Final = (
    *("unicef_market", "covax_allocations", "undp_vaccine_equity", "hdx_humanitarian"),
    *("who_vaccination", "owid_vaccinations"),
)
"""The sources that have a column. Others are counted; their figures are in `country_totals`."""
LEAST_SOURCES: Final = 2


def compare_sources(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `compare_sources`: the columns of CompareSources."""
    daily = daily_totals(inputs.marts("country_totals"))
    several = daily.group_by("iso3", "measure").agg(n=pl.col("source").n_unique())
    shared = several.filter(pl.col("n") >= LEAST_SOURCES)
    daily = daily.join(shared, on=["iso3", "measure"], how="semi")
    rows = daily.select("measure", "iso3", "as_of_date").unique().sort("as_of_date")
    compared = [*SOURCES, *sorted(set(daily["source"]) - set(SOURCES))]
    for source in compared:
        own = daily.filter(source=source)
        rows = as_shown(
            rows,
            own.select("iso3", "as_of_date", "measure", pl.col("total").alias(source)),
            "measure",
        )
    units = {name: unit_of(name) for name in rows["measure"].unique()}
    figures = [pl.col(source) for source in compared]
    return (
        rows.with_columns(
            unit=pl.col("measure").replace_strict(units, return_dtype=pl.String),
            sources=pl.sum_horizontal(one.is_not_null() for one in figures),
            least=pl.min_horizontal(figures),
            most=pl.max_horizontal(figures),
        )
        .filter(pl.col("sources") >= LEAST_SOURCES)
        .with_columns(
            ratio=pl.when(pl.col("least") > 0).then(pl.col("most") / pl.col("least")),
            is_newest=pl.col("as_of_date") == pl.col("as_of_date").max().over("measure", "iso3"),
        )
    )
