"""The lake's own raw archive as an origin: every archived snapshot, to be parsed again.

Promises: every snapshot is offered with all of its bodies. One whose bytes are gone fails with a
message that names the object to restore.
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

    archived: Snapshot

    @property
    def name(self) -> str:
        """The snapshot's id."""
        return self.archived.id

    @property
    def retrieved_at(self) -> datetime:
        """The snapshot's `retrieved_at`."""
        return self.archived.retrieved_at

    def snapshot(self, source: Source) -> Snapshot:
        """Return the snapshot."""
        del source
        return self.archived

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes. Raises Damaged when they are gone or changed."""
        del source
        return from_lake(store, self.archived, {"kind": "raw"})


def snapshots(store: Store, source: str) -> list[FromLake]:
    """Return every archived snapshot of a source, oldest first."""
    return [FromLake(archived) for archived in archived_snapshots(store, source)]
