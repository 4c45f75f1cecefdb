"""What the alerts on counters and on what is gone share: sentences and parts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from schemas.figure_wording import amount
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW, UNSPECIFIED, Key, day, figure, part_name, percent
from tasks.alerts.rules.model.episode import Row, relative_change, whole
from tasks.alerts.rules.reading.rule_input import Timeline


def fall_statement(timeline: Timeline, case: Row, key: Key) -> str:
    """Return what a vintage showed beside the last figure known; without the full stop.

    `case`: column, seq, before, after, since [seq of the last vintage that showed `before`].
    """
    column, seq, before, after = (case[name] for name in ("column", "seq", "before", "after"))
    is_next = case["since"] == timeline.before(seq)
    change = relative_change(before, after)
    earlier = "in the version before" if is_next else f"on {timeline.day(case['since'])}"
    shown = f"{timeline.shown_by} showed {amount(column, key, after)} on {timeline.day(seq)}"
    rel = "" if change is None else f" ({percent(change)})"
    blank = "" if is_next else " and no figure in between"
    return f"{shown}; {figure(before, column)} {earlier}{blank}{rel}"


def steady_text(total: float | None, thresholds: Thresholds) -> str:
    """Return how the country's total moved beside a single row; '' unless it was steady."""
    if total is None:
        return ""
    most = thresholds["steady_total_within"] * 100
    within = f" within {most:g} % of what it was ({percent(total)})" if total else ""
    return f"; the country's total stayed{within or ' the same'}"


def gone_text(timeline: Timeline, parts: Sequence[Row]) -> str:
    """Return the parts of a country's total that are at 0 or have no figure any more."""
    gone = [
        f"{part_name(_key(timeline, part)) or UNSPECIFIED} {figure(part['before'])} "
        f"{ARROW} {figure(part['after'])}"
        for part in parts
        if part["before"] and not part["after"]
    ]
    return f", with {', '.join(gone)}" if gone else ""


def part_evidence(timeline: Timeline, parts: Sequence[Row]) -> dict[str, Any]:
    """Return the rows that make up a country's total as evidence, where they name what they are."""
    if not any(part_name(_key(timeline, part)) for part in parts):
        return {}
    return {
        "parts": [
            {
                "key": {name: str(value) for name, value in _key(timeline, part).items()},
                "before": whole(part["before"]),
                "after": whole(part["after"]),
                "rel_change": relative_change(part["before"], part["after"]),
            }
            for part in parts
        ]
    }


def least_back(before: float, thresholds: Thresholds) -> float:
    """Return the least figure by which a fall from `before` counts as undone."""
    return before * (1 - thresholds["back_within"])


def day_text(on: date) -> str:
    """Return a day as sentences show it.

    >>> day_text(date(2021, 5, 15))
    '15 May 2021'
    """
    return day(datetime(on.year, on.month, on.day, tzinfo=UTC))


def _key(timeline: Timeline, row: Row) -> Mapping[str, Any]:
    return {name: row[name] for name in timeline.key}
