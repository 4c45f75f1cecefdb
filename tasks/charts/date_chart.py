"""Date charts: a series over the days that it is about, before and after, and its revisions.

Promises: pure; what changed is marked by colour and by form.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import altair as alt
import polars as pl

from schemas.wording import ARROW, figure
from tasks.charts.chart_style import (
    BLUE,
    HEIGHT,
    INK,
    RED,
    WIDTH,
    Drawing,
    newer_figure,
    number_axis,
    number_range,
)

LARGEST: Final = "largest"
LINES: Final = alt.Legend(symbolType="stroke", symbolStrokeWidth=3)
MOST_ROWS: Final = 400
"""Days that a heat map shows, the newest ones."""
MOST_MARKS: Final = 10
"""Days that get a mark: those with the largest differences."""
FEW: Final = 24
"""Days up to which each has a point."""
LEAST_SPAN: Final = 0.01
"""Of the colours of a heat map: a smaller change is pale."""


def before_and_after(
    before: pl.DataFrame,
    after: pl.DataFrame,
    column: str,
    *,
    unit: str,
    names: tuple[str, str],
    mark: str | None = LARGEST,
) -> Drawing:
    """Return two lines: a series as two versions know it; the largest differences are marked.

    Args:
        before: on [day], value [Float64]; may be empty.
        after: The same, of the newer version.
        column: Name of the figure.
        unit: The title of the vertical axis.
        names: What the legend calls them.
        mark: LARGEST for the largest differences; a day in ISO 8601, which gets its newer figure
            as text; None for nothing.
    """
    low, high = number_range([*before["value"], *after["value"]], room=0.08)
    x = alt.X(
        "on:T",
        title="day that the figure is about",
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format="%-d %b %Y", tickCount=6, labelOverlap=True),
    )
    y = alt.Y(
        "value:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=number_axis(column, unit)
    )
    inks, dash, thick = (
        alt.Scale(domain=[*names], range=one) for one in ([INK, BLUE], [[5, 4], [1, 0]], [1.4, 3])
    )
    layers: list[alt.Chart] = []
    for name, frame in ((names[1], after), (names[0], before)):
        rows = [
            {"on": on.isoformat(), "value": value, "name": name} for on, value in frame.iter_rows()
        ]
        lines = alt.Chart(alt.Data(values=rows)).encode(
            x=x,
            y=y,
            color=alt.Color("name:N", scale=inks, legend=LINES),
            strokeDash=alt.StrokeDash("name:N", scale=dash, legend=None),
            strokeWidth=alt.StrokeWidth("name:N", scale=thick, legend=None),
        )
        layers.append(lines.mark_line(point=len(rows) <= FEW))
    found = largest_differences(before, after)
    spots = [(row["on"], row["shown"], row["change"] < 0) for row in found.iter_rows(named=True)]
    if mark != LARGEST:
        spots = [(on, value, True) for on, value in after.iter_rows() if on.isoformat() == mark]
    for on, value, is_lower in spots:
        where = [{"on": on.isoformat(), "value": value, "text": figure(value, column)}]
        base = alt.Chart(alt.Data(values=where)).encode(x=x, y=y)
        ink = RED if is_lower else BLUE
        layers.append(base.mark_point(size=80, color=ink, strokeWidth=2, opacity=1))
        if mark != LARGEST:
            text = base.encode(text="text:N")
            shape: dict[str, Any] = {"align": "right", "dx": -9, "fontSize": 13}
            layers.append(text.mark_text(stroke="white", strokeWidth=4, **shape))
            layers.append(text.mark_text(color=ink, **shape))
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


def largest_differences(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the ten days with the largest difference, of those that the older version knows.

    Returns:
        on, value [before], value_after [null: gone], change, shown [the newer figure, or the older
        one where none is left], days [how many differ in all]; the largest first.
    """
    newer = pl.col("value_after")
    return (
        before.join(after, on="on", how="left", suffix="_after")
        .filter(newer.ne_missing(pl.col("value")))
        .with_columns(
            (newer.fill_null(0) - pl.col("value")).alias("change"),
            newer.fill_null(pl.col("value")).alias("shown"),
            pl.len().alias("days"),
        )
        .sort(pl.col("change").abs(), "on", descending=True)
        .head(MOST_MARKS)
    )


def revision_map(revised: pl.DataFrame, versions: Sequence[datetime]) -> Drawing:
    """Return a heat map of revisions: versions from left to right, days from top to bottom.

    Args:
        revised: as_of, on, before, after, rel_change, see `figure_series.revised_dates`.
        versions: All versions; one without a revision is a column without colour.
    """
    days = revised["on"].unique().sort().tail(MOST_ROWS)
    shown = revised.filter(pl.col("on").is_in(days.implode()))
    times = [_version(at) for at in versions]
    most = min(1.0, max([LEAST_SPAN, *shown["rel_change"].abs()]))
    rows = [
        {"version": _version(at), "on": on.isoformat(), "change": change}
        for at, on, change in shown.select("as_of", "on", "rel_change").iter_rows()
    ]
    colour = alt.Color(
        "change:Q",
        scale=alt.Scale(domain=[-most, 0, most], range=[RED, "#f7f7f7", BLUE], clamp=True),
        legend=alt.Legend(
            title="change against the version before",
            titleLimit=400,
            titleFontWeight="normal",
            format="+.2~%",
            gradientLength=280,
            tickCount=4,
        ),
    )
    axis = alt.Axis(labelAngle=-40, labelOverlap=True)
    x = alt.X("version:O", scale=alt.Scale(domain=times), title="version", axis=axis)
    y = alt.Y(
        "on:O",
        sort="descending",
        title="day that the figure is about",
        axis=alt.Axis(labelOverlap=True),
    )
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(stroke="#dddddd", strokeWidth=0.3)
        .encode(x=x, y=y, color=colour)
        .properties(width=WIDTH, height=max(150, min(HEIGHT + 100, 16 * days.len())))
    )


def _version(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def revision_text(before: pl.DataFrame, after: pl.DataFrame, column: str) -> str:
    """Return a sentence about the days that differ between two versions of a series."""
    differs = largest_differences(before, after)
    if differs.is_empty():
        return "No day that both versions know has another figure."
    worst = differs.row(0, named=True)
    was, now, day = worst["value"], worst["value_after"], worst["on"]
    return (
        f"{worst['days']:,} of {before.height:,} days differ; most on {day.day} {day:%b %Y}: "
        f"{figure(was, column)} {ARROW} {newer_figure(was, now, column)}."
    )
