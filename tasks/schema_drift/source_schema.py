"""The schema of a snapshot: formats of its bodies, sheets of its workbooks, columns of its tables.

Promises: a pure function of the bytes and of the parser's tables, before any figure is read; the
same for CSV, JSON, workbooks and Power BI. The same bytes and parser give the same fingerprint.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

import polars as pl

from tasks.formats.body_format import BodyFormat
from tasks.schema_drift.column_kinds import Blanks, Columns, ReadKinds, columns_of


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

        >>> earlier = SourceSchema(
        ...     bodies={}, sheets={}, tables={"a": (("x", "number"),), "b": ()}, parser_version=1
        ... )
        >>> now = replace(earlier, tables={"a": (("x", "blank"), ("y", "blank"))})
        >>> now.filled_from(earlier).tables
        {'a': (('x', 'number'), ('y', 'blank')), 'b': ()}
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
        """Return the schema as JSON values."""
        return {
            "bodies": dict(self.bodies),
            "sheets": {body: list(sheets) for body, sheets in self.sheets.items()},
            "tables": {
                table: [list(column) for column in columns]
                for table, columns in self.tables.items()
            },
            "parser_version": self.parser_version,
            "ended": dict(self.ended),
        }


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
    formats: Mapping[str, BodyFormat],
    parsed: Mapping[str, pl.DataFrame],
    *,
    parser_version: int,
    blanks: Blanks = MappingProxyType({}),
    read_kinds: ReadKinds = MappingProxyType({}),
) -> SourceSchema:
    """Return the schema of a snapshot from the formats of its bodies and the parser's tables.

    >>> frame = pl.DataFrame({"iso3": ["PRK"], "doses": ["1,992,000"], "note": [""]})
    >>> source_schema_of({}, {"allocations": frame}, parser_version=1).tables
    {'allocations': (('iso3', 'text'), ('doses', 'number'), ('note', 'blank'))}
    """
    return SourceSchema(
        bodies={name: body.kind for name, body in formats.items()},
        sheets={name: body.sheets for name, body in formats.items() if body.kind == "zip"},
        tables={
            name: columns_of(
                frame, blanks=blanks.get(name, {}), read_kinds=read_kinds.get(name, {})
            )
            for name, frame in parsed.items()
        },
        parser_version=parser_version,
        ended={name: body.is_ended for name, body in formats.items() if body.is_ended is not None},
    )
