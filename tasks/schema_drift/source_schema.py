"""The schema of a snapshot: formats of its bodies, sheets of its workbooks, columns of its tables.

Promises: a pure function of the bytes, the parser's tables and the declaration, before any figure
is read; the same for CSV, JSON, workbooks and Power BI. Earlier snapshots do not matter, and the
same bytes and parser give the same fingerprint.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final, Self

import polars as pl

from schemas.columns import OURS
from schemas.source import Budget
from tasks.formats.body_format import BodyFormat
from tasks.schema_drift.cell_counts import CellCounter, CellCounts

TOLERATED: Final = Budget().rows
"""Odd cells that do not change a column's kind: as many as may be quarantined."""
Columns = tuple[tuple[str, str], ...]
"""Name and kind (day, number, text or blank) of each column, in the publisher's order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceSchema:
    """The schema of one snapshot.

    `bodies`: the format of each body (`kind_of`), by body name. `sheets`: the sheets of each body
    that is a ZIP archive; empty where it is no workbook. `tables`: the publisher's columns in each
    of the parser's tables. `parser_version`: schemas of two versions are never compared. `ended`:
    for each body that is plain text (after gzip) whether it ends with a line break; where earlier
    files did, one that does not was cut off, maybe inside a figure.
    """

    bodies: Mapping[str, str]
    sheets: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Columns]
    parser_version: int
    ended: Mapping[str, bool] = field(default_factory=dict[str, bool])

    @property
    def fingerprint(self) -> str:
        """The sha256 of the schema."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def column_names(self) -> dict[str, list[str]]:
        """Return the names of the columns of each table."""
        return {table: [name for name, _ in columns] for table, columns in self.tables.items()}

    def filled_from(self, earlier: Self | None) -> Self:
        """Return this schema with absent tables and blank columns filled from an earlier one.

        An absent table gets its earlier columns, a blank column its earlier kind; earlier tables
        come first. None, or a schema of another parser version, adds nothing.
        """
        if earlier is None or earlier.parser_version != self.parser_version:
            return self
        tables = dict(earlier.tables)
        for table, columns in self.tables.items():
            known = dict(tables.get(table, ()))
            tables[table] = tuple(
                (name, known.get(name, kind) if kind == "blank" else kind) for name, kind in columns
            )
        return replace(self, tables=tables)

    def document(self) -> dict[str, Any]:
        """Return the fields by name, ready for JSON."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def schema_from_document(document: Mapping[str, Any]) -> SourceSchema:
    """Return the schema of a `SourceSchema.document`. Raises KeyError, TypeError or ValueError."""
    return SourceSchema(
        bodies=dict(document["bodies"]),
        sheets={body: tuple(sheets) for body, sheets in document["sheets"].items()},
        tables={
            table: tuple((str(name), str(kind)) for name, kind in columns)
            for table, columns in document["tables"].items()
        },
        parser_version=int(document["parser_version"]),
        ended=dict(document.get("ended", {})),
    )


def source_schema_of(
    formats: Mapping[str, BodyFormat], tables: Mapping[str, Columns], *, parser_version: int
) -> SourceSchema:
    """Return the schema of a snapshot from the formats of its bodies and the parser's columns."""
    return SourceSchema(
        bodies={name: body.kind for name, body in formats.items()},
        sheets={name: body.sheets for name, body in formats.items() if body.kind == "zip"},
        tables=tables,
        parser_version=parser_version,
        ended={name: body.is_ended for name, body in formats.items() if body.is_ended is not None},
    )


def columns_of(
    frame: pl.DataFrame,
    *,
    blanks: Mapping[str, Collection[str]] = MappingProxyType({}),
    read_kinds: Mapping[str, str] = MappingProxyType({}),
    counter: CellCounter | None = None,
) -> Columns:
    """Return the name and kind of each column of a table of strings, by its first 10,000 rows.

    `blanks`: texts that mean "not published". `read_kinds`: what is read: number or day. `counter`:
    of the frame, where several tables are made of it.
    """
    names = [name for name in frame.columns if name not in OURS]
    counter = counter or CellCounter(frame)
    readings = ((name, tuple(sorted({*blanks.get(name, ())} - {""}))) for name in names)
    return tuple(
        (name, _kind(counts, declared=read_kinds.get(name, ""), rows=counter.rows))
        for name, counts in zip(names, counter.counts(readings), strict=True)
    )


def _kind(counts: CellCounts, *, declared: str, rows: int) -> str:
    """Return the kind of a column: that of at least half of its filled cells, else text.

    `counts`: of its cells. `rows`: of the table. A column that its source reads as `declared` is of
    that kind while at least one cell is and at most TOLERATED are not; those are quarantined with
    their rows. A single odd cell in an otherwise blank column counts as blank, which saves the
    other rows of the table, if there are any.
    """
    kinds = {"day": counts.day, "number": counts.number}
    filled, readable = counts.filled, kinds.get(declared, 0)
    if readable and filled - readable <= TOLERATED:
        return declared
    if not filled or (declared and not readable and filled == 1 < rows):
        return "blank"
    return next((kind for kind, count in kinds.items() if 2 * count >= filled), "text")
