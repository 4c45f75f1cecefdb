"""Raw evidence: the rows of the archived bytes that the figures of an alert were read from.

Promises: read from the bytes whenever somebody asks, since they never change; what cannot be read
is a sentence in the answer, never an error.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from schemas.columns import ROW
from schemas.errors import Permanent
from schemas.source import Source
from tasks.alerts.archived_version import ArchivedVersion
from tasks.formats.text_rows import TextRow
from tasks.raw.body_reader import body_key
from tasks.raw.raw_rows import cells_at, printed_table
from tasks.vault.backends.store import Store

MOST: Final = 20
"""Rows that are quoted of one version."""
Key = Mapping[str, str]
OpenVersion = Callable[[Store, Source, str], ArchivedVersion]
"""Opens a version of a source by its id; one that remembers the last ones saves parsing again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What is looked up: the rows of a table with one of the keys, and a figure in them.

    A key may be coarser than the table's; of several the most important ones come first, and
    without any there is no row. `column`: None for rows as a whole.
    """

    table: str
    keys: Sequence[Key]
    column: str | None


def quoted_rows(
    store: Store,
    source: Source,
    vintage: str,
    figures: Figures,
    open_version: OpenVersion = ArchivedVersion,
) -> dict[str, Any]:
    """Return the rows of one archived version that figures were read from, as JSON values.

    Returns:
        id, as_of and source_url of the version; bodies [name, sha256, size in bytes, archived: the
        object in the lake]; rows [table, row: its number in the table of the parser, the first is
        1, line: the number in the file, text: its lines verbatim, body: the sha256 of that file,
        these three null where the format has no lines, and cells: as published, by the publisher's
        column], the first twenty, in a series the newest, of several keys some of each in their
        order; more [rows beyond them]; unparsable [a
        sentence why nothing can be quoted, else null].
    """
    version = open_version(store, source, vintage)
    snapshot = version.snapshot
    if snapshot is None:
        fault = f"The lake has no evidence of the fetch {vintage} that can be read."
        where: dict[str, Any] = {"as_of": None, "source_url": None, "bodies": []}
        return {"id": vintage, **where, "rows": [], "more": 0, "unparsable": fault}
    document: dict[str, Any] = {
        "id": vintage,
        "as_of": snapshot.retrieved_at.isoformat(),
        "source_url": snapshot.url,
        "bodies": [
            {"name": b.name, "sha256": b.sha256, "size": b.size, "archived": body_key(b.sha256)}
            for b in snapshot.bodies
        ],
    }
    try:
        rows, more = _rows(version, figures)
    except Permanent as error:
        return {**document, "rows": [], "more": 0, "unparsable": str(error)}
    return {**document, "rows": rows, "more": more, "unparsable": None}


def _rows(version: ArchivedVersion, figures: Figures) -> tuple[list[dict[str, Any]], int]:
    """Return the quoted rows, and how many there are beyond. Raises Permanent."""
    table = printed_table(version.source, figures.table, version.parsed)
    if table not in version.parsed:
        return [], 0
    places = _places(version, table, figures)
    quoted = places[:MOST]
    cells = cells_at(version.parsed[table], quoted)
    lines = version.lines(table, cells)
    return [
        {"table": table, "row": place, **_line(lines.get(place), version), "cells": cells[place]}
        for place in quoted
        if place in cells
    ], len(places) - len(quoted)


def _places(version: ArchivedVersion, table: str, figures: Figures) -> list[int]:
    """Return the numbers of the publisher's rows with one of the keys; the newest day first.

    Of each key the first rows come before the others of any: as many as twenty leave for each.
    """
    rows, origin = version.newest_first(table), version.canonical(table).origin
    some = [_with_figure(rows.filter(_has(key, rows.columns)), figures) for key in figures.keys]
    each = max(1, MOST // max(1, len(some)))
    parts = [*(one.head(each) for one in some), *(one.slice(each) for one in some)]
    none = pl.Series([], dtype=pl.Int64)
    numbers = pl.concat([none, *(one[ROW].cast(pl.Int64) for one in parts)])
    if origin is not None:
        numbers = origin.gather(numbers - 1)
    return numbers.drop_nulls().unique(maintain_order=True).to_list()


def _with_figure(rows: pl.DataFrame, figures: Figures) -> pl.DataFrame:
    """Return the rows that have the figure; all of them where none has it."""
    if figures.column not in rows.columns or not rows[figures.column].count():
        return rows
    return rows.drop_nulls(figures.column)


def _has(key: Key, columns: Sequence[str]) -> pl.Expr:
    tests = [pl.col(name).cast(pl.String) == key[name] for name in key if name in columns]
    return pl.all_horizontal(tests) if tests else pl.lit(value=True)


def _line(found: tuple[str, TextRow] | None, version: ArchivedVersion) -> dict[str, Any]:
    if found is None:
        return {"line": None, "text": None, "body": version.body_of(None)}
    name, row = found
    return {"line": row.line, "text": row.text, "body": version.body_of(name)}


def named_keys(key: Key, children: Sequence[Mapping[str, Any]]) -> Iterator[Key]:
    """Yield the keys whose rows an alert is about: of a group its worst findings, the worst first.

    `children`: as the evidence of a group lists them.
    """
    if not children:
        yield key
    yield from (child["key"] for child in children[: MOST // 2])
