"""
Raw: the lake's own archive, `raw`: what was kept and may be read now, after a parser was mended.

Promises: every snapshot that was ever kept is offered, with all of its bodies, as it was kept. One
whose bytes are gone fails with a sentence that says which object to restore.
"""

from dataclasses import dataclass
from datetime import datetime

from schemas.records import Fetched, Snapshot
from schemas.source import Source
from tasks.origins.candidates import from_lake
from tasks.raw.archive import archived_snapshots
from tasks.vault.backends.store import Store


@dataclass(frozen=True, slots=True)
class FromLake:
    """A snapshot of the raw archive."""

    kept: Snapshot

    @property
    def name(self) -> str:
        """Its id, which is the name of its evidence as well."""
        return self.kept.id

    @property
    def retrieved_at(self) -> datetime:
        """When its bytes were had."""
        return self.kept.retrieved_at

    def snapshot(self, source: Source) -> Snapshot:
        """Return the snapshot."""
        del source
        return self.kept

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes. Raises Damaged when they are gone or are others."""
        del source
        return from_lake(store, self.kept, {"kind": "raw"})


def snapshots(store: Store, source: str) -> list[FromLake]:
    """Return every snapshot of a source that was kept, oldest first."""
    return [FromLake(kept) for kept in archived_snapshots(store, source)]
