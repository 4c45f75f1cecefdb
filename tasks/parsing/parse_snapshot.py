"""Read: the bytes of one snapshot in, what it says in each of its tables out.

Promises: the same bytes and the same source always say the same. Nothing is fetched, kept or
published here.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from schemas.errors import BadBody
from schemas.records import utc
from schemas.source import Bodies, Budget, Source
from schemas.tables import key_of
from tasks.parsing.known_errors import without_known_errors
from tasks.parsing.transform import Canonical, canonical
from tasks.parsing.validate import ParsedTable, sort_out


def readings(
    source: Source, bodies: Bodies, *, retrieved_at: datetime | None = None
) -> dict[str, ParsedTable]:
    """Return, for every table of `source`, the sound and the quarantined rows of one snapshot.

    A table that the snapshot lacks and may lack (`source.may_lack`) is not in the answer. Known
    errors of the publisher are those of the day of `retrieved_at`; without it there are none, and
    no day is flagged for being in the future.

    Raises:
        BadBody: A body cannot be read, or no table has a sound row though the budget of bad ones is
            not exceeded.
        KnownErrorOver: A record of a known error no longer holds.
        SourceChanged: A column that the source declares is gone.
    """
    return parse_tables(source, source.parse(bodies), retrieved_at=retrieved_at)


def parse_tables(
    source: Source, parsed: Mapping[str, pl.DataFrame], *, retrieved_at: datetime | None = None
) -> dict[str, ParsedTable]:
    """Return what `readings` does, from what the parser of `source` made of the bodies."""
    raw = {
        table: parsed[table]
        for table in source.tables
        if table in parsed and not _lacks(source, table, parsed[table])
    }
    _require_tables(source, raw)
    until = utc(retrieved_at).date() + NEXT_DAY if retrieved_at else None
    read = {
        table: sort_out(
            _table(source, table, frame, retrieved_at),
            table,
            budget=NO_LIMIT if table in source.unlimited else source.budget,
            until=until,
        )
        for table, frame in raw.items()
    }
    is_over = any(reading.is_over_budget for reading in read.values())
    if not is_over and all(reading.frame.is_empty() for reading in read.values()):
        raise BadBody(source.name, _why_empty(read), "at least one sound row", NEXT_STEP)
    notes = [
        *(source.remarks(parsed) if source.remarks else ()),
        *_let_pass(source, read),
        *_left_out(source, read),
    ]
    if not notes:
        return read
    first = next(iter(read))
    return {**read, first: replace(read[first], notes=tuple(notes))}


NO_LIMIT = Budget(rows=sys.maxsize)
"""Of a table that a waiver excuses."""
NEXT_DAY = timedelta(days=1)
"""So much later than a snapshot a day in it may be: it is tomorrow somewhere."""
NEXT_STEP = (
    "Nothing was published and the last good vintage stands. "
    "Look at the kept body and compare it with the newest file in tests/fixtures/."
)


def _let_pass(source: Source, read: Mapping[str, ParsedTable]) -> list[str]:
    """Return a sentence for each table with more bad rows than its budget, which is waived."""
    return [
        f"{source.name}.{table}: {reading.bad:,} of {reading.rows:,} rows cannot be published, "
        f"more than the budget; the others are, as it is waived."
        for table, reading in read.items()
        if table in source.unlimited and source.budget.is_exceeded(reading.bad, reading.rows)
    ]


def _left_out(source: Source, read: Mapping[str, ParsedTable]) -> list[str]:
    """Return a sentence for each table and reason for which `source.leave_out` left rows out."""
    return [
        f"{source.name}.{table}: {count:,} of {reading.rows:,} rows are left out: "
        f"{declared.reason} ({declared.column})."
        for table, reading in read.items()
        for declared, count in reading.left_out_by.items()
        if count
    ]


def _lacks(source: Source, table: str, raw: pl.DataFrame) -> bool:
    """Return whether a snapshot has none of the figures of a table that it may lack."""
    if table not in source.may_lack:
        return False
    key = key_of(table)
    figures = [how for name, how in source.published_columns(table) if name not in key]
    return not any(name in raw.columns for how in figures for name in how.names)


def _table(
    source: Source, table: str, raw: pl.DataFrame, retrieved_at: datetime | None
) -> Canonical:
    read = canonical(raw, table, source)
    if retrieved_at is None:
        return read
    return without_known_errors(read, table, source, utc(retrieved_at).date())


def _require_tables(source: Source, raw: Mapping[str, pl.DataFrame]) -> None:
    """Refuse a snapshot without any table, or without one that it may not lack."""
    absent = [table for table in source.tables if table not in raw]
    if len(absent) < len(source.tables):
        absent = [table for table in absent if table not in source.may_lack]
    if absent:
        seen = f"no table {', '.join(absent)} in the bodies"
        raise BadBody(source.name, seen, f"tables {', '.join(source.tables)}", NEXT_STEP)


def _why_empty(read: Mapping[str, ParsedTable]) -> str:
    """Return in words how many rows went to quarantine, and what ails the first of them."""
    reasons = [reason for reading in read.values() for reason in reading.quarantined["reason"]]
    if not reasons:
        return "no row about a country"
    rows = sum(reading.bad for reading in read.values())
    return f"no sound row among {rows:,}; the first has this fault: {reasons[0].rstrip('.')}"
