"""Tables in which each part of a country counts as a country, and each row has a day.

So `country_states` follows every part by itself, and months and years as it follows days.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import polars as pl

from tasks.marts.builders.country_states import DAY
from tasks.marts.lake_table import END, SERIES, Content, LakeTable, part_columns

BETWEEN: Final = "\x1f"
"""Stands between a country and its part while the two are one name."""
MOST_ROWS: Final = 400_000
"""Versions of rows above which the newest figures alone are followed."""
INSTANT: Final = pl.Datetime("us", "UTC")


def period_of(key: Sequence[str]) -> str | None:
    """Return the column of a key that stands for a day, a month or a year; None without one."""
    return next((name for name in key if name in SERIES), None)


def part_entities(table: LakeTable) -> LakeTable:
    """Return a table with one name for country and part as iso3, and its days as observed_on."""
    period = period_of(table.key)

    @cache
    def read(kind: str) -> Content:
        if kind == "vintages":
            return table.read(kind)
        if kind == "history" and not _is_large(table):
            return _entities(table.history, table.key), table.read(kind)[1]
        rows = _entities(table.latest, table.key)
        if kind == "latest":
            return rows, table.read(kind)[1]
        since = pl.lit(table.shown_as_of, INSTANT)
        return rows.with_columns(since.alias("valid_from"), pl.lit(None, INSTANT).alias(END)), {}

    own = ("iso3", *([DAY] if period else []))
    made = replace(table, key=own, read=read)
    ended = made.history if END in made.history.columns else made.lasting
    if period == "year":
        ended = _begun(ended, table)
    history = ended.with_columns(pl.col(END).alias("valid_to")).drop(END, "gone", strict=False)
    whole = history, made.read("history")[1]

    def read_ended(kind: str) -> Content:
        return whole if kind == "history" else read(kind)

    return replace(made, read=read_ended)


def with_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of such a table with the country as iso3, and with its part, '' without one."""
    named = pl.col("iso3").str.split_exact(BETWEEN, 1).struct.rename_fields(["iso3", "part"])
    apart = rows.select(named.alias("_of"), pl.exclude("iso3")).unnest("_of")
    return apart.with_columns(pl.col("part").fill_null(""))


def day_of(period: str) -> pl.Expr:
    """Return the day that a row of a period is about: of a month or a year the first."""
    if period == "year":
        return pl.date(pl.col("year"), 1, 1).alias(DAY)
    return pl.col(period).cast(pl.Date).alias(DAY)


def part_of(key: Sequence[str]) -> pl.Expr:
    """Return the part of a country that a row is about, '' in a table without parts."""
    names = part_columns(key)
    parts = (pl.col(name).cast(pl.String).fill_null("") for name in names)
    return (pl.concat_str(parts, separator=" / ") if names else pl.lit("")).alias("part")


def _is_large(table: LakeTable) -> bool:
    moved = table.vintages.select("inserted", "updated", "deleted").sum().sum_horizontal()
    return int(moved.sum()) > MOST_ROWS


def _entities(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    period = period_of(key)
    if part_columns(key):
        one = pl.concat_str(["iso3", part_of(key)], separator=BETWEEN)
        rows = rows.with_columns(one.alias("iso3"))
    return rows.with_columns(day_of(period)) if period else rows


def _begun(rows: pl.DataFrame, table: LakeTable) -> pl.DataFrame:
    """Return rows of years, of which those to come count from the first version in the year on."""
    versions = table.vintages.select(_at="as_of").sort("_at")
    begins = pl.max_horizontal("valid_from", pl.col(DAY).cast(INSTANT))
    placed = rows.with_columns(begins.alias("_begins")).sort("_begins")
    found = placed.join_asof(versions, left_on="_begins", right_on="_at", strategy="forward")
    is_seen = pl.col("_at").is_not_null() & (pl.col(END).is_null() | (pl.col(END) > pl.col("_at")))
    return found.filter(is_seen).with_columns(valid_from="_at").drop("_at", "_begins")
