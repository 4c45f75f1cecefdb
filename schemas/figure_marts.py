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
