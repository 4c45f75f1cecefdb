"""Maintenance of a lake: verify, then compact what is sound and remove garbage, then freshness.

Promises: a source with a problem is left as it is, so that nothing of the evidence changes.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from schemas.errors import VaxwatchError
from schemas.waivers import in_force
from tasks.alerts.waiver_config import configured
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.catalog.views import publish_catalog
from tasks.delivery.silent_sources import silent_sources
from tasks.lake_runs.lake_check import lake_problems
from tasks.runs.run_records import expired_records
from tasks.runs.run_step import StepRunner, run_here
from tasks.sources import SOURCES
from tasks.summaries.maintain_summary import Compacted, MaintainSummary
from tasks.vault.backends.store import Store
from tasks.vault.compact import compact_vault
from tasks.vault.garbage import WEEK, abandoned_writes, collect_garbage
from tasks.vault.vault_reader import VaultReader


def maintain_lake(
    store: Store,
    *,
    at: datetime,
    deep: bool = False,
    collect: bool = True,
    run_step: StepRunner = run_here,
) -> MaintainSummary:
    """Verify a lake, compact its sound sources, remove garbage, and list overdue sources.

    Args:
        store: The lake.
        at: The time of the run, UTC.
        deep: Whether every object is read and every vintage replayed.
        collect: Whether objects older than a week that no commit names are removed.
        run_step: Calls a step.

    Raises StoreError.
    """
    waivers = tuple(in_force(configured(), at.date()))
    problems = run_step(
        "verify-lake", lambda: lake_problems(store, waivers, on=at.date(), deep=deep)
    )
    damaged = {source for source, _ in problems}
    sound = _ingested(store, but=damaged)
    compacted, failed = run_step(
        "compact-lake", lambda: _compacted(store, sound, at=at, collect=collect)
    )
    if collect and (expired := remove_expired(store, at=at)).removed:
        compacted.append(expired)
    readable = [source for source in SOURCES if source.name not in damaged]
    silent = run_step("check-freshness", lambda: silent_sources(store, readable, at))
    return MaintainSummary(
        source="lake",
        problems=[*problems, *failed],
        compacted=compacted,
        overdue=[
            f"{one.source}: nothing was fetched since {one.last}, for more than two of its "
            f"publishing intervals."
            for one in silent
        ],
    )


def compact_source(
    store: Store, source: str, *, at: datetime, collect: bool, dry_run: bool = False
) -> Compacted:
    """Gather the small objects of one source, and with `collect` remove its garbage.

    `dry_run`: nothing is changed; `removed` lists what would be. Raises Damaged, LostRace.
    """
    vault = VaultReader(store, source)
    is_done = not dry_run and compact_vault(vault, at=at)
    if not dry_run:
        publish_catalog(store, vault)
    removed = collect_garbage(vault, at=at, older_than=WEEK, dry_run=dry_run) if collect else []
    return Compacted(source=source, is_done=is_done, removed=removed)


def remove_expired(store: Store, *, at: datetime, dry_run: bool = False) -> Compacted:
    """Remove what killed writers left a day ago or more, and run records of over 90 days ago.

    `dry_run`: only list them.
    """
    expired = [*abandoned_writes(store, at=at), *expired_records(store, at=at)]
    for name in expired if not dry_run else ():
        store.delete(name)
    return Compacted(source="lake", is_done=False, removed=expired)


def _ingested(store: Store, *, but: Collection[str]) -> list[str]:
    names = {*(source.name for source in SOURCES), *SYSTEM_SOURCES}.difference(but)
    return [name for name in sorted(names) if VaultReader(store, name).head is not None]


def _compacted(
    store: Store, names: Sequence[str], *, at: datetime, collect: bool
) -> tuple[list[Compacted], list[tuple[str, str]]]:
    """Return what was done to each source, and sentences on those that could not be compacted."""
    done: list[Compacted] = []
    failed: list[tuple[str, str]] = []
    for name in names:
        try:
            done.append(compact_source(store, name, at=at, collect=collect))
        except VaxwatchError as error:
            failed.append((name, f"It was not compacted: {error}"))
    return done, failed
