"""
What a change of a promise is told with: its sentence, its peak and the rows that make it up.

Promises: JSON values only; a part that fell to 0, or has no figure any more, is named as such in
the sentence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.wording import (
    ARROW,
    UNSPECIFIED,
    Key,
    day,
    figure,
    part_name,
    percent,
    statement,
)
from tasks.alerts.rules.thresholds import STEADY
from tasks.alerts.rules.timeline import Timeline, plain, relative

Row = Mapping[str, Any]


def proof(timeline: Timeline, case: Row, parts: Sequence[Row]) -> dict[str, Any]:
    """
    Return the evidence of a change: for a fall its peak, and the rows that changed, worst first.

    peak [the column's own unit], drawdown [from the peak, -1 to 0], peak_as_of; parts
    [{key, before, after, rel_change}], left out where no row names a product or donor.
    """
    evidence: dict[str, Any] = {}
    if case["rule"] != "R0" and case["peak"]:
        evidence |= peak_proof(timeline, case, case["after"])
    if any(part_name(_key(timeline, part)) for part in parts):
        evidence["parts"] = [_part(timeline, part) for part in parts]
    return evidence


def peak_proof(timeline: Timeline, row: Row, now: float | None) -> dict[str, Any]:
    """Return peak, drawdown from it, and when it was first seen (None when not known)."""
    seen = None if row["peak_seq"] is None else int(row["peak_seq"])
    return {
        "peak": plain(row["peak"]),
        "peak_as_of": None if seen is None else timeline.as_ofs[seen].isoformat(),
        "drawdown": relative(row["peak"], now or 0),
    }


def change_sentence(
    timeline: Timeline, case: Row, *, key: Key, parts: Sequence[Row], total: float | None = None
) -> str:
    """
    Return the sentence of a change, with the parts that vanished and the drawdown, if any.

    `total`: the relative change of the country's total, where that is steady; else None.
    """
    column, after, peak = case["column"], case["after"], case["peak"]
    on = timeline.as_ofs[int(case["seq"])]
    text = statement(timeline.shown_by, column, key=key, before=case["before"], after=after, on=on)
    if total is not None:
        within = f" within {STEADY * 100:g} % of what it was ({percent(total)})" if total else ""
        text += f"; the country's total stayed{within or ' the same'}"
    if case["rule"] != "R1":
        return f"{text}."
    gone = [_vanished(timeline, part) for part in parts if part["before"] and not part["after"]]
    if gone and after:
        text += f", with {', '.join(gone)}"
    if peak > case["before"] and case["peak_seq"] is not None:
        first = (
            f"{figure(peak, column)}, first seen on {day(timeline.as_ofs[int(case['peak_seq'])])}"
        )
        text += f". The drawdown from the peak ({first}) is {percent(after / peak - 1)}"
    return f"{text}."


def _key(timeline: Timeline, row: Row) -> dict[str, Any]:
    return {name: row[name] for name in timeline.key}


def _vanished(timeline: Timeline, part: Row) -> str:
    name = part_name(_key(timeline, part)) or UNSPECIFIED
    before, after = (figure(part[side], part["column"]) for side in ("before", "after"))
    return f"{name} {before} {ARROW} {after}"


def _part(timeline: Timeline, row: Row) -> dict[str, Any]:
    return {
        "key": {name: str(value) for name, value in _key(timeline, row).items()},
        "before": plain(row["before"]),
        "after": plain(row["after"]),
        "rel_change": relative(row["before"], row["after"]),
    }
