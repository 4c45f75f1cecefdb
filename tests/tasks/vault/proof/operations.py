"""Everything that can be done to a vault, each as a lake to begin with and one thing to do."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

import polars as pl
import pytest
from _pytest.mark import ParameterSet

from schemas.errors import WrongUse
from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.bounded_compaction import compact_loose
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import collect_garbage
from tasks.vault.manifest import Retraction
from tasks.vault.quarantined_rows import quarantined_rows
from tasks.vault.retraction import commit_retraction
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import repair_vault, verify_vault
from tests.tasks.vault.conftest import NOW, draft, quarantine
from tests.tasks.vault.faults import WRITES, Call, Disturbed, copied, left_alone

LATER = datetime(2100, 1, 1, tzinfo=UTC)
AZ, COVOVAX, PFIZER = ("PRK", "AstraZeneca"), ("PRK", "Covovax"), ("KOR", "Pfizer")


def report(day: int, doses: int, **table: Any) -> Draft:
    """Return a snapshot with two tables; one row comes and goes, one column of the second, too."""
    rows = [(*AZ, doses), (*PFIZER, 7)] + [(*COVOVAX, day)] * (day % 3 == 0)
    first = draft(day, rows, **table)
    tests = pl.DataFrame({"iso3": ["PRK", "KOR"], "tests": [doses // 2, 5]})
    if day % 2:
        tests = tests.with_columns(pl.lit(day).alias("index"))
    second = replace(first.tables["doses"], frame=tests, key=("iso3",), quarantined=None)
    return replace(first, tables={**first.tables, "tests": second})


def unreadable(day: int) -> Draft:
    """Return a snapshot of which one row is in quarantine."""
    return draft(day, [(*PFIZER, 8)], quarantined=quarantine(AZ))


def enter(store: Store, *drafts: Draft, **more: Any) -> None:
    """Commit drafts at once, and publish."""
    vault = VaultReader(store, "s")
    commit_snapshots(vault, drafts, at=NOW, **more)
    publish_tables(vault)


def slow(*values: object) -> ParameterSet:
    """Return a case of a test that only the longer proofs run."""
    return pytest.param(*values, marks=pytest.mark.slow)


@dataclass(frozen=True, slots=True)
class Operation:
    """A lake made by `prepare`, and what is done to it."""

    prepare: Callable[[Store], None]
    run: Callable[[Store], None]


def _nothing(_: Store) -> None:
    pass


def _three(store: Store) -> None:
    enter(store, report(3, 30), report(5, 50), unreadable(8))


def _three_unpublished(store: Store) -> None:
    commit_snapshots(VaultReader(store, "s"), [report(3, 30), report(5, 50), unreadable(8)], at=NOW)


def _many(store: Store) -> None:
    for day in range(1, 19):
        commit_snapshots(VaultReader(store, "s"), [report(day, 10 * day)], at=NOW)
    publish_tables(VaultReader(store, "s"))


def _littered(store: Store) -> None:
    _many(store)
    _compact(store)
    left = b"left by a writer that died"
    store.put_if_absent(f"s/_vault/seg/{sha256(left).hexdigest()}.parquet", left)


def _compact(store: Store) -> None:
    vault = VaultReader(store, "s")
    compact_vault(vault, at=NOW)
    publish_tables(vault)


def _gather(store: Store) -> None:
    compact_loose(VaultReader(store, "s"), added=1, at=NOW, least=2)


def _repair(store: Store) -> None:
    repair_vault(VaultReader(store, "s"), at=NOW)


def _retract(store: Store) -> None:
    vault, wrong = VaultReader(store, "s"), report(5, 50).snapshot.id
    with suppress(WrongUse):  # it is done already
        decided = Retraction(id=wrong, at=NOW, reason="a typo", by=None, vintage=None)
        commit_retraction(vault, decided)
    publish_tables(vault)


def _collect(store: Store) -> None:
    collect_garbage(VaultReader(store, "s"), at=LATER, dry_run=False)


OPERATIONS = {
    "first ingest": Operation(_nothing, lambda store: enter(store, report(3, 30))),
    "newest": Operation(_three, lambda store: enter(store, report(9, 90))),
    "unchanged": Operation(_three, lambda store: enter(store, unreadable(9))),
    "known": Operation(_three, lambda store: enter(store, unreadable(8))),
    "backfill": Operation(
        _three,
        lambda store: enter(store, report(6, 0), report(1, 10), unreadable(4), kind="backfill"),
    ),
    "supersede": Operation(_three, lambda store: enter(store, report(5, 55), supersede=True)),
    "retraction": Operation(_three, _retract),
    "publish": Operation(_three_unpublished, enter),
    "repair": Operation(_three_unpublished, _repair),
    "compaction": Operation(_many, _compact),
    "gathering": Operation(_many, _gather),
    "collection": Operation(_littered, _collect),
}
"""What ends in the same vintages, states and published bytes however often it was begun."""


def picture(store: Store) -> list[tuple[object, ...]]:
    """Return all that a reader who comes now can know of the source."""
    vault = VaultReader(store, "s")
    shown: list[tuple[object, ...]] = []
    for vintage in vault.vintages():
        for table in sorted(vintage.tables):
            state = state_of(vault, table, vintage).to_dict(as_series=False)
            shown.append((vintage.id, vintage.held, table, *state.items()))
    return shown + quarantined_rows(vault).drop("source").rows()


def published(store: Store) -> dict[str, bytes]:
    """Return the bytes of everything that BI tools open."""
    bodies = {key: store.get(key) for key in store.list("") if "_vault/" not in key}
    return {key: blob.body for key, blob in bodies.items() if blob is not None}


def trace(store: Store) -> tuple[tuple[str, bytes], ...]:
    """Return the names and bytes of a lake, without the bytes of the log (writers' ids)."""
    there = [(key, store.get(key)) for key in store.list("")]
    return tuple((key, b"" if blob is None or "/log/" in key else blob.body) for key, blob in there)


@dataclass(frozen=True, slots=True)
class Course:
    """What an operation does when nobody disturbs it: the lake before, and what is seen of both.

    `calls`: every call before it takes effect; those that change something also after it.
    """

    begin: Store
    old: list[tuple[object, ...]]
    new: list[tuple[object, ...]]
    old_bodies: dict[str, bytes]
    new_bodies: dict[str, bytes]
    calls: list[Call]


@cache
def course(name: str) -> Course:
    """Return the undisturbed course of an operation."""
    operation, begin = OPERATIONS[name], MemoryStore()
    operation.prepare(begin)
    end = Disturbed(copied(begin), left_alone)
    operation.run(end)
    seen = [call for call in end.calls if not call.is_done or call.method in WRITES]
    return Course(begin, picture(begin), picture(end), published(begin), published(end), seen)


def check_readers(name: str, store: Store) -> None:
    """Assert that a reader sees the old or the new vintages, and whole published objects."""
    expected = course(name)
    assert picture(store) in (expected.old, expected.new)
    for key, body in published(store).items():
        assert body in (expected.old_bodies.get(key), expected.new_bodies[key])


def check_rerun(name: str, store: Store) -> None:
    """Assert that the operation, done again, ends where an undisturbed one does."""
    expected = course(name)
    OPERATIONS[name].run(store)
    publish_tables(VaultReader(store, "s"))
    end = copied(store)
    assert picture(end) == expected.new
    assert published(end) == expected.new_bodies
    assert verify_vault(VaultReader(end, "s"), deep=True) == []
