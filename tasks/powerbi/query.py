"""Query: ask a model one question as its own visuals do, and read the envelope around the answer.

The server groups by every column that is no figure and sums the figures, so no two rows of the
answer share their groups and none is lost as a double. Rows come in the order of the groups, which
is unique, so that pages can follow each other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.errors import BadBody
from tasks.formats.json_records import list_in, object_in, parse_json, with_digits
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, unpacked
from tasks.powerbi.model import Model
from tasks.powerbi.wanted import Selected

WINDOW = 30_000  # rows of one page: the most a visual asks for
ROWS = "Rows behind"
"""
The column that counts the rows of the model behind a row of the answer whose first cell is filled.
A server leaves out a group for which every figure is blank, so the cells of each group are counted.
"""
SUM, COUNT = 0, 5
ASCENDING = 1
ANSWER = "an answer to a Power BI query"
KNOWN = frozenset({"N", "PH", "IC", "HAD", "RT", "ValueDicts"})
"""The fields of a plain table. Others belong to limits, matrices and messages."""
SHOWN = 300


def query(
    entity: str, selected: Sequence[Selected], *, model: Model, restart: Any = None
) -> dict[str, Any]:
    """Return the question for one page of a table, as JSON values.

    `entity`: the table, as the model writes its name. `selected`: at least one of them is a group.
    `restart`: the tokens of the page before, None for the first page.
    """
    grouped = [one for one in selected if not (one.is_summed or one.is_measure)]
    groups = [_column(one) for one in grouped]
    selects = [{**_expression(one), "Name": one.name} for one in selected]
    names = [ROWS, *(f"{ROWS} with {one.name}" for one in grouped[1:])]
    counts = zip(groups, names, strict=True)
    selects += [{**_aggregate(group, COUNT), "Name": name} for group, name in counts]
    window = {"Count": WINDOW} | ({} if restart is None else {"RestartTokens": restart})
    command = {
        "Query": {
            "Version": 2,
            "From": [{"Name": "t", "Entity": entity, "Type": 0}],
            "Select": selects,
            "OrderBy": [{"Direction": ASCENDING, "Expression": group} for group in groups],
        },
        "Binding": {
            "Primary": {"Groupings": [{"Projections": list(range(len(selects)))}]},
            "DataReduction": {"DataVolume": 3, "Primary": {"Window": window}},
            "Version": 1,
        },
        "ExecutionMetricsKind": 1,
    }
    sources = [] if model.report is None else [{"ReportId": model.report}]
    asked = {
        "Query": {"Commands": [{"SemanticQueryDataShapeCommand": command}]},
        "QueryId": "",
        "ApplicationContext": {"DatasetId": model.dataset, "Sources": sources},
    }
    return {"version": "1.0.0", "queries": [asked], "cancelQueries": [], "modelId": model.id}


def _expression(one: Selected) -> dict[str, Any]:
    if one.is_measure:
        return {"Measure": _column(one)["Column"]}
    return _aggregate(_column(one), SUM) if one.is_summed else _column(one)


def _column(one: Selected) -> dict[str, Any]:
    return {"Column": {"Expression": {"SourceRef": {"Source": "t"}}, "Property": one.property}}


def _aggregate(column: dict[str, Any], function: int) -> dict[str, Any]:
    return {"Aggregation": {"Expression": column, "Function": function}}


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

    Raises BadBody when it is no answer, reports a fault (in the server's own words), or has an
    unknown field, which could mean "these are not all rows".
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
    found = with_digits(content)
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
    if inside.get("error") and name not in inside:
        raise _fault(where, inside["error"])
    entries = list_in(inside.get(name)) or []
    found = object_in(entries[0]) if len(entries) == 1 else None
    if found is None:
        seen = f"no '{name}' with one entry among {_names(inside)}"
        raise BadBody(where, seen, ANSWER, CHECK_SOURCE)
    return found


def _names(inside: Mapping[str, Any]) -> str:
    return ", ".join(list(inside)[:12]) or "nothing"


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
    groups = list_in((object_in(expressions.get("Primary")) or {}).get("Groupings"))
    first, *more = groups or [{"Member": "DM0"}]
    rows_key = (object_in(first) or {}).get("Member")
    if more or expressions.get("Secondary") or not isinstance(rows_key, str):
        seen = "no table: groups inside of groups, or a group without its Member"
        raise BadBody(where, seen, "a plain table; ask for one with one group", CHECK_SOURCE)
    return rows_key


def _fault(where: str, error: Any) -> BadBody:
    return BadBody(where, f"the server's own error: {_short(error)}", ANSWER, FETCH_AGAIN)


def _short(error: Any) -> str:
    text = json.dumps(error, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
