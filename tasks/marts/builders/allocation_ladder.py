"""The allocation ladder: the five steps of a dose beside what two doses for all would take."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from schemas.population import populations
from tasks.marts.builders.daily_totals import as_shown, daily_totals
from tasks.marts.lake_table import MartInputs

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "announced": ("covax_allocations", "hdx_humanitarian"),
    "allocated": ("unicef_market", "covax_allocations", "hdx_humanitarian"),
    "shipped": ("unicef_market", "covax_allocations"),
    "delivered": (
        *("unicef_market", "undp_vaccine_equity", "hdx_humanitarian", "covax_allocations"),
    ),
    "administered": (
        *("owid_vaccinations", "who_vaccination", "undp_vaccine_equity", "hdx_humanitarian"),
    ),
}
"""The steps, and for each the sources, the one that is taken first in front."""
TARGETS: Final = ("PRK-2022-02-23-RAPPORTEUR",)
"""Offers that state what a whole country needs, and not what became of some doses."""
YEAR: Final = 2020
POPULATION: Final = "United Nations, World Population Prospects 2019, medium variant"
DOSES_A_HEAD: Final = 2


def allocation_ladder(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `allocation_ladder`: the columns of AllocationLadder.

    Each step is of one source: the first in STEPS that has ever had a figure by that day. Where its
    figure is gone the step is null, and no other source stands in for it.
    """
    daily = daily_totals(inputs.marts("country_totals"))
    targets = _targets(inputs.marts("offers"))
    measures = [f"doses_{step}" for step in STEPS]
    days = daily.filter(pl.col("measure").is_in(measures)).select("iso3", "as_of_date")
    stated = targets.select("iso3", as_of_date="stated_target_on")
    ladder = pl.concat([days, stated]).unique().sort("as_of_date", "iso3")
    for step, sources in STEPS.items():
        ladder = _with_step(ladder, daily.filter(measure=f"doses_{step}"), step, sources)
    ladder = as_shown(ladder, targets.with_columns(as_of_date="stated_target_on"))
    return with_population(ladder).with_columns(
        is_newest=pl.col("as_of_date") == pl.col("as_of_date").max().over("iso3"),
        allocated_of_stated=pl.col("allocated") / pl.col("stated_target"),
        two_dose_need=DOSES_A_HEAD * pl.col("people"),
        **{f"{step}_per_head": pl.col(step) / pl.col("people") for step in STEPS},
        **{f"{step}_of_need": pl.col(step) / (DOSES_A_HEAD * pl.col("people")) for step in STEPS},
    )


def _with_step(
    ladder: pl.DataFrame, daily: pl.DataFrame, step: str, sources: Sequence[str]
) -> pl.DataFrame:
    """Return the ladder with the figure, the source and the day of one step."""
    total, source, on = (pl.lit(None, kind) for kind in (pl.Float64, pl.String, pl.Date))
    for place, name in reversed([*enumerate(sources)]):
        own = daily.filter(source=name).select(
            "iso3",
            "as_of_date",
            pl.col("total").alias(f"total{place}"),
            pl.coalesce("observed_on", "as_of_date").alias(f"on{place}"),
        )
        ladder = as_shown(ladder, own)
        has_begun = pl.col(f"on{place}").is_not_null()
        total = pl.when(has_begun).then(f"total{place}").otherwise(total)
        source = pl.when(has_begun).then(pl.lit(name)).otherwise(source)
        on = pl.when(has_begun).then(f"on{place}").otherwise(on)
    return ladder.with_columns(
        total.alias(step), source.alias(f"{step}_source"), on.alias(f"{step}_on")
    ).select(pl.exclude(r"^total\d+$", r"^on\d+$"))


def _targets(offers: pl.DataFrame) -> pl.DataFrame:
    """Return what people stated as the need of a whole country."""
    return (
        offers.filter(pl.col("offer_id").is_in(TARGETS))
        .select(
            "iso3",
            stated_target="doses",
            stated_target_by="who",
            stated_target_on="happened_on",
            stated_target_url="source_url",
        )
        .sort("iso3", "stated_target_on")
    )


def with_population(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows of countries with people, people_year and people_source."""
    known = populations()
    people = pl.DataFrame(
        {"iso3": list(known), "people": list(known.values())},
        schema={"iso3": pl.String, "people": pl.Int64},
    ).with_columns(people_year=pl.lit(YEAR, pl.Int64), people_source=pl.lit(POPULATION))
    return frame.join(people, on="iso3", how="left")
