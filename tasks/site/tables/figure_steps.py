"""The steps of figures: what a table shows for each country, whenever a version shows another one.

Promises: held versions are left out, as `latest` leaves them out: what one shows counts from the
next accepted version on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Final

import polars as pl

from tasks.marts.country_states import DAY, END, country_states, lasting
from tasks.marts.country_totals import TABLES
from tasks.marts.lake_table import SERIES, Content, LakeTable, part_columns
from tasks.site.page_file import hash_of
from tasks.site.site_content import SiteContent
from tasks.vault.vault_reader import VaultReader

BETWEEN: Final = "\x1f"
"""Stands between a country and the rest of the key while the two are one name."""
MOST_VERSIONS: Final = 400_000
"""Versions of rows in a history above which only the newest figures are read."""
STEPS: Final = pl.Schema(
    {
        "iso3": pl.String(),
        "part": pl.String(),
        "measure": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
        DAY: pl.Date(),
        "total": pl.Float64(),
    }
)
LINE: Final = ("iso3", "part", "measure")
"""What identifies a line of steps."""


def figure_steps(
    content: SiteContent, vault: VaultReader, table: str, accepted: Sequence[datetime]
) -> pl.DataFrame:
    """Return the steps of a table's figures, in STEPS, sorted by line and time.

    `accepted`: the instants of the versions that are not held, oldest first. `part`: the rest of
    the key, '' where the figure is the country's total. `observed_on`: the day that the figure is
    about, in tables of days, months or years. `total`: null = no figure any more. Without rows for
    a table that has no countries.
    """
    key = vault.key(table)
    if "iso3" not in key:
        return STEPS.to_frame()
    if table in TABLES:
        found = content.part("country_totals", "dataset", f"{vault.source}.{table}")
        steps = found.with_columns(part=pl.lit("")).select(STEPS.names())
    else:
        steps = _from_history(vault, table, key)
    return _accepted_steps(
        steps.select(pl.col(name).cast(kind) for name, kind in STEPS.items()), accepted
    )


def line_id(iso3: str, part: str, measure: str) -> str:
    """Return the identity of a line of steps, the same in a page and in the data beside it.

    >>> line_id("PRK", "", "doses_allocated")
    'PRK.doses_allocated'
    """
    return f"{iso3}.{measure}" + (f".{hash_of(part)[:8]}" if part else "")


def _from_history(vault: VaultReader, table: str, key: Sequence[str]) -> pl.DataFrame:
    """Return the steps by what is published: of each country, and of each part of it."""
    rows = _lake_table(vault, table, key)
    numbers = [
        name
        for name, kind in rows.latest.schema.items()
        if kind.is_numeric() and name not in {*key, *SERIES} and name in rows.history.columns
    ]
    states = [
        country_states(rows, name).with_columns(pl.lit(name).alias("measure")) for name in numbers
    ]
    if not states:
        return STEPS.to_frame()
    named = pl.col("iso3").str.split_exact(BETWEEN, 1).struct.rename_fields(["iso3", "part"])
    found = pl.concat(states).select(named.alias("of"), pl.exclude("iso3")).unnest("of")
    is_first = pl.col("as_of") == pl.col("as_of").min().over(LINE)
    found = found.filter(~is_first | pl.col("total").is_not_null())
    return found.with_columns(pl.col("part").fill_null("")).select(STEPS.names())


def _lake_table(vault: VaultReader, table: str, key: Sequence[str]) -> LakeTable:
    """Return a table in which each part of a country is an entity, and a series has days."""
    parts = part_columns(key)
    day = next((name for name in key if name in SERIES), None)

    @cache
    def read(kind: str) -> Content:
        shown = vault.published(table, "latest")
        if kind == "latest":
            return _as_entities(shown.frame(), parts, day), shown.metadata
        file = vault.published(table, kind)
        if file.blob is not None and not _is_large(vault, table):
            return _as_entities(file.frame(), parts, day), file.metadata
        since = datetime.fromisoformat(shown.metadata["as_of"])
        rows = shown.frame().with_columns(
            valid_from=pl.lit(since, STEPS["as_of"]), valid_to=pl.lit(None, STEPS["as_of"])
        )
        return _as_entities(rows, parts, day), {}

    own = ("iso3", *([DAY] if day else []))
    entities = LakeTable(source=vault.source, table=table, key=own, read=read)
    ended = lasting(entities).with_columns(pl.col(END).alias("valid_to"))
    history = ended.drop(END, "gone", strict=False), read("history")[1]

    def read_ended(kind: str) -> Content:
        return history if kind == "history" else read(kind)

    return replace(entities, read=read_ended)


def _is_large(vault: VaultReader, table: str) -> bool:
    return sum(one.tables[table].moved for one in vault.vintages(table)) > MOST_VERSIONS


def _as_entities(rows: pl.DataFrame, parts: Sequence[str], day: str | None) -> pl.DataFrame:
    """Return rows with one name for country and part, and with the day that each is about."""
    if parts:
        part = pl.concat_str((pl.col(name).cast(pl.String) for name in parts), separator=" / ")
        rows = rows.with_columns(iso3=pl.concat_str("iso3", part, separator=BETWEEN))
    if day == "year":
        return rows.with_columns(pl.date(pl.col("year"), 1, 1).alias(DAY))
    return rows.with_columns(pl.col(day).cast(pl.Date).alias(DAY)) if day == "month" else rows


def _accepted_steps(steps: pl.DataFrame, accepted: Sequence[datetime]) -> pl.DataFrame:
    """Return steps at the versions that are not held, each where something changes."""
    instants = pl.DataFrame({"shown_at": accepted}, schema={"shown_at": STEPS["as_of"]})
    placed = steps.sort("as_of").join_asof(
        instants.sort("shown_at"), left_on="as_of", right_on="shown_at", strategy="forward"
    )
    last = (
        placed.filter(pl.col("shown_at").is_not_null())
        .sort(*LINE, "as_of")
        .unique([*LINE, "shown_at"], keep="last", maintain_order=True)
    )
    shown = pl.struct("total", DAY)
    is_step = shown.ne_missing(shown.shift().over(LINE)).fill_null(value=True)
    is_first = pl.col("shown_at") == pl.col("shown_at").min().over(LINE)
    return (
        last.filter(is_step | is_first).with_columns(as_of=pl.col("shown_at")).select(STEPS.names())
    )
