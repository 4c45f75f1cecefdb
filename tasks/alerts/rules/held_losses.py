"""What a held vintage lacks and lowers, compared with the last accepted one.

Promises: missing rows are counted, as that they are gone is in doubt; of the rows that are there,
each promise that R1 or R2 would report is listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from schemas.wording import ARROW, amount, country, figure, percent
from tasks.alerts.rules.episode import Row, whole
from tasks.alerts.rules.figure_changes import notable_changes
from tasks.alerts.rules.rule_context import PROMISES
from tasks.alerts.rules.rule_input import RuleInput

SHOWN: Final = 3
"""Countries and falls that are named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """What a held vintage lacks of the rows with figures in the last accepted one.

    `known`, `gone`: numbers of rows. `countries`: iso3 of those without any row left. `totals`: of
    every figure in doses, before and now; empty for a time series.
    """

    known: int
    gone: int
    countries: tuple[str, ...]
    totals: Mapping[str, tuple[float, float]]

    @property
    def share(self) -> float:
        """The share of known rows that is gone, 0 to 1."""
        return self.gone / self.known if self.known else 0.0

    def document(self) -> dict[str, Any]:
        """Return the loss as evidence."""
        totals = {name: [*map(whole, both)] for name, both in self.totals.items()}
        countries = list(self.countries)
        return {"known": self.known, "gone": self.gone, "countries": countries, "totals": totals}

    def sentence(self) -> str:
        """Return the loss in words, '' where nothing is gone."""
        if not self.gone:
            return ""
        named = [country(iso3) for iso3 in self.countries[:SHOWN]]
        rest = len(self.countries) - len(named)
        more = [f"{rest} more countries" if rest > 1 else "1 more country"] if rest else []
        places = f", all rows of {_listed([*named, *more])} among them" if named else ""
        sums = "; ".join(
            f"{name.replace('_', ' ')} in all {figure(before)} {ARROW} {figure(now)}"
            for name, (before, now) in self.totals.items()
        )
        gone = f"{figure(self.gone)} of {figure(self.known)} rows with figures are gone{places}"
        return f" {gone}{f' ({sums})' if sums else ''}."


def figures_at(rule_input: RuleInput, seq: int) -> pl.DataFrame:
    """Return the key, column and value of every figure that is published in a vintage."""
    return (
        rule_input.cells.filter(pl.col("seq") <= seq)
        .group_by(*rule_input.key, "column")
        .agg(pl.col("after").last().alias("value"))
        .drop_nulls("value")
    )


def loss_in(rule_input: RuleInput, seq: int, before: pl.DataFrame) -> Loss:
    """Return what a vintage lacks; `before`: `figures_at` the last accepted one."""
    key = list(rule_input.key)
    changed = rule_input.cells.filter(seq=seq).select(
        *key, "column", pl.col("after").alias("value")
    )
    left = before.join(changed, on=[*key, "column"], how="anti")
    now = pl.concat([left, changed.drop_nulls("value")])
    known = before.select(key).unique()
    gone = known.join(now, on=key, how="anti")
    places = gone.join(now, on="iso3", how="anti")["iso3"] if "iso3" in key else pl.Series([])
    return Loss(
        known=known.height,
        gone=gone.height,
        countries=tuple(places.unique().sort()),
        totals=_totals(rule_input, before, now),
    )


def falls_in(rule_input: RuleInput, seq: int, before: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the promises that a vintage lowers in rows that it has, largest fall first.

    `before`: `figures_at` the last accepted vintage.
    """
    cell = [*rule_input.key, "column"]
    old, after = pl.col("before"), pl.col("after")
    rows = (
        rule_input.cells.filter(pl.col("seq") == seq, pl.col("column").is_in(PROMISES))
        .drop("before")
        .join(before.rename({"value": "before"}), on=cell, how="inner", maintain_order="left")
        .drop_nulls("after")
        .with_columns(
            (after - old).alias("change"),
            pl.when(old != 0).then((after - old) / old).alias("rel_change"),
            pl.col("seq").alias("debut"),
        )
    )
    fallen = [
        {
            "rule": row["rule"],
            "key": {name: str(row[name]) for name in rule_input.key},
            "column": row["column"],
            **{name: whole(row[name]) for name in ("before", "after")},
            "rel_change": row["rel_change"],
        }
        for row in notable_changes(rows).iter_rows(named=True)
        if row["change"] < 0
    ]
    return sorted(fallen, key=lambda fall: (fall["after"] - fall["before"], str(fall["key"])))


def falls_sentence(fallen: Sequence[Row]) -> str:
    """Return the falls in words, '' where there are none."""
    if not fallen:
        return ""
    rest = len(fallen) - SHOWN
    more = [f"{rest} more"] if rest > 0 else []
    named = "; ".join([*map(_named, fallen[:SHOWN]), *more])
    return f" Lower in rows that are there: {named}."


def _named(fall: Row) -> str:
    shown = amount(fall["column"], fall["key"], fall["after"])
    before = figure(fall["before"], fall["column"])
    return f"{shown}, {before} before ({percent(fall['rel_change'])})"


def _totals(
    rule_input: RuleInput, before: pl.DataFrame, now: pl.DataFrame
) -> dict[str, tuple[float, float]]:
    """Return the sums of every figure in doses; none for a time series."""
    if "observed_on" in rule_input.key:
        return {}
    doses = sorted(name for name in before["column"].unique() if name.startswith("doses_"))
    return {name: (_sum(before, name), _sum(now, name)) for name in doses}


def _sum(figures: pl.DataFrame, column: str) -> float:
    return float(figures.filter(column=column)["value"].sum())


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
