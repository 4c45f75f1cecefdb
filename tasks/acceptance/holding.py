"""
Judging: what is to be committed, and what is held back since it looks like a fault of the source.

Promises: nothing is lost: what is held is kept and can be asked for by its time; only `latest`
waits for it. A snapshot is judged once, by the last good vintage before it in time that is known
when it is committed; in which order snapshots of one commit are given is no matter. One that speaks
for a part only is held to what was known of that part.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from schemas.source import Source
from tasks.acceptance.body_sizes import size_loss, sizes_of
from tasks.acceptance.earlier_vintages import NO_EARLIER_VINTAGES, EarlierVintages
from tasks.acceptance.missing_keys import key_loss
from tasks.acceptance.parsed_snapshot import ParsedSnapshot, draft_of
from tasks.acceptance.slice_keys import followed, keys_of, under
from tasks.acceptance.truncation import cut_off, unended
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.segments import Covers, covered
from tasks.vault.vault import Draft, TableDraft, Vintage


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """What is to be committed, why it looks like a fault, and what else is to be said of it."""

    draft: Draft
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Before:
    """What the last good vintage or snapshot before a snapshot had: bytes by body, and its end."""

    sizes: Mapping[str, int]
    schema: SourceSchema | None


@dataclass(frozen=True, slots=True)
class _Said:
    """Of which keys of a table a good snapshot spoke, and for what."""

    as_of: datetime
    keys: pl.DataFrame
    covers: Covers | None


@dataclass(frozen=True, slots=True)
class _Line:
    """
    What stands before the next snapshot: the lake's past, and the good ones of this commit.

    `items`: the good snapshots so far, in the order of time. `said`: what they said, by table.
    `known`: what is known of a table after the last of them that has it.
    """

    source: Source
    past: EarlierVintages
    items: list[ParsedSnapshot] = field(default_factory=list[ParsedSnapshot])
    said: dict[str, list[_Said]] = field(default_factory=dict[str, list[_Said]])
    known: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])


def accept(
    source: Source, items: Iterable[ParsedSnapshot], past: EarlierVintages = NO_EARLIER_VINTAGES
) -> dict[str, Acceptance]:
    """
    Return by id, in the order of time, what is to be committed and why it looks like a fault.

    Each is judged by the newest one before it that is not held, be it a vintage of `past` or an
    earlier one of `items`. What looks like a fault is held, unless `past` has accepted it.
    """
    line = _Line(source, past)
    judged: dict[str, Acceptance] = {}
    for item in sorted(items, key=lambda one: one.fetched.snapshot.retrieved_at):
        snapshot = item.fetched.snapshot
        draft, before = draft_of(source, item), _before(line, item)
        known = {name: _known(line, name, snapshot.retrieved_at) for name in draft.tables}
        lost = _lost_parts(source, draft, known)
        reasons = (*lost, *_shrunk(source, draft, before), *cut_off(item.schema, before.schema))
        is_held = bool(reasons) and snapshot.id not in past.accepted
        if not is_held:
            _add(line, item, draft, known)
        judged[snapshot.id] = Acceptance(
            draft=replace(draft, held=is_held),
            reasons=reasons,
            notes=tuple(unended(item.schema, before.schema)),
        )
    return judged


def _before(line: _Line, item: ParsedSnapshot) -> _Before:
    """Return what the last good one before a snapshot had; how it ended only where that matters."""
    at = item.fetched.snapshot.retrieved_at
    vintage = _last(line.past.good(), at)
    mine = line.items[-1] if line.items else None
    if mine and (vintage is None or mine.fetched.snapshot.retrieved_at > vintage.as_of):
        return _Before(sizes_of(mine.fetched.snapshot), mine.schema)
    if vintage is None:
        return _Before({}, None)
    is_odd = item.schema is not None and not all(item.schema.ended.values())
    return _Before(line.past.sizes(vintage.id), line.past.schema(vintage.id) if is_odd else None)


def _last(vintages: Sequence[Vintage], at: datetime) -> Vintage | None:
    return next((one for one in reversed(vintages) if one.as_of < at), None)


def _known(line: _Line, table: str, at: datetime) -> pl.DataFrame | None:
    """Return which keys of a table are known right before an instant; None where none ever was."""
    vintage, said = _last(line.past.good(table), at), line.said.get(table, [])
    if vintage is None or (said and said[-1].as_of > vintage.as_of):
        return line.known.get(table)
    state = line.past.keys(vintage.id, table)
    if vintage.tables[table].covers is None:
        return state
    for one in said:
        between = [
            later.tables[table].covers
            for later in line.past.vintages
            if table in later.tables and one.as_of < later.as_of <= vintage.as_of
        ]
        state = under(state, one.keys, one.covers, since=between)
    return state


def _add(
    line: _Line, item: ParsedSnapshot, draft: Draft, known: Mapping[str, pl.DataFrame | None]
) -> None:
    """Put a good snapshot behind the others."""
    line.items.append(item)
    for table, told in draft.tables.items():
        keys = keys_of(told.frame, told.key, line.source)
        said = _Said(item.fetched.snapshot.retrieved_at, keys, told.covers)
        earlier = line.said.get(table, []) if told.covers is not None else []
        line.said[table] = [*earlier, said]
        line.known[table] = followed(known[table], keys, told.covers)


def _lost_parts(
    source: Source, draft: Draft, known: Mapping[str, pl.DataFrame | None]
) -> list[str]:
    """Return of which tables too much of what was known is gone."""
    found: list[str] = []
    for table, told in draft.tables.items():
        reason = _lost(source, told, known[table])
        where = (
            table if told.covers is None else f"{table}, in the part that this snapshot speaks for"
        )
        found += [f"{where}: {reason}"] if reason else []
    return found


def _lost(source: Source, told: TableDraft, known: pl.DataFrame | None) -> str | None:
    """Return why the rows of a table that are gone are too many, if they are."""
    if known is None:
        return None
    bad = told.quarantined
    unread = told.frame.clear() if bad is None else bad.unique("row", maintain_order=True)
    return key_loss(
        covered(known, told.covers).select(told.key),
        told.frame.select(told.key),
        unread.select(told.key),
        smallest=source.smallest,
        most_lost=source.most_lost,
    )


def _shrunk(source: Source, draft: Draft, before: _Before) -> list[str]:
    """Return whether a snapshot that speaks for all has become too small."""
    if any(told.covers is not None for told in draft.tables.values()):
        return []
    shrunk = size_loss(before.sizes, sizes_of(draft.snapshot), source.least_bytes)
    return [shrunk] if shrunk else []
