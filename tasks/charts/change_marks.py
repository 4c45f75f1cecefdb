"""The marks of a change in a step chart: the step, both points, both figures as text.

Promises: the texts stay inside the chart and apart from each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import altair as alt

from schemas.records import utc
from schemas.wording import figure
from tasks.charts.chart_style import BLUE, RED, newer_figure

EARLY: Final = 0.25
"""Share of the width up to which the text of the older figure stands on the right."""
LATE: Final = 0.55
"""Share of the width behind which the text of the newer figure stands on the left."""
NEAR: Final = 0.12
"""Share of the height below which two texts would touch."""
Side = Literal["left", "right"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What an alert is about: a figure and the version that showed it, before and after.

    `before_at`: None where there is no version to compare with. A figure is None where none was
    published. `is_sure`: False while it is unconfirmed.
    """

    before_at: datetime | None
    before: float | None
    after_at: datetime
    after: float | None
    is_sure: bool

    @property
    def colour(self) -> str:
        """Red for what is lower or gone, else blue."""
        lower = self.before is not None and (self.after is None or self.after < self.before)
        return RED if lower else BLUE

    def texts(self, column: str) -> tuple[str, str]:
        """Return the figures as texts; the second one with the change in percent."""
        return figure(self.before, column), newer_figure(self.before, self.after, column)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """The axes of a step chart, and what they span, so that texts find their place."""

    x: alt.X
    y: alt.Y
    first: datetime
    width: timedelta
    height: float

    def layer(self, rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
        """Return a chart of rows with `at` and `value`, which needs a mark."""
        return alt.Chart(alt.Data(values=[dict(row) for row in rows])).encode(x=self.x, y=self.y)

    def place(self, at: datetime) -> float:
        """Return where an instant is, from 0 on the left to 1."""
        return (at - self.first) / self.width


def change_marks(change: Change, axes: Axes, column: str) -> list[alt.Chart]:
    """Return the marks of a change: the step itself, both points, both figures."""
    colour, now = change.colour, {"at": instant(change.after_at), "value": change.after or 0}
    place, texts = axes.place(change.after_at), change.texts(column)
    layers: list[alt.Chart] = []
    is_near = abs((change.before or 0) - (change.after or 0)) < NEAR * axes.height
    if change.before_at:
        then = {"at": instant(change.before_at), "value": change.before or 0}
        step = {"at": now["at"], "value": then["value"]}
        rule = axes.layer([step | {"to": now["value"]}]).encode(y2="to:Q")
        if not change.is_sure:
            layers.append(rule.mark_rule(color="white", strokeWidth=5))
        dash = [1, 0] if change.is_sure else [5, 4]
        layers.append(rule.mark_rule(color=colour, strokeWidth=3, strokeDash=dash))
        layers.append(_spot(axes, then, colour, is_known=change.before is not None))
        side: Side = "right" if place > EARLY else "left"
        below = is_near and colour != RED
        if change.before != change.after:
            layers += _label(axes, step, texts[0], colour, align=side, below=below)
    layers.append(_spot(axes, now, colour, is_known=change.after is not None))
    side = "right" if place > LATE else "left"
    below = is_near and colour == RED
    return [*layers, *_label(axes, now, texts[1], colour, align=side, below=below)]


def _spot(axes: Axes, where: Mapping[str, Any], colour: str, *, is_known: bool) -> alt.Chart:
    """Return a point; a hollow one where there is no figure."""
    fill = colour if is_known else "white"
    return axes.layer([where]).mark_point(
        size=80, fill=fill, stroke=colour, strokeWidth=2, opacity=1
    )


def _label(
    axes: Axes, where: Mapping[str, Any], text: str, colour: str, *, align: Side, below: bool
) -> list[alt.Chart]:
    """Return a text beside a point, with white around it so that lines do not cross it."""
    base = axes.layer([{**where, "text": text}]).encode(text="text:N")
    shape: dict[str, Any] = {"align": align, "fontSize": 13, "fontWeight": "bold"}
    shape |= {"dx": 9 if align == "left" else -9, "dy": 15 if below else -11}
    halo = base.mark_text(stroke="white", strokeWidth=4, **shape)
    return [halo, base.mark_text(color=colour, **shape)]


def instant(at: datetime) -> str:
    """Return an instant as the data of a chart."""
    return utc(at).isoformat()
