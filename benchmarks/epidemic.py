"""A synthetic epidemic, reported again every day: the long table of countries and days.

250 countries; every version adds a day, restates the newest weeks of a few countries, corrects
single days far back, drops four rows that come back fifteen versions later. Counts are cumulative
and daily, rates follow from them, so that the table compresses as such tables do: cumulative
columns smooth, daily ones noisy, many small numbers, vaccinations blank in the first year.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

KEY = ("iso_code", "date")
VERSIONS = 300
COUNTRIES = 250
FIRST_DAYS = 800
FIRST_DAY = date(2020, 1, 1)
VACCINES_FROM = 380
AWAY = 15
WINDOW = 40
WINDOWS, CORRECTIONS = 14, 110
FAMILIES = ("cases", "deaths", "tests", "vaccinations")
CASES, DEATHS, TESTS, VACCINATIONS = range(4)

INTEGERS = (
    *(f"{kind}_{family}" for family in FAMILIES for kind in ("new", "total")),
    "people_vaccinated",
    "people_fully_vaccinated",
)
RATES = (
    "new_cases_smoothed",
    "new_deaths_smoothed",
    "total_cases_per_million",
    "new_cases_per_million",
    "total_deaths_per_million",
    "total_vaccinations_per_hundred",
    "positive_rate",
    "reproduction_rate",
    "stringency_index",
)
SCHEMA = pl.Schema(
    {
        "iso_code": pl.String(),
        "date": pl.Date(),
        **dict.fromkeys(INTEGERS, pl.Int64()),
        **dict.fromkeys(RATES, pl.Float64()),
    }
)
Figures = NDArray[np.float64]


def owid(versions: int = VERSIONS, *, seed: int = 20220210) -> Iterator[pl.DataFrame]:
    """Yield the versions of a table with 21 columns, sorted by its key (iso_code, date).

    From 200,000 rows to 274,690; about 1,260 rows change in a version.
    """
    epidemic = Epidemic(np.random.default_rng(seed), days=FIRST_DAYS + versions)
    dropped: list[NDArray[np.intp]] = []
    for version in range(versions):
        days = FIRST_DAYS + version
        if version:
            epidemic.restate(days - 1)
            dropped = [*dropped[-AWAY + 1 :], epidemic.some_rows(days - 1)]
        yield epidemic.frame(days, without=dropped)


class Epidemic:
    """The figures of all countries and days, country by day, and how they are revised."""

    def __init__(self, rng: np.random.Generator, *, days: int) -> None:
        self._rng = rng
        self._people = np.round(10 ** rng.uniform(4.4, 8.3, COUNTRIES))
        self.new = np.stack([self._daily(days, family) for family in range(4)])
        self.total = self.new.cumsum(axis=2)
        self._reproduction = np.round(self._walk(days, 0.03) * 0.4 + 1.0, 2).clip(0.1, 3.0)
        steps = np.repeat(rng.integers(0, 28, (COUNTRIES, days // 30 + 1)), 30, axis=1)
        self._stringency = np.round(steps[:, :days] * 3.7037, 2)
        self._no_tests = rng.random((COUNTRIES, days)) < rng.choice(
            [0.05, 0.05, 1.0], (COUNTRIES, 1)
        )

    def _walk(self, days: int, step: float) -> Figures:
        return np.tanh(self._rng.normal(0, step, (COUNTRIES, days)).cumsum(axis=1))

    def _daily(self, days: int, family: int) -> Figures:
        """Return counts a day: waves, a weekly rhythm and noise; some countries report weekly."""
        share = (6e-5, 8e-7, 1e-3, 2e-3)[family]
        waves = np.exp(2.0 * self._walk(days, 0.08)) * share * self._people[:, None]
        weekly = 1 + 0.3 * np.sin(np.arange(days) * 2 * np.pi / 7)
        counts = self._rng.poisson(waves * weekly * self._rng.gamma(20, 1 / 20, waves.shape))
        counts = counts.astype(np.float64)
        reports_weekly = self._rng.random(COUNTRIES) < 0.3
        counts[np.ix_(reports_weekly, np.arange(days) % 7 != 0)] = 0
        counts[:, : 20 + 10 * family] = 0
        if family == VACCINATIONS:
            counts[:, :VACCINES_FROM] = 0
        return counts

    def restate(self, newest: int) -> None:
        """Restate the newest weeks of a few countries and single days of many."""
        rng = self._rng
        for country in rng.choice(COUNTRIES, WINDOWS, replace=False):
            family, first = rng.integers(0, 4), newest - WINDOW
            factor = rng.uniform(0.9, 1.15, WINDOW)
            self.new[family, country, first:newest] = np.round(
                self.new[family, country, first:newest] * factor + rng.integers(0, 2)
            )
            line = self.new[family, country, first:]
            self.total[family, country, first:] = (
                self.total[family, country, first - 1] + line.cumsum()
            )
        places = rng.integers(0, COUNTRIES, CORRECTIONS), rng.integers(30, newest, CORRECTIONS)
        families = rng.integers(0, 3, CORRECTIONS)
        cases = self.new[(families, *places)]
        self.new[(families, *places)] = np.round(cases * rng.uniform(0.8, 1.3, CORRECTIONS)) + 1

    def some_rows(self, days: int) -> NDArray[np.intp]:
        """Return four places (country, day) whose rows go missing for a while."""
        places = self._rng.integers(0, COUNTRIES, 4), self._rng.integers(0, days, 4)
        return np.stack(places)

    def frame(self, days: int, *, without: list[NDArray[np.intp]]) -> pl.DataFrame:
        """Return the table of the first `days`, without some rows."""
        new, total = self.new[:, :, :days], self.total[:, :, :days]
        millions = self._people[:, None] / 1e6
        blank = np.arange(days) < VACCINES_FROM
        columns: dict[str, NDArray[np.floating]] = {}
        for family, name in enumerate(FAMILIES):
            columns |= {f"new_{name}": new[family], f"total_{name}": total[family]}
        columns["people_vaccinated"] = np.floor(total[VACCINATIONS] * 0.55)
        columns["people_fully_vaccinated"] = np.floor(total[VACCINATIONS] * 0.38)
        columns["new_cases_smoothed"] = _smoothed(new[CASES])
        columns["new_deaths_smoothed"] = _smoothed(new[DEATHS])
        columns["total_cases_per_million"] = np.round(total[CASES] / millions, 3)
        columns["new_cases_per_million"] = np.round(new[CASES] / millions, 3)
        columns["total_deaths_per_million"] = np.round(total[DEATHS] / millions, 3)
        columns["total_vaccinations_per_hundred"] = np.round(
            total[VACCINATIONS] / millions / 1e4, 2
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["positive_rate"] = np.round(
                np.minimum(new[CASES] / np.where(new[TESTS], new[TESTS], np.nan), 1), 3
            )
        columns["reproduction_rate"] = self._reproduction[:, :days]
        columns["stringency_index"] = self._stringency[:, :days]
        for name in columns:
            if "vaccinat" in name:
                columns[name] = np.where(blank, np.nan, columns[name])
            elif "tests" in name or name == "positive_rate":
                columns[name] = np.where(self._no_tests[:, :days], np.nan, columns[name])
        there = np.ones((COUNTRIES, days), dtype=bool)
        for places in without:
            there[tuple(places)] = False
        return _table(columns, there)


def _smoothed(daily: Figures) -> Figures:
    sums = np.pad(daily, ((0, 0), (7, 0))).cumsum(axis=1)
    return np.round((sums[:, 7:] - sums[:, :-7]) / 7, 3)


def _table(columns: dict[str, NDArray[np.floating]], there: NDArray[np.bool_]) -> pl.DataFrame:
    countries, days = there.shape
    dates = [FIRST_DAY + timedelta(days=day) for day in range(days)]
    names = pl.Series([f"C{place:03d}" for place in range(countries)])
    kept = there.ravel()
    keys = pl.DataFrame(
        {
            "iso_code": names.gather(np.repeat(np.arange(countries), days)[kept]),
            "date": pl.Series(np.tile(np.array(dates, dtype="datetime64[D]"), countries)[kept]),
        }
    )
    figures = pl.DataFrame({name: values.ravel()[kept] for name, values in columns.items()})
    figures = figures.with_columns(pl.all().fill_nan(None))
    return keys.hstack(figures).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
