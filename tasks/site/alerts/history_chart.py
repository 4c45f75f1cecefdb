"""The picture of an alert: its figure from version to version, as coordinates of an SVG.

Promises: follows from the evidence of the alert alone, so a newer version draws it no other way.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from schemas.alerts import Alert, Event
from schemas.wording import day_only, figure

WIDTH: Final = 360
HEIGHT: Final = 210
LEFT: Final = 8
RIGHT: Final = 268
"""Where the oldest and the newest version stand; beside it is room for labels."""
TOP: Final = 34
BOTTOM: Final = 172
STUB: Final = 16
"""How far the newest figure is drawn beyond its version."""
NARROW: Final = 110
"""A label left of this would leave the picture."""


def history_of(events: Iterable[Event]) -> list[tuple[datetime, float | None]]:
    """Return the figure of an alert by version, oldest first, as far as its evidence has it.

    Each event has the last eight values; together they are the whole history from its opening on.
    """
    found: dict[datetime, float | None] = {}
    for event in events:
        pairs: Sequence[tuple[str | None, float | None]] = event.evidence.get("history", ())
        found |= {datetime.fromisoformat(at): value for at, value in pairs if at}
    return sorted(found.items(), key=lambda pair: pair[0])


def chart_of(
    history: Sequence[tuple[datetime, float | None]], alert: Alert
) -> dict[str, Any] | None:
    """Return the picture of a history, as `figure_steps.html` draws it; None for a single value.

    Returns:
        width, height, zero [y of 0], steps [polylines, each the `points` of an SVG: a version
        without a figure interrupts them], gaps [x and width of each stretch without a figure;
        is_labelled: one of the labels says so], marks [x, y, kind: before, after or other], labels
        [x, y, anchor, text], days [x, anchor, text].
    """
    if len(history) < 2:  # noqa: PLR2004 (a step has two ends)
        return None
    place, before = _Places(history), _standing_at(alert.previous_as_of, history)
    ends = [place.x(at) for at, _ in history[1:]] + [place.x(history[-1][0]) + STUB]
    steps: list[list[tuple[float, float]]] = [[]]
    gaps: list[dict[str, Any]] = []
    for (at, value), end in zip(history, ends, strict=True):
        begin = place.x(at)
        if value is None:
            width, is_labelled = round(end - begin, 1), at == alert.as_of
            gaps.append({"x": begin, "width": width, "is_labelled": is_labelled})
            steps.append([])
        else:
            steps[-1] += [(begin, place.y(value)), (end, place.y(value))]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "zero": place.y(0),
        "steps": [" ".join(f"{x},{y}" for x, y in one) for one in steps if one],
        "gaps": gaps,
        "marks": [
            {"x": place.x(at), "y": place.y(value), "kind": _kind(at, before, alert.as_of)}
            for at, value in history
            if value is not None
        ],
        "labels": _labels(place, dict(history), alert, before),
        "days": _days(place, history, alert),
    }


class _Places:
    """Where an instant and a figure stand."""

    def __init__(self, history: Sequence[tuple[datetime, float | None]]) -> None:
        values = [value for _, value in history if value is not None]
        self.first, self.last = history[0][0], history[-1][0]
        self.least, self.most = min([0, *values]), max([0, *values])

    def x(self, at: datetime) -> float:
        share = (at - self.first) / (self.last - self.first)
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def y(self, value: float) -> float:
        span = (self.most - self.least) or 1
        return round(BOTTOM - (value - self.least) / span * (BOTTOM - TOP), 1)


def _standing_at(
    at: datetime | None, history: Sequence[tuple[datetime, float | None]]
) -> datetime | None:
    """Return the version that first showed what a version shows: the history has only those."""
    return max((one for one, _ in history if at and one <= at), default=None)


def _kind(at: datetime, before: datetime | None, after: datetime) -> str:
    return {before: "before", after: "after"}.get(at, "other")


def _labels(
    place: _Places, values: Mapping[datetime, float | None], alert: Alert, before: datetime | None
) -> list[dict[str, Any]]:
    """Return the labels of the figures before and after; `before`: the version of the former."""
    column, x, after = alert.column or "", place.x(alert.as_of), alert.as_of
    found: list[dict[str, Any]] = []
    if before and after in values and (value := values.get(before)) is not None:
        end = {"x": x - 4, "anchor": "end"} if x > NARROW else {"x": LEFT, "anchor": "start"}
        found.append({**end, "y": place.y(value) - 8, "text": figure(value, column)})
    if after in values:
        value = values[after]
        y, text = place.y(value or 0) - 8, figure(value, column)
        found.append({"x": x + 5, "y": y, "anchor": "start", "text": text})
    return found


def _days(
    place: _Places, history: Sequence[tuple[datetime, float | None]], alert: Alert
) -> list[dict[str, Any]]:
    """Return the days at the axis: that of the change, and the first one where there is room."""
    first, last = history[0][0], history[-1][0]
    change = alert.as_of if first <= alert.as_of <= last else last
    x = place.x(change)
    found = [
        {"x": x, "anchor": "end" if x > WIDTH - NARROW else "middle", "text": day_only(change)}
    ]
    if x - LEFT > NARROW:
        found.insert(0, {"x": LEFT, "anchor": "start", "text": day_only(first)})
    if RIGHT - x > NARROW:
        found.append({"x": RIGHT, "anchor": "middle", "text": day_only(last)})
    return found
