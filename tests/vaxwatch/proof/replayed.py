"""A lake beside its full replay: a new lake that is made from the same raw bytes."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import polars as pl

from tasks.alerts.alert_log import alert_log, histories
from tasks.pipeline.backfill import backfill_source
from tasks.pipeline.retract import retract_vintage
from tasks.runs.run_context import RunContext
from tasks.steps.publish import derive
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.rewrite import release_vintage
from tests.alerts import read_alerts
from tests.tasks.pipeline.retracted_lakes import Lake, frames, shown

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def replayed(lake: Lake) -> Lake:
    """Return a new lake in memory, backfilled from the raw bytes of one.

    The same vintages are retracted and brought back, at the same times; those that are not held
    there are released, and no other: whether a later vintage released them there, too, depends on
    when a person did.
    """
    store, source = MemoryStore(), lake.source
    for key in lake.store.list("raw/"):
        blob = lake.store.get(key)
        if key.startswith(("raw/bodies/", f"raw/{source.name}/fetches/")) and blob:
            store.put_if_absent(key, blob.body)
    fresh = Lake(store, source, lake.folder)
    with patch("tasks.acceptance.holding.borne_out", lambda *_: []):
        backfill_source(_run(fresh, NOW), "raw")
    head = lake.vault.head
    for one in head.retractions if head else ():
        is_undone = one.vintage is None
        run = _run(fresh, one.at)
        retract_vintage(run, one.id, reason=one.reason, by=one.by, undo=is_undone)
    held = {one.id for one in lake.vault.vintages() if one.held}
    for one in fresh.vault.vintages():
        if one.held and one.id not in held:
            vault = fresh.vault
            release_vintage(vault, one.id, at=NOW)
            derive(store, vault, at=NOW)
    backfill_source(_run(fresh, NOW), "raw")  # it evaluates the rules
    return fresh


def _run(lake: Lake, at: datetime) -> RunContext:
    return RunContext(store=lake.store, source=lake.source, at=at, check_quality=False)


def everything(lake: Lake) -> dict[str, Any]:
    """Return all that readers have of a lake with one source, by name; nothing is written.

    The wording of an alert is that of the run that recorded it.
    """
    found = shown(lake) if lake.vault.exists() else dict[str, Any](frames=published(lake))
    found["has the times of the commits"] = has_committed_times(lake)
    found.pop("frozen", None)  # a sentence that names the newest good snapshot of its time
    alerts = read_alerts(lake.store)
    found["alerts"] = sorted(str(replace(one, origin="replay", sentence="")) for one in alerts)
    known = histories(alert_log(lake.store).complete())
    found["alert histories"] = {
        name: [(it.event.kind, it.event.id, str(it.event.evidence)) for it in one.events]
        for name, one in sorted(known.items())
        if one.events
    }
    found["alerts/alerts"] = _rows(lake.store, "alerts/alerts.parquet", "origin", "sentence")
    own = ("settled_at", "as_of", "as_of_date")
    found["quarantine/rows/latest"] = _rows(lake.store, "quarantine/rows/latest.parquet", *own)
    return found


def has_committed_times(lake: Lake) -> bool:
    """Return whether the published lists of vintages state when each was taken in, or are gone.

    The times themselves are others in every lake.
    """
    vault = lake.vault
    for name in vault.tables() if vault.exists() else ():
        blob = lake.store.get(f"{lake.source.name}/{name}/vintages.parquet")
        if blob is not None:
            frame = pl.read_parquet(io.BytesIO(blob.body), columns=["id", "ingested_at"])
            if dict(frame.rows()) != {one.id: one.ingested_at for one in vault.vintages(name)}:
                return False
    return True


def published(lake: Lake) -> dict[str, Any]:
    """Return the rows of the files that BI opens, by name, where there are any."""
    return {name: frame.to_dicts() for name, frame in frames(lake).items()}


def _rows(store: Store, key: str, *own: str) -> list[str]:
    """Return the rows of a file as text, without the columns that depend on the run: `own`."""
    blob = store.get(key)
    if blob is None:
        return []
    frame = pl.read_parquet(io.BytesIO(blob.body)).drop(own, strict=False)
    return sorted(str(row) for row in frame.rows())


def differing(lake: Lake) -> dict[str, tuple[Any, Any]]:
    """Return what differs between a lake and its full replay: both values, by name."""
    lake = lake.copy()  # all of it is from about one time, and in memory
    ours, others = everything(lake), everything(replayed(lake))
    names = sorted({*ours, *others})
    both = {name: (ours.get(name), others.get(name)) for name in names}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}
