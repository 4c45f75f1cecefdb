"""What the figures of all countries are, before any page is made; each mart at one go.

Promises: the same as the figures of each country, which take seconds where all have a hundred
versions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from schemas.figure_kinds import COUNTERS
from schemas.tables import TABLES
from tasks.site.exact_figures import WHOLE

LINE = ("iso3", "dataset", "measure")
Newest = Mapping[tuple[str, str], tuple[float | None, datetime]]
"""By dataset and measure the newest value and as_of (UTC) of the version that first showed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FurtherHead:
    """A dataset with further figures of a country.

    `is_moving`: whether one of its leading figures changed, so that it can be drawn over versions.
    """

    dataset: str
    is_moving: bool

    @property
    def source(self) -> str:
        """The source of the dataset."""
        return self.dataset.partition(".")[0]

    @property
    def table(self) -> str:
        """The table of the dataset."""
        return self.dataset.partition(".")[2]


def last_steps(figures: Sequence[pl.DataFrame]) -> Mapping[str, tuple[datetime, Sequence[str]]]:
    """Return the last step of each country in any figure, and its datasets, sorted."""
    found = (
        pl.concat(rows.select("iso3", "dataset", "as_of") for rows in figures)
        .group_by("iso3")
        .agg(pl.col("as_of").max(), pl.col("dataset").unique().sort())
    )
    return {iso3: (at, datasets) for iso3, at, datasets in found.iter_rows()}


def newest_totals(totals: pl.DataFrame) -> Mapping[str, Newest]:
    """Return the newest figures of each country, sorted by dataset and measure.

    `totals`: of the mart `country_totals`, as accepted versions show them.
    """
    steps = totals.select(*LINE, "as_of", "total", WHOLE).sort(*LINE, "as_of")
    shown = [pl.col(name) for name in (*LINE, "total", WHOLE)]
    is_step = pl.any_horizontal(one.ne_missing(one.shift()) for one in shown)
    last = steps.filter(is_step).unique(LINE, keep="last", maintain_order=True)
    found: dict[str, dict[tuple[str, str], tuple[float | None, datetime]]] = {}
    for iso3, dataset, measure, as_of, total, whole in last.iter_rows():
        newest = total if whole is None else whole
        found.setdefault(iso3, {})[dataset, measure] = (newest, as_of)
    return found


def further_heads(further: pl.DataFrame) -> Mapping[str, Sequence[FurtherHead]]:
    """Return the datasets of each country, in the order of the declared tables, then by name.

    `further`: of the mart `further_figures`, as accepted versions show them. Those that count since
    the beginning lead, where there are any.
    """
    moves = (
        further.group_by(*LINE, "part")
        .agg(moves=pl.max_horizontal(pl.col("figure", WHOLE).n_unique()) > 1)
        .with_columns(counts=pl.col("measure").is_in(COUNTERS))
        .group_by("iso3", "dataset")
        .agg(
            is_moving=pl.when(pl.col("counts").any())
            .then((pl.col("moves") & pl.col("counts")).any())
            .otherwise(pl.col("moves").any())
        )
    )
    places = list(TABLES)
    heads = [
        (places.index(one.table), one.dataset, iso3, one)
        for iso3, dataset, is_moving in moves.iter_rows()
        for one in [FurtherHead(dataset=dataset, is_moving=is_moving)]
    ]
    found: dict[str, list[FurtherHead]] = {}
    for *_, iso3, head in sorted(heads, key=lambda one: one[:3]):
        found.setdefault(iso3, []).append(head)
    return found
