"""
Evidence: what every event of a finding carries, so that a reader can check it at the source.

Promises: JSON values only, and nothing that was not known at the event's own vintage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from schemas.alerts import Finding
from tasks.alerts.rules.thresholds import PARAMETERS
from tasks.alerts.rules.timeline import Step, Timeline, event, plain

HISTORY: Final = 8
"""So many values of the figure are told with an event."""
ENDING: Final = frozenset({"reverted", "resolved"})

Series = Sequence[tuple[int | None, float | None]]
"""A figure's values: the seq that showed each first (None: an earlier one), and the value."""
Row = Mapping[str, Any]


def with_life(
    timeline: Timeline, finding: Finding, steps: Sequence[Step], *, series: Series
) -> Finding:
    """
    Return the finding with its steps as events, each with the whole evidence.

    Evidence of every event: rule, parameters [the thresholds used], vintage and compared_with [id,
    as_of, manifest_sha256, source_url, raw: the name of the fetch's record in the lake;
    compared_with is None where nothing was before], first_seen and last_seen [the first and the
    newest vintage so far in which the matter stood], history [[as_of, value], at most the last
    eight; as_of None: earlier than the first vintage compared]; then whatever the rule itself
    proves.
    """
    events = tuple(
        event(timeline, replace(step, evidence=_evidence(timeline, finding, steps, step, series)))
        for step in steps
    )
    return replace(finding, events=events)


def series_of(
    changes: pl.DataFrame, cell: Sequence[str], wanted: Sequence[Row]
) -> dict[tuple[Any, ...], Series]:
    """
    Return the values of the wanted figures, by the columns of `cell`.

    `changes`: the cell's columns, seq, before, after. `wanted`: rows that have the cell's columns.
    """
    schema = {name: changes.schema[name] for name in cell}
    cells = pl.DataFrame([{name: row[name] for name in cell} for row in wanted], schema=schema)
    told = changes.join(cells.unique(), on=list(cell), how="semi").sort("seq")
    found: dict[tuple[Any, ...], list[tuple[int | None, float | None]]] = {}
    for *name, seq, before, after in told.select(*cell, "seq", "before", "after").iter_rows():
        line = found.setdefault(tuple(name), [] if before is None else [(None, before)])
        line.append((seq, after))
    return dict(found)


def _evidence(
    timeline: Timeline, finding: Finding, steps: Sequence[Step], step: Step, series: Series
) -> dict[str, Any]:
    stood = step.seq - 1 if step.kind in ENDING else step.seq
    known = [(seq, value) for seq, value in series if seq is None or seq <= step.seq]
    return {
        "rule": finding.rule,
        "parameters": dict(PARAMETERS[finding.rule]),
        "vintage": _origin(timeline, step.seq),
        "compared_with": None if step.since is None else _origin(timeline, step.since),
        "first_seen": timeline.as_ofs[steps[0].seq].isoformat(),
        "last_seen": timeline.as_ofs[stood].isoformat(),
        "history": [
            [None if seq is None else timeline.as_ofs[seq].isoformat(), plain(value)]
            for seq, value in known[-HISTORY:]
        ],
        **step.evidence,
    }


def _origin(timeline: Timeline, seq: int) -> dict[str, Any]:
    return {
        "id": timeline.ids[seq],
        "as_of": timeline.as_ofs[seq].isoformat(),
        "manifest_sha256": timeline.sha256s[seq],
        "source_url": timeline.urls[seq],
        "raw": f"raw/{timeline.source}/fetches/{timeline.ids[seq]}.json",
    }
