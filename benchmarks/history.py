"""Histories: the versions of one table in order, and how the vault is given them.

The frames of a history are generated at each request, so that 300 large versions need not
be held. Every version has its own day.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from benchmarks import epidemic, workloads
from schemas.records import Body, Fetched, Snapshot
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import collect_garbage
from tasks.vault.vault_reader import VaultReader

FIRST = datetime(2021, 1, 1, 6, tzinfo=UTC)
TABLE = "rows"


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """A named history: its key, and a function that yields its versions, sorted by key."""

    name: str
    key: tuple[str, ...]
    frames: Callable[[], Iterator[pl.DataFrame]]


def owid(versions: int) -> History:
    """Return the long daily table; see `benchmarks.epidemic`."""
    return History(name="owid", key=epidemic.KEY, frames=lambda: epidemic.owid(versions))


def small(versions: int) -> History:
    """Return the weekly allocations; see `benchmarks.workloads`."""
    return History(name="small", key=workloads.SMALL_KEY, frames=lambda: workloads.small(versions))


def as_of(version: int) -> datetime:
    """Return the instant of a version."""
    return FIRST + timedelta(days=version)


def draft(name: str, key: tuple[str, ...], version: int, frame: pl.DataFrame) -> Draft:
    """Return a version as the vault takes it."""
    sha256 = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    snapshot = Snapshot(
        source=name,
        retrieved_at=as_of(version),
        bodies=(Body(name="rows.csv", sha256=sha256, size=0),),
        url="https://example.org/rows.csv",
    )
    return Draft(snapshot=snapshot, tables={TABLE: TableDraft(frame=frame, key=key)})


def fetched(name: str, version: int, body: bytes) -> Fetched:
    """Return a version's bytes as a fetch hands them to the raw archive."""
    content = Body(name="main", sha256=hashlib.sha256(body).hexdigest(), size=len(body))
    snapshot = Snapshot(source=name, retrieved_at=as_of(version), bodies=(content,), url="")
    return Fetched(snapshot=snapshot, contents={"main": body}, evidence={})


def ingest(store: Store, draft: Draft) -> None:
    """Take a version in as a daily run does: commit, then publish."""
    vault = VaultReader(store, draft.snapshot.source)
    commit_snapshots(vault, [draft], at=draft.snapshot.retrieved_at)
    publish_tables(vault)


def compact(store: Store, name: str, version: int) -> None:
    """Compact the vault, as a monthly run does."""
    compact_vault(VaultReader(store, name), at=as_of(version))


def seal(store: Store, name: str, version: int) -> None:
    """Compact the vault and collect what nothing needs any more, as if a year had passed."""
    vault = VaultReader(store, name)
    compact_vault(vault, at=as_of(version))
    collect_garbage(vault, at=datetime.now(UTC) + timedelta(days=365), dry_run=False)


def changes(before: pl.DataFrame | None, after: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Return what a version changed: `_op` (1 put, 0 delete), then its columns; sorted by key.

    Where only one of the two has a column it is not compared, unless it has a value now. Made
    without the vault, for the peers and the floor.
    """
    if before is None:
        return after.select(pl.lit(1, pl.Int8).alias("_op"), pl.all())
    shared = [name for name in after.columns if name in before.columns]
    fresh = [pl.col(name).is_not_null() for name in after.columns if name not in shared]
    known = before.select(shared).hash_rows().implode()
    is_put = pl.any_horizontal(~after.select(shared).hash_rows().is_in(known), *fresh)
    puts = after.filter(is_put).select(pl.lit(1, pl.Int8).alias("_op"), pl.all())
    gone = before.select(key).join(after, on=key, how="anti")
    deletes = gone.select(pl.lit(0, pl.Int8).alias("_op"), pl.all())
    return pl.concat([puts, deletes], how="diagonal").sort(key)
