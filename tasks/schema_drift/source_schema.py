"""
Wire: the shape in which a publisher sends its tables.

Promises: a pure function of bytes and of what the parser made of them, before any figure is looked
at; the same for CSV, JSON, workbooks and Power BI. The same bytes and parser give the same
fingerprint.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

import polars as pl

from schemas.errors import BadBody
from schemas.source import Bodies
from tasks.formats.sniffing import is_ended_text, kind_of
from tasks.formats.workbooks import sheet_names
from tasks.schema_drift.column_kinds import Blanks, Columns, Wanted, columns_of


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceSchema:
    """
    The shape of one snapshot.

    `bodies`: what each body is (`kind_of`), by its name. `sheets`: the sheets of each body that is
    a workbook. `tables`: the columns of each of the parser's tables, in the publisher's words.
    `parser_version`: shapes that two versions of a parser give are not compared. `ended`: for each
    body that is plain text, out of gzip, whether it ends with a line break: where a publisher's
    files do, one that does not was cut off, be it inside of a figure.
    """

    bodies: Mapping[str, str]
    sheets: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Columns]
    parser_version: int
    ended: Mapping[str, bool] = field(default_factory=dict[str, bool])

    @property
    def fingerprint(self) -> str:
        """The sha256 of the shape."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def names(self) -> dict[str, list[str]]:
        """Return the names of the columns of each table."""
        return {table: [name for name, _ in columns] for table, columns in self.tables.items()}

    def filled_from(self, earlier: Self | None) -> Self:
        """
        Return this schema with what it leaves open taken from an earlier one.

        A table that it lacks has its earlier columns; a blank column has its earlier kind. None, or
        a schema of another parser version, adds nothing. Earlier tables come first.

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
        """Return the shape as JSON values."""
        return {
            "bodies": dict(self.bodies),
            "sheets": {name: list(sheets) for name, sheets in self.sheets.items()},
            "tables": {name: [list(one) for one in told] for name, told in self.tables.items()},
            "parser_version": self.parser_version,
            "ended": dict(self.ended),
        }


def schema_from_document(document: Mapping[str, Any]) -> SourceSchema:
    """
    Return the schema that `SourceSchema.document` wrote.

    Raises KeyError, TypeError or ValueError.
    """
    return SourceSchema(
        bodies=dict(document["bodies"]),
        sheets={name: tuple(sheets) for name, sheets in document["sheets"].items()},
        tables={
            table: tuple((str(name), str(kind)) for name, kind in columns)
            for table, columns in document["tables"].items()
        },
        parser_version=int(document["parser_version"]),
        ended=dict(document.get("ended", {})),
    )


def source_schema_of(
    bodies: Bodies,
    parsed: Mapping[str, pl.DataFrame],
    *,
    parser_version: int,
    blanks: Blanks = MappingProxyType({}),
    wanted: Wanted = MappingProxyType({}),
) -> SourceSchema:
    """
    Return the shape of a snapshot: its bodies, and what the parser made of them (all strings).

    >>> frame = pl.DataFrame({"iso3": ["PRK"], "doses": ["1,992,000"], "note": [""]})
    >>> source_schema_of({"main": b"iso3,"}, {"allocations": frame}, parser_version=1).tables
    {'allocations': (('iso3', 'text'), ('doses', 'number'), ('note', 'blank'))}
    """
    kinds = {name: kind_of(body) for name, body in bodies.items()}
    return SourceSchema(
        bodies=kinds,
        sheets={name: _sheets(bodies[name], name) for name in kinds if kinds[name] == "zip"},
        tables={
            table: columns_of(frame, blanks=blanks.get(table, {}), wanted=wanted.get(table, {}))
            for table, frame in parsed.items()
        },
        parser_version=parser_version,
        ended={
            name: end for name, body in bodies.items() if (end := is_ended_text(body)) is not None
        },
    )


def _sheets(body: bytes, name: str) -> tuple[str, ...]:
    """Return the sheets of a workbook; an archive of another kind has none."""
    try:
        return tuple(sheet_names(body, where=name))
    except BadBody:
        return ()
