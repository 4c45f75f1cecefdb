"""The mart of figures that are no totals: of days, months and years, and of parts of a country."""

import polars as pl

from schemas.figure_marts import AS_OF_DATE, ISO3, SOURCE
from schemas.mart_table import Day, Instant, Number, Whole, given, known
from schemas.table import Table


class FurtherFigures(Table, key=("source", "dataset", "iso3", "part", "measure", "as_of")):
    """The newest figure of each country and part in tables that `country_totals` leaves out.

    One row: dataset x country x part x measure x version that shows another newest figure, the same
    of a newer day, or other figures of days, months or years than the version before. Nothing is
    summed.
    """

    source: str = given(SOURCE)
    dataset: str = given("`<source>.<table>`")
    iso3: str = given(ISO3)
    part: str = given("rest of the key, joined by ' / ', e.g. antigen or origin; '' without one")
    measure: str = given("the figure, a column of the dataset")
    unit: str = given("unit of the figures, e.g. cases, doses, share of those due")
    as_of: Instant = given("instant (UTC) of the version")
    as_of_date: pl.Date = given(AS_OF_DATE)
    vintage_id: str = given("id of that version")
    is_held: bool = given("whether that version is held: `latest` does not show it")
    observed_on: Day = known(
        "newest day with a figure, or the first of that month or year; null in tables without days"
    )
    figure: Number = known("the figure of that day [unit]; null = no figure, or none any more")
    before: Number = known("the newest figure before [unit]; null = none was shown before")
    change: Number = known("figure - before [unit]; a figure that is gone counts as 0")
    rel_change: Number = known("change / before [share]; -1 = gone; null where before is null or 0")
    revised: Whole = known(
        "days, months or years with a figure in the version before and another, or none, in this "
        "one; null in tables without days"
    )
    revised_on: Day = known("day of the largest of these revisions; null = none")
    revised_from: Number = known("figure of that day in the version before [unit]; null = none")
    revised_to: Number = known("figure of that day in this version [unit]; null = none any more")
    source_url: str = given("address that the version is from")
