"""A country's figures over the versions: the steps of each, and which one the page begins with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import polars as pl

from schemas.wording import UNSPECIFIED
from tasks.site.exact_figures import exact

LEADING: Final = (
    *("doses_allocated", "doses_announced", "doses_pledged", "secured_share"),
    *("doses_delivered", "doses_shipped", "doses_donated", "doses_administered"),
    *("people_first_dose", "people_last_dose"),
)
"""Figures in the order in which a page begins with one: promises, then what became of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
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
    details = {
        (row["dataset"], row["measure"], row["as_of"]): row
        for row in promises.select("dataset", "measure", "as_of", "alert", "parts").to_dicts()
    }
    shown = totals.sort("dataset", "measure", "as_of")
    found: list[Series] = []
    for part in shown.partition_by("dataset", "measure", maintain_order=True):
        rows = part.to_dicts()
        dataset, measure = rows[0]["dataset"], rows[0]["measure"]
        own = [details.get((dataset, measure, row["as_of"]), {}) for row in rows]
        steps = tuple(steps_of(rows, own))
        found.append(Series(dataset=dataset, measure=measure, steps=steps))
    return found


def steps_of(rows: Sequence[Mapping[str, Any]], own: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """Yield the steps; of two versions with the same figure only the first."""
    before, is_first = None, True
    for row, detail in zip(rows, own, strict=True):
        value = exact(row, "total")
        if not is_first and value == before:
            continue
        yield Step(
            as_of=row["as_of"],
            value=value,
            before=before,
            vintage_id=row["vintage_id"],
            source_url=row["source_url"],
            alert=detail.get("alert"),
        )
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
