"""The alerts for BI tools: plain names, and beside each what was reported on its country."""

import polars as pl

from tasks.alerts.reported_context import NEAR, report_sentence
from tasks.marts.lake_table import MartInputs


def alert_list(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `alerts`: the columns of AlertList."""
    before, now = pl.col("before"), pl.col("after").fill_null(0)
    alerts = inputs.alerts().rename({"column": "measure", "group": "alert_group"})
    change = pl.when(before.is_not_null()).then(now - before)
    return (
        alerts.with_columns(
            source=pl.col("dataset").str.split(".").list.first(),
            as_of_date=pl.col("as_of").dt.date(),
            change=change,
            rel_change=pl.when(before != 0).then(change / before),
        )
        .join(_context(alerts, inputs.marts("offers")), on="fingerprint", how="left")
        .with_columns(pl.col("note").fill_null(""))
    )


def _context(alerts: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Return by fingerprint the reports on its country within 60 days, the oldest first."""
    sentences = pl.Series(
        [report_sentence(row) for row in offers.iter_rows(named=True)], dtype=pl.String
    )
    reports = offers.select("iso3", "happened_on", "offer_id", sentence=sentences)
    on = pl.col("as_of").dt.date()
    return (
        alerts.select("fingerprint", "iso3", "as_of")
        .join(reports, on="iso3")
        .filter(pl.col("happened_on").is_between(on - NEAR, on + NEAR))
        .sort("happened_on", "offer_id")
        .group_by("fingerprint")
        .agg(context=pl.col("sentence").str.join("\n"))
    )
