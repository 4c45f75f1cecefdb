"""
Publishing: the plain Parquet files that BI tools open, derived from a commit.

Promises: each object is replaced whole, carries in its Parquet metadata which commit (`gen`) and
which content (`digest`) it shows, is never replaced by one of an older commit, and is left alone
when it already shows the same content. Publishing twice is publishing once.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import LostRace
from tasks.vault.folds import Told, cells, history, operations, vintage_rows
from tasks.vault.store import Store

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

TRIES = 16
ROW_GROUP = 65_536
QUARANTINE = "quarantine/rows/latest.parquet"

CHANGE_COLUMNS = {
    "as_of": "instant (UTC) of the vintage that shows the change",
    "id": "that vintage",
    "column": "the figure that changed",
    "before": "the figure known before, as a number; null = not published or absent",
    "after": "the figure now, as a number; null = not published or absent",
    "before_text": "the same before, exactly, also where it is no number",
    "after_text": "the same now, exactly, also where it is no number",
    "change": "after - before",
    "rel_change": "change / before; null where before is null or 0",
    "kind": "revised, added or withdrawn",
}
VERSION_COLUMNS = {
    "valid_from": "instant (UTC) of the first vintage with this row",
    "valid_to": "instant (UTC) of the first vintage without it; null while it stands",
}
VINTAGE_COLUMNS = {
    "id": "the vintage",
    "as_of": "instant (UTC) at which the snapshot was had",
    "ingested_at": "instant (UTC) at which this lake learnt it",
    "is_new": "whether it says anything else than the vintage before",
    "held": "whether it waits for a release: latest.parquet does not show it",
    "rows": "rows in that vintage",
    "inserted": "rows that are new in it",
    "updated": "rows with another figure in it",
    "deleted": "rows that are gone in it",
    "quarantined": "rows of the snapshot that could not be read",
    "columns": "columns it has",
    "sha256": "of the snapshot's manifest of bodies",
    "source_url": "where the snapshot is from",
    "parser_version": "version of the parser that read it",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """One object to publish: its place in the source's folder, its frame and its stamps."""

    name: str
    frame: pl.DataFrame
    digest: str
    gen: int
    descriptions: Mapping[str, str]
    facts: Mapping[str, str]

    def body(self) -> bytes:
        """Return the Parquet bytes: zstd, row groups of 65,536, stamps as metadata."""
        return to_parquet(
            self.frame,
            {
                "vaxwatch.gen": str(self.gen),
                "vaxwatch.digest": self.digest,
                "vaxwatch.columns": json.dumps(
                    {name: self.descriptions.get(name, "") for name in self.frame.columns}
                ),
                **{f"vaxwatch.{name}": fact for name, fact in self.facts.items()},
            },
        )


def to_parquet(frame: pl.DataFrame, metadata: dict[str, str]) -> bytes:
    """Return a frame as Parquet bytes with file metadata."""
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer,
        compression="zstd",
        compression_level=3,
        row_group_size=ROW_GROUP,
        metadata=metadata,
    )
    return buffer.getvalue()


def stamps(body: bytes) -> dict[str, str]:
    """Return the metadata that `to_parquet` wrote."""
    return pl.read_parquet_metadata(io.BytesIO(body))


def publish(vault: "Vault") -> list[str]:
    """Bring the derived objects of a source up to its newest commit; return the names written."""
    vault.refresh()
    if vault.head is None:
        return []
    return [
        derived.name
        for table in vault.tables()
        for derived in derived_objects(vault, table)
        if put_newer(vault.store, derived.name, derived)
    ]


def derived_objects(vault: "Vault", table: str) -> Iterator[Derived]:
    """Yield the four objects of a table as the vault's commit says they are."""
    assert vault.head is not None
    told = vault.told(table)
    info, gen = vault.head.tables[table], vault.head.number
    vintages = vintage_rows(told)
    digest = hashlib.blake2b(
        vintages.drop("ingested_at").write_json().encode(), digest_size=16
    ).hexdigest()
    newest = vault.find("latest", table)
    facts = {
        "dataset": f"{vault.source}.{table}",
        "id": newest.id,
        "as_of": newest.as_of.isoformat(),
        "key": ",".join(told.key),
    }

    def derived(name: str, frame: pl.DataFrame, more: Mapping[str, str]) -> Derived:
        return Derived(
            name=f"{table}/{name}.parquet",
            frame=frame,
            digest=digest,
            gen=gen,
            descriptions={**info.descriptions, **more},
            facts=facts,
        )

    yield derived("latest", vault.state(table, newest), {})
    operated = operations(vault.store, told)
    if operated is not None:
        yield derived("history", history(operated, told), VERSION_COLUMNS)
        yield derived(
            "changes", changes(cells(operated, told, beginnings=False), told), CHANGE_COLUMNS
        )
    yield derived("vintages", vintages, VINTAGE_COLUMNS)


def changes(changed: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Return the cells that changed, without beginnings, dated; sorted by as_of, key, column."""
    dated = changed.join(told.times(), on="seq", how="left")
    return dated.select("as_of", "id", pl.exclude("as_of", "id", "seq", "is_baseline")).sort(
        ["as_of", *told.key, "column"]
    )


def put_newer(store: Store, name: str, derived: Derived) -> bool:
    """Put an object unless the one there is of a later commit or shows the same; say if written."""
    for _ in range(TRIES):
        there = store.get(name)
        if there is not None:
            seen = stamps(there.body)
            is_same = seen.get("vaxwatch.digest") == derived.digest
            if is_same or int(seen.get("vaxwatch.gen", 0)) > derived.gen:
                return False
        if store.put_if_match(name, derived.body(), there.etag if there else None):
            return True
    raise LostRace(f"{store.uri}/{name}", TRIES)


def publish_quarantine(lake: Store, vault: "Vault") -> bool:
    """
    Bring the rows of one source in `quarantine/rows/latest.parquet` up to its newest commit.

    The file lists the quarantined rows of all sources; its metadata has one `gen` per source.
    """
    if vault.head is None:
        return False
    mine, stamp = vault.quarantined(), f"vaxwatch.gen.{vault.source}"
    for _ in range(TRIES):
        there = lake.get(QUARANTINE)
        if there is None and mine.is_empty():
            return False
        seen = stamps(there.body) if there else {}
        if int(seen.get(stamp, 0)) >= vault.head.number:
            return False
        others = pl.read_parquet(io.BytesIO(there.body)) if there else mine.clear()
        rows = pl.concat([others.filter(pl.col("source") != vault.source), mine])
        kept = {name: value for name, value in seen.items() if name.startswith("vaxwatch.")}
        body = to_parquet(
            rows.sort("source", "as_of", "table", "row", "column"),
            {**kept, stamp: str(vault.head.number)},
        )
        if lake.put_if_match(QUARANTINE, body, there.etag if there else None):
            return True
    raise LostRace(f"{lake.uri}/{QUARANTINE}", TRIES)
