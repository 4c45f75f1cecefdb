"""Raw evidence: the rows of the archived bytes that the figures of an alert were read from.

Promises: read from the bytes whenever somebody asks, since they never change; what cannot be read
is a sentence in the answer, never an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from schemas.columns import OURS, ROW
from schemas.errors import Permanent
from schemas.records import Snapshot
from schemas.source import Source
from tasks.formats.text_rows import TextRow, text_rows
from tasks.parsing.published_tables import published_tables
from tasks.parsing.transform import transform_table
from tasks.raw.archive import archived_snapshot
from tasks.raw.body_reader import BodyReader, body_key
from tasks.raw.raw_rows import cells_at, printed_table
from tasks.vault.backends.store import Store

MOST: Final = 20
"""Rows that are quoted of one version."""
Key = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What is looked up: the rows of a table with one of the keys, and a figure in them.

    A key may be coarser than the table's; of several the most important ones come first, and
    without any there is no row. `column`: None for rows as a whole.
    """

    table: str
    keys: Sequence[Key]
    column: str | None


def quoted_rows(store: Store, source: Source, vintage: str, figures: Figures) -> dict[str, Any]:
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
    snapshot = archived_snapshot(store, source.name, vintage)
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
        rows, more = _rows(store, source, snapshot, figures)
    except Permanent as error:
        return {**document, "rows": [], "more": 0, "unparsable": str(error)}
    return {**document, "rows": rows, "more": more, "unparsable": None}


def _rows(
    store: Store, source: Source, snapshot: Snapshot, figures: Figures
) -> tuple[list[dict[str, Any]], int]:
    """Return the quoted rows, and how many there are beyond. Raises Permanent."""
    reader = BodyReader(store)
    contents = {body.name: reader.read(body.sha256) for body in snapshot.bodies}
    parsed = published_tables(source, contents)
    table = printed_table(source, figures.table, parsed)
    if table not in parsed:
        return [], 0
    places = _places(source, table, parsed[table], figures)
    quoted = places[:MOST]
    cells = cells_at(parsed[table], quoted)
    lines = _lines(contents, parsed[table], cells)
    return [
        {"table": table, "row": place, **_line(place, lines, snapshot), "cells": cells[place]}
        for place in quoted
        if place in cells
    ], len(places) - len(quoted)


def _places(source: Source, table: str, frame: pl.DataFrame, figures: Figures) -> list[int]:
    """Return the numbers of the publisher's rows with one of the keys; the newest day first.

    Of each key the first rows come before the others of any: as many as twenty leave for each.
    """
    canonical = transform_table(frame, table, source)
    rows, days = canonical.frame, [n for n, t in canonical.frame.schema.items() if t == pl.Date()]
    if days:
        rows = rows.sort(days[0], descending=True, nulls_last=True, maintain_order=True)
    some = [_with_figure(rows.filter(_has(key, rows.columns)), figures) for key in figures.keys]
    each = max(1, MOST // max(1, len(some)))
    parts = [*(one.head(each) for one in some), *(one.slice(each) for one in some)]
    none = pl.Series([], dtype=pl.Int64)
    numbers = pl.concat([none, *(one[ROW].cast(pl.Int64) for one in parts)])
    if canonical.origin is not None:
        numbers = canonical.origin.gather(numbers - 1)
    return numbers.drop_nulls().unique(maintain_order=True).to_list()


def _with_figure(rows: pl.DataFrame, figures: Figures) -> pl.DataFrame:
    """Return the rows that have the figure; all of them where none has it."""
    if figures.column not in rows.columns or not rows[figures.column].count():
        return rows
    return rows.drop_nulls(figures.column)


def _has(key: Key, columns: Sequence[str]) -> pl.Expr:
    tests = [pl.col(name).cast(pl.String) == key[name] for name in key if name in columns]
    return pl.all_horizontal(tests) if tests else pl.lit(value=True)


Lines = Mapping[int, tuple[str, TextRow]]
"""By number of the row: the name of the body, and where in it the row stands."""


def _lines(
    contents: Mapping[str, bytes], frame: pl.DataFrame, cells: Mapping[int, Mapping[str, Any]]
) -> Lines:
    columns = [name for name in frame.columns if name not in OURS]
    wanted = {place: [row.get(name) for name in columns] for place, row in cells.items()}
    found: dict[int, tuple[str, TextRow]] = {}
    for name, body in contents.items():
        found |= {place: (name, row) for place, row in text_rows(body, columns, wanted).items()}
    return found


def _line(place: int, lines: Lines, snapshot: Snapshot) -> dict[str, Any]:
    if place not in lines:
        body = snapshot.bodies[0].sha256 if len(snapshot.bodies) == 1 else None
        return {"line": None, "text": None, "body": body}
    name, row = lines[place]
    [body] = [one.sha256 for one in snapshot.bodies if one.name == name]
    return {"line": row.line, "text": row.text, "body": body}


def named_keys(key: Key, children: Sequence[Mapping[str, Any]]) -> Iterator[Key]:
    """Yield the keys whose rows an alert is about: of a group its worst findings, the worst first.

    `children`: as the evidence of a group lists them.
    """
    if not children:
        yield key
    yield from (child["key"] for child in children[: MOST // 2])
