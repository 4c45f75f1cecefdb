"""What a snapshot is compared with: vintages of the lake, and earlier snapshots of its commit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import polars as pl

from schemas.source import Source
from tasks.acceptance.earlier_vintages import (
    EarlierVintages,
    keys_after,
    keys_of,
    keys_with_earlier,
)
from tasks.acceptance.fault_checks import sizes_of
from tasks.acceptance.held_runs import HeldVintage
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backdated_insert import Draft
from tasks.vault.segments import Covers


@dataclass(frozen=True, slots=True)
class _CoveredKeys:
    """The keys of a table in a good snapshot, and the slice that it covers."""

    as_of: datetime
    keys: pl.DataFrame
    covers: Covers | None


@dataclass(frozen=True, slots=True)
class KnownSnapshots:
    """What is known before the next snapshot: the lake's vintages, and this commit's snapshots.

    `good`: the good snapshots so far, by time. `held`: the held ones. `covered`: the keys of the
    good ones, by table. `keys`: the keys of a table known after the last of them that has it;
    `rows`: the rows that this one has.
    """

    source: Source
    earlier: EarlierVintages
    good: list[ParsedSnapshot] = field(default_factory=list[ParsedSnapshot])
    held: list[HeldVintage] = field(default_factory=list[HeldVintage])
    covered: dict[str, list[_CoveredKeys]] = field(default_factory=dict[str, list[_CoveredKeys]])
    keys: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])
    rows: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])

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
            self.rows[name] = table.frame

    def add_held(self, parsed: ParsedSnapshot, draft: Draft) -> None:
        """Add a snapshot that is held."""
        keys = {
            name: keys_of(table.frame, table.key, self.source)
            for name, table in draft.tables.items()
        }
        vintage = HeldVintage(
            id=parsed.snapshot.id,
            as_of=parsed.snapshot.retrieved_at,
            tables=keys,
            keys=keys.__getitem__,
            sizes=partial(sizes_of, parsed.snapshot),
        )
        self.held.append(vintage)

    def held_before(self, at: datetime, tables: Iterable[str]) -> list[HeldVintage]:
        """Return the vintages before an instant that are held since the last good one.

        One without some of the tables cannot be compared, and is left out.
        """
        earlier, last = self.earlier, self.earlier.last_good(at)
        good = [*((last.as_of,) if last else ()), *(p.snapshot.retrieved_at for p in self.good)]
        there = [
            HeldVintage(
                id=one.id,
                as_of=one.as_of,
                tables=one.tables,
                keys=partial(earlier.keys, one.id),
                sizes=partial(earlier.sizes, one.id),
            )
            for one in earlier.vintages
            if one.held and one.as_of < at
        ]
        later = [one for one in (*there, *self.held) if all(one.as_of > time for time in good)]
        return [one for one in later if {*tables} <= {*one.tables}]

    def last_good(self, parsed: ParsedSnapshot) -> tuple[Mapping[str, int], SourceSchema | None]:
        """Return body sizes [bytes] and schema of the last good snapshot before one, if any.

        The schema of a vintage is read only where a text of `parsed` does not end with a line
        break.
        """
        vintage = self.earlier.last_good(parsed.snapshot.retrieved_at)
        last = self.good[-1] if self.good else None
        if last and (vintage is None or last.snapshot.retrieved_at > vintage.as_of):
            return sizes_of(last.snapshot), last.schema
        if vintage is None:
            return {}, None
        is_unended = parsed.schema is not None and not all(parsed.schema.ended.values())
        schema = self.earlier.schema(vintage.id) if is_unended else None
        return self.earlier.sizes(vintage.id), schema

    def keys_before(self, table: str, at: datetime) -> pl.DataFrame | None:
        """Return the keys of a table known right before an instant; None where none ever were."""
        vintage, entries = self.earlier.last_good(at, table), self.covered.get(table, [])
        if vintage is None or (entries and entries[-1].as_of > vintage.as_of):
            return self.keys.get(table)
        keys = self.earlier.keys(vintage.id, table)
        if vintage.tables[table].covers is None:
            return keys
        for entry in entries:
            since = [
                later.tables[table].covers
                for later in self.earlier.vintages
                if table in later.tables and entry.as_of < later.as_of <= vintage.as_of
            ]
            keys = keys_with_earlier(keys, entry.keys, entry.covers, since=since)
        return keys

    def rows_before(self, table: str, at: datetime) -> pl.DataFrame | None:
        """Return the rows of a table known right before an instant; None where none ever were."""
        vintage, entries = self.earlier.last_good(at, table), self.covered.get(table)
        if vintage is None or (entries and entries[-1].as_of > vintage.as_of):
            return self.rows.get(table)
        return self.earlier.rows(vintage.id, table)
