"""Raw evidence: the rows of the archived bytes that the figures of an alert were read from.

Promises: read from the bytes whenever somebody asks, since they never change; what cannot be read
is a sentence in the answer, never an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from schemas.alerts import Alert, Event
from schemas.errors import Permanent
from tasks.alerts.archived_version import ArchivedVersion
from tasks.formats.text_rows import TextRow
from tasks.raw.body_reader import body_key
from tasks.raw.raw_rows import cells_at, printed_table

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


def quoted_rows(version: ArchivedVersion, figures: Figures) -> dict[str, Any]:
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
    snapshot, vintage = version.snapshot, version.vintage
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
    some = [version.table(table).rows(key, figures.column) for key in figures.keys]
    each = max(1, MOST // max(1, len(some)))
    parts = [*(one[:each] for one in some), *(one[each:] for one in some)]
    return list(dict.fromkeys(chain.from_iterable(parts)))


def _line(found: tuple[str, TextRow] | None, version: ArchivedVersion) -> dict[str, Any]:
    if found is None:
        return {"line": None, "text": None, "body": version.body_of(None)}
    name, row = found
    return {"line": row.line, "text": row.text, "body": version.body_of(name)}


def figures_behind(alert: Alert, stated: Event) -> Figures:
    """Return the figures that an alert is about; of none where it has neither figure nor parts.

    `stated`: see `tasks.alerts.alert_proof.stated_event`.
    """
    children: Sequence[Mapping[str, Any]] = stated.evidence.get("children", ())
    keys = list(named_keys(alert.key, children)) if alert.column or children else []
    return Figures(table=alert.dataset.partition(".")[2], keys=keys, column=alert.column)


def named_keys(key: Key, children: Sequence[Mapping[str, Any]]) -> Iterator[Key]:
    """Yield the keys whose rows an alert is about: of a group its worst findings, the worst first.

    `children`: as the evidence of a group lists them.
    """
    if not children:
        yield key
    yield from (child["key"] for child in children[: MOST // 2])
