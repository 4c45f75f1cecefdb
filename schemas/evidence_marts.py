"""Marts of evidence: tests, changes of figures, alerts, freshness, and sources side by side."""

import polars as pl

from schemas.figure_marts import AS_OF_DATE, ISO3, SOURCE
from schemas.mart_table import Day, Instant, Number, Whole, Words, given, known
from schemas.table import Table


class Testing(Table, key=("source", "iso3", "observed_on", "origin")):
    """Tests of each report, people and samples apart, and what it means that none is positive.

    One row: source x country x day of the report x who tested. Units are never added to each other:
    one person may give several samples.
    """

    source: str = given(SOURCE)
    iso3: str = given(ISO3)
    observed_on: pl.Date = given("day of the report")
    origin: str = given("who tested or reported, or 'unspecified'")
    as_of: Instant = given("instant (UTC) of the version that it is read from")
    as_of_date: pl.Date = given(AS_OF_DATE)
    people_new: Whole = known("people tested since the report before [people]; null = not stated")
    people_cumulative: Whole = known("people tested up to then [people]; null = never stated")
    samples_new: Whole = known("samples tested since the report before [samples]")
    samples_cumulative: Whole = known("samples tested up to then [samples]")
    specimens_new: Whole = known("specimens processed in the period [specimens]")
    specimens_cumulative: Whole = known("specimens processed up to then [specimens]")
    tests_new: Whole = known("tests since the report before, unit not stated [tests]")
    tests_cumulative: Whole = known("tests up to then, unit not stated [tests]")
    positives_new: Whole = known("positive among the new ones; null = not stated")
    positives_cumulative: Whole = known("positive up to then; null = never stated")
    is_summed: bool = given("whether a cumulative figure is our sum of published new ones")
    unit: Words = known(
        "what `tested` counts: people, else samples, specimens or tests; null: none"
    )
    tested: Whole = known("tested up to then [unit]; null = never stated")
    positivity: Number = known("positives_cumulative / tested [share]; null where either is null")
    upper_bound_95: Number = known(
        "3 / tested: one-sided 95 % upper bound of positivity where none is positive [share]"
    )
    chance_of_no_positive: Number = known(
        "(1 - 0.001)^tested: chance of no positive if 0.1 % were [chance]; null with positives"
    )
    flags: Words = known("implausible figures of the report, `column: rule`; null = none")


class ChangesAll(Table, key=("dataset", "measure", "iso3", "part", "observed_on", "as_of")):
    """Every published figure that changed, of all sources. One row: one figure in one version.

    New days of a series are news and no change; they are left out. So are more than 30 days of a
    country that go in one version while others stay: the publisher thinned the series. The changes
    of a large table may lag until `vaxwatch compact`.
    """

    source: str = given(SOURCE)
    dataset: str = given("`<source>.<table>`")
    measure: str = given("the figure, a column of the dataset")
    unit: str = given("unit of before, after and change")
    iso3: Words = known("country, ISO 3166-1 alpha-3; null in tables without countries")
    product: Words = known("vaccine, see dim_product; null in tables without products")
    part: str = given("the other key columns, e.g. product / mechanism; '' where there are none")
    observed_on: Day = known("day or month that the figure is about; null in tables without")
    as_of: Instant = given("instant (UTC) of the version that shows the change")
    as_of_date: pl.Date = given(AS_OF_DATE)
    vintage_id: str = given("id of that version")
    before: Number = known("the figure before [unit]; null = not published or absent")
    after: Number = known("the figure now [unit]; null = not published or absent")
    change: Number = known("after - before [unit]; a figure that is gone counts as 0")
    rel_change: Number = known("change / before [share]; -1 = gone; null where before is null or 0")
    kind: str = given("revised, added or withdrawn")
    gone_reason: Words = known("why the row is gone, see gone in history; null: it is there")
    severity: Words = known(
        "of a fall of a promise or a counter on the scale of alerts: low to critical; info: rose;"
        " null: smaller, or another kind of figure"
    )
    score: Number = known(
        "log10(1 + |change|) times |rel_change|, at most 1 of it: to sort by; null where "
        "change is null"
    )
    is_correction: bool = given("whether it takes back, up to 5 %, the change before of the figure")
    reverted_by: Words = known("id of the version that takes this change back; null = none yet")
    source_url: str = given("address that the version is from")


class Freshness(Table, key=("dataset",)):
    """How fresh each table is. One row: a dataset."""

    source: str = given(SOURCE)
    dataset: str = given("`<source>.<table>`")
    last_had: Instant = given("instant (UTC) of the newest version, held or not")
    last_had_date: pl.Date = given("day (UTC) of last_had")
    last_new: Instant = given("instant (UTC) of the newest version that was not as the one before")
    last_new_date: pl.Date = given("day (UTC) of last_new")
    days_unchanged: Whole = given("days from last_new to last_had, without a change [days]")
    versions: Whole = given("versions up to now")
    rows: Whole = given("rows of the newest version")
    cadence_days: Number = given("how often the publisher publishes [days]")
    stale_from: Instant = given("instant (UTC) from which the source is stale: two cadences after")
    stale_from_date: pl.Date = given("day (UTC) of stale_from")
    state: str = given("life of the source when this was built: active, stale, frozen or retired")


class CompareSources(Table, key=("measure", "iso3", "as_of_date")):
    """One figure of a country by several sources, on each day on which one of them changed it.

    One row: figure x country x day, where at least two sources have one, as they stood at the end
    of the day. Six sources have a column; the figures of others, which count as well, are in
    `country_totals`.
    """

    measure: str = given("the figure, a country's total")
    unit: str = given("unit of the figures: doses, people, share of population")
    iso3: str = given(ISO3)
    as_of_date: pl.Date = given("day (UTC) at the end of which the sources showed this")
    unicef_market: Number = known("as UNICEF's dashboard shows it [unit]; null = no figure")
    covax_allocations: Number = known("as COVAX's lists show it [unit]; null = no figure")
    undp_vaccine_equity: Number = known("as UNDP's table shows it [unit]; null = no figure")
    hdx_humanitarian: Number = known("as OCHA's dashboard shows it [unit]; null = no figure")
    who_vaccination: Number = known("as WHO's table shows it [unit]; null = no figure")
    owid_vaccinations: Number = known("as Our World in Data shows it [unit]; null = no figure")
    sources: Whole = given("how many sources have a figure")
    least: Number = known("the least of the figures [unit]")
    most: Number = known("the greatest of the figures [unit]")
    ratio: Number = known("most / least; 1 = they agree; null where the least is 0")
    is_newest: bool = given("whether it is the newest row of the figure and country")


class AlertList(Table, key=("fingerprint",)):
    """The alerts as `vaxwatch alerts list` has them, with context. One row: an alert."""

    fingerprint: str = given("identity of the alert, the same for its whole life")
    rule: str = given("rule that found it, see docs/rules.md")
    severity: str = given("info, low, medium, high or critical")
    confidence: str = given("unconfirmed or confirmed (by the version after)")
    state: str = given("open, acked, silenced, resolved, reverted or explained")
    origin: str = given("live; replay: history read later; shadow: the source or rule is new")
    source: str = given(SOURCE)
    dataset: str = given("`<source>.<table>`")
    iso3: Words = known("country, ISO 3166-1 alpha-3; null where it is about no single one")
    key: str = given("key columns and their values as JSON; coarser than the table's for a total")
    measure: Words = known("the figure; null where it is about all of them")
    before: Number = known("the figure it is compared with [unit of it]; null = not published")
    after: Number = known("the figure now [unit of it]; null = not published or absent")
    change: Number = known("after - before [unit of it]; a figure that is gone counts as 0")
    rel_change: Number = known("change / before [share]; -1 = gone; null where before is null or 0")
    as_of: Instant = given("instant (UTC) of the version that says how things stand")
    as_of_date: pl.Date = given(AS_OF_DATE)
    previous_as_of: Instant = known("instant (UTC) of the version it is compared with; null: none")
    opened_as_of: Instant = given("instant (UTC) of the version that opened it")
    alert_group: Words = known(
        "fingerprint of the wider or weightier alert it comes with; null: none"
    )
    sentence: str = given("the alert in words")
    note: str = given("who acknowledged, silenced or explained it, until when, why; '' = nobody")
    context: Words = known(
        "what was reported on the country within 60 days, no cause; null: nothing"
    )
