"""Garbage collection beside writers and readers: nothing that anybody needs is lost."""

import pytest

from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.garbage import collect_garbage
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW
from tests.tasks.vault.faults import Call, Disturbed, Killed, copied, kill_at
from tests.tasks.vault.proof.operations import LATER, OPERATIONS, course, picture, report
from tests.thorough import quick


@pytest.mark.parametrize("hint", [None, b'{"number":1}'])
def test_a_hint_that_is_lost_or_lags_is_no_loss(hint: bytes | None) -> None:
    """Also when old entries of the log were collected: the newest commit is found."""
    lake = copied(course("collection").begin)
    key = "s/_vault/hint.json"
    lake.delete(key)
    if hint is not None:
        lake.put_if_absent(key, hint)
    collect_garbage(VaultReader(lake, "s"), at=LATER, dry_run=False)
    assert picture(lake) == course("collection").old
    lake.delete(key)
    assert picture(lake) == course("collection").old


def test_garbage_collection_spares_what_a_writer_uses_again() -> None:
    """A writer that died long ago left objects; the rerun that uses them loses none of them."""
    calls = [call for call in course("newest").calls if not call.is_done]
    last = next(call.number for call in calls if "/log/" in call.key and call.method != "get")
    begin = copied(course("newest").begin)
    vault = VaultReader(Disturbed(begin, kill_at(last, is_done=False)), "s")
    with pytest.raises(Killed):
        commit_snapshots(vault, [report(9, 90)], at=NOW)
    for chosen in calls[:: quick(5, 1)]:
        lake = MemoryStore()
        copied(begin, lake)
        lake.now = NOW

        def intrude(call: Call, number: int = chosen.number, lake: Store = lake) -> None:
            if (call.number, call.is_done) == (number, False):
                collect_garbage(VaultReader(lake, "s"), at=NOW, dry_run=False)

        OPERATIONS["newest"].run(Disturbed(lake, intrude))
        assert picture(lake) == course("newest").new
        assert verify_vault(VaultReader(lake, "s"), deep=True) == []
