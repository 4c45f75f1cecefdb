import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.alerts.published_alerts import publish_alerts
from tasks.origins import plan
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import take
from tasks.raw.archive import archived_snapshots, evidence_key
from tasks.sources import source_named
from tasks.steps.integrity import alert_problems, raw_problems
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.own_hash import indented
from tasks.vault.vault_reader import VaultReader
from tests.tasks.pipeline.test_backfill import table

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOURCE = "unicef_market"


@pytest.fixture
def lake(tmp_path: Path) -> MemoryStore:
    """Return a lake with two vintages and what they were read from."""
    store, source = MemoryStore(), source_named(SOURCE)
    for day in (1, 2):
        (tmp_path / f"2022-02-0{day}.csv").write_text(table(day))
    take(store, source, wanted(store, source, plan(SOURCE, f"dir:{tmp_path}")), at=NOW)
    return store


def problems(lake: MemoryStore, *, deep: bool = False) -> list[str]:
    """Return what is wrong with the raw archive."""
    return list(raw_problems(lake, VaultReader(lake, SOURCE), deep=deep))


def test_what_was_kept_is_sound(lake: MemoryStore) -> None:
    """Nothing is wrong, quick and deep; a lake that never alerted is sound, too."""
    assert problems(lake) == problems(lake, deep=True) == []
    assert list(alert_problems(lake, on=date.max)) == []


def test_missing_evidence_is_named(lake: MemoryStore) -> None:
    """A vintage of which nobody knows the bytes."""
    snapshot = archived_snapshots(lake, SOURCE)[0]
    lake.delete(evidence_key(snapshot))
    [problem] = problems(lake)
    assert snapshot.id in problem
    assert "copy of the lake" in problem


def test_unreadable_evidence_is_one_sentence(lake: MemoryStore) -> None:
    """What cannot be read is listed as a problem, not raised."""
    key = evidence_key(archived_snapshots(lake, SOURCE)[0])
    lake._objects[key] = b"{}"
    [problem] = problems(lake)
    assert key in problem


def test_evidence_of_other_bytes_is_found(lake: MemoryStore) -> None:
    """The manifest that a commit names and the one of the evidence are compared."""
    first, second = archived_snapshots(lake, SOURCE)
    body = lake._objects[evidence_key(first)].decode()
    changed = json.loads(body.replace(first.bodies[0].sha256, second.bodies[0].sha256))
    lake._objects[evidence_key(first)] = indented(changed)
    problem = " ".join(problems(lake))
    assert "is gone" in problem or "other bytes" in problem


def test_alert_tables_behind_the_log_are_listed(lake: MemoryStore) -> None:
    """An entry that no table shows yet needs a repair."""
    entry = b'{"events":[],"source":"s","origin":"live","at":"2026-11-22T00:00:00+00:00"}'
    lake.put_if_absent("alerts/log/000000000001.json", entry)
    problem = list(alert_problems(lake, on=date.max))
    assert len(problem) == 2
    assert all("vaxwatch repair" in one for one in problem)
    publish_alerts(lake, on=date.max)
    assert list(alert_problems(lake, on=date.max)) == []
