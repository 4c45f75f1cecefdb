"""Quarantine: the rows of snapshots that could not be read, as they were published."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import LostRace
from tasks.vault.manifest import Vintage
from tasks.vault.objects import load, quarantine_name
from tasks.vault.parquet import stamps, to_parquet
from tasks.vault.store import Store
from tasks.vault.times import moment

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

TRIES = 32
QUARANTINE = "quarantine/rows/latest.parquet"
BEFORE_ALL = "0001-01-01T00:00:00+00:00"

SCHEMA = pl.Schema(
    {
        "source": pl.String(),
        "table": pl.String(),
        "id": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
        "row": pl.Int64(),
        "column": pl.String(),
        "rule": pl.String(),
        "value": pl.String(),
        "reason": pl.String(),
    }
)


def quarantined_rows(
    store: Store, source: str, vintages: Sequence[Vintage], *, table: str | None = None
) -> pl.DataFrame:
    """
    Return the rows in quarantine of one table or of all, one line per fault.

    Columns: source, table, id and as_of [instant, UTC] of the vintage, row [counted from 1 in the
    body], column [the publisher's name], rule, value [the cell as published; null where it is not
    one cell], reason [a sentence].
    """
    parts = [
        load(store, quarantine_name(entry.quarantine)).select(
            pl.lit(source).alias("source"),
            pl.lit(name).alias("table"),
            pl.lit(vintage.id).alias("id"),
            pl.lit(vintage.as_of, pl.Datetime("us", "UTC")).alias("as_of"),
            pl.col("row", "column", "rule", "value", "reason"),
        )
        for vintage in vintages
        for name, entry in vintage.tables.items()
        if entry.quarantine and table in {None, name}
    ]
    return pl.concat([SCHEMA.to_frame(), *(part.cast(SCHEMA) for part in parts)])


def publish_quarantine(lake: Store, vault: "Vault") -> bool:
    """
    Bring the rows of one source in `quarantine/rows/latest.parquet` up to its newest commit.

    The file lists the quarantined rows of all sources; its metadata has, per source, the number of
    the commit that it shows (`gen`) and the as_of of the newest vintage (`upto`), from which it is
    continued while nothing older has changed.
    """
    head, source = vault.head, vault.source
    if head is None or not head.has_quarantine:
        return False
    for _ in range(TRIES):
        there = lake.get(QUARANTINE)
        seen = stamps(there.body) if there else {}
        shown, upto = int(seen.get(f"gen.{source}", 0)), seen.get(f"upto.{source}")
        if shown >= head.number:
            return False
        known = pl.read_parquet(io.BytesIO(there.body)) if there else SCHEMA.to_frame()
        if shown < head.reshaped or upto is None:
            known, upto = known.filter(pl.col("source") != source), BEFORE_ALL
        newer = [v for v in vault.vintages_from(moment(upto)) if v.as_of > moment(upto)]
        mine = quarantined_rows(vault.store, source, newer)
        if there is None and mine.is_empty():
            return False
        last = newer[-1].as_of.isoformat() if newer else upto
        facts = {**seen, f"gen.{source}": str(head.number), f"upto.{source}": last}
        rows = pl.concat([known, mine]).sort("source", "as_of", "table", "row", "column")
        body = to_parquet(rows, facts)
        if lake.put_if_match(QUARANTINE, body, there.etag if there else None):
            return True
    raise LostRace(f"{lake.uri}/{QUARANTINE}", TRIES)
