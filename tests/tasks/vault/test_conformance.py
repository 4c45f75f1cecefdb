"""Sound stores are found sound, and every fault that we know of is found."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import StoreUnavailable
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.s3_store import S3Store
from tasks.vault.backends.store import Blob, Store
from tasks.vault.conformance.conformance_report import Check, Effort, conformance, is_fit

SMALL = Effort(rounds=3, keys=60, large=100_000)


def broken(store: Store) -> dict[str, str]:
    """Return what was seen of every promise that the store breaks."""
    checks = conformance(store, SMALL)
    assert not is_fit(checks)
    return {check.promise: check.seen for check in checks if check.verdict == "broken"}


def names(checks: list[Check]) -> list[str]:
    """Return which promises were broken, and what was seen."""
    return [f"{check.promise}: {check.seen}" for check in checks if check.verdict == "broken"]


def test_stores_that_we_use_keep_every_promise(store: Store) -> None:
    """Memory, folder, moto and the real S3 server pass, and nothing is left behind."""
    store.put_if_absent("alerts/log/1.json", b"a lake's own object")
    checks = conformance(store, replace(SMALL, rounds=1))
    assert names(checks) == []
    assert [check.verdict for check in checks].count("kept") == 10
    assert list(store.list("")) == ["alerts/log/1.json"]


@pytest.mark.slow
def test_listing_of_more_than_a_page_is_asked_for(seaweed: Any) -> None:
    """The real server gives 1,000 keys a page; all of 1,050 are listed, and 5 MB come back."""
    store = S3Store("lakes", "pages", client=seaweed)
    checks = conformance(store, Effort(rounds=1, large=5_000_000))
    assert names(checks) == []
    seen = " ".join(check.seen for check in checks)
    assert "1,050 keys" in seen
    assert list(store.list("")) == []


class Faulty(MemoryStore):
    """A store in memory to break a promise of."""


class TwoCreatorsWin(Faulty):
    """Looks whether the object is there, thinks, and then writes."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create without a condition."""
        if self.get(key) is not None:
            return False
        time.sleep(0.01)
        self._objects[key] = body
        return True


class ReplacesWithoutCondition(Faulty):
    """Takes any tag for the right one."""

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace whatever is there."""
        self._objects[key] = body
        return True


class TwoReplacersWin(Faulty):
    """Compares the tag, thinks, and then writes."""

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace with a gap between the read and the write."""
        here = self.get(key)
        if (here.etag if here else None) != etag:
            return False
        time.sleep(0.01)
        self._objects[key] = body
        return True


class ReportsNoWinner(Faulty):
    """Writes, and says that it did not."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create, and deny it under a race."""
        return super().put_if_absent(key, body) and not key.rpartition("create/")[1]


class ReadsOld(Faulty):
    """Answers the first read after a replacement from a cache."""

    def __init__(self) -> None:
        super().__init__()
        self._cache: dict[str, Blob] = {}

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace, and keep the old bytes for the next reader."""
        old = super().get(key)
        is_done = super().put_if_match(key, body, etag)
        if is_done and old:
            self._cache[key] = old
        return is_done

    def get(self, key: str) -> Blob | None:
        """Return what was there before, once."""
        return self._cache.pop(key, None) or super().get(key)


class ForgetsKeys(Faulty):
    """Loses the key that comes last on a page."""

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """List all but every 50th key."""
        return (
            key for number, key in enumerate(super().list(prefix, after=after), 1) if number % 50
        )


class ListsRemoved(Faulty):
    """Goes on listing an object for a while after it was removed."""

    def __init__(self) -> None:
        super().__init__()
        self._ghosts: set[str] = set()

    def delete(self, key: str) -> None:
        """Remove, and keep the name for one listing."""
        if key in self._objects:
            self._ghosts.add(key)
        super().delete(key)

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """List what is there, and what was."""
        ghosts = {key for key in self._ghosts if key.startswith(prefix)}
        self._ghosts.clear()
        return iter(sorted({*super().list(prefix, after=after), *ghosts}))


class MixesVersions(Faulty):
    """Writes an object in two halves."""

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the first half, wait, replace the second."""
        here = self.get(key)
        if here is not None and here.etag == etag and len(here.body) == len(body):
            half = len(body) // 2
            self._objects[key] = body[:half] + here.body[half:]
            time.sleep(0.02)
            self._objects[key] = body
            return True
        return super().put_if_match(key, body, etag)


class RefusesTwice(Faulty):
    """Creates nothing."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Refuse."""
        return False


class CutsLarge(Faulty):
    """Keeps the first 64 KiB of an object that is larger than 90 kB and not replaced."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create a part of it."""
        return super().put_if_absent(key, body[:65_536] if key.endswith("/large") else body)


class KeepsWhatIsRemoved(Faulty):
    """Removes nothing."""

    def delete(self, key: str) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("store", "promise", "seen"),
    [
        (TwoCreatorsWin(), "Of many creators of one object one wins", "of 8 writers of create"),
        (ReplacesWithoutCondition(), "An old tag replaces nothing", "was created over one"),
        (ReplacesWithoutCondition(), "Of many who replace one object one wins", "8 of 8 writers"),
        (TwoReplacersWin(), "Of many who replace one object one wins", "of 8 writers of replace"),
        (ReportsNoWinner(), "Of many creators of one object one wins", "no writer was told"),
        (ReadsOld(), "A read sees the last write", "as it was before"),
        (ForgetsKeys(), "A long listing is whole", "1 of 60 keys are not listed"),
        (ListsRemoved(), "A listing is up to date", "listed that are not there"),
        (MixesVersions(), "An object is replaced whole", "a mix of two versions"),
        (RefusesTwice(), "The store can be written and read", "could not be created"),
        (CutsLarge(), "A large object is kept", "not as it was written"),
        (KeepsWhatIsRemoved(), "A read sees the last write", "after it had been removed"),
        (KeepsWhatIsRemoved(), "What was written can be removed", "could not be removed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, MemoryStore) else None,
)
def test_every_fault_is_found(store: Faulty, promise: str, seen: str) -> None:
    """A store that breaks one promise fails the check of that promise."""
    assert seen in broken(store)[promise]


def test_store_that_answers_nothing_is_asked_once(tmp_path: Path) -> None:
    """A folder that is a file gives one sentence, not ten."""
    (tmp_path / "lake").write_text("no folder")
    checks = conformance(FolderStore(tmp_path / "lake"), SMALL)
    assert [check.verdict for check in checks] == ["broken", "broken"]
    assert "lake" in checks[0].seen


def test_all_is_removed_after_a_failure() -> None:
    """A store that fails half way is left clean."""

    class Fails(Faulty):
        left = 10

        def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
            self.left -= 1
            if self.left < 0:
                raise StoreUnavailable(key, "status 503")
            return super().put_if_match(key, body, etag)

    store = Fails()
    checks = conformance(store, SMALL)
    assert "status 503" in " ".join(names(checks))
    assert list(store.list("")) == []
