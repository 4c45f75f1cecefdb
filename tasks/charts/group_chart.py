"""Group chart: before and after of the ten largest changes that one alert puts together."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from schemas.wording import ARROW, country, figure, part_name, printable
from tasks.charts.chart_style import (
    BLUE,
    INK,
    PALE,
    RED,
    WIDTH,
    Drawing,
    newer_figure,
    number_axis,
    number_range,
)

MOST: Final = 10
"""Changes that are drawn."""
ROW, BAR = 30, 9
"""Height of one of them, and of each of its bars [px]."""
LONGEST: Final = 46
"""Characters of a name."""
Record = Mapping[str, Any]
"""key, before, after, column: as evidence of a group lists its findings."""


def changes_in(evidence: Mapping[str, Any]) -> list[Record]:
    """Return the changes that evidence of a group lists; none where its findings are no changes."""
    found = evidence.get("children", ())
    return [one for one in found if {"key", "before", "after", "column"} <= one.keys()]


def largest(records: Sequence[Record]) -> list[Record]:
    """Return the ten records with the largest change of the figure, largest first."""
    return sorted(records, key=lambda one: (-abs(_change(one)), str(one["key"])))[:MOST]


def group_chart(records: Sequence[Record], *, unit: str) -> Drawing:
    """Return the chart of ten changes at most, as the page of the alert has it.

    A grey bar before, below it one in red (lower) or blue (higher) after, both figures as text.
    `records`: at least one. `unit`: the title of the horizontal axis.
    """
    chosen = largest(records)
    rows = [_row(number, record) for number, record in enumerate(chosen)]
    column = chosen[0]["column"] or ""
    low, high = number_range([row[side] for row in rows for side in ("before", "after")], room=0.04)
    scale = alt.Scale(domain=[min(low, 0), max(high, 0)], nice=False)
    names = [row["name"] for row in rows]
    shown = alt.Axis(labelLimit=320, ticks=False, labelPadding=8)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=shown)
    )
    colour = alt.Color("colour:N", scale=None, legend=None)
    before, after = (
        alt.X(f"{one}:Q", scale=scale, axis=number_axis(column, unit))
        for one in ("before", "after")
    )
    text = base.encode(x=alt.value(WIDTH - 150), text="text:N", color=colour)
    return alt.layer(
        base.mark_bar(yOffset=-BAR / 2, height=BAR, color=PALE).encode(x=before),
        base.mark_bar(yOffset=BAR / 2, height=BAR).encode(x=after, color=colour),
        text.mark_text(align="left", dx=14, fontSize=12),
    ).properties(width=WIDTH - 150, height=ROW * len(rows))


def _row(number: int, record: Record) -> dict[str, Any]:
    """Return a record as the data of the chart; names that are cut stay apart by their number."""
    before, after, column = record["before"], record["after"], record["column"] or ""
    change = _change(record)
    return {
        "name": f"{_name(record)}{' ' * number}",
        "before": before or 0,
        "after": after or 0,
        "text": f"{figure(before, column)} {ARROW} {newer_figure(before, after, column)}",
        "colour": RED if change < 0 else BLUE if change else INK,
    }


def _name(record: Record) -> str:
    key = {name: str(value) for name, value in record["key"].items()}
    where = country(key["iso3"]) if "iso3" in key else ""
    name = printable(" ".join(filter(None, (where, part_name(key)))) or "all")
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _change(record: Record) -> float:
    return (record["after"] or 0) - (record["before"] or 0)
