"""How many tests with known positives a country has reported, vintage by vintage.

People are taken before samples, samples before specimens; of several origins the one that tested
most.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

UNITS: Final = {
    "people_tested": "people tested",
    "samples_tested": "samples tested",
    "specimens_processed": "specimens processed",
    "tests_performed": "tests (unit not stated)",
}
"""In order of preference: the first unit that a country reports counts."""
POSITIVES: Final = ("positives_new", "positives_cumulative")
FIGURES: Final = (
    *POSITIVES,
    *(f"{unit}_{kind}" for unit in UNITS for kind in ("new", "cumulative")),
)

Reports = dict[tuple[date, str], dict[str, float]]
"""The figures of one country, by observed_on and origin."""


@dataclass(frozen=True, slots=True)
class TestCount:
    """How many tests with known positives, counted in which column."""

    unit: str
    column: str
    n: float


def without_positives(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the iso3 of countries with reports but no positive in some vintage."""
    now, then = (pl.col(name).fill_null(0) > 0 for name in ("after", "before"))
    return (
        cells.filter(pl.col("column").is_in(POSITIVES))
        .group_by("iso3", "seq")
        .agg((now.cast(pl.Int64) - then.cast(pl.Int64)).sum().alias("delta"))
        .sort("iso3", "seq")
        .filter(pl.col("delta").cum_sum().over("iso3") <= 0)
        .select("iso3")
        .unique()
    )


def reports_by_vintage(rows: pl.DataFrame) -> Iterator[tuple[int, Reports]]:
    """Yield the seq of each vintage that changes a report, and all reports at that time."""
    reports: Reports = {}
    columns = ("seq", "observed_on", "origin", "column", "after")
    for batch in rows.select(columns).partition_by("seq", maintain_order=True):
        for _, observed_on, origin, column, after in batch.iter_rows():
            report = reports.setdefault((observed_on, origin), {})
            report.pop(column, None)
            if after is not None:
                report[column] = after
        yield batch.item(0, "seq"), reports


def count_tests(reports: Reports) -> TestCount | None:
    """Return the number of tests in the first unit that is reported, None without tests."""
    known = {at: report for at, report in reports.items() if report.keys() & set(POSITIVES)}
    origins = sorted({origin for _, origin in known})
    for unit in UNITS:
        found = [_count_of_origin(known, unit, origin) for origin in origins]
        most = max(found, key=lambda count: count.n, default=None)
        if most and most.n > 0:
            return most
    return None


def _count_of_origin(
    known: Mapping[tuple[date, str], Mapping[str, float]], unit: str, origin: str
) -> TestCount:
    """Return the greater of the sum of new tests and the newest cumulative figure."""
    new, total = f"{unit}_new", f"{unit}_cumulative"
    own = sorted((on, report) for (on, whose), report in known.items() if whose == origin)
    summed = TestCount(unit, new, sum(report.get(new, 0) for _, report in own))
    totals = [report[total] for _, report in own if total in report]
    newest = TestCount(unit, total, totals[-1] if totals else 0)
    return max(summed, newest, key=lambda count: count.n)
