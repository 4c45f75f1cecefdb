"""
Pages: the answers to one question in, its table out.

Promises: the table has every row once, or it is refused: where a page is missing, where pages do
not join, and where the server left rows out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits
from tasks.formats.sniffing import FETCH_AGAIN, LOOK
from tasks.powerbi.columns import Texts
from tasks.powerbi.json_values import list_in, object_in
from tasks.powerbi.query_answers import Answer, answer_of
from tasks.powerbi.rows import whole_columns

TOLD = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """
    What one answer says.

    frame: strings, one column for each name asked for, in the order of asking; null where the
        server had none. is_complete: the server says that no row is left out. restart: the tokens
        with which the next page is asked for, None where there is none.
    """

    frame: pl.DataFrame
    is_complete: bool
    restart: Any


def page_of(said: bytes | Mapping[str, Any], *, where: str, limits: Limits = LIMITS) -> Page:
    """
    Return what one answer to a query says, from its bytes (gzip or not) or its parsed JSON.

    Args:
        said: The answer.
        where: Names it in errors.
        limits: What is refused as too much.

    Raises:
        BadBody: No answer, an error under status 200, a matrix, a sample of the rows, a shape that
            we do not know, or more than `limits` allow.
    """
    answer = answer_of(said, where=where)
    members = _members(answer, where)
    _require_room(members, limits, where)
    columns = _columns(members, answer, where)
    if sum(sum(map(len, filter(None, texts))) for texts in columns.values()) > limits.unpacked:
        seen = f"texts that fill more than {limits.unpacked:,} characters"
        raise BadBody(where, seen, "one page of a table", LOOK)
    restart = answer.shape.get("RT") or None
    return Page(
        frame=pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String())),
        is_complete=_is_complete(answer.shape, restart, where),
        restart=restart,
    )


def joined(pages: Sequence[Page], *, where: str) -> pl.DataFrame:
    """
    Return the table of which these are all pages, in their order.

    A page begins with the last row of the page before, which is left out; no other row is, however
    often it stands there.

    Raises:
        BadBody: No page, the last page is not the last, or two pages do not join.
    """
    if not pages:
        raise BadBody(where, "no page", "at least one", FETCH_AGAIN)
    *earlier, last = pages
    stalled = bool(earlier) and earlier[-1].restart == last.restart
    if not last.is_complete or (last.restart is not None and not stalled):
        seen = (
            f"an end after {len(pages)} pages where the server has more rows, or a sample of them"
        )
        raise BadBody(where, seen, "all rows", FETCH_AGAIN)
    frames = [page.frame for page in pages]
    later = [
        _after(before, frame, f"{where}, page {number}")
        for number, (before, frame) in enumerate(pairwise(frames), start=2)
    ]
    return pl.concat([frames[0], *later])


def _after(before: pl.DataFrame, frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """Return the rows of a page that the page before does not have."""
    if frame.columns != before.columns:
        raise BadBody(where, f"columns {frame.columns}", f"{before.columns} as before", FETCH_AGAIN)
    if frame.is_empty():
        return frame
    if before.is_empty() or frame.row(0) != before.row(-1):
        seen = f"a first row {frame.row(0)} that did not end the page before"
        raise BadBody(where, seen, "pages that overlap by one row", FETCH_AGAIN)
    return frame[1:]


def _members(answer: Answer, where: str) -> list[Any]:
    """Return the rows of the member that is the table."""
    parts = [object_in(part) or {} for part in list_in(answer.shape.get("PH")) or ()]
    found = [list_in(part[answer.member]) for part in parts if answer.member in part]
    if len(found) != 1 or found[0] is None:
        seen = f"{len(found)} lists of rows {answer.member}"
        raise BadBody(where, seen, f"one list {answer.member}, as its descriptor says", LOOK)
    return found[0]


def _require_room(members: Sequence[Any], limits: Limits, where: str) -> None:
    """Refuse rows that would have more cells than the limit, once they are whole."""
    said = (row.get("S") for one in members if (row := object_in(one)))
    widest = max((len(list_in(schema) or ()) for schema in said if schema), default=0)
    if widest * len(members) > limits.cells:
        seen = f"{len(members):,} rows of {widest:,} columns"
        raise BadBody(where, seen, f"at most {limits.cells:,} cells", LOOK)


def _columns(members: Sequence[Any], answer: Answer, where: str) -> dict[str, Texts]:
    """Return the texts of the columns that were asked for, by the names in the question."""
    dictionaries = object_in(answer.shape.get("ValueDicts")) or {}
    found = whole_columns(members, dictionaries, where)
    lost = [value for value in answer.select.values() if value not in found]
    if members and lost:
        seen = f"no column {lost[0]} in the rows"
        raise BadBody(where, seen, "every column that its descriptor names", LOOK)
    return {name: found.get(value, []) for name, value in answer.select.items()}


def _is_complete(shape: Mapping[str, Any], restart: Any, where: str) -> bool:
    """Return whether the server says that these are all rows, or the last ones."""
    complete, has_all = (_told(shape, name, where) for name in ("IC", "HAD"))
    if complete is None:
        return has_all is True and restart is None
    return complete and has_all is not False


def _told(shape: Mapping[str, Any], name: str, where: str) -> bool | None:
    """Return true or false, which some write as words; None where nothing is told."""
    said = shape.get(name)
    if said is None or isinstance(said, bool):
        return said
    told = TOLD.get(str(said).lower())
    if told is None:
        raise BadBody(where, f"{name} = {said!r}", "true or false", LOOK)
    return told
