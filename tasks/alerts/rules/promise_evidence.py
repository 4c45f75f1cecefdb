"""Sentence and evidence of a change of a promise: its peak and the rows that make it up."""

from collections.abc import Sequence
from typing import Any, Final

from schemas.wording import ARROW, UNSPECIFIED, Key, figure, part_name, percent, statement
from tasks.alerts.rules.episode import Row, relative_change, whole
from tasks.alerts.rules.timeline import Timeline

STEADY: Final = 0.02
"""While a country's total moves less, the fall of a single row is at most medium."""


def promise_evidence(timeline: Timeline, case: Row, parts: Sequence[Row]) -> dict[str, Any]:
    """Return the evidence of a change.

    For a fall: peak [the column's own unit], drawdown [from the peak, -1 to 0], peak_as_of. parts
    [{key, before, after, rel_change}, worst first]: absent where no row names a product or donor.
    """
    evidence: dict[str, Any] = {}
    if case["rule"] != "R0" and case["peak"]:
        evidence |= peak_evidence(timeline, case, case["after"])
    if any(part_name(_key(timeline, part)) for part in parts):
        evidence["parts"] = [_part(timeline, part) for part in parts]
    return evidence


def peak_evidence(timeline: Timeline, row: Row, now: float | None) -> dict[str, Any]:
    """Return peak, its first instant (None when not known) and the drawdown of `now` from it."""
    seen = None if row["peak_seq"] is None else int(row["peak_seq"])
    return {
        "peak": whole(row["peak"]),
        "peak_as_of": None if seen is None else timeline.as_ofs[seen].isoformat(),
        "drawdown": relative_change(row["peak"], now or 0),
    }


def change_sentence(
    timeline: Timeline, case: Row, *, key: Key, parts: Sequence[Row], total: float | None = None
) -> str:
    """Return the sentence of a change, with the parts that vanished and the drawdown from the peak.

    `total`: the relative change of the country's total if that is steady, else None.
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
        first = f"{figure(peak, column)}, first seen on {timeline.day(case['peak_seq'])}"
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
        "before": whole(row["before"]),
        "after": whole(row["after"]),
        "rel_change": relative_change(row["before"], row["after"]),
    }
