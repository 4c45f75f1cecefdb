"""Which snapshots are held, because they look like a fault of their source.

Promises: a held snapshot is committed and can be read as of its time; only `latest` does not show
it. A snapshot is compared once, with the last good one before it in time that is known at its
commit; the order of the snapshots of one commit does not matter. One that covers a slice is
compared with what was known of that slice.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from schemas.source import Source
from tasks.acceptance.earlier_vintages import (
    NO_EARLIER_VINTAGES,
    EarlierVintages,
    keys_after,
    keys_of,
    keys_with_earlier,
)
from tasks.acceptance.fault_checks import key_loss, size_loss, sizes_of, unended_texts
from tasks.acceptance.parsed_snapshot import ParsedSnapshot, draft_of
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backdated_insert import Draft
from tasks.vault.segments import Covers, covered


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """The draft of a vintage, held or not.

    `reasons`: sentences that say why it looks like a fault. `notes`: other sentences about it.
    """

    draft: Draft
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _CoveredKeys:
    """The keys of a table in a good snapshot, and the slice that it covers."""

    as_of: datetime
    keys: pl.DataFrame
    covers: Covers | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known before the next snapshot: the lake's vintages and this commit's good snapshots.

    `good`: the good snapshots so far, by time. `covered`: their keys, by table. `keys`: the keys of
    a table known after the last of them that has it.
    """

    source: Source
    earlier: EarlierVintages
    good: list[ParsedSnapshot] = field(default_factory=list[ParsedSnapshot])
    covered: dict[str, list[_CoveredKeys]] = field(default_factory=dict[str, list[_CoveredKeys]])
    keys: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])

    def add(
        self, parsed: ParsedSnapshot, draft: Draft, known: Mapping[str, pl.DataFrame | None]
    ) -> None:
        """Add a good snapshot; `known`: the keys of its tables before it."""
        self.good.append(parsed)
        for name, table in draft.tables.items():
            keys = keys_of(table.frame, table.key, self.source)
            before = self.covered.get(name, []) if table.covers is not None else []
            entry = _CoveredKeys(parsed.snapshot.retrieved_at, keys, table.covers)
            self.covered[name] = [*before, entry]
            self.keys[name] = keys_after(known[name], keys, table.covers)


def accept(
    source: Source,
    parsed_snapshots: Iterable[ParsedSnapshot],
    earlier: EarlierVintages = NO_EARLIER_VINTAGES,
) -> dict[str, Acceptance]:
    """Return the drafts to commit by snapshot id, in the order of time, held or not.

    Each snapshot is compared with the newest one before it that is not held: a vintage of `earlier`
    or one of `parsed_snapshots`. One that looks like a fault is held, unless `earlier` has accepted
    it.
    """
    known = _Known(source, earlier)
    accepted: dict[str, Acceptance] = {}
    for parsed in sorted(parsed_snapshots, key=lambda one: one.snapshot.retrieved_at):
        snapshot, draft = parsed.snapshot, draft_of(source, parsed)
        sizes, schema = _last_good(known, parsed)
        keys = {name: _known_keys(known, name, snapshot.retrieved_at) for name in draft.tables}
        cut_off, notes = unended_texts(parsed.schema, schema)
        covers_all = all(table.covers is None for table in draft.tables.values())
        too_small = size_loss(sizes, sizes_of(snapshot), source.least_bytes) if covers_all else None
        found = (*_missing_keys(source, draft, keys), too_small, *cut_off)
        reasons = tuple(reason for reason in found if reason)
        is_held = bool(reasons) and snapshot.id not in earlier.accepted
        if not is_held:
            known.add(parsed, draft, keys)
        accepted[snapshot.id] = Acceptance(
            draft=replace(draft, held=is_held), reasons=reasons, notes=tuple(notes)
        )
    return accepted


def _last_good(
    known: _Known, parsed: ParsedSnapshot
) -> tuple[Mapping[str, int], SourceSchema | None]:
    """Return body sizes [bytes] and schema of the last good snapshot before one, if there is one.

    The schema of a vintage is read only where a text of `parsed` lacks the line break at its end.
    """
    vintage = known.earlier.last_good(parsed.snapshot.retrieved_at)
    last = known.good[-1] if known.good else None
    if last and (vintage is None or last.snapshot.retrieved_at > vintage.as_of):
        return sizes_of(last.snapshot), last.schema
    if vintage is None:
        return {}, None
    is_unended = parsed.schema is not None and not all(parsed.schema.ended.values())
    schema = known.earlier.schema(vintage.id) if is_unended else None
    return known.earlier.sizes(vintage.id), schema


def _known_keys(known: _Known, table: str, at: datetime) -> pl.DataFrame | None:
    """Return the keys of a table known right before an instant; None where none ever were."""
    vintage, entries = known.earlier.last_good(at, table), known.covered.get(table, [])
    if vintage is None or (entries and entries[-1].as_of > vintage.as_of):
        return known.keys.get(table)
    keys = known.earlier.keys(vintage.id, table)
    if vintage.tables[table].covers is None:
        return keys
    for entry in entries:
        since = [
            later.tables[table].covers
            for later in known.earlier.vintages
            if table in later.tables and entry.as_of < later.as_of <= vintage.as_of
        ]
        keys = keys_with_earlier(keys, entry.keys, entry.covers, since=since)
    return keys


def _missing_keys(
    source: Source, draft: Draft, known: Mapping[str, pl.DataFrame | None]
) -> Iterator[str]:
    for name, table in draft.tables.items():
        before, bad = known[name], table.quarantined
        if before is None:
            continue
        quarantined = table.frame.clear() if bad is None else bad.unique("row", maintain_order=True)
        reason = key_loss(
            covered(before, table.covers).select(table.key),
            table.frame.select(table.key),
            quarantined.select(table.key),
            smallest=source.smallest,
            most_lost=source.most_lost,
        )
        part = "" if table.covers is None else ", in the part that this snapshot speaks for"
        if reason:
            yield f"{name}{part}: {reason}"
