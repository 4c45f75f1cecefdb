"""R5: doses are allocated, and for weeks none of them is shipped.

Judged only in versions in which the table of shipments changes for other countries; a table that
stands still is a matter of R8. It resolves when doses are shipped, or most of the promise is gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import polars as pl

from schemas.figure_wording import amount
from schemas.rule_settings import Thresholds
from schemas.wording import UNSPECIFIED, figure
from tasks.alerts.rules.model.episode import Episode, Row, Step, spells, values_by_cell
from tasks.alerts.rules.model.rule import DatasetContext, Parameter, Rule, SourceContext
from tasks.alerts.rules.model.supply_flow import levels, levels_at, table_with
from tasks.alerts.rules.model.together import NAMED, countries, name_of, together
from tasks.alerts.rules.reading.rule_input import RuleInput, figures_at

PROMISED: Final = ("doses_allocated", "doses_announced")
SHIPPED: Final = ("doses_shipped", "doses_delivered")
LARGE: Final = 1_000_000
"""Doses that wait, from which on the severity is medium."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stall:
    """The table and column of the promises, the word for what is not done, and for how long."""

    dataset: DatasetContext
    column: str
    done: str
    weeks: float

    def main_product(self, row: Row) -> str:
        """Return the product with the most doses promised to the country of a state."""
        shown = figures_at(self.dataset.rule_input, row["seq"]).filter(
            pl.col("iso3") == row["iso3"], pl.col("column") == self.column
        )
        if "product" not in shown.columns:
            return UNSPECIFIED
        return shown.sort("value", "product", descending=[True, False]).item(0, "product")

    def episode(self, entry: Row, end: Row | None) -> Episode:
        """Return the episode that begins and ends with these states."""
        timeline, key = self.dataset.timeline, {"iso3": entry["iso3"]}
        promise, shipped = entry["promised"], entry["shipped"]
        shown = amount(self.column, key, promise)
        opened = Step(
            seq=entry["seq"],
            since=None,
            severity="medium" if promise - (shipped or 0) >= LARGE else "low",
            before=promise,
            after=shipped,
            sentence=(
                f"{timeline.shown_by} showed {shown} on {timeline.day(entry['seq'])}, and "
                f"{figure(shipped)} {self.done}; none were {self.done} in the {self.weeks:g} "
                "weeks before."
            ),
            confidence="confirmed",
            evidence={"product": self.main_product(entry)},
        )
        steps = [opened]
        if end:
            on, now = timeline.day(end["seq"]), figure(end["shipped"])
            text = f"The version of {on} shows {now} {self.done} of {figure(end['promised'])}."
            what = {"before": end["promised"], "after": end["shipped"]}
            steps.append(opened.then("resolved", end["seq"], text, **what))
        return Episode(timeline=timeline, key=key, column=self.column, steps=steps, about="stall")

    def sentence(self, product: str, children: Sequence[Episode]) -> str:
        """Return the sentence about the countries that wait for the same product."""
        timeline, of = (
            self.dataset.timeline,
            "" if product == UNSPECIFIED else f", mostly {product}",
        )
        worst = [
            f"{name_of(one)} {figure(one.steps[0].after)} of {figure(one.steps[0].before)}"
            for one in children[:NAMED]
        ]
        return (
            f"{timeline.shown_by} showed doses allocated to {countries(children)} countries{of}, "
            f"half of which or more were not {self.done} on "
            f"{timeline.day(children[0].steps[0].seq)}; none were {self.done} in the "
            f"{self.weeks:g} weeks before. Largest: {', '.join(worst)}."
        )


def unshipped_doses(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R5; countries that wait for the same product are one, if many."""
    promised, shipped = table_with(source, PROMISED), table_with(source, SHIPPED)
    if promised is None or shipped is None:
        return
    (dataset, column), (other, moved) = promised, shipped
    stall = _Stall(
        dataset=dataset,
        column=column,
        done=moved.removeprefix("doses_"),
        weeks=thresholds["least_weeks"],
    )
    states = _states(dataset.rule_input, column, _covax(other.rule_input), moved, thresholds)
    by_product: dict[str, list[Episode]] = {}
    history = values_by_cell(dataset.promise_totals.filter(pl.col("column") == column), ["iso3"])
    for entry, end in spells(states, ["iso3"], "is_stalled"):
        found = replace(stall.episode(entry, end), values=history.get((entry["iso3"],), ()))
        by_product.setdefault(found.steps[0].evidence["product"], []).append(found)
    for product, episodes in by_product.items():
        about, sentence = f"stall of {product}", partial(stall.sentence, product)
        yield from together(episodes, least=thresholds["countries"], about=about, sentence=sentence)


def _covax(shipments: RuleInput) -> RuleInput:
    """Return the shipments by COVAX, which also allocates; all where they are not apart."""
    if "mechanism" not in shipments.key:
        return shipments
    own = shipments.cells.filter(pl.col("mechanism").str.starts_with("COVAX"))
    return shipments if own.is_empty() else replace(shipments, cells=own)


def _states(
    promises: RuleInput, column: str, shipments: RuleInput, moved: str, thresholds: Thresholds
) -> pl.DataFrame:
    """Return the countries that ever stall, at each vintage in which they can be judged.

    Returns:
        seq, iso3, promised, shipped [null: no figure], is_stalled, sorted by iso3 and seq.
    """
    ago, now = timedelta(weeks=thresholds["least_weeks"]), timedelta()
    promised, shipped = levels(promises, column), levels(shipments, moved)
    shown = shipments.vintages["as_of"].min()
    grid = levels_at(
        promises,
        {
            "promised": (promised, now),
            "promised_then": (promised, ago),
            "shipped": (shipped, now),
            "shipped_then": (shipped, ago),
        },
    )
    moves = shipped.select(pl.col("at").unique().sort()).with_columns(pl.col("at").alias("moved"))
    instants = promises.vintages.select(pl.col("as_of").sort().alias("at"))
    before = instants.with_columns(pl.col("at").shift(1).alias("before"))
    standing = pl.min_horizontal("promised", "promised_then")
    waiting = standing - pl.col("shipped").fill_null(0)
    stalled = (
        pl.col("promised").is_not_null()  # what was withdrawn waits for nothing
        & pl.col("promised_then").is_not_null()
        & (waiting >= standing * thresholds["least_share"])
        & (waiting >= thresholds["least_doses"])
        & (pl.col("shipped").fill_null(0) <= pl.col("shipped_then").fill_null(0))
    )
    states = (
        grid.join_asof(moves, on="at")
        .join(before, on="at")
        .filter(pl.col("moved") > pl.col("before"), pl.col("at") - ago >= shown)
        .with_columns(stalled.fill_null(value=False).alias("is_stalled"))
    )
    concerned = states.filter("is_stalled").select("iso3").unique()
    return (
        states.join(concerned, on="iso3", how="semi")
        .select("seq", "iso3", "promised", "shipped", "is_stalled")
        .sort("iso3", "seq")
    )


R5: Final = Rule(
    id="R5",
    title="allocated, not shipped",
    grain="country",
    severities=("low", "medium"),
    judge=unshipped_doses,
    parameters={
        "least_share": Parameter(0.5, "least share of the promise that is not shipped", "share"),
        "least_doses": Parameter(100_000, "least doses that are not shipped"),
        "least_weeks": Parameter(8, "weeks since the last shipment, and since the promise"),
        "countries": Parameter(3, "as many countries that wait for one product are one alert"),
    },
)
