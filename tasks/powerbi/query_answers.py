"""
Answers: the envelope around the rows of one query.

Promises: a fault that comes under status 200 is told in the server's own words; an answer with
anything in it that could mean "these are not all rows" and that we do not know is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import BadBody
from tasks.formats.json_records import parse_json
from tasks.formats.sniffing import FETCH_AGAIN, LOOK, unpacked
from tasks.powerbi.json_values import list_in, object_in
from tasks.powerbi.values import Digits

ANSWER = "an answer to a Power BI query"
KNOWN = frozenset({"N", "PH", "IC", "HAD", "RT", "ValueDicts"})
"""What stands beside the rows of a plain table. Others tell of limits, matrices and messages."""
SHOWN = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """
    The parts of an answer.

    `select`: for each name that was asked for, the name of its column in the rows. `member`: which
    list of rows is the table (DM0, DM1 …). `shape`: rows, dictionaries and what is told of them.
    """

    select: Mapping[str, str]
    member: str
    shape: Mapping[str, Any]


def answer_of(said: bytes | Mapping[str, Any], *, where: str) -> Answer:
    """
    Return the parts of one answer, from its bytes (gzip or not) or its parsed JSON.

    Raises BadBody when it is no answer, tells of a fault, or is of a shape that we do not know.
    """
    document = _document(said, where) if isinstance(said, bytes) else said
    result = _only(document, "results", where)
    for told in (document, result, _object(result, "result", where)):
        if told.get("error"):
            raise _fault(where, told["error"])
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
        raise BadBody(where, seen, f"only {', '.join(sorted(KNOWN))}", LOOK)
    descriptor = _object(data, "descriptor", where)
    select, member = _select(descriptor, where), _member(descriptor, where)
    return Answer(select=select, member=member, shape=shape)


def restart_of(said: bytes, *, where: str) -> Any:
    """Return the tokens with which the next page is asked for, None where there is none."""
    return answer_of(said, where=where).shape.get("RT") or None


def _document(body: bytes, where: str) -> Mapping[str, Any]:
    """Return parsed JSON in which broken numbers keep the digits that were written."""
    content = unpacked(body, where, ANSWER)
    parse_json(content, where=where)  # judges depth, wholeness and numbers first
    found = json.loads(content.decode("utf-8-sig"), parse_float=Digits)
    document = object_in(found)
    if document is None:
        raise BadBody(where, f"a JSON {type(found).__name__}", ANSWER, LOOK)
    return document


def _object(inside: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    found = object_in(inside.get(name))
    if found is None:
        raise BadBody(where, f"no '{name}' among {_names(inside)}", ANSWER, LOOK)
    return found


def _only(inside: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    """Return the one object in a list."""
    if inside.get("error") and name not in inside:
        raise _fault(where, inside["error"])
    entries = list_in(inside.get(name)) or []
    found = object_in(entries[0]) if len(entries) == 1 else None
    if found is None:
        raise BadBody(where, f"no '{name}' with one entry among {_names(inside)}", ANSWER, LOOK)
    return found


def _select(descriptor: Mapping[str, Any], where: str) -> Mapping[str, str]:
    """Return the column in the rows of every name asked for, in the order of asking."""
    told: Any = descriptor.get("Select")
    try:
        pairs = [(one["Name"], one["Value"]) for one in told]
    except (TypeError, KeyError) as error:
        seen = "a descriptor whose Select lacks names or values"
        raise BadBody(where, seen, "a Name and a Value for each column", LOOK) from error
    if not pairs or len(dict(pairs)) < len(pairs):
        seen = f"the names {', '.join(str(name) for name, _ in pairs) or 'of no column'}"
        raise BadBody(where, seen, "each column under a name of its own", LOOK)
    return dict(pairs)


def _member(descriptor: Mapping[str, Any], where: str) -> str:
    """Return which list of rows is the table; a single figure has no groups and is DM0."""
    expressions = object_in(descriptor.get("Expressions")) or {}
    primary = object_in(expressions.get("Primary")) or {}
    groups = list_in(primary.get("Groupings")) or [{"Member": "DM0"}]
    is_plain = len(groups) == 1 and not expressions.get("Secondary")
    member = (object_in(groups[0]) or {}).get("Member") if is_plain else None
    if not isinstance(member, str):
        seen = "no table: groups inside of groups, or a group without its Member"
        raise BadBody(where, seen, "a plain table; ask for one with one group", LOOK)
    return member


def _fault(where: str, told: Any) -> BadBody:
    """Return the error that the server told under status 200."""
    return BadBody(where, f"the server's own error: {_short(told)}", ANSWER, FETCH_AGAIN)


def _short(told: Any) -> str:
    text = json.dumps(told, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _names(inside: Mapping[str, Any]) -> str:
    return ", ".join(list(inside)[:12]) or "nothing"
