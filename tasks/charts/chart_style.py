"""The style of all charts: colours, fonts, numbers, titles and the line about the source.

Promises: no colour alone carries a meaning, and red is never beside green; text from outside is
made harmless before it is drawn.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import altair as alt

from schemas.wording import ARROW, figure, is_share, percent, printable

RED, BLUE = "#b2182b", "#2166ac"
"""Lower and higher: apart for every kind of colour blindness."""
INK, GREY, PALE = "#333333", "#777777", "#bbbbbb"
WIDTH, HEIGHT = 640, 300
"""Of the plot, without axes and texts [px]."""
WRAP: Final = 112
"""Characters of a line of text below the title."""
FOOT_WRAP: Final = 122
"""The same, of the line at the foot, which is smaller."""
FIRM: Final = "\N{NO-BREAK SPACE}"
MOST_LINES: Final = 6
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is part of the renderer, the others have its widths."""
SHORT: Final = (
    "abs(datum.value) < 10000 ? format(datum.value, ',.4~f') : "
    "replace(replace(format(datum.value, '.4~s'), 'G', ' bn'), /(M|k|T)$/, ' $1')"
)
"""Of an axis: 1 500, 25 k, 8.1 M, 1.2 bn."""
PERCENT: Final = "format(datum.value * 100, ',.4~f') + ' %'"
CONFIG: Final = {
    "font": FONT,
    "background": "white",
    "padding": 12,
    "view": {"stroke": None},
    "axis": {
        "grid": False,
        "domainColor": PALE,
        "tickColor": PALE,
        "labelColor": INK,
        "labelFontSize": 11,
        "titleColor": INK,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    },
    "legend": {
        "orient": "top",
        "title": None,
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 400,
        "symbolSize": 90,
    },
}
"""The style of all charts, as the renderer takes it."""
Drawing = alt.Chart | alt.LayerChart | alt.VConcatChart | alt.FacetChart
"""A chart before it gets its texts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartText:
    """The texts of a chart.

    `title`: what the figure counts. `lines`: below it. `source`: the line at the foot. `alt`: what
    the picture shows, for those who do not see it.
    """

    title: str
    lines: Sequence[str]
    source: str
    alt: str


def finished(drawing: Drawing, text: ChartText) -> alt.VConcatChart:
    """Return the chart with its texts and the style of all charts."""
    lines = [part for line in text.lines for part in wrapped(line)]
    footed = drawing.properties(
        title=alt.TitleParams(
            wrapped(text.source, FOOT_WRAP),
            orient="bottom",
            anchor="start",
            offset=12,
            fontSize=11,
            fontWeight="normal",
            color=GREY,
        )
    )
    heading = alt.TitleParams(
        wrapped(text.title, 76),
        subtitle=lines[:MOST_LINES],
        anchor="start",
        offset=14,
        fontSize=16,
        subtitleFontSize=12,
        subtitleColor=INK,
        color=INK,
        subtitlePadding=6,
        subtitleLineHeight=16,
    )
    return alt.vconcat(footed, title=heading, description=printable(text.alt))


def wrapped(text: str, width: int = WRAP) -> list[str]:
    r"""Return harmless text in lines; a word longer than a line is broken.

    >>> wrapped("a\x1b b", 3)
    ['a\\x', '1b', 'b']
    """
    joined = printable(text).replace(f" {ARROW} ", f"{FIRM}{ARROW}{FIRM}").replace(" %", f"{FIRM}%")
    return textwrap.wrap(joined, width) or [""]


def newer_figure(before: float | None, after: float | None, column: str) -> str:
    """Return a figure as text, with its change in percent where that has a meaning.

    >>> newer_figure(100, 250, "doses"), newer_figure(0, 5, "doses"), newer_figure(-5, 5, "doses")
    ('250 (+150.0 %)', '5', '5')
    """
    shown = figure(after, column)
    if before is None or after is None or before <= 0:
        return shown
    return f"{shown} ({percent((after - before) / before)})"


def number_axis(column: str, title: str) -> alt.Axis:
    """Return the vertical axis of a figure; a share is in percent."""
    shown = PERCENT if is_share(column) else SHORT
    return alt.Axis(labelExpr=shown, title=title, grid=True, gridColor="#eeeeee", tickCount=6)


def number_range(values: Sequence[float | None], room: float = 0.18) -> tuple[float, float]:
    """Return the ends of an axis: with zero, and with room for texts above the greatest value.

    >>> number_range([100.0, None]), number_range([]), number_range([-100.0])
    ((0.0, 118.0), (0.0, 1.18), (-108.0, 18.0))
    """
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    high = high if high > low else 1.0
    span = high - low
    return low - (0.08 * span if low < 0 else 0), high + room * span
