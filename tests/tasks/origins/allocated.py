"""A source of one small table, and what becomes of candidates of it."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from schemas.columns import Always, From
from schemas.source import Bodies
from tasks.formats.delimited import read_csv
from tasks.origins.candidates import Candidate
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import ChunkResult, take
from tasks.sources import source_named
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    """Read a CSV of allocations."""
    return {"allocations": read_csv(bodies["main"], where="allocated")}


SOURCE = replace(
    source_named("undp_vaccine_equity"),
    url="https://example.org/allocated.csv",
    parse=parse,
    tables={
        "allocations": {
            "iso3": From(("iso3",)),
            "product": Always("unspecified"),
            "mechanism": Always("COVAX"),
            "doses_allocated": From(("doses",)),
        }
    },
    known_errors=(),
)
"""It has the name of a source that is declared, as origins look that up."""


def table(doses: int) -> bytes:
    """Return its table with one figure."""
    return f"iso3,doses\nPRK,{doses}\n".encode()


def backfilled(store: Store, candidates: list[Candidate], policy: str = "missing") -> ChunkResult:
    """Take what a policy asks for of these candidates."""
    chunk = wanted(store, SOURCE, candidates, policy=policy)  # pyright: ignore[reportArgumentType]
    return take(store, SOURCE, chunk, at=NOW)


def times(store: Store) -> list[str]:
    """Return the instants of all vintages."""
    return [one.as_of.isoformat() for one in VaultReader(store, SOURCE.name).vintages()]
