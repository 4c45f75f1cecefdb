"""Marts of promises and deliveries: what each version of a page shows for each country."""

import polars as pl

from schemas.mart_table import Day, Instant, Number, Whole, Words, given, known
from schemas.table import Table

STEP = ("source", "dataset", "iso3", "measure", "as_of")
ISO3 = "country or territory, ISO 3166-1 alpha-3"
SOURCE = "the source, see dim_source"
AS_OF_DATE = "day (UTC) of as_of"


class CountryTotals(Table, key=STEP):
    """A country's total of one figure, whenever a version of a source shows another one.

    One row: dataset x country x measure x version in which the total changes. Sources are never
    mixed.
    """

    source: str = given(SOURCE)
    dataset: str = given("`<source>.<table>`")
    iso3: str = given(ISO3)
    measure: str = given("the figure, a column of the dataset")
    unit: str = given("unit of the figures: doses, people, share of population")
    as_of: Instant = given("instant (UTC) of the version that first shows this total")
    as_of_date: pl.Date = given(AS_OF_DATE)
    vintage_id: str = given("id of that version")
    is_held: bool = given("whether that version is held: `latest` does not show it")
    observed_on: Day = known("day that the figure is about; null in tables without such a day")
    total: Number = known("sum over products and mechanisms [unit]; null = no figure any more")
    before: Number = known("the total before [unit]; null = none was shown before")
    change: Number = known("total - before [unit]; a figure that is gone counts as 0")
    rel_change: Number = known("change / before [share]; -1 = gone; null where before is null or 0")
    peak: Number = known("the greatest total up to now [unit]")
    peak_as_of: Instant = given("instant (UTC) of the version that first showed the peak")
    drawdown: Number = known("total / peak - 1 [share]; -1 = gone; null where the peak is 0")
    gone_reason: Words = known("why rows went in this version, see gone in history; null: none did")
    source_url: str = given("address that the version is from")


class PromiseSteps(Table, key=STEP):
    """The steps of each promise: a country's total whenever a version shows another one.

    One row: dataset x country x measure (doses announced, allocated, pledged; secured share) x
    version in which the total changes.
    """

    source: str = given(SOURCE)
    dataset: str = given("`<source>.<table>`")
    iso3: str = given(ISO3)
    measure: str = given("doses_announced, doses_allocated, doses_pledged or secured_share")
    unit: str = given("unit of the figures: doses, share of population")
    as_of: Instant = given("instant (UTC) of the version that first shows this total")
    as_of_date: pl.Date = given(AS_OF_DATE)
    vintage_id: str = given("id of that version")
    is_held: bool = given("whether that version is held: `latest` does not show it")
    total: Number = known("sum over products and mechanisms [unit]; null = withdrawn")
    before: Number = known("the total before [unit]; null = none was shown before")
    change: Number = known("total - before [unit]; a figure that is gone counts as 0")
    rel_change: Number = known("change / before [share]; -1 = gone; null where before is null or 0")
    peak: Number = known("the greatest total up to now [unit]")
    peak_as_of: Instant = given("instant (UTC) of the version that first showed the peak")
    drawdown: Number = known("total / peak - 1 [share]; -1 = gone; null where the peak is 0")
    gone_reason: Words = known("why rows went in this version, see gone in history; null: none did")
    parts: Words = known("the rows of the total as JSON: their other key columns and the figure")
    alert: Words = known("fingerprint of the alert on this change; null = none")
    source_url: str = given("address that the version is from")


class OfferEvents(Table, key=("source", "offer_id")):
    """What was offered to a country, or became of it: one report. Rows are never summed."""

    source: str = given(SOURCE)
    offer_id: str = given("identity of the report, the same in every version")
    iso3: str = given(ISO3)
    product: str = given("vaccine, see dim_product, or 'unspecified'")
    mechanism: str = given("who offers, e.g. COVAX, or 'unspecified'")
    doses: Whole = known("doses that the report is about [doses]; null = it names no number")
    status: str = given("offered, accepted, declined, returned, reallocated, proposed or expired")
    who: str = given("who did so, or who said so")
    happened_on: pl.Date = given("day on which it happened, as reported")
    source_url: str = given("address of the report")
    as_of: Instant = given("instant (UTC) of the version of the list that it is read from")
    as_of_date: pl.Date = given(AS_OF_DATE)


class AllocationLadder(Table, key=("iso3", "as_of_date")):
    """The steps of a dose in one country, beside what two doses for everybody would take.

    One row: country x day on which a source shows another total. Five steps, never added up. Each
    is of one source, the first of docs/marts.md that ever had a figure, also when that is gone.
    """

    iso3: str = given(ISO3)
    as_of_date: pl.Date = given("day (UTC) at the end of which the sources showed this")
    is_newest: bool = given("whether it is the newest row of the country")
    announced: Number = known(
        "doses forecast or announced, the country's total [doses]; null = no figure"
    )
    announced_source: Words = known("the source of announced; null = no source has had a figure")
    announced_on: Day = known(
        "day that announced is about, else of the version that first shows it"
    )
    allocated: Number = known("doses allocated, the country's total [doses]; null = no figure")
    allocated_source: Words = known("the source of allocated; null = no source has had a figure")
    allocated_on: Day = known(
        "day that allocated is about, else of the version that first shows it"
    )
    shipped: Number = known("doses shipped, the country's total [doses]; null = no figure")
    shipped_source: Words = known("the source of shipped; null = no source has had a figure")
    shipped_on: Day = known("day that shipped is about, else of the version that first shows it")
    delivered: Number = known("doses delivered, the country's total [doses]; null = no figure")
    delivered_source: Words = known("the source of delivered; null = no source has had a figure")
    delivered_on: Day = known(
        "day that delivered is about, else of the version that first shows it"
    )
    administered: Number = known(
        "doses administered, the country's total [doses]; null = no figure"
    )
    administered_source: Words = known(
        "the source of administered; null = no source has had a figure"
    )
    administered_on: Day = known(
        "day that administered is about, else of the version that first shows it"
    )
    announced_per_head: Number = known("announced / people [doses a head]")
    announced_of_need: Number = known("announced / two_dose_need [share], may exceed 1")
    allocated_per_head: Number = known("allocated / people [doses a head]")
    allocated_of_need: Number = known("allocated / two_dose_need [share], may exceed 1")
    shipped_per_head: Number = known("shipped / people [doses a head]")
    shipped_of_need: Number = known("shipped / two_dose_need [share], may exceed 1")
    delivered_per_head: Number = known("delivered / people [doses a head]")
    delivered_of_need: Number = known("delivered / two_dose_need [share], may exceed 1")
    administered_per_head: Number = known("administered / people [doses a head]")
    administered_of_need: Number = known("administered / two_dose_need [share], may exceed 1")
    people: Whole = known("population [people]; null = none is known")
    people_year: Whole = known("year of the population, as of 1 July")
    people_source: Words = known("where the population is from")
    two_dose_need: Whole = known("2 times people [doses]; null = no population is known")
    stated_target: Whole = known("need of the country that somebody stated [doses]; null = nobody")
    stated_target_by: Words = known("who stated it")
    stated_target_on: Day = known("day on which it was stated")
    stated_target_url: Words = known("address of the report")
    allocated_of_stated: Number = known("allocated / stated_target [share], may exceed 1")


class CampaignStatus(Table, key=("source", "iso3", "as_of")):
    """Whether vaccination has begun, by source. One row: a country's status begins in a version.

    A country that a source does not list is absent, and has a row that says so.
    """

    source: str = given(SOURCE)
    dataset: str = given("`<source>.<table>`")
    iso3: str = given(ISO3)
    as_of: Instant = given("instant (UTC) of the version that first shows this status")
    as_of_date: pl.Date = given(AS_OF_DATE)
    status: str = given("started; zero: 0 doses; null: listed without a figure; absent: not listed")
    doses_administered: Number = known("doses given in that version [doses]; null = no figure")
    first_on: Day = known("day of the first vaccination as published, else of the first figure")
    is_newest: bool = given("whether it is the newest status of the country at the source")
