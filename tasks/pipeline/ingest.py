"""Ingest: one snapshot of one source, from the fetch to the alert.

Promises: the bytes are archived before anything reads them. A run that was killed half way is
finished by the next one: derived files and alerts are brought up to date whatever the verdict.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from schemas.records import Fetched, Outcome, Snapshot, require_plausible, utc
from tasks.alerts.known_entries import EVENTS
from tasks.alerts.published_alerts import ALERTS
from tasks.catalog.datapackage import PACKAGE
from tasks.catalog.views import VIEWS
from tasks.origins import time_in_name
from tasks.pipeline.recovery import publish_uncommitted
from tasks.pipeline.renewed_keys import renew_keys
from tasks.raw.archive import archive_failed_fetch, archive_snapshot
from tasks.raw.cache_validators import cached_validators
from tasks.runs.run_context import RunContext, address_of, fetch_policy
from tasks.schema_drift.schema_log import LOG_NAME, SchemaLogFile
from tasks.steps.after_publishing import with_findings
from tasks.steps.clock_notes import clock_notes
from tasks.steps.moved_address import moved_notes
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import derive, publish
from tasks.summaries.operation_summaries import IngestSummary
from tasks.vault.commit import commit_unchanged
from tasks.vault.conformance.first_run import require_conditional_writes
from tasks.vault.objects import object_name
from tasks.vault.vault_reader import VaultReader
from tasks.web import fetch


def ingest_snapshot(
    run: RunContext,
    *,
    file: str | None = None,
    retrieved_at: datetime | None = None,
    url: str | None = None,
    supersede: bool = False,
) -> IngestSummary:
    """Publish what a source shows now, or what a file holds, and return what came of it.

    What an earlier run archived and did not commit is published first.

    Args:
        run: The context of the run.
        file: Path of a file to take instead of a fetch.
        retrieved_at: When the file was retrieved; None: its name begins with that time.
        url: An address to fetch from; None: that of VAXWATCH_SOURCES, else the declared one.
        supersede: Whether other bytes of an instant that is taken replace the known ones.

    Raises:
        WrongUse: The snapshot is of a time that cannot be, or as `renew_keys`.
        UnfitStore: The lake's store does not keep conditional writes, or alters what is written.
        VaxwatchError: The snapshot could not be fetched, archived, parsed or committed.
    """
    run.vault.trust_hint()
    renew_keys(run)
    recovered = publish_uncommitted(run)
    fetched = _obtained(run, file, retrieved_at, url or address_of(run.source.name))
    snapshot = fetched.snapshot
    require_plausible(snapshot.retrieved_at, now=run.at, what=file or run.source.name)
    prepare_store(run)
    notes = [*clock_notes(run), *moved_notes(run, fetched)]
    run.run_step(
        "archive-snapshot", lambda: archive_snapshot(run.store, fetched, newest=run.newest_archived)
    )
    outcomes = run.run_step(
        "observe-snapshot", lambda: observe(run.schema_log, run.vault, snapshot, at=run.at)
    )
    if not outcomes:
        parsed = run.run_step(
            "read-snapshot", lambda: parse_fetched(run.source, fetched, schema_log=run.schema_log)
        )
        outcomes = run.run_step(
            "publish-snapshots",
            lambda: publish(
                run.store,
                run.source,
                [parsed],
                at=run.at,
                supersede=supersede,
                schema_log=run.schema_log,
                vault=run.vault,
            ),
        )
    noted = [replace(one, notes=(*one.notes, *notes)) for one in outcomes]
    summary = IngestSummary(source=run.source.name, outcomes=[*recovered, *noted])
    return with_findings(run, summary)


def _obtained(
    run: RunContext, file: str | None, retrieved_at: datetime | None, url: str | None
) -> Fetched:
    if file is None:
        return run.run_step("fetch-snapshot", lambda: fetch_snapshot(run, url))
    return run.run_step("take-file", lambda: take_file(run, Path(file), retrieved_at, url))


def prepare_store(run: RunContext) -> None:
    """Read ahead what every ingest reads once it has a snapshot.

    The first one of a source asks instead whether the store keeps conditional writes.
    """
    source, head = run.source.name, run.vault.head
    if head is None:
        require_conditional_writes(run.store)
        return
    common = [f"raw/{source}/{LOG_NAME}", VIEWS, PACKAGE, EVENTS, ALERTS]
    kinds = ("latest", "vintages", "flags")
    own = [f"{table}/{kind}.parquet" for table in head.tables for kind in kinds]
    own += [object_name("page", page.sha256) for page in head.pages]
    run.store.read_ahead([*common, *(f"{source}/{name}" for name in own)])


def observe(
    schema_log: SchemaLogFile, vault: VaultReader, snapshot: Snapshot, *, at: datetime
) -> list[Outcome]:
    """Commit that a source still shows the bytes of its newest vintage; they are not parsed again.

    Returns no outcome, and commits nothing, where the bytes are different (see `commit_unchanged`),
    and for two sources whose bytes are always parsed: one with declared known errors, which may be
    over, and one whose newest snapshot was refused, since a return to the old bytes resolves that.
    """
    source = schema_log.source
    if source.known_errors or schema_log.log.unresolved_refusal() is not None:
        return []
    outcome = commit_unchanged(vault, snapshot, parser_version=source.parser_version, at=at)
    if outcome is None:
        return []
    derive(vault.lake, vault, at=at)
    return [outcome]


def fetch_snapshot(run: RunContext, url: str | None = None) -> Fetched:
    """Return what the source shows now; a body that the lake has already is not downloaded."""
    head = run.vault.head
    trusted = {vintage.id for vintage in (head.tail if head else ()) if not vintage.held}
    return fetch.fetch(
        run.source,
        at=run.at,
        url=url,
        fetch_policy=fetch_policy(),
        cached=cached_validators(run.store, run.source.name, trusted=trusted),
        miss=partial(archive_failed_fetch, run.store),
    )


def take_file(
    run: RunContext, file: Path, retrieved_at: datetime | None, url: str | None
) -> Fetched:
    """Return a file as a snapshot. Raises WrongUse when neither argument nor name has a time."""
    at = time_in_name(run.source.name, file) if retrieved_at is None else utc(retrieved_at)
    return fetch.from_file(run.source, file, retrieved_at=at, url=url)
