"""Bent snapshots on their way into a lake: behind a good one each is published, held or blocked.

In every case its bytes are archived, and every row that waits is in the quarantine.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.errors import Permanent
from schemas.records import Body, Fetched, Outcome, Snapshot
from schemas.source import Budget, Source
from tasks.parsing.validate import ParsedTable
from tasks.quarantine.record_quarantine import quarantine_of
from tasks.raw.archive import archive_snapshot, archived_snapshots
from tasks.raw.body_reader import archived_body
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tests.bending.accounts import HAD_AT, frame_of, is_sentence
from tests.bending.bends import Bent, tables
from tests.bending.test_tables import QUICK, baseline, every, slow_but_first, sound
from tests.thorough import quick, thorough

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ONCE = list({case[0]: case for case in reversed(every())}.values())[::-1]
"""Every fixture with one of its tables."""
STRICT = Budget(rows=0, share=0.0)


def fetched_at(source: Source, bodies: Mapping[str, bytes], at: datetime) -> Fetched:
    """Return bodies as a snapshot of a source."""
    listed = tuple(
        Body(name=name, sha256=hashlib.sha256(body).hexdigest(), size=len(body))
        for name, body in bodies.items()
    )
    snapshot = Snapshot(source=source.name, retrieved_at=at, bodies=listed, url=source.url)
    return Fetched(snapshot=snapshot, contents=bodies, evidence={})


def take(
    store: MemoryStore, source: Source, fetched: Fetched
) -> tuple[Mapping[str, ParsedTable], Outcome] | None:
    """Return what a snapshot says, and what became of it; nothing where it is refused in words."""
    archive_snapshot(store, fetched)
    try:
        parsed = parse_fetched(source, fetched, store=store)
    except Permanent as error:
        is_sentence(str(error))
        return None
    [outcome] = publish(store, source, [parsed], at=fetched.snapshot.retrieved_at)
    return parsed.tables, outcome


def hold(fixture: str, table: str, bent: Bent, budget: Budget) -> None:
    """Assert that a bent snapshot after a good one is not lost, nor anything because of it."""
    declared, parsed = sound(fixture)
    store = MemoryStore()
    good = replace(declared, parse=lambda _: parsed)
    take(store, good, fetched_at(declared, {"main": b"good"}, HAD_AT - timedelta(days=9)))
    frames = {**parsed, table: frame_of(bent)}
    source = replace(declared, parse=lambda _: frames, budget=budget)
    before = published(store, source)
    fetched = fetched_at(source, {"main": b"bent"}, HAD_AT)
    taken = take(store, source, fetched)
    assert len(archived_snapshots(store, source.name)) == 2
    assert archived_body(store, hashlib.sha256(b"bent").hexdigest()) == b"bent"
    if taken is None:
        assert published(store, source) == before
        return
    readings, outcome = taken
    for note in outcome.notes:
        is_sentence(note)
    waiting = quarantine_of(store).filter(pl.col("snapshot_id") == outcome.id)
    if outcome.verdict in {"held", "blocked"}:
        assert outcome.notes
        assert published(store, source) == before
    is_over = any(reading.is_over_budget for reading in readings.values())
    assert (outcome.verdict == "blocked") == (is_over or not readings)
    state = "blocked" if outcome.verdict == "blocked" else "quarantined"
    for name, reading in readings.items():
        is_listed(reading, waiting.filter(table=name), state)
        if outcome.verdict != "blocked":
            vault = VaultReader(store, source.name)
            there = state_of(vault, name, vault.find(HAD_AT))
            columns = reading.frame.columns
            gone = reading.frame.join(there, on=columns, how="anti", nulls_equal=True)
            assert gone.is_empty()


def is_listed(reading: ParsedTable, waiting: pl.DataFrame, state: str) -> None:
    """Assert that the quarantine has the faults of a reading, and nothing else."""
    place = ["row", "column", "rule"]
    listed = waiting.rename({"column_name": "column"}).sort(place)
    expected = reading.quarantined.unique(place).sort(place)
    fetched_at = [*place, "value", "reason"]
    assert listed.select(fetched_at).rows() == expected.select(fetched_at).rows()
    assert set(listed["state"]) <= {state}


def published(store: MemoryStore, source: Source) -> dict[str, bytes]:
    """Return what people open as the source's latest."""
    keys = [key for key in store.list(f"{source.name}/") if key.endswith("latest.parquet")]
    return {key: blob.body for key in keys if (blob := store.get(key))}


@pytest.mark.parametrize("budget", [Budget(), thorough(STRICT)], ids=["ordinary", "strict"])
@pytest.mark.parametrize(("fixture", "table"), slow_but_first(ONCE))
@given(data=st.data())
@settings(QUICK, max_examples=quick(1, 2), phases=(Phase.generate,))
def test_a_bent_snapshot_is_published_held_or_blocked_never_lost(
    fixture: str, table: str, budget: Budget, data: st.DataObject
) -> None:
    """Its bytes are archived and its bad rows listed; published tables stay when it is stopped."""
    hold(fixture, table, data.draw(tables(baseline(fixture, table)[0])), budget)


@pytest.mark.slow
@pytest.mark.parametrize("budget", [Budget(), STRICT], ids=["ordinary", "strict"])
@pytest.mark.parametrize(("fixture", "table"), every())
@given(data=st.data())
@settings(QUICK, max_examples=15)
def test_no_bent_snapshot_is_lost(
    fixture: str, table: str, budget: Budget, data: st.DataObject
) -> None:
    """For every table, and longer."""
    hold(fixture, table, data.draw(tables(baseline(fixture, table)[0])), budget)
