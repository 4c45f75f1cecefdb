"""Campaign status: who has begun to vaccinate, who shows nothing, who is not even listed."""

from typing import Final

import polars as pl

from schemas.population import populations
from tasks.marts.builders.country_states import DAY, country_states
from tasks.marts.lake_table import LakeTable, MartInputs

TABLES: Final = frozenset({"vaccinations", "vaccinations_current"})
DOSES: Final = "doses_administered"
FIRST: Final = "first_vaccinated_on"
ABSENT: Final = "absent"


def campaign_status(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `campaign_status`: the columns of CampaignStatus."""
    parts = [_status(table) for table in inputs.named(*TABLES) if DOSES in table.history.columns]
    return pl.concat(parts) if parts else pl.DataFrame()


def _status(table: LakeTable) -> pl.DataFrame:
    states = country_states(table, DOSES).with_columns(
        status=pl.when(~pl.col("is_listed"))
        .then(pl.lit(ABSENT))
        .when(pl.col("total").is_null())
        .then(pl.lit("null"))
        .when(pl.col("total") > 0)
        .then(pl.lit("started"))
        .otherwise(pl.lit("zero"))
    )
    every = pl.concat([_absent(table, states), states], how="diagonal")
    before = pl.col("status").shift().over("iso3")
    begun = every.sort("iso3", "as_of").filter(pl.col("status").ne_missing(before))
    return begun.join(_first_days(table), on="iso3", how="left").with_columns(
        source=pl.lit(table.source),
        dataset=pl.lit(table.dataset),
        as_of_date=pl.col("as_of").dt.date(),
        doses_administered="total",
        first_on=pl.when(status="started").then("first_on"),
        is_newest=pl.col("as_of") == pl.col("as_of").max().over("iso3"),
    )


def _absent(table: LakeTable, states: pl.DataFrame) -> pl.DataFrame:
    """Return countries that the first version does not list."""
    first = table.vintages["as_of"].min()
    there = set(states.filter(pl.col("as_of") == first)["iso3"])
    lacking = sorted((set(populations()) | set(states["iso3"])) - there)
    return pl.DataFrame({"iso3": lacking}, schema={"iso3": pl.String}).with_columns(
        as_of=pl.lit(first, pl.Datetime("us", "UTC")), status=pl.lit(ABSENT)
    )


def _first_days(table: LakeTable) -> pl.DataFrame:
    """Return the day of the first vaccination: as published, else of the first figure above 0."""
    if DAY in table.key:
        begun = table.latest.filter(pl.col(DOSES) > 0)
        return begun.group_by("iso3").agg(first_on=pl.col(DAY).min())
    if FIRST in table.latest.columns:
        return table.latest.select("iso3", first_on=FIRST)
    return pl.DataFrame(schema={"iso3": pl.String, "first_on": pl.Date})
