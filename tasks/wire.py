"""
Wire: the shape in which a publisher sends its tables, and what changed in it.

Promises: a pure function of bytes and of what the parser made of them, before any figure is looked
at; the same for CSV, JSON, workbooks and Power BI. The same bytes and parser give the same
fingerprint.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import polars as pl

from schemas.errors import BadBody
from schemas.source import ROW, Bodies, From, Source
from tasks.formats.sniffing import is_ended_text, kind_of
from tasks.formats.workbooks import sheet_names

NUMBER = r"^[+\-\x{2212}]?[\d.,'\x{a0}\x{202f} ]*\d[\d.,]*([eE][+-]?\d+)?\s*%?$"
DAY = (
    r"^(\d{4}-\d{1,2}-\d{1,2}([T ].*)?"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}[ -]?[A-Za-z]{3}[ -]?\d{2,4})$"
)
SNIFFED = 10_000
"""Rows by which the kind of a column is told."""
NAMED = 8
"""Columns of one change that are named; the others are counted."""
Columns = tuple[tuple[str, str], ...]
"""Name and kind of each column, in order. A kind is number, day, text, or blank: nothing in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
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

    def document(self) -> dict[str, Any]:
        """Return the shape as JSON values."""
        return {
            "bodies": dict(self.bodies),
            "sheets": {name: list(sheets) for name, sheets in self.sheets.items()},
            "tables": {name: [list(one) for one in told] for name, told in self.tables.items()},
            "parser_version": self.parser_version,
            "ended": dict(self.ended),
        }


def wire_from(document: Mapping[str, Any]) -> Wire:
    """Return the shape that `Wire.document` wrote. Raises KeyError, TypeError or ValueError."""
    return Wire(
        bodies=dict(document["bodies"]),
        sheets={name: tuple(sheets) for name, sheets in document["sheets"].items()},
        tables={
            table: tuple((str(name), str(kind)) for name, kind in columns)
            for table, columns in document["tables"].items()
        },
        parser_version=int(document["parser_version"]),
        ended=dict(document.get("ended", {})),
    )


def wire_of(bodies: Bodies, parsed: Mapping[str, pl.DataFrame], *, parser_version: int) -> Wire:
    """
    Return the shape of a snapshot: its bodies, and what the parser made of them (all strings).

    >>> frame = pl.DataFrame({"iso3": ["PRK"], "doses": ["1,992,000"], "note": [""]})
    >>> wire_of({"main": b"iso3,"}, {"allocations": frame}, parser_version=1).tables
    {'allocations': (('iso3', 'text'), ('doses', 'number'), ('note', 'blank'))}
    """
    kinds = {name: kind_of(body) for name, body in bodies.items()}
    return Wire(
        bodies=kinds,
        sheets={name: _sheets(bodies[name], name) for name in kinds if kinds[name] == "zip"},
        tables={table: _columns(frame) for table, frame in parsed.items()},
        parser_version=parser_version,
        ended={
            name: end for name, body in bodies.items() if (end := is_ended_text(body)) is not None
        },
    )


def columns_read(source: Source) -> dict[str, frozenset[str]]:
    """Return, by table, the publisher's columns that a source reads."""
    return {
        table: frozenset(source.row_shape).union(
            *((*how.names, *how.instead) for how in columns.values() if isinstance(how, From))
        )
        for table, columns in source.tables.items()
    }


def changes(
    before: Wire, now: Wire, *, read: Mapping[str, Collection[str]] = MappingProxyType({})
) -> list[str]:
    """
    Return in sentences what appeared and what vanished between two shapes.

    A column that was or is blank throughout has not changed its kind. Tables that changed alike
    are told together. Shapes of two versions of a parser have no changes. `read`: by table, the
    columns whose kind matters; all of a table that is not named.

    >>> old = Wire(bodies={}, sheets={}, tables={"a": (("x", "text"),)}, parser_version=1)
    >>> new = Wire(bodies={}, sheets={}, tables={"a": (("y", "text"),)}, parser_version=1)
    >>> changes(old, new)
    ["The wire format changed in a: new column 'y'; gone column 'x'."]
    """
    if before.parser_version != now.parser_version:
        return []
    said = _set_changes("answer", before.bodies, now.bodies)
    said += [
        f"{name} is {now.bodies[name]} and was {kind}"
        for name, kind in before.bodies.items()
        if now.bodies.get(name, kind) != kind
    ]
    for name, sheets in now.sheets.items():
        said += _set_changes("sheet", before.sheets.get(name, sheets), sheets)
    said += _set_changes("table", before.tables, now.tables)
    sentences = [f"The wire format changed: {'; '.join(said)}."] if said else []
    alike: dict[str, list[str]] = {}
    for table, columns in now.tables.items():
        kept = read.get(table, dict(columns))
        told = "; ".join(_column_changes(before.tables.get(table, columns), columns, kept))
        alike.setdefault(told, []).append(table)
    return sentences + [
        f"The wire format changed in {', '.join(tables)}: {told}."
        for told, tables in alike.items()
        if told
    ]


def _sheets(body: bytes, name: str) -> tuple[str, ...]:
    """Return the sheets of a workbook; an archive of another kind has none."""
    try:
        return tuple(sheet_names(body, where=name))
    except BadBody:
        return ()


def _columns(frame: pl.DataFrame) -> Columns:
    """Return the name and the kind of each column, by its first rows, in one pass."""
    frame = frame.drop(ROW, strict=False)
    if not frame.width:
        return ()
    rows = frame.head(SNIFFED)
    filled = pl.all().cast(pl.String).str.strip_chars()
    filled = filled.filter(filled != "")
    looks = {
        "blank": rows.select(filled.len() == 0),
        "day": rows.select(filled.str.contains(DAY).all()),
        "number": rows.select(filled.str.contains(NUMBER).all()),
    }
    return tuple(
        (name, next((kind for kind, look in looks.items() if look[name].item()), "text"))
        for name in frame.columns
    )


def _column_changes(before: Columns, now: Columns, read: Collection[str]) -> list[str]:
    was, is_now = dict(before), dict(now)
    said = _set_changes("column", was, is_now)
    stayed = [name for name in is_now if name in was]
    if stayed != [name for name in was if name in is_now]:
        said.append("columns in another order")
    for name in stayed:
        kinds = {was[name], is_now[name]}
        if name in read and len(kinds - {"blank"}) > 1:
            said.append(f"'{name}' holds {is_now[name]} and held {was[name]}")
    return said


def _set_changes(what: str, before: Iterable[str], now: Iterable[str]) -> list[str]:
    """Return which names are new and which are gone, in their order."""
    old, new = list(before), list(now)
    found = {
        "new": [name for name in new if name not in set(old)],
        "gone": [name for name in old if name not in set(new)],
    }
    return [
        f"{word} {what}{'s' if len(names) > 1 else ''} {_listed(names)}"
        for word, names in found.items()
        if names
    ]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:NAMED])
    more = len(names) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown
