"""The chart of what a run changed: the ten largest changes of one figure, before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.units import unit_of
from tasks.charts.chart_style import ChartText, finished
from tasks.charts.group_chart import group_chart
from tasks.charts.rendering import png


def run_chart(records: Sequence[Mapping[str, Any]], *, title: str, source: str) -> bytes:
    """Return the ten largest of some changes as a small PNG.

    `records`: key, before, after and column of each, of one column; at least one. `title`: what was
    changed when. `source`: the line at the foot.
    """
    column = str(records[0]["column"])
    text = ChartText(title=title, lines=[], source=source, alt=title)
    return png(finished(group_chart(records, unit=unit_of(column)), text), scale=1)
