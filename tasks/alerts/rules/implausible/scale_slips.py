"""R12: a figure of another size, as when a digit, a decimal mark or the unit has slipped.

An episode opens at once, unconfirmed, up or down. The next version reverts it when the figure is
back (a slip), or confirms it (a change of unit, or of what is counted); a later one may end it.
"""

from collections.abc import Iterator, Sequence
from math import log10
from typing import Final

import polars as pl

from schemas.figure_kinds import figure_kind
from schemas.rule_settings import Thresholds
from schemas.wording import is_share
from tasks.alerts.rules.implausible.slipping_figure import SlippingFigure
from tasks.alerts.rules.model.episode import Episode, Family, values_by_cell
from tasks.alerts.rules.model.parameter import Parameter
from tasks.alerts.rules.model.rule import DatasetContext, Rule, SourceContext
from tasks.alerts.rules.reading.growth import Grown, grown_by_days
from tasks.alerts.rules.reading.rule_input import Timeline, day_column
from tasks.alerts.rules.reading.series_view import SeriesView
from tasks.alerts.rules.reading.slip_tags import TWICE

SLIP: Final = Family(
    name="slip",
    sentence="{noun} of another size than in the version before for {count} of {compared} "
    "countries on {on}",
    is_fall=True,
)


def scale_slips(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R12."""
    for dataset in source.country_datasets():
        is_by_day = day_column(dataset.timeline.key) is not None
        for grain, changes in _figures(dataset):
            view = dataset.series if is_by_day else None
            yield from _slips(dataset.timeline, grain, changes, thresholds, view)


def _figures(dataset: DatasetContext) -> Iterator[tuple[list[str], pl.DataFrame]]:
    """Yield the grain and the changes of the table's rows, and of the countries' totals.

    In a table whose rows have a day the newest figure of each series counts.
    """
    key = list(dataset.timeline.key)
    if day := day_column(key):
        yield [name for name in key if name != day], dataset.series.levels
        return
    for rows, totals in dataset.figures():
        yield ["iso3"], totals
        if key != ["iso3"]:
            yield key, rows


def _slips(
    timeline: Timeline,
    grain: Sequence[str],
    changes: pl.DataFrame,
    thresholds: Thresholds,
    view: SeriesView | None,
) -> Iterator[Episode]:
    """Yield the episodes of the figures that ever made so large a step."""
    cell, before, after = [*grain, "column"], pl.col("before"), pl.col("after")
    least = min(thresholds["least_step"], log10(TWICE[0]))
    roughly = 10 ** (least * 0.99)  # a product is cheaper than a logarithm
    is_near_far = (after >= before * roughly) | (after * roughly <= before)
    is_large = (after - before).abs() >= thresholds["least_change"]
    is_far = (after / before).log10().abs() >= least
    steps = changes.filter(is_near_far & is_large & (before > 0) & (after > 0)).filter(is_far)
    if steps.is_empty():
        return
    grown: Grown = grown_by_days(view, steps, 10**least) if view else {}
    near = changes.join(steps.select(cell).unique(), on=cell, how="semi")
    for name, values in sorted(values_by_cell(near, cell).items(), key=str):
        *_, column = name
        if figure_kind(column) != "other" and not is_share(column):
            figure_ = SlippingFigure(
                timeline=timeline,
                key=dict(zip(grain, name, strict=False)),
                column=column,
                values=values,
                thresholds=thresholds,
                grown=grown.get(name, ()),
            )
            yield from figure_.episodes()


R12: Final = Rule(
    id="R12",
    title="another size",
    grain="row",
    family=SLIP,
    severities=("low", "medium", "high", "critical"),
    judge=scale_slips,
    parameters={
        "least_step": Parameter(0.7, "least step, up or down, as a power of ten"),
        "least_change": Parameter(10_000, "least change in doses, people or tests"),
        "least_before": Parameter(10_000, "smaller figures before are not judged"),
        "least_vintages": Parameter(4, "versions of the figure before it is judged"),
        "soon": Parameter(28, "after more days without a version a rise may be growth, and is low"),
    },
)
