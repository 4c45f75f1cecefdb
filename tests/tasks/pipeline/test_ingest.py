"""What an ingest asks of the store."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Blob, Store

DAY = datetime(2022, 2, 10, tzinfo=UTC)
TABLE = "Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,{doses}\n"


class CountingStore(Store):
    """A store that counts how often each existing object was fetched since it was written."""

    def __init__(self, store: Store) -> None:
        self._store, self.uri = store, store.uri
        self.fetched: Counter[tuple[str, int]] = Counter()
        self._writes: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """How many objects were fetched and written, each time counted."""
        return self.fetched.total() + self._writes.total()

    def get(self, key: str) -> Blob | None:
        """Return the object; reading an absent one (the next commit) is not counted."""
        blob = self._store.get(key)
        if blob is not None:
            self.fetched[key, self._writes[key]] += 1
        return blob

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object."""
        self._writes[key] += 1
        return self._store.put_if_absent(key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object."""
        self._writes[key] += 1
        return self._store.put_if_match(key, body, etag)

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with `prefix`."""
        return self._store.list(prefix, after=after)

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the keys that begin with `prefix`, each with its size."""
        return self._store.sizes(prefix)

    def delete(self, key: str) -> None:
        """Remove the object."""
        self._store.delete(key)

    def written_at(self, key: str) -> datetime | None:
        """Return the instant of the last write."""
        return self._store.written_at(key)


def test_no_object_is_fetched_twice_by_one_ingest(tmp_path: Path) -> None:
    """But once more after this run itself has written it; a cut has its alert recorded.

    Before that, the schemas are compared once more with those that the rules saw.
    """
    lake, source = MemoryStore(), source_named("unicef_market")
    file = tmp_path / "at_hand.csv"
    for day, doses in enumerate((8_115_600, 8_115_600, 1_540_800, 1_288_800)):
        file.write_text(TABLE.format(doses=doses + day))
        counting = CountingStore(lake)
        at = DAY + timedelta(days=day)
        run = RunContext(store=ReadOnce(counting), source=source, at=at, check_quality=False)
        summary = ingest_snapshot(run, file=str(file), retrieved_at=at)
        assert [outcome.verdict for outcome in summary.outcomes] == ["new"]
        again = {key for (key, _), times in counting.fetched.items() if times > 1}
        assert again <= ({"raw/unicef_market/shapes.json"} if summary.alerts else set())
    assert summary.alerts
