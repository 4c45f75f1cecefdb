"""Step chart: one figure over the versions, with the change that an alert is about.

A figure is known at versions only, so the line goes in steps, breaks where there is no figure, and
has a point for each version.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import altair as alt
import polars as pl

from tasks.charts.change_marks import Axes, Change, change_marks, instant
from tasks.charts.chart_style import GREY, HEIGHT, INK, WIDTH, Drawing, number_axis, number_range

MANY: Final = 60
"""Versions from which on points are small."""


def step_chart(
    series: pl.DataFrame,
    column: str,
    *,
    unit: str,
    change: Change | None = None,
    beside: tuple[str, pl.DataFrame] | None = None,
) -> Drawing:
    """Return the chart of a figure over the versions.

    Args:
        series: as_of [instant], value [the column's own unit, null without a figure]; one row for
            each version, oldest first, at least one.
        column: Its name; one that ends in `_share` is drawn in percent.
        unit: The title of the vertical axis.
        change: What to mark, if anything.
        beside: Name and series of another figure in the same unit, drawn as a dashed line.
    """
    times, values = series["as_of"].to_list(), series["value"].to_list()
    name, other = beside or ("", series.clear())
    values_of_all = [*values, *other["value"]]
    axes = _axes(times, values_of_all, column, unit=unit, change=change)
    known = [{"at": instant(at), "value": value} for at, value in zip(times, values, strict=True)]
    size = 14 if len(known) > MANY else 34
    layers = [
        axes.layer(_steps(known)).mark_line(
            interpolate="step-after",
            color=INK,
            strokeWidth=1.6,
            invalid="break-paths-show-path-domains",
        ),
        axes.layer(known).mark_point(size=size, color=INK, filled=True, opacity=1),
        *_beside(axes, name, other),
        *(change_marks(change, axes, column) if change else []),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def _steps(known: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows of a line that goes on up to the version in which a figure is gone."""
    rows: list[Mapping[str, Any]] = []
    for row in known:
        if row["value"] is None and rows and rows[-1]["value"] is not None:
            rows.append({**row, "value": rows[-1]["value"]})
        rows.append(row)
    return rows


def _beside(axes: Axes, name: str, other: pl.DataFrame) -> list[alt.Chart]:
    rows = [{"at": instant(at), "value": value} for at, value in other.iter_rows()]
    if not rows:
        return []
    line = axes.layer(rows).mark_line(interpolate="step-after", color=GREY, strokeDash=[6, 4])
    last = axes.layer([rows[-1] | {"text": name}]).encode(text="text:N")
    return [line, last.mark_text(align="right", dy=-8, color=GREY, fontSize=12)]


def _axes(
    times: Sequence[datetime],
    values: Sequence[float | None],
    column: str,
    *,
    unit: str,
    change: Change | None,
) -> Axes:
    ends = [at for at in (change.before_at, change.after_at) if at] if change else []
    first, last = min([*times, *ends]), max([*times, *ends])
    pad = max((last - first) * 0.04, timedelta(hours=18))
    low, high = number_range([*values, *((change.before, change.after) if change else ())])
    return Axes(
        x=alt.X(
            "at:T",
            title=None,
            scale=alt.Scale(type="utc", domain=[instant(first - pad), instant(last + pad)]),
            axis=alt.Axis(format=_dates(last - first), tickCount=6, labelOverlap=True),
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[low, high], nice=False),
            axis=number_axis(column, unit),
        ),
        first=first,
        width=last - first + pad,
        height=high - low,
    )


def _dates(span: timedelta) -> str:
    return "%-d %b %Y" if span >= timedelta(days=6) else "%-d %b %H:%M"
