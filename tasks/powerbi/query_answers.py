"""Query answers: read the envelope around the rows of one query.

Promises: a fault under status 200 is reported in the server's own words. An answer with an unknown
field, which could mean "these are not all rows", is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import BadBody
from tasks.formats.json_records import parse_json
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, unpacked
from tasks.powerbi.json_values import list_in, object_in
from tasks.powerbi.values import Digits

ANSWER = "an answer to a Power BI query"
KNOWN = frozenset({"N", "PH", "IC", "HAD", "RT", "ValueDicts"})
"""The fields of a plain table. Others belong to limits, matrices and messages."""
SHOWN = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """The parts of an answer.

    `select`: the column name in the rows for each requested name. `rows_key`: the key of the list
    of rows (DM0, DM1 …). `shape`: rows, dictionaries and flags, as the server sent them.
    """

    select: Mapping[str, str]
    rows_key: str
    shape: Mapping[str, Any]


def envelope_of(answer: bytes | Mapping[str, Any], *, where: str) -> Envelope:
    """Return the parts of one answer, from its bytes (gzip or not) or its parsed JSON.

    Raises BadBody when it is no answer, reports a fault, or has an unknown shape.
    """
    document = _document(answer, where) if isinstance(answer, bytes) else answer
    result = _only(document, "results", where)
    for part in (document, result, _object(result, "result", where)):
        if part.get("error"):
            raise _fault(where, part["error"])
    data = _object(_object(result, "result", where), "data", where)
    dsr = _object(data, "dsr", where)
    if dsr.get("DataShapes"):
        raise _fault(where, dsr["DataShapes"])
    shape = _only(dsr, "DS", where)
    if "odata.error" in shape:
        raise _fault(where, shape["odata.error"])
    strange = sorted(name for name in shape.keys() - KNOWN if shape[name])
    if strange:
        seen = f"{', '.join(strange)} beside the rows: {_short({k: shape[k] for k in strange})}"
        raise BadBody(where, seen, f"only {', '.join(sorted(KNOWN))}", CHECK_SOURCE)
    descriptor = _object(data, "descriptor", where)
    select, rows_key = _select(descriptor, where), _rows_key(descriptor, where)
    return Envelope(select=select, rows_key=rows_key, shape=shape)


def restart_of(answer: bytes, *, where: str) -> Any:
    """Return the tokens that request the next page; None on the last page."""
    return envelope_of(answer, where=where).shape.get("RT") or None


def _document(body: bytes, where: str) -> Mapping[str, Any]:
    """Return parsed JSON in which decimal numbers keep their digits as written."""
    content = unpacked(body, where, ANSWER)
    parse_json(content, where=where)  # judges depth, wholeness and numbers first
    found = json.loads(content.decode("utf-8-sig"), parse_float=Digits)
    document = object_in(found)
    if document is None:
        raise BadBody(where, f"a JSON {type(found).__name__}", ANSWER, CHECK_SOURCE)
    return document


def _object(inside: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    found = object_in(inside.get(name))
    if found is None:
        raise BadBody(where, f"no '{name}' among {_names(inside)}", ANSWER, CHECK_SOURCE)
    return found


def _only(inside: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    """Return the one object in a list."""
    if inside.get("error") and name not in inside:
        raise _fault(where, inside["error"])
    entries = list_in(inside.get(name)) or []
    found = object_in(entries[0]) if len(entries) == 1 else None
    if found is None:
        raise BadBody(
            where, f"no '{name}' with one entry among {_names(inside)}", ANSWER, CHECK_SOURCE
        )
    return found


def _select(descriptor: Mapping[str, Any], where: str) -> Mapping[str, str]:
    """Return the column name in the rows for each requested name, in the order of the request."""
    selected: Any = descriptor.get("Select")
    try:
        pairs = [(one["Name"], one["Value"]) for one in selected]
    except (TypeError, KeyError) as error:
        seen = "a descriptor whose Select lacks names or values"
        raise BadBody(where, seen, "a Name and a Value for each column", CHECK_SOURCE) from error
    if not pairs or len(dict(pairs)) < len(pairs):
        seen = f"the names {', '.join(str(name) for name, _ in pairs) or 'of no column'}"
        raise BadBody(where, seen, "each column under a name of its own", CHECK_SOURCE)
    return dict(pairs)


def _rows_key(descriptor: Mapping[str, Any], where: str) -> str:
    """Return the key of the list of rows; a single figure has no groups and is under DM0."""
    expressions = object_in(descriptor.get("Expressions")) or {}
    primary = object_in(expressions.get("Primary")) or {}
    groups = list_in(primary.get("Groupings")) or [{"Member": "DM0"}]
    is_plain = len(groups) == 1 and not expressions.get("Secondary")
    rows_key = (object_in(groups[0]) or {}).get("Member") if is_plain else None
    if not isinstance(rows_key, str):
        seen = "no table: groups inside of groups, or a group without its Member"
        raise BadBody(where, seen, "a plain table; ask for one with one group", CHECK_SOURCE)
    return rows_key


def _fault(where: str, error: Any) -> BadBody:
    """Return the error that the server reported under status 200."""
    return BadBody(where, f"the server's own error: {_short(error)}", ANSWER, FETCH_AGAIN)


def _short(error: Any) -> str:
    text = json.dumps(error, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _names(inside: Mapping[str, Any]) -> str:
    return ", ".join(list(inside)[:12]) or "nothing"
