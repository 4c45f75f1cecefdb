"""
Lost: what the rules see in a vintage that is held back, beside the last sound one.

Promises: of what is gone only numbers and places are told, for that it is gone is what the alert on
the whole vintage doubts; of the rows that are there, each promise that would have been told as cut
or withdrawn to 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from schemas.wording import ARROW, amount, country, figure, percent
from tasks.alerts.rules.promises import fired
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.thresholds import PROMISES
from tasks.alerts.rules.timeline import plain

SHOWN: Final = 3
"""Countries, and falls, that are named."""
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """
    What of the rows with figures in the last sound vintage a held one lacks.

    `known`, `gone`: rows. `countries`: iso3 of those of which no row is left. `totals`: of every
    figure in doses, before and now; None where its rows cannot be summed.
    """

    known: int
    gone: int
    countries: tuple[str, ...]
    totals: Mapping[str, tuple[float, float]]

    @property
    def share(self) -> float:
        """How much is gone, 0 to 1."""
        return self.gone / self.known if self.known else 0.0

    def document(self) -> dict[str, Any]:
        """Return it as JSON values, for the evidence."""
        totals = {name: [*map(plain, both)] for name, both in self.totals.items()}
        countries = list(self.countries)
        return {"known": self.known, "gone": self.gone, "countries": countries, "totals": totals}

    def sentence(self) -> str:
        """Return it in words, '' where nothing is gone."""
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


def levels(rule_input: RuleInput, seq: int) -> pl.DataFrame:
    """Return the key, column and value of every figure that is published in a vintage."""
    return (
        rule_input.cells.filter(pl.col("seq") <= seq)
        .group_by(*rule_input.key, "column")
        .agg(pl.col("after").last().alias("value"))
        .drop_nulls("value")
    )


def loss(rule_input: RuleInput, seq: int, before: pl.DataFrame) -> Loss:
    """Return what is gone in a vintage; `before`: the figures of the one before, of `levels`."""
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


def falls(rule_input: RuleInput, seq: int, before: pl.DataFrame) -> list[dict[str, Any]]:
    """
    Return what a vintage did to promises in rows that are there and were before, largest first.

    `before`: the figures of the last sound vintage, as `levels` has them.
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
            **{name: plain(row[name]) for name in ("before", "after")},
            "rel_change": row["rel_change"],
        }
        for row in fired(rows)
        if row["change"] < 0
    ]
    return sorted(fallen, key=lambda one: (one["after"] - one["before"], str(one["key"])))


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
    """Return the sums of every figure in doses; none in a series, whose days cannot be summed."""
    if "observed_on" in rule_input.key:
        return {}
    doses = sorted(name for name in before["column"].unique() if name.startswith("doses_"))
    return {name: (_sum(before, name), _sum(now, name)) for name in doses}


def _sum(figures: pl.DataFrame, column: str) -> float:
    return float(figures.filter(column=column)["value"].sum())


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
