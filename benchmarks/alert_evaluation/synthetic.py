"""Made-up roll-outs: running totals of one logistic curve per series, without noise; seeded.

Releases are weekly. Each country has its population and the middle and width of its curve; each of
its products a share. A running total never falls, so whatever falls in a tree was put there.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from zlib import crc32

import numpy as np
import polars as pl
import pycountry

from benchmarks.alert_evaluation.trees import Tree

START: Final = datetime(2021, 6, 1, tzinfo=UTC)
WEEK: Final = timedelta(days=7)
PRODUCTS: Final = ("AstraZeneca", "Janssen", "Moderna", "Pfizer BioNTech", "Sinopharm")
DONORS: Final = ("FRA", "JPN", "USA")
TABLES: Final = ("allocations", "deliveries", "donations", "vaccinations", "tests")
CURRENT: Final = {
    "allocations": {"doses_allocated": (1.0, 0)},
    "deliveries": {"doses_shipped": (0.9, 1), "doses_delivered": (0.9, 3)},
    "donations": {"doses_pledged": (0.3, 0), "doses_donated": (0.3, 3)},
}
"""Figures of the tables without days: share of the population's doses, weeks of delay."""
DAILY: Final = {
    "vaccinations": {
        "doses_administered": (1.5, 0),
        "people_first_dose": (0.7, 0),
        "people_last_dose": (0.6, 4),
    },
    "tests": {"tests_performed_cumulative": (0.8, 0), "positives_cumulative": (0.06, 0)},
}
"""Figures of the tables with days, likewise."""


def codes() -> list[str]:
    """Return the ISO 3166-1 codes of all countries, sorted."""
    return sorted(country.alpha_3 for country in pycountry.countries)


def made(table: str, *, seed: int, countries: int = 40, versions: int = 26) -> Tree:
    """Return so many weekly vintages of one of TABLES. The same seed gives the same tree."""
    rng = np.random.default_rng([seed, crc32(table.encode())])
    names = sorted(rng.choice(codes(), countries, replace=False).tolist())
    people = np.exp(rng.uniform(np.log(2e5), np.log(1e8), countries))
    middle = rng.uniform(versions * 0.2, versions * 0.6, countries)
    width = rng.uniform(versions * 0.12, versions * 0.25, countries)
    series = _series(table, rng, countries)
    frame = pl.DataFrame(
        [
            {"iso3": names[at], **names_of, "_size": people[at] * share}
            | {"_middle": middle[at], "_width": width[at]}
            for at, names_of, share in series
        ]
    )
    is_daily = table in DAILY
    figures = DAILY[table] if is_daily else CURRENT[table]
    weeks = [_at(frame, figures, week) for week in range(versions)]
    instants = tuple(START + WEEK * week for week in range(versions))
    if not is_daily:
        frames = tuple(weeks)
    else:
        dated = [
            one.with_columns(pl.lit((at - timedelta(days=1)).date()).alias("observed_on"))
            for one, at in zip(weeks, instants, strict=True)
        ]
        frames = tuple(pl.concat(dated[: count + 1]) for count in range(versions))
    entity = ("iso3", *(name for name in series[0][1]))
    day = "observed_on" if is_daily else None
    return Tree(table=table, entity=entity, day=day, instants=instants, frames=frames)


def _series(
    table: str, rng: np.random.Generator, countries: int
) -> list[tuple[int, dict[str, str], float]]:
    """Return (number of the country, other key columns, share of its doses) of each series."""
    if table == "vaccinations":
        return [(at, {}, 1.0) for at in range(countries)]
    if table == "tests":
        return [(at, {"origin": "national"}, 1.0) for at in range(countries)]
    found: list[tuple[int, dict[str, str], float]] = []
    for at in range(countries):
        products = rng.choice(PRODUCTS, int(rng.integers(2, 5)), replace=False).tolist()
        shares = rng.dirichlet(np.full(len(products), 3.0))
        for product, share in zip(products, shares, strict=True):
            if table == "donations":
                names = {"donor": str(rng.choice(DONORS)), "product": product}
            else:
                names = {"product": product, "mechanism": "COVAX"}
            found.append((at, names, float(share)))
    return found


def _at(frame: pl.DataFrame, figures: dict[str, tuple[float, int]], week: int) -> pl.DataFrame:
    def total(share: float, delay: int) -> pl.Expr:
        reached = ((pl.lit(float(week - delay)) - pl.col("_middle")) / pl.col("_width")).neg().exp()
        return (pl.col("_size") * share / (1 + reached)).floor().cast(pl.Int64)

    return frame.select(
        pl.exclude("_size", "_middle", "_width"),
        *(total(share, delay).alias(name) for name, (share, delay) in figures.items()),
    )
