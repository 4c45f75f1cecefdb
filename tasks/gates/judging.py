"""
Gates: what is to be committed, and what is held back since it looks like a fault of the source.

Promises: nothing is lost: what is held is kept and can be asked for by its time; only `latest`
waits for it. A snapshot that speaks for a part only is held to what was known of that part.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from schemas.records import Fetched
from schemas.source import Source
from schemas.tables import descriptions_of, key_of
from schemas.versions import TABLE_VERSIONS
from tasks.gates.endings import cut_off, unended
from tasks.gates.keys import count_gate, key_gate
from tasks.gates.sizes import size_gate, sizes_of
from tasks.gates.slices import SCOPE_COLUMN, followed, keys_of
from tasks.shapes.wire import Wire
from tasks.validate import Reading
from tasks.vault.segments import covered
from tasks.vault.vault import Draft, TableDraft, Vintage


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """
    One snapshot and what its source's parser, transform and validation made of it.

    `wire`: the shape in which it came, where somebody looked. `broken`: why it is not what the
    contract with its source says, so that nothing of it is published; empty where it is.
    """

    fetched: Fetched
    readings: Mapping[str, Reading]
    wire: Wire | None = None
    broken: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """
    What is known of the last good vintage before some snapshots, beside its counts of rows.

    `id`, `as_of`: of that vintage. `sizes`: of its bodies [bytes]. `wire`: the shape in which it
    came, where that is known and needed. `states`: the keys known in each table, as
    `slices.keys_of` has them.
    """

    id: str = ""
    as_of: datetime | None = None
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    wire: Wire | None = None
    states: Mapping[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What is to be committed, why it looks like a fault, and what else is to be said of it."""

    draft: Draft
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Good:
    """What a vintage that was not held had: rows by table, bytes by body, its shape if known."""

    rows: Mapping[str, int]
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    wire: Wire | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """The keys known in each table, and the time of the vintage after which they are known."""

    states: Mapping[str, pl.DataFrame]
    as_of: datetime | None


def drafts(
    source: Source,
    items: Iterable[Item],
    vintages: Sequence[Vintage],
    *,
    accepted: Collection[str] = (),
    earlier: Earlier = Earlier(),
) -> dict[str, Judged]:
    """
    Return by id, in the order of time, what is to be committed and why it looks like a fault.

    Each is judged by the newest vintage before it that was not held, be it one of `vintages` or an
    earlier one of `items`. What looks like a fault is held, unless its id is among `accepted`.
    `earlier`: what is known of the last good one before all items.
    """
    good = [(one.as_of, _good(one, earlier)) for one in vintages if not one.held]
    known = _Known(dict(earlier.states), earlier.as_of)
    judged: dict[str, Judged] = {}
    for item in sorted(items, key=lambda one: one.fetched.snapshot.retrieved_at):
        snapshot = item.fetched.snapshot
        last = _last(good, snapshot.retrieved_at)
        draft = _draft(source, item)
        reasons = (*_suspicions(source, draft, last, known), *cut_off(item.wire, last.wire))
        is_held = bool(reasons) and snapshot.id not in accepted
        if not is_held:
            rows = {table: told.frame.height for table, told in draft.tables.items()}
            now = _Good(rows=rows, sizes=sizes_of(snapshot), wire=item.wire)
            good.append((snapshot.retrieved_at, now))
            known = _followed(known, draft, source)
        judged[snapshot.id] = Judged(
            draft=replace(draft, held=is_held),
            reasons=reasons,
            notes=tuple(unended(item.wire, last.wire)),
        )
    return judged


def _followed(known: "_Known", draft: Draft, source: Source) -> "_Known":
    """Return the keys that are known after a snapshot that is not held."""
    states = {
        table: followed(known.states.get(table), keys_of(told.frame, told.key, source), told.covers)
        for table, told in draft.tables.items()
    }
    return _Known({**known.states, **states}, draft.snapshot.retrieved_at)


def _good(vintage: Vintage, earlier: Earlier) -> _Good:
    rows = {name: entry.rows for name, entry in vintage.tables.items()}
    if vintage.id != earlier.id:
        return _Good(rows=rows)
    return _Good(rows=rows, sizes=earlier.sizes, wire=earlier.wire)


def _last(good: Iterable[tuple[datetime, _Good]], at: datetime) -> _Good:
    """Return, of each table and body, what the newest one before `at` that had it had."""
    before = [one for when, one in sorted(good, key=lambda pair: pair[0]) if when < at]
    return _Good(
        rows={table: count for one in before for table, count in one.rows.items()},
        sizes={name: size for one in before for name, size in one.sizes.items()},
        wire=next((one.wire for one in reversed(before) if one.wire), None),
        as_of=max((when for when, _ in good if when < at), default=None),
    )


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
                version=TABLE_VERSIONS[table],
                hides_below={
                    name: least
                    for name, least in source.hides_below.items()
                    if name in reading.frame.columns
                },
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
        for column in (source.covers.column, *source.covers.beside):
            named = pl.concat(
                [frame.get_column(column).cast(pl.String) for frame in _frames(reading)]
            ).drop_nulls()
            covers[column] = sorted(named.unique())
    if scope and SCOPE_COLUMN in reading.frame.columns:
        covers[SCOPE_COLUMN] = sorted(scope)
    return covers or None


def _frames(reading: Reading) -> tuple[pl.DataFrame, pl.DataFrame]:
    return reading.frame, reading.quarantined


def _suspicions(source: Source, draft: Draft, last: _Good, known: _Known) -> list[str]:
    """Return why a snapshot looks like a fault, by how much of what was known is gone."""
    found: list[str] = []
    for table, told in draft.tables.items():
        reason = _lost(source, table, told, last, known)
        where = (
            table if told.covers is None else f"{table}, in the part that this snapshot speaks for"
        )
        found += [f"{where}: {reason}"] if reason else []
    if all(told.covers is None for told in draft.tables.values()):
        shrunk = size_gate(last.sizes, sizes_of(draft.snapshot), source.least_bytes)
        found += [shrunk] if shrunk else []
    return found


def _lost(source: Source, table: str, told: TableDraft, last: _Good, known: _Known) -> str | None:
    """
    Return why the rows of a table that are gone are too many, if they are.

    Where another vintage lies between the snapshot and those whose keys are at hand (a backfill
    among vintages that are there), the number of rows alone is judged.
    """
    state = known.states.get(table)
    if told.covers is None and last.as_of != known.as_of:
        return count_gate(
            last.rows.get(table, 0),
            told.frame.height,
            smallest=source.smallest,
            most_lost=source.most_lost,
        )
    if state is None:
        return None
    bad = told.quarantined
    unread = told.frame.clear() if bad is None else bad.unique("row", maintain_order=True)
    return key_gate(
        covered(state, told.covers).select(told.key),
        told.frame.select(told.key),
        unread.select(told.key),
        smallest=source.smallest,
        most_lost=source.most_lost,
    )
