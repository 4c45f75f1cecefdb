"""R16, the figures: a total of the source beside what its parts add up to, vintage by vintage.

All functions return: the entity (the key without days), seq, total, parts, was_sound [whether they
agreed nearly in the state before], is_off, sorted by entity and seq; a state holds up to the next.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import polars as pl

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.model.supply_flow import levels, levels_at
from tasks.alerts.rules.reading.figure_changes import figure_changes
from tasks.alerts.rules.reading.rule_input import RuleInput

DAY: Final = "observed_on"
TOTAL: Final = "doses_administered"
PEOPLE: Final = ("people_first_dose", "people_last_dose")
BOOSTER: Final = "people_booster"
NEARLY: Final = 0.005
"""A sum of days that was never so near to its total has another beginning, and is not judged."""


def entity_of(rule_input: RuleInput) -> list[str]:
    """Return the key columns without days."""
    return [name for name in rule_input.key if name != DAY]


def _judged(
    states: pl.DataFrame, entity: Sequence[str], difference: pl.Expr, thresholds: Thresholds
) -> pl.DataFrame:
    size = pl.col("total").abs()
    least = pl.max_horizontal(size * thresholds["least_share"], pl.lit(thresholds["least_count"]))
    return states.with_columns(
        (difference > least).fill_null(value=False).alias("is_off"),
        (difference <= size * NEARLY)
        .shift(1)
        .over(entity)
        .fill_null(value=False)
        .alias("was_sound"),
    ).select(*entity, "seq", "total", "parts", "was_sound", "is_off")


def doses_and_people(rule_input: RuleInput, thresholds: Thresholds) -> pl.DataFrame:
    """Return the doses given beside those that the people who had some got at least.

    Everybody with a first or last dose had one, everybody with a booster one more. In a table by
    day, a country is off while any of its days is, and the newest of them is shown.
    """
    key, entity = list(rule_input.key), entity_of(rule_input)
    names, column, after = (TOTAL, *PEOPLE, BOOSTER), pl.col("column"), pl.col("after")
    cells = rule_input.cells.filter(column.is_in(names))
    given = pl.when(column == TOTAL).then(after).min()
    most = pl.when(column.is_in(PEOPLE)).then(after).max()
    more = pl.when(column == BOOSTER).then(after).max().fill_null(0)
    suspects = cells.group_by(key).agg((given < most + more).alias("suspect"))
    near = cells.join(suspects.filter("suspect"), on=key, how="semi")
    seen = [after.filter(column == name).first().alias(name) for name in names]
    none = float("nan")
    rows = (
        figure_changes(replace(rule_input, cells=near), names)
        .with_columns(after.fill_null(none))
        .group_by(*key, "seq")
        .agg(seen)
        .sort(*key, "seq")
        .with_columns(pl.col(names).forward_fill().over(key).fill_nan(None))
        .with_columns(
            pl.col(TOTAL).alias("total"),
            (pl.max_horizontal(PEOPLE) + pl.col(BOOSTER).fill_null(0)).alias("parts"),
        )
    )
    states = _judged(rows, key, pl.col("parts") - pl.col("total"), thresholds)
    return _worst_day(states, key, entity) if len(entity) < len(key) else states


def _worst_day(states: pl.DataFrame, key: Sequence[str], entity: Sequence[str]) -> pl.DataFrame:
    """Return the states of rows by entity: off while any row is, with the newest that became so."""
    off = pl.col("is_off").cast(pl.Int64)
    newest = pl.col("total", "parts").sort_by("is_off", DAY).last()
    return (
        states.with_columns((off - off.shift(1).over(key).fill_null(0)).alias("more"))
        .group_by(*entity, "seq")
        .agg(newest, pl.col("more").sum(), pl.col("was_sound").any())
        .sort(*entity, "seq")
        .with_columns((pl.col("more").cum_sum().over(entity) > 0).alias("is_off"))
        .drop("more")
    )


def sums_of_days(rule_input: RuleInput, what: str, thresholds: Thresholds) -> pl.DataFrame:
    """Return the newest running total beside the sum of all days, in a table that has both.

    `what`: the beginning of both columns ("cases").
    """
    new = f"{what}_new"
    first = rule_input.cells.filter(pl.col("column") == new)
    roughly = _day_states(rule_input, first, what, thresholds)
    off, entity = roughly.filter("is_off"), entity_of(rule_input)
    near = rule_input.cells.join(off, on=entity, how="semi", maintain_order="left")
    concerned = replace(rule_input, cells=near)  # figure_changes is exact, and slow
    return _day_states(concerned, figure_changes(concerned, [new]), what, thresholds)


def _day_states(
    rule_input: RuleInput, new: pl.DataFrame, what: str, thresholds: Thresholds
) -> pl.DataFrame:
    entity = entity_of(rule_input)
    changed = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    summed = (
        new.group_by(*entity, "seq")
        .agg(changed.sum())
        .sort("seq")
        .with_columns(pl.col("after").cum_sum().over(entity).alias("parts"))
    )
    newest = (
        rule_input.cells.filter(pl.col("column") == f"{what}_cumulative")
        .drop_nulls("after")
        .sort(pl.col("seq") * 1_000_000 + pl.col(DAY).to_physical())
        .filter(pl.col(DAY) >= pl.col(DAY).cum_max().over(entity))
        .group_by(*entity, "seq")
        .agg(pl.col("after").last().alias("total"))
    )
    states = (
        newest.join(summed.drop("after"), on=[*entity, "seq"], how="full", coalesce=True)
        .sort(*entity, "seq")
        .with_columns(pl.col("total", "parts").forward_fill().over(entity))
    )
    return _judged(states, entity, (pl.col("total") - pl.col("parts")).abs(), thresholds)


def sums_of_months(
    deliveries: RuleInput, monthly: RuleInput, thresholds: Thresholds
) -> pl.DataFrame:
    """Return each country's doses delivered to date beside the sum of its months."""
    now = timedelta()
    totals = levels(deliveries, "doses_delivered")
    parts = levels(monthly, "doses_delivered_new")
    both = monthly.vintages.select(pl.col("as_of").alias("at"))
    states = (
        levels_at(deliveries, {"total": (totals, now), "parts": (parts, now)})
        .join(both, on="at", how="semi")
        .sort("iso3", "seq")
    )
    return _judged(states, ["iso3"], (pl.col("total") - pl.col("parts")).abs(), thresholds)
