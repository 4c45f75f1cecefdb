"""Rule inputs, read from the vintages of a vault."""

from datetime import UTC, datetime

import polars as pl

from schemas.records import Body, Snapshot
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs
from tasks.raw.archive import evidence_key
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.vault_reader import VaultReader
from tests.rule_inputs import ALLOCATIONS, allocations

NOW = datetime(2022, 3, 1, tzinfo=UTC)


def seen(day: int) -> Snapshot:
    """Return a snapshot of a day."""
    body = Body(name="main", sha256=f"{day}" * 64, size=1)
    at = datetime(2022, 1, day, tzinfo=UTC)
    return Snapshot(source="s", retrieved_at=at, bodies=(body,), url=f"https://example.org/{day}")


def vault(*doses: int) -> VaultReader:
    """Return a vault with one vintage a day."""
    filled = VaultReader(MemoryStore(), "s")
    frames = [allocations([("PRK", "A", value)], "doses_allocated") for value in doses]
    drafts = [
        Draft(snapshot=seen(day), tables={"allocations": TableDraft(frame=frame, key=ALLOCATIONS)})
        for day, frame in enumerate(frames, start=1)
    ]
    commit_snapshots(filled, drafts, at=NOW)
    return filled


def test_a_rule_input_names_the_origin_of_each_vintage() -> None:
    """Id, hash of the manifest, address, number of rows."""
    (rule_input,) = rule_inputs(vault(500_000, 100_000))
    snapshots = [seen(1), seen(2)]
    assert rule_input.vintages.select("id", "sha256", "source_url", "rows", "held").rows() == [
        (one.id, one.manifest_sha256, one.url, 1, False) for one in snapshots
    ]
    assert rule_input.vintages.schema["as_of"] == pl.Datetime("us", "UTC")


def test_evidence_names_the_archived_records() -> None:
    """The raw record of both vintages is the one that archiving writes."""
    (cut,) = evaluate(rule_inputs(vault(500_000, 100_000)), shown_by="It")
    evidence = cut.events[0].evidence
    assert evidence["compared_with"]["raw"] == evidence_key(seen(1))
    assert evidence["vintage"]["raw"] == evidence_key(seen(2))
    assert evidence["vintage"]["manifest_sha256"] == seen(2).manifest_sha256
