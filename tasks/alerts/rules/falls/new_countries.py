"""R0 in tables of counters: a country that was in no version before."""

from collections.abc import Iterator

import polars as pl

from schemas.figure_kinds import COUNTERS, PROMISES
from schemas.figure_wording import statement
from schemas.rule_settings import Thresholds
from tasks.alerts.rules.model.episode import Episode, Row, Step
from tasks.alerts.rules.model.families import NEW
from tasks.alerts.rules.model.rule import DatasetContext, SourceContext
from tasks.alerts.rules.reading.rule_input import day_column


def new_countries(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield one episode for each country that a version shows first, with its first counter.

    Once a table has promises it is left to the rise of those; the first version has no new country.
    """
    for dataset in source.country_datasets():
        new = _new(dataset)
        if new.is_empty():
            continue
        order = pl.col("column").replace_strict(COUNTERS, range(len(COUNTERS)), default=None)
        found = (
            _figures(dataset)
            .filter(pl.col("column").is_in(COUNTERS))
            .filter(pl.col("after") >= thresholds["least_doses"])
            .join(new, on=["iso3", "seq"], how="semi")
            .sort("seq", "iso3", order)
            .unique("iso3", keep="first", maintain_order=True)
        )
        yield from (_episode(dataset, row) for row in found.iter_rows(named=True))


def _new(dataset: DatasetContext) -> pl.DataFrame:
    """Return the countries that are in no version before, and the vintage: iso3, seq."""
    cells = dataset.rule_input.cells
    is_new = ~pl.col("is_baseline") & pl.col("before").is_null()
    some = cells.filter(is_new)["iso3"].unique()
    if some.is_empty():
        return cells.select("iso3", "seq").clear()
    is_figure = pl.col("after").is_not_null() | pl.col("before").is_not_null()
    known = cells.filter(pl.col("iso3").is_in(some.implode()), is_figure)
    first = known.unique("iso3", keep="first", maintain_order=True)
    if not dataset.columns.isdisjoint(PROMISES):
        promises = cells.filter(pl.col("column").is_in(PROMISES))["seq"]
        first = first.filter(pl.col("seq") < promises.min())
    return first.filter(is_new, pl.col("seq") > cells["seq"].min()).select("iso3", "seq")


def _figures(dataset: DatasetContext) -> pl.DataFrame:
    """Return the figures of the countries: seq, iso3, column, after."""
    is_by_day = day_column(dataset.timeline.key) is not None
    rows = dataset.series.levels if is_by_day else dataset.counter_totals
    return rows.select("seq", "iso3", "column", "after")


def _episode(dataset: DatasetContext, row: Row) -> Episode:
    timeline, seq = dataset.timeline, int(row["seq"])
    column, after = str(row["column"]), float(row["after"])
    key, on = {"iso3": row["iso3"]}, timeline.as_of[seq]
    shown = statement(timeline.shown_by, column, key=key, before=None, after=after, on=on)
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity="info",
        before=None,
        after=after,
        sentence=f"{shown}.",
        confidence="confirmed",
        family=NEW,
    )
    return Episode(timeline=timeline, key=key, column=column, steps=[opened], values=[(seq, after)])
