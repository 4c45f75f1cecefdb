"""A process may die at any call of the store: readers see old or new, and doing it again heals."""

import uuid
from typing import Any

import pytest

from tasks.vault.backends.s3_store import S3Store
from tasks.vault.backends.store import Store
from tests.tasks.vault.faults import WRITES, Call, Disturbed, Killed, copied, kill_at
from tests.tasks.vault.proof.operations import OPERATIONS, check_readers, check_rerun, course, slow
from tests.thorough import quick

pytestmark = pytest.mark.long


def written_before_the_end(lake: Store, name: str, number: int, *, is_done: bool) -> int:
    """Do an operation that is killed at a call; return how many changes took effect."""
    store = Disturbed(lake, kill_at(number, is_done=is_done))
    with pytest.raises(Killed):
        OPERATIONS[name].run(store)
    return store.writes


def changes(name: str) -> list[Call]:
    """Return the calls of an operation that change something, before and after they do."""
    return [call for call in course(name).calls if call.method in WRITES]


STEPS = {"first ingest": quick(2, 1), "newest": quick(3, 1), "collection": quick(24, 8)}
"""Which changes are chosen in the everyday tests; the slow ones take all of all operations."""


@pytest.mark.parametrize(
    ("name", "step"),
    [
        *STEPS.items(),
        *(slow(name, 1) for name in OPERATIONS if STEPS.get(name) != 1 and name != "known"),
    ],
)
def test_killed_at_any_change_of_the_store(name: str, step: int) -> None:
    """Before and after every write: old or new for readers, and the same bytes after a rerun."""
    checked: set[int] = set()
    for call in changes(name)[::step]:
        lake = copied(course(name).begin)
        writes = written_before_the_end(lake, name, call.number, is_done=call.is_done)
        if writes not in checked:  # after one write is before the next
            check_readers(name, lake)
            check_rerun(name, lake)
        checked.add(writes)
    writes = range(sum(call.is_done for call in changes(name)) + 1)
    assert checked == set(writes) if step == 1 else len(checked) > len(writes) // step


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_at_any_call_of_the_store(name: str) -> None:
    """At a call that reads, too: what is left is what the writes before it left."""
    checked: set[int] = set()
    for call in course(name).calls:
        lake = copied(course(name).begin)
        writes = written_before_the_end(lake, name, call.number, is_done=call.is_done)
        if writes not in checked:
            check_readers(name, lake)
            check_rerun(name, lake)
        checked.add(writes)
    assert checked == set(range(max(checked) + 1))


@pytest.mark.parametrize(
    ("name", "step"), [("newest", quick(6, 3)), slow("newest", 1), slow("backfill", 1)]
)
def test_killed_at_any_change_of_a_real_server(name: str, step: int, seaweed: Any) -> None:
    """On S3, too: before and after every put that takes effect."""
    for call in [call for call in changes(name) if not call.is_done][::step]:
        lake = S3Store("lakes", uuid.uuid4().hex, client=seaweed)
        copied(course(name).begin, lake)
        written_before_the_end(lake, name, call.number, is_done=False)
        check_readers(name, copied(lake))
        check_rerun(name, lake)


@pytest.mark.parametrize("name", ["newest", slow("backfill")])
def test_killed_again_and_again(name: str) -> None:
    """A writer that gets one call further at each try arrives where an undisturbed one does."""
    lake = copied(course(name).begin)
    for call in course(name).calls:
        if call.is_done:
            continue
        try:
            OPERATIONS[name].run(Disturbed(lake, kill_at(call.number, is_done=True)))
        except Killed:
            check_readers(name, lake)
    check_rerun(name, lake)
