"""Offers: what was offered to countries, declined, reallocated, returned."""

import polars as pl

from tasks.marts.lake_table import LakeTable, MartInputs


def offer_events(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `offers`: the columns of OfferEvents."""
    parts = [_offers(table) for table in inputs.named("offers")]
    return pl.concat(parts) if parts else pl.DataFrame()


def _offers(table: LakeTable) -> pl.DataFrame:
    at = pl.lit(table.shown_as_of, pl.Datetime("us", "UTC"))
    return table.latest.with_columns(source=pl.lit(table.source), as_of=at, as_of_date=at.dt.date())
