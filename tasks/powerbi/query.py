"""Query: one question to a model, as its own visuals ask it.

Promises: the server groups by every column that is no figure and sums the figures, so no two rows
of the answer share their groups and none is lost as a double; rows come in the order of the groups,
which is unique, so that pages can follow each other.
"""

from collections.abc import Sequence
from typing import Any

from tasks.powerbi.model import Model
from tasks.powerbi.wanted import Selected

WINDOW = 30_000
"""Rows of one page: the most a visual asks for."""
ROWS = "Rows behind"
"""
The column that counts how many rows of the model are behind a row of the answer. It keeps groups
whose figures are all blank: a server leaves out a group for which every figure is.
"""
SUM, COUNT = 0, 5
ASCENDING = 1


def query(
    entity: str, selected: Sequence[Selected], *, model: Model, restart: Any = None
) -> dict[str, Any]:
    """Return the question for one page of a table, as JSON values.

    Args:
        entity: The table, as the model writes its name.
        selected: Its columns, at least one of them a group.
        model: Whose table it is.
        restart: The tokens of the page before, None for the first page.
    """
    groups = [_column(one) for one in selected if not (one.is_summed or one.is_measure)]
    selects = [{**_expression(one), "Name": one.name} for one in selected]
    selects.append({**_aggregate(groups[0], COUNT), "Name": ROWS})
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
    return {
        "version": "1.0.0",
        "queries": [
            {
                "Query": {"Commands": [{"SemanticQueryDataShapeCommand": command}]},
                "QueryId": "",
                "ApplicationContext": _context(model),
            }
        ],
        "cancelQueries": [],
        "modelId": model.id,
    }


def _expression(one: Selected) -> dict[str, Any]:
    if one.is_measure:
        return {"Measure": _column(one)["Column"]}
    return _aggregate(_column(one), SUM) if one.is_summed else _column(one)


def _column(one: Selected) -> dict[str, Any]:
    return {"Column": {"Expression": {"SourceRef": {"Source": "t"}}, "Property": one.property}}


def _aggregate(column: dict[str, Any], function: int) -> dict[str, Any]:
    return {"Aggregation": {"Expression": column, "Function": function}}


def _context(model: Model) -> dict[str, Any]:
    sources = [] if model.report is None else [{"ReportId": model.report}]
    return {"DatasetId": model.dataset, "Sources": sources}
