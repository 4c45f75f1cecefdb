"""
Publish: readings become one commit in the source's vault, then the files that people open.

Promises: the commit comes first and is atomic, what is derived from it comes after and can be made
again; a vintage that is there already changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from schemas.records import Fetched, Outcome
from schemas.source import Source
from schemas.tables import descriptions_of, key_of
from tasks.catalog import publish_catalog
from tasks.validate import Reading, gate
from tasks.vault.store import Store
from tasks.vault.vault import Draft, TableDraft, Vault, Vintage

SCOPE_COLUMN = "iso3"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One snapshot and what its source's parser, transform and validation made of it."""

    fetched: Fetched
    readings: Mapping[str, Reading]


def commit(
    store: Store,
    source: Source,
    items: Sequence[Item],
    *,
    at: datetime,
    kind: str = "ingest",
    supersede: bool = False,
) -> list[Outcome]:
    """
    Commit snapshots of one source to its vault, all of them or none.

    Args:
        store: The lake.
        source: Whose snapshots they are.
        items: The snapshots, in any order.
        at: The instant at which this lake learns them.
        kind: ingest or backfill, for the log.
        supersede: Whether other bytes of an instant that is taken replace those that are known.

    Returns:
        One outcome a snapshot, in the order of time; one that was held says why in its notes.

    Raises:
        SameTimeOtherBytes: An instant is taken by other bytes, and these are not to be superseded;
            nothing was committed.
        LostRace: Other writers were faster, again and again.
    """
    vault = Vault(store, source.name)
    return _commit(vault, source, items, at=at, kind=kind, supersede=supersede)


def _commit(
    vault: Vault,
    source: Source,
    items: Sequence[Item],
    *,
    at: datetime,
    kind: str,
    supersede: bool,
) -> list[Outcome]:
    if not items:
        return []
    judged = drafts(source, items, _near(vault, items))
    drafted = [draft for draft, _ in judged.values()]
    outcomes = vault.commit(drafted, at=at, kind=kind, supersede=supersede)
    return [
        replace(outcome, notes=judged[outcome.id][1]) if outcome.verdict == "held" else outcome
        for outcome in outcomes
    ]


def _near(vault: Vault, items: Sequence[Item]) -> Sequence[Vintage]:
    """Return the newest vintages, with a sound one before all items, or else all vintages."""
    oldest = min(item.fetched.snapshot.retrieved_at for item in items)
    tail = vault.head.tail if vault.head else ()
    is_enough = any(not vintage.held and vintage.as_of < oldest for vintage in tail)
    return tail if is_enough else vault.vintages()


def publish(
    store: Store,
    source: Source,
    items: Sequence[Item],
    *,
    at: datetime,
    supersede: bool = False,
) -> list[Outcome]:
    """
    Commit snapshots, then derive latest, history, changes, vintages and the views on them.

    Without items only what is derived is made again, where it differs. As `commit` otherwise.
    """
    vault = Vault(store, source.name)
    outcomes = _commit(vault, source, items, at=at, kind="ingest", supersede=supersede)
    vault.publish()
    publish_catalog(store, vault)
    return outcomes


def drafts(
    source: Source,
    items: Iterable[Item],
    vintages: Sequence[Vintage],
    *,
    accepted: Collection[str] = (),
) -> dict[str, tuple[Draft, tuple[str, ...]]]:
    """
    Return by id, in the order of time, what is to be committed and why it looks like a fault.

    Each is judged by the newest vintage before it that was not held, be it one of `vintages` or an
    earlier one of `items`. What looks like a fault is held, unless its id is among `accepted`.
    """
    good = [
        (vintage.as_of, {name: entry.rows for name, entry in vintage.tables.items()})
        for vintage in vintages
        if not vintage.held
    ]
    judged: dict[str, tuple[Draft, tuple[str, ...]]] = {}
    for item in sorted(items, key=lambda one: one.fetched.snapshot.retrieved_at):
        snapshot = item.fetched.snapshot
        before = [(at, rows) for at, rows in good if at < snapshot.retrieved_at]
        last_good = max(before, key=lambda one: one[0])[1] if before else {}
        draft = _draft(source, item)
        reasons = _suspicions(source, draft, last_good)
        is_held = bool(reasons) and snapshot.id not in accepted
        if not is_held:
            good.append((snapshot.retrieved_at, _counts(draft)))
        judged[snapshot.id] = replace(draft, held=is_held), reasons
    return judged


def _draft(source: Source, item: Item) -> Draft:
    snapshot = item.fetched.snapshot
    return Draft(
        snapshot=snapshot,
        parser_version=source.parser_version,
        tables={
            table: TableDraft(
                frame=reading.frame,
                key=key_of(table),
                quarantined=reading.quarantined,
                covers=_covers(source, reading, snapshot.scope),
                descriptions={
                    name: text
                    for name, text in descriptions_of(table).items()
                    if name in reading.frame.columns
                },
            )
            for table, reading in item.readings.items()
        },
    )


def _covers(
    source: Source, reading: Reading, scope: Sequence[str]
) -> Mapping[str, Sequence[str]] | None:
    """Return what a snapshot speaks for: its scope, and the slices that occur in it."""
    covers: dict[str, Sequence[str]] = {}
    if source.covers is not None:
        column = source.covers.column
        named = pl.concat(
            [frame.get_column(column).cast(pl.String) for frame in _frames(reading)]
        ).drop_nulls()
        covers[column] = sorted(named.unique())
    if scope:
        covers[SCOPE_COLUMN] = sorted(scope)
    return covers or None


def _frames(reading: Reading) -> tuple[pl.DataFrame, pl.DataFrame]:
    return reading.frame, reading.quarantined


def _suspicions(source: Source, draft: Draft, last_good: Mapping[str, int]) -> tuple[str, ...]:
    """Return why a snapshot looks like a fault; one that covers a part only is never held."""
    found = [
        f"{table}: {reason}"
        for table, told in draft.tables.items()
        if told.covers is None
        and (reason := gate(last_good.get(table, 0), told.frame.height, source.smallest))
    ]
    return tuple(found)


def _counts(draft: Draft) -> dict[str, int]:
    return {table: told.frame.height for table, told in draft.tables.items()}
