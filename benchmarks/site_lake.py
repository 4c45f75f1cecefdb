"""A made lake of 230 countries x 150 versions x 12 tables, as the published pages of six sources.

Every version raises a third of the figures by a few percent; one in two thousand falls by a third,
which opens alerts. Seeded: the same files each time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pycountry
from numpy.typing import NDArray

from tasks.pipeline.backfill import backfill_source
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store

COUNTRIES: Final = tuple(sorted((one.alpha_3, one.alpha_2) for one in pycountry.countries))[:230]
FIRST: Final = datetime(2021, 1, 4, tzinfo=UTC)
EVERY: Final = timedelta(days=7)
AT: Final = datetime(2026, 11, 29, tzinfo=UTC)
RISES: Final = 0.33
FALLS: Final = 0.0005
"""Shares of the figures that a version raises and lowers."""
FIGURES: Final = 11
"""Figures of a country in one version; a source shows some of them."""
Figures = NDArray[np.int64]
"""By country and figure."""


def make_lake(folder: Path, *, versions: int, seed: int = 15) -> Path:
    """Write the files of all sources below a folder, backfill them, and return the lake."""
    for number, shown in enumerate(_versions(versions, seed=seed)):
        day = (FIRST + number * EVERY).date().isoformat()
        for source, (ending, body_of) in SOURCES.items():
            file = folder / source / f"{day}.{ending}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body_of(shown, number))
    lake = folder / "lake"
    for source in SOURCES:
        run = RunContext(
            store=open_store(str(lake)), source=source_named(source), at=AT, check_quality=False
        )
        backfill_source(run, f"dir:{folder / source}")
    return lake


def _versions(count: int, *, seed: int) -> Iterator[Figures]:
    rng = np.random.default_rng(seed)
    shape = len(COUNTRIES), FIGURES
    shown: Figures = rng.integers(10_000, 40_000_000, shape)
    for _ in range(count):
        yield shown
        share = np.where(rng.random(shape) < RISES, 1 + 0.04 * rng.random(shape), 1.0)
        share[rng.random(shape) < FALLS] = 0.67
        shown = (shown * share).astype(np.int64)


def _undp(shown: Figures, _: int) -> bytes:
    names = (
        "iso3,countryname,vaccinesdelivered,total_donations,securedvaccineofpopulation,"
        "total_vaccinations,persons_vaccinated_1plus_dose,persons_last_dose,first_vaccine_date"
    )
    return _csv(
        names,
        lambda code, row: (
            f"{code},{code},{row[0]},{row[1]},{row[2] / 400_000},"
            f"{row[3]},{row[3] // 2},{row[3] // 3},22Feb2021"
        ),
        shown,
    )


def _hdx(shown: Figures, _: int) -> bytes:
    names = {
        "#capacity+doses+forecast+covax": 4,
        "#affected+infected": 5,
        "#capacity+doses+delivered+total": 6,
        "#capacity+doses+administered+total": 7,
    }
    rows = [
        {"#country+code": code, **{name: str(row[at]) for name, at in names.items()}}
        for (code, _), row in zip(COUNTRIES, shown, strict=True)
    ]
    return json.dumps({"national_data": rows}).encode()


def _who(shown: Figures, number: int) -> bytes:
    names = "COUNTRY,ISO3,DATE_UPDATED,TOTAL_VACCINATIONS,PERSONS_VACCINATED_1PLUS_DOSE,"
    day = (FIRST + number * EVERY).date().isoformat()
    return _csv(
        f"{names}PERSONS_LAST_DOSE,FIRST_VACCINE_DATE",
        lambda code, row: f"{code},{code},{day},{row[8]},{row[8] // 2},{row[8] // 3},2021-03-01",
        shown,
    )


def _unicef(shown: Figures, _: int) -> bytes:
    return _csv(
        "Recipient,Recipient ISO,Vaccine Name,Doses Allocated",
        lambda code, row: f"{code},{code},,{row[9]}",
        shown,
    )


def _covax(shown: Figures, _: int) -> bytes:
    return _csv(
        "ISO3,Country,COVAX Forecast Total", lambda code, row: f"{code},{code},{row[10]}", shown
    )


def _cases(_: Figures, number: int) -> bytes:
    """Return all weeks so far; a country in forty shows too few in the newest, and corrects it."""
    counts = "New_cases,Cumulative_cases,New_deaths,Cumulative_deaths"
    lines = [f"Date_reported,Country_code,Country,{counts}"]
    for week in range(number + 1):
        day = (FIRST + week * EVERY).date().isoformat()
        for place, (code, two) in enumerate(COUNTRIES):
            new = 1_000 + 37 * place
            late = new // 3 if week == number and place % 40 == number % 40 else 0
            lines.append(f"{day},{two},{code},{new - late},{new * (week + 1) - late},1,{week + 1}")
    return "\n".join([*lines, ""]).encode()


def _csv(names: str, line: Callable[[str, Figures], str], shown: Figures) -> bytes:
    rows = [line(code, row) for (code, _), row in zip(COUNTRIES, shown, strict=True)]
    return "\n".join([names, *rows, ""]).encode()


SOURCES: Final[Mapping[str, tuple[str, Callable[[Figures, int], bytes]]]] = {
    "undp_vaccine_equity": ("csv", _undp),
    "hdx_humanitarian": ("json", _hdx),
    "who_vaccination": ("csv", _who),
    "unicef_market": ("csv", _unicef),
    "covax_allocations": ("csv", _covax),
    "who_cases": ("csv", _cases),
}
"""By source, the ending of its files and what makes one from the figures and their number."""
