"""A country's figures over the versions: the steps of each, and which one the page begins with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import polars as pl

from schemas.wording import UNSPECIFIED
from tasks.site.exact_figures import WHOLE

FIGURE: Final = ("dataset", "measure")
"""What identifies a figure of a country."""
VERSION: Final = ("as_of", "vintage_id", "source_url")
"""What a step has of its version."""
LEADING: Final = (
    *("doses_allocated", "doses_announced", "doses_pledged", "secured_share"),
    *("doses_delivered", "doses_shipped", "doses_donated", "doses_administered"),
    *("people_first_dose", "people_last_dose"),
)
"""Figures in the order in which a page begins with one: promises, then what became of them."""


class Step(NamedTuple):
    """A version in which a figure changes.

    `value`, `before`: in the figure's unit, None where there is no figure; `before` of the first
    step is None. `alert`: fingerprint of the alert on it, None without one. `vintage_id`,
    `source_url`: of that version.
    """

    as_of: datetime
    value: float | None
    before: float | None
    vintage_id: str
    source_url: str | None
    alert: str | None = None

    @property
    def change(self) -> float:
        """The change [unit]; without a figure counts as 0."""
        return (self.value or 0) - (self.before or 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One figure of a country by one dataset. `steps`: oldest first, at least one.

    `mechanism`: who promises, where all rows of all steps name the same one; else ''.
    """

    dataset: str
    measure: str
    steps: Sequence[Step]
    mechanism: str = ""

    @property
    def source(self) -> str:
        """The source of the dataset."""
        return self.dataset.partition(".")[0]

    @property
    def table(self) -> str:
        """The table of the dataset."""
        return self.dataset.partition(".")[2]

    @property
    def name(self) -> str:
        """The name of the figure's row in tables and data."""
        return f"{self.dataset}/{self.measure}"

    @property
    def newest(self) -> Step:
        """The last step."""
        return self.steps[-1]

    @property
    def peak(self) -> Step:
        """The last step that shows the greatest value; the first step where none has a figure."""
        greatest = max((one.value for one in self.steps if one.value is not None), default=None)
        found = (one for one in reversed(self.steps) if one.value == greatest)
        return next(found) if greatest is not None else self.steps[0]


def series_of(totals: pl.DataFrame, promises: pl.DataFrame) -> list[Series]:
    """Return all figures of a country, sorted by dataset and measure.

    `totals`: its rows of the mart `country_totals` that are not of held versions. `promises`: its
    rows of the mart `promise_steps`.
    """
    alerts: dict[tuple[str, str], dict[datetime, str]] = {}
    raised = promises.filter(pl.col("alert").is_not_null())
    for dataset, measure, at, alert in raised.select(*FIGURE, "as_of", "alert").iter_rows():
        alerts.setdefault((dataset, measure), {})[at] = alert
    shown = totals.sort(*FIGURE, "as_of").select(*FIGURE, "total", WHOLE, *VERSION).iter_rows()
    return [
        Series(
            dataset=dataset,
            measure=measure,
            steps=tuple(steps_of((row[2:] for row in rows), alerts.get((dataset, measure), {}))),
        )
        for (dataset, measure), rows in groupby(shown, key=lambda row: row[:2])
    ]


def steps_of(
    rows: Iterable[tuple[Any, ...]], alerts: Mapping[datetime, str] = MappingProxyType({})
) -> Iterator[Step]:
    """Yield the steps of a figure; of two versions with the same figure only the first.

    `rows`: by version the figure as a float and, where that is not exact, as a whole number, then
    VERSION. `alerts`: by as_of the fingerprint of the alert on a step.
    """
    before, is_first = None, True
    for rounded, whole, at, vintage, url in rows:
        value = rounded if whole is None else whole
        if is_first or value != before:
            yield Step(at, value, before, vintage, url, alerts.get(at))
        before, is_first = value, False


def with_mechanism(series: Series, promises: pl.DataFrame) -> Series:
    """Return a figure with the one mechanism that all rows of all its steps have, if there is one.

    `promises`: the country's rows of the mart `promise_steps`.
    """
    own = promises.filter(dataset=series.dataset, measure=series.measure)["parts"]
    named = own.str.extract_all(r'"mechanism":"[^"]*"').explode().drop_nulls().unique().to_list()
    names = {text.removeprefix('"mechanism":"').removesuffix('"') for text in named}
    [name] = names if len(names) == 1 else [UNSPECIFIED]
    return series if name == UNSPECIFIED or "\\" in name else replace(series, mechanism=name)


def leading(
    known: Sequence[tuple[str, str]], ladder: Mapping[str, Any] | None
) -> tuple[str, str] | None:
    """Return dataset and measure of the figure that a page begins with; None where there is none.

    `known`: dataset and measure of all figures of the country, sorted. `ladder`: the newest row of
    the mart `allocation_ladder`, whose source is taken where it has one.
    """
    for measure in LEADING:
        found = [one for one in known if one[1] == measure]
        chosen = (ladder or {}).get(f"{measure.removeprefix('doses_')}_source")
        found.sort(key=lambda one: one[0].partition(".")[0] != chosen)
        if found:
            return found[0]
    return None
