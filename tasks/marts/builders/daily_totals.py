"""Daily totals: what each source showed at the end of each day on which it changed a total."""

import polars as pl


def daily_totals(totals: pl.DataFrame) -> pl.DataFrame:
    """Return the last row of each day of the mart `country_totals`, held versions left out."""
    key = ["source", "iso3", "measure", "as_of_date"]
    shown = totals.filter(~pl.col("is_held")).sort("as_of", "dataset")
    return shown.unique(key, keep="last", maintain_order=True)


def as_shown(rows: pl.DataFrame, series: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return rows with the columns of a series as they stood at the end of as_of_date.

    `rows`: sorted by as_of_date. `series`: iso3, as_of_date, the columns of `by`, others.
    """
    return rows.join_asof(
        series.sort("as_of_date"),
        on="as_of_date",
        by=["iso3", *by],
        strategy="backward",
        check_sortedness=False,
    )
