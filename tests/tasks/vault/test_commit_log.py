"""The commit log: entries carry their own hash, a gap is never filled, the hint may be lost."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Damaged, StoreUnavailable
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit_log import Log
from tasks.vault.own_hash import encode, parsed, with_hash
from tests.tasks.vault.faults import Call, Disturbed

DOCUMENT = {"events": [{"sentence": "Né à “Genève”", "before": 1.5}], "txn": "a"}
ENTRY = encode(with_hash(DOCUMENT))


def log_of(count: int, store: MemoryStore | None = None) -> tuple[MemoryStore, Log]:
    """Return a store with a log of some entries."""
    store = store or MemoryStore()
    log = Log(store)
    for number in range(1, count + 1):
        assert log.append(number, {"txn": str(number)})
    return store, Log(store)


@given(st.integers(0, len(ENTRY) * 8 - 1))
def test_any_flipped_bit_is_found(bit: int) -> None:
    """Whichever bit of an entry is another one, it is damaged, and never read as something else."""
    body = bytearray(ENTRY)
    body[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Damaged, match="an/entry"):
        parsed("an/entry", bytes(body))


@given(st.integers(0, len(ENTRY) - 1))
def test_any_cut_is_found(size: int) -> None:
    """An entry of which only the beginning is there is damaged."""
    with pytest.raises(Damaged):
        parsed("an/entry", ENTRY[:size])


def test_entries_of_the_first_format_are_read_and_newer_ones_refused() -> None:
    """An entry without a hash of its own is taken as it is; other formats are of newer versions."""
    assert parsed("an/entry", encode({"format": 1, "txn": "b"}))["txn"] == "b"
    with pytest.raises(Damaged, match="newer version of this software"):
        parsed("an/entry", encode({"format": 3}))


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_gap_is_never_filled(gone: int) -> None:
    """Whoever needs all entries is stopped by the one that is gone, the newest one too."""
    store, log = log_of(3)
    store.delete(Log.name(gone))
    with pytest.raises(Damaged, match=f"{gone:012d}.json: seen no object"):
        log.complete()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda body: body[:-3],
        lambda body: body.replace(b"3", b"7", 1),
        lambda _: b"\x00\xff",
        lambda _: b"[3]",
    ],
)
def test_a_torn_hint_falls_back_to_listing(spoil: Callable[[bytes], bytes]) -> None:
    """The newest entry is found as without a hint, and the next append mends it."""
    store, log = log_of(3)
    store._objects["hint.json"] = spoil(store._objects["hint.json"])
    assert log.newest()[0] == 3
    assert Log(store).mend_hint()
    assert json.loads(store._objects["hint.json"])["number"] == 3


def test_an_append_that_was_done_and_reported_as_failed_is_its_own() -> None:
    """The writer's next try finds its own entry under the number, and another's is not its own."""
    store = MemoryStore()
    is_first = True

    def fail_once(call: Call) -> None:
        nonlocal is_first
        if call.method == "put_if_absent" and call.is_done and is_first:
            is_first = False
            raise StoreUnavailable("here", "the connection broke")

    log = Log(Disturbed(store, fail_once))
    with pytest.raises(StoreUnavailable):
        log.append(1, {"txn": "mine"})
    assert log.append(1, {"txn": "mine"})
    assert log.append(1, {"txn": "other"}) is None
    assert log.length() == 1
