"""Testing: tests report by report, and what it means that none of them is positive.

With no positive in n tests the one-sided 95 % upper bound of the positivity is 3 / n, the rule of
three (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983;
249:1743): the p for which (1 - p)^n is 5 %. Were a share p of the tests positive, the chance that
none is would be (1 - p)^n, for independent tests. p is 0.1 %, as in alert rule R9, which states the
same figures: low beside what other countries found, and an assumption.
"""

from typing import Final

import polars as pl

from tasks.alerts.rules.implausible.positivity import POSITIVITY
from tasks.marts.lake_table import LakeTable, MartInputs

UNITS: Final = {
    "people": "people_tested",
    "samples": "samples_tested",
    "specimens": "specimens_processed",
    "tests": "tests_performed",
}
"""Units, in the order in which one is taken, and how their columns begin."""
NAMED: Final = {**UNITS, "positives": "positives"}
"""The units, and the positives."""
KEY: Final = ("iso3", "observed_on", "origin")


def testing(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `testing`: the columns of Testing."""
    parts = [_reports(table) for table in inputs.named("tests")]
    return pl.concat(parts) if parts else pl.DataFrame()


def _reports(table: LakeTable) -> pl.DataFrame:
    rows = _with_all_columns(table.latest).sort("iso3", "origin", "observed_on")
    at = pl.lit(table.shown_as_of, pl.Datetime("us", "UTC"))
    to_date = rows.select(
        *KEY,
        *(pl.col(f"{start}_new").alias(f"{unit}_new") for unit, start in NAMED.items()),
        *(_to_date(start).alias(f"{unit}_cumulative") for unit, start in NAMED.items()),
        *(pl.col(f"{start}_cumulative").alias(f"_{unit}") for unit, start in NAMED.items()),
    )
    totals = [f"{unit}_cumulative" for unit in UNITS]
    first = [
        pl.when(pl.col(f"{unit}_cumulative").is_not_null()).then(pl.lit(unit)) for unit in UNITS
    ]
    return (
        to_date.with_columns(unit=pl.coalesce(first), tested=pl.coalesce(totals))
        .with_columns(
            source=pl.lit(table.source),
            as_of=at,
            as_of_date=at.dt.date(),
            is_summed=pl.any_horizontal(
                pl.col(f"{unit}_cumulative").is_not_null() & pl.col(f"_{unit}").is_null()
                for unit in NAMED
            ),
            **_judged(),
        )
        .join(_flags(table), on=KEY, how="left")
        .select(
            *("source", *KEY, "as_of", "as_of_date"),
            *(f"{name}_{kind}" for name in NAMED for kind in ("new", "cumulative")),
            *("is_summed", "unit", "tested", "positivity", "upper_bound_95"),
            *("chance_of_no_positive", "flags"),
        )
    )


def _with_all_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """Return reports with every column of a unit, null where the source has none."""
    names = [f"{start}_{kind}" for start in NAMED.values() for kind in ("new", "cumulative")]
    lacking = [name for name in names if name not in rows.columns]
    return rows.with_columns(pl.Series(name, [None] * rows.height, pl.Int64) for name in lacking)


def _to_date(start: str) -> pl.Expr:
    """Return what was counted up to a report: as published, else the sum of the published new."""
    published, new = pl.col(f"{start}_cumulative"), pl.col(f"{start}_new")
    series = ("iso3", "origin")
    summed = new.fill_null(0).cum_sum().over(series)
    has_begun = new.is_not_null().cast(pl.Int64).cum_sum().over(series) > 0
    has_totals = published.is_not_null().any().over(series)
    return pl.when(has_totals).then(published).when(has_begun).then(summed)


def _judged() -> dict[str, pl.Expr]:
    tested, positive = pl.col("tested"), pl.col("positives_cumulative")
    is_none = (positive == 0) & (tested > 0)
    return {
        "positivity": pl.when(tested > 0).then(positive / tested),
        "upper_bound_95": pl.when(is_none).then(3 / tested),
        "chance_of_no_positive": pl.when(is_none).then(pl.lit(1 - POSITIVITY).pow(tested)),
    }


def _flags(table: LakeTable) -> pl.DataFrame:
    flags = table.flags
    if flags.is_empty():
        return pl.DataFrame(
            schema={
                "iso3": pl.String,
                "observed_on": pl.Date,
                "origin": pl.String,
                "flags": pl.String,
            }
        )
    one = pl.format("{}: {}", "column", "rule")
    return flags.group_by(KEY).agg(flags=one.unique().sort().str.join("; "))
