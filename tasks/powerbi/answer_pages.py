"""Answer pages: decode the pages of one query and join them into a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits
from tasks.formats.json_records import list_in, object_in
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN
from tasks.powerbi.query import Envelope, envelope_of
from tasks.powerbi.rows import whole_columns
from tasks.powerbi.values import Texts

BOOLEAN_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One decoded answer.

    frame: strings, one column per requested name, in the order of the request; null where the
        server had no value. is_complete: the server reports that no row is left out. restart: the
        tokens that request the next page; None on the last page.
    """

    frame: pl.DataFrame
    is_complete: bool
    restart: Any


def read_page(answer: bytes | Mapping[str, Any], *, where: str, limits: Limits = LIMITS) -> Page:
    """Return the page decoded from one answer: its bytes (gzip or not) or its parsed JSON.

    Raises BadBody: no answer, an error under status 200, a matrix, a sample of the rows, an unknown
    shape, or more than `limits` allow.
    """
    envelope = envelope_of(answer, where=where)
    rows = _table_rows(envelope, where)
    schemas = (row.get("S") for one in rows if (row := object_in(one)))
    widest = max((len(list_in(schema) or ()) for schema in schemas if schema), default=0)
    if widest * len(rows) > limits.cells:
        seen = f"{len(rows):,} rows of {widest:,} columns"
        raise BadBody(where, seen, f"at most {limits.cells:,} cells", CHECK_SOURCE)
    found = whole_columns(rows, object_in(envelope.shape.get("ValueDicts")) or {}, where)
    lost = [value for value in envelope.select.values() if value not in found]
    if rows and lost:
        seen = f"no column {lost[0]} in the rows"
        raise BadBody(where, seen, "every column that its descriptor names", CHECK_SOURCE)
    columns: dict[str, Texts] = {name: found.get(of, []) for name, of in envelope.select.items()}
    if sum(sum(map(len, filter(None, texts))) for texts in columns.values()) > limits.unpacked:
        seen = f"texts that fill more than {limits.unpacked:,} characters"
        raise BadBody(where, seen, "one page of a table", CHECK_SOURCE)
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    restart = envelope.shape.get("RT") or None
    is_complete = _is_complete(envelope.shape, restart, where)
    return Page(frame=frame, is_complete=is_complete, restart=restart)


def join_pages(pages: Sequence[Page], *, where: str) -> pl.DataFrame:
    """Return the table made of all its pages, given in order.

    A page begins with the last row of the page before; that row is dropped. Other duplicates stay.
    Raises BadBody: no page, the last page is not the last, or two pages do not join.
    """
    if not pages:
        raise BadBody(where, "no page", "at least one", FETCH_AGAIN)
    *earlier, last = pages
    stalled = bool(earlier) and earlier[-1].restart == last.restart
    if not last.is_complete or (last.restart is not None and not stalled):
        seen = f"an end after {len(pages)} pages where the server has more rows, or a sample"
        raise BadBody(where, f"{seen} of them", "all rows", FETCH_AGAIN)
    frames = [page.frame for page in pages]
    for number, (before, frame) in enumerate(pairwise(frames), start=2):
        page = f"{where}, page {number}"
        if frame.columns != before.columns:
            seen = f"columns {frame.columns}"
            raise BadBody(page, seen, f"{before.columns} as before", FETCH_AGAIN)
        if not frame.is_empty() and (before.is_empty() or frame.row(0) != before.row(-1)):
            seen = f"a first row {frame.row(0)} that did not end the page before"
            raise BadBody(page, seen, "pages that overlap by one row", FETCH_AGAIN)
    return pl.concat([frames[0], *(frame[1:] for frame in frames[1:])])


def _table_rows(envelope: Envelope, where: str) -> list[Any]:
    parts = [object_in(part) or {} for part in list_in(envelope.shape.get("PH")) or ()]
    found = [list_in(part[envelope.rows_key]) for part in parts if envelope.rows_key in part]
    if len(found) != 1 or found[0] is None:
        seen = f"{len(found)} lists of rows {envelope.rows_key}"
        expected = f"one list {envelope.rows_key}, as its descriptor says"
        raise BadBody(where, seen, expected, CHECK_SOURCE)
    return found[0]


def _is_complete(shape: Mapping[str, Any], restart: Any, where: str) -> bool:
    """Return whether the server reports that these are all rows, or the last ones."""
    complete, has_all = (_flag(shape, name, where) for name in ("IC", "HAD"))
    if complete is None:
        return has_all is True and restart is None
    return complete and has_all is not False


def _flag(shape: Mapping[str, Any], name: str, where: str) -> bool | None:
    """Return a flag, which some servers write as a word; None where it is missing."""
    value = shape.get(name)
    if value is None or isinstance(value, bool):
        return value
    flag = BOOLEAN_WORDS.get(str(value).lower())
    if flag is None:
        raise BadBody(where, f"{name} = {value!r}", "true or false", CHECK_SOURCE)
    return flag
