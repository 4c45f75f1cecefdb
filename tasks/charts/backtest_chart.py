"""Backtest chart: how many incidents a change of the rules adds or takes away."""

from typing import Final

import altair as alt
import polars as pl

from schemas.alerts import SEVERITIES
from tasks.charts.chart_style import ChartText, finished

COLOURS: Final = ("#d9d9d9", "#a6bddb", "#fdbb84", "#e34a33", "#7f0000")
"""Of the severities, from info to critical: from light to dark, so that grey print will do."""
SIDES: Final = ("before", "after")


def backtest_chart(frame: pl.DataFrame, *, source: str = "") -> alt.VConcatChart:
    """Return bars of incidents for each rule, by severity, with the rules before and now.

    Args:
        frame: rule, severity, before, after [incidents]; one row per rule and severity.
        source: The line at the foot.
    """
    rows = [
        {"rule": rule, "severity": severity, "side": side, "count": count, "rank": rank}
        for rule, severity, *counts in frame.select("rule", "severity", *SIDES).iter_rows()
        for side, count in zip(SIDES, counts, strict=True)
        for rank in (SEVERITIES.index(severity),)
    ]
    rules: list[str] = sorted(frame["rule"].unique(), key=lambda rule: (len(rule), rule))
    before, after = (int(frame[side].sum()) for side in SIDES)
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("rule:N", sort=rules, title=None, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("side:N", sort=[*SIDES]),
            y=alt.Y(
                "sum(count):Q", title="incidents", axis=alt.Axis(grid=True, gridColor="#eeeeee")
            ),
            color=alt.Color(
                "severity:N",
                scale=alt.Scale(domain=[*SEVERITIES], range=[*COLOURS]),
                legend=alt.Legend(orient="top", title=None),
            ),
            order=alt.Order("rank:Q"),
        )
        .properties(width=max(180, 74 * len(rules)), height=260)
    )
    title = f"{before:,} incidents before, {after:,} after"
    text = ChartText(
        title=title,
        lines=["Of each pair of bars the left one is before, the right one after."],
        source=source,
        alt=f"{title}, by rule and severity.",
    )
    return finished(bars, text)
