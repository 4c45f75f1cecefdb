"""A source whose table moved: one of its further addresses has it now."""

from schemas.records import Fetched
from tasks.raw.archive import archived_snapshot
from tasks.runs.run_context import RunContext


def moved_notes(run: RunContext, fetched: Fetched) -> tuple[str, ...]:
    """Return a sentence where a fetched snapshot has another address than the one before it.

    Nothing where it has not, and for a source of one address. Call it before the snapshot is
    published: a move is noted once, with the first snapshot of the new address.
    """
    source, head, snapshot = run.source, run.vault.head, fetched.snapshot
    addresses = (source.url, *source.further_urls)
    kept = [one.id for one in (head.tail if head else ()) if not one.held]
    is_fetched = fetched.evidence["kind"] == "http" and snapshot.url in addresses
    if not source.further_urls or not kept or not is_fetched:
        return ()
    before = archived_snapshot(run.store, source.name, kept[-1])
    if before is None or before.url == snapshot.url or before.url not in addresses:
        return ()
    note = (
        f"{source.name}: {snapshot.url} served the table; the vintage before it is from "
        f"{before.url}. Where that stays so, make it the first address of the declaration."
    )
    return (note,)
