"""
Steps: what a flow is made of, each a verb in the shell of the orchestrator.

Promises: lakes and sources are named by text, as in a flow's parameters; what a step does beyond
its verb is to look these up. Outside of a flow run it is a plain function.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from schemas.alerts import Alert, Origin
from schemas.errors import WrongUse
from schemas.records import Fetched, Outcome, Snapshot, utc
from schemas.source import Source
from schemas.waivers import in_force
from tasks.acceptance.blocking import with_waived_budgets
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.alerts import update_alerts as alert_update
from tasks.alerts.waiver_config import configured
from tasks.alerts.waiver_expiry import waiver_notes
from tasks.origins import Archive, dated, plan
from tasks.origins.web_archive import HOST
from tasks.pipeline import backfill, publish, rebuild
from tasks.pipeline.backfill import ChunkResult, PlannedSnapshot, Policy
from tasks.pipeline.parse import parse_fetched
from tasks.pipeline.rebuild import Rebuilt
from tasks.pipeline.replay import Replayed, replay
from tasks.pipeline.run_summary import Summary
from tasks.prefect_adapter import ended, step
from tasks.quality.results import quality_summary
from tasks.quality.run_quality import check_quality
from tasks.raw import archive
from tasks.raw.cache_validators import cached_validators
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault
from tasks.web import fetch
from tasks.web.fetch_policy import FetchPolicy


def open_lake(lake: str) -> Store:
    """Return the store at a lake's address. Raises WrongUse when none was ever filled in."""
    if not lake or "{{" in lake:
        raise WrongUse(
            f"No lake is named (seen '{lake}'); expected a folder or s3://bucket/prefix. "
            f"Set VAXWATCH_LAKE and deploy again, or give the parameter 'lake'."
        )
    return open_store(lake)


def _judged(source: str, at: datetime) -> Source:
    """Return a source as the waivers of a day have it judged."""
    return with_waived_budgets(source_named(source), configured(), at.date())


def web_archive() -> Archive:
    """Return the web archive of VAXWATCH_WAYBACK, asked in the name of VAXWATCH_CONTACT."""
    fetch_policy = FetchPolicy(contact=os.environ.get("VAXWATCH_CONTACT", ""))
    host = os.environ.get("VAXWATCH_WAYBACK") or HOST
    return Archive(host=host.rstrip("/"), fetch_policy=fetch_policy)


@step
def fetch_snapshot(lake: str, source: str, *, at: datetime, url: str | None = None) -> Fetched:
    """Fetch what a source shows, in the name of VAXWATCH_CONTACT; what the lake has is not sent."""
    declared, store = source_named(source), open_lake(lake)
    fetch_policy = FetchPolicy(
        contact=os.environ.get("VAXWATCH_CONTACT", ""),
        private=os.environ.get("VAXWATCH_ALLOW_PRIVATE", "").lower() in {"1", "true", "yes", "on"},
    )
    head = Vault(store, source).head
    good = {vintage.id for vintage in (head.tail if head else ()) if not vintage.held}
    recall = cached_validators(store, source, trusted=good)
    miss = partial(archive.archive_failed_fetch, store)
    return fetch.fetch(
        declared, at=at, url=url, fetch_policy=fetch_policy, recall=recall, miss=miss
    )


@step
def take_file(source: str, file: str, *, retrieved_at: datetime | None, url: str | None) -> Fetched:
    """Take a file at hand; without a time, that with which its name begins."""
    path, declared = Path(file), source_named(source)
    had_at = dated(source, path) if retrieved_at is None else utc(retrieved_at)
    return fetch.from_file(declared, path, retrieved_at=had_at, url=url)


@step
def archive_snapshot(lake: str, fetched: Fetched) -> None:
    """Put a snapshot into the raw archive."""
    archive.archive_snapshot(open_lake(lake), fetched)


@step
def observe_snapshot(lake: str, source: str, snapshot: Snapshot, *, at: datetime) -> list[Outcome]:
    """Commit the bytes of the newest vintage once more; nothing where they have to be read."""
    return publish.observe(open_lake(lake), source_named(source), snapshot, at=at)


@step
def read_snapshot(lake: str, source: str, fetched: Fetched, *, at: datetime) -> ParsedSnapshot:
    """Parse, transform and validate a snapshot, by the waivers of the day of `at`."""
    return parse_fetched(_judged(source, at), fetched, store=open_lake(lake))


@step
def publish_snapshots(
    lake: str,
    source: str,
    items: Sequence[ParsedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
) -> list[Outcome]:
    """Commit snapshots and derive what people open; without items derive only."""
    store = open_lake(lake)
    return publish.publish(store, source_named(source), items, at=at, supersede=supersede)


@step
def plan_backfill(
    lake: str,
    source: str,
    origin: str,
    *,
    since: datetime | None,
    until: datetime | None,
    policy: Policy,
) -> list[PlannedSnapshot]:
    """Say which snapshots of an origin are wanted."""
    store = open_lake(lake)
    offered = plan(source, origin, since=since, until=until, store=store, archive=web_archive())
    return backfill.wanted(store, source_named(source), offered, policy=policy)


@step
def take_chunk(
    lake: str,
    source: str,
    chunk: Sequence[PlannedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
) -> ChunkResult:
    """Keep, read and commit a chunk of a backfill."""
    store = open_lake(lake)
    return backfill.take(store, _judged(source, at), chunk, at=at, supersede=supersede)


@step
def rebuild_vintages(lake: str, source: str, *, at: datetime) -> Rebuilt:
    """Read every vintage anew from its kept bytes, as one new generation."""
    return rebuild.rebuild(open_lake(lake), _judged(source, at), at=at)


@step
def replay_snapshots(lake: str, source: str, ids: Sequence[str], *, at: datetime) -> Replayed:
    """Read again what has rows in quarantine, or is blocked, from its kept bytes."""
    return replay(open_lake(lake), _judged(source, at), ids=ids, at=at)


@step
def update_alerts(lake: str, source: str, *, at: datetime, origin: Origin) -> list[Alert]:
    """Judge all vintages of a source, tell what is new; return the alerts that it changed."""
    store, waived = open_lake(lake), in_force(configured(), at.date())
    return alert_update.update_alerts(
        store, source_named(source), at=at, origin=origin, in_force=waived
    )


@step
def judge_published(lake: str, source: str, *, at: datetime) -> Summary:
    """
    Hold what a source has published against its expectations, and bring the Data Docs up to that.

    Returns unmet (dataset, expectation, sentence; nothing that is waived) and data_docs (addresses
    of the pages made), for the summary of the run; both are empty where nothing new was published.
    """
    store = open_lake(lake)
    came = check_quality(store, source_named(source), at=at, waivers=configured())
    return quality_summary(store.uri, came)


def origin_of(snapshot: Snapshot, now: datetime) -> Origin:
    """Return whether a snapshot is news, or older than two cadences and so a replay."""
    return alert_update.origin_of(source_named(snapshot.source), snapshot.retrieved_at, now=now)


def conclude(summary: Summary, *, at: datetime) -> Any:
    """
    Return the summary, which inside of a flow run is shown and names the run's state as well.

    Expectations that are not met, and waivers that have expired or soon will, are in its notes.
    """
    unmet = [one["sentence"] for one in summary.get("unmet", ())]
    notes = [*summary["notes"], *unmet, *waiver_notes(configured(), at.date())]
    return ended({**summary, "notes": notes})
