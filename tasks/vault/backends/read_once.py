"""The store of one run: it reads an object once, several at one time, and writes several together.

Promises: all that holds of the store below it. What is remembered either never changes, or says
which commit it shows, or is written only over the very bytes that were read.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

from tasks.vault.backends.below import Below
from tasks.vault.backends.store import Batch, Blob, Store

Put = tuple[bytes, str]
"""New bytes, and the tag of those that they replace."""
LAST: Final = "/vintages.parquet"
NAMED: Final = ("/_vault/seg/", "/_vault/page/", "/_vault/quarantine/", "/_vault/pack/")
"""Parts of the keys of objects under the hash of their bytes."""
REMEMBERED: Final = (
    *(*NAMED, "/_vault/log/", "/hint.json", "alerts/log/", "/fetches/"),
    "datapackage.json",
)
"""Parts of the keys of objects that are never replaced, of hints, from which a reader looks for
newer entries in any case, and of the data package, which is written only over what was read."""
READ_AGAIN: Final = (*NAMED, "/history.parquet", LAST, "/unread.parquet", "/alert_events.parquet")
"""Parts of the keys of objects that a run reads after it has written them. Published files say
which vintages they show; a list of vintages is never newer than the history beside it."""
LARGEST: Final = 1 << 20
"""Bytes of an object that is remembered at most."""


class ReadOnce(Below):
    """A store that one run reads through, so that it fetches a small unchanging object once.

    That an object is missing is never remembered. What this store writes or removes, it forgets
    first; what it wrote itself is read for the alerts once more, and need not be fetched.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._known: dict[str, Blob] = {}
        self._ahead: dict[str, Blob | None] = {}
        self._held: dict[str, Put] | None = None

    def read_ahead(self, keys: Sequence[str]) -> None:
        """Fetch objects at one time, each for the next `get`; only where that is faster."""
        wanted = [key for key in dict.fromkeys(keys) if key not in {*self._known, *self._ahead}]
        if self.at_once > 1:
            self._ahead.update(zip(wanted, self.ask_all(super().get, wanted), strict=True))

    def forget(self, folder: str) -> None:
        """Read what is in a folder again from now on, as another run may have replaced it."""
        for kept in (self._known, self._ahead):
            for key in [key for key in kept if key.startswith(folder)]:
                del kept[key]

    @contextmanager
    def together(self) -> Generator[Batch]:
        """Hold what is replaced inside, and write it at the end at one time, where that is faster.

        What is held is read as it will be. Lists of vintages come last, since they say that the
        other files are there.
        """
        batch = Batch()
        self._held = {} if self.at_once > 1 else None
        try:
            yield batch
        finally:
            held, self._held = self._held or {}, None
        lists = [key for key in held if key.endswith(LAST)]
        for keys in ([key for key in held if key not in lists], lists):
            if not all(self.ask_all(lambda key: self.put_if_match(key, *held[key]), keys)):
                batch.is_lost = True
                return

    def get(self, key: str) -> Blob | None:
        if self._held and key in self._held:
            return Blob(*self._held[key])
        if (known := self._known.get(key)) is not None:
            return known
        blob = self._ahead.pop(key) if key in self._ahead else super().get(key)
        if blob and len(blob.body) <= LARGEST and any(part in key for part in REMEMBERED):
            self._known[key] = blob
        return blob

    def put_if_absent(self, key: str, body: bytes) -> bool:
        self._forget(key)
        return self._written(key, body, is_done=super().put_if_absent(key, body))

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        if self._held is not None and etag:
            self._held[key] = (body, etag)
            return True
        self._forget(key)
        return self._written(key, body, is_done=super().put_if_match(key, body, etag))

    def put_derived(self, key: str, body: bytes) -> bool:
        self._forget(key)
        return super().put_derived(key, body)

    def delete(self, key: str) -> None:
        self._forget(key)
        super().delete(key)

    def _forget(self, key: str) -> None:
        self._known.pop(key, None)
        self._ahead.pop(key, None)

    def _written(self, key: str, body: bytes, *, is_done: bool) -> bool:
        if is_done and len(body) <= LARGEST and any(part in key for part in READ_AGAIN):
            self._known[key] = Blob(body, etag="")
        return is_done
