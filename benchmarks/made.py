"""A made-up table of doses given, clean or with faults, as transform hands it to validation."""

from datetime import date, timedelta
from itertools import product
from string import ascii_uppercase
from typing import Final

import numpy as np
import polars as pl

from tasks.parsing.column_reading import UNREADABLE
from tasks.parsing.transform import ROW, Canonical

DAYS: Final = 600
START: Final = date(2020, 12, 1)
FIGURES: Final = ("people_first_dose", "people_last_dose", "people_booster")
TABLE: Final = "vaccinations"
BAD_SHARE: Final = 0.002


def clean(rows: int, *, seed: int = 5) -> pl.DataFrame:
    """Return so many rows of country x day that keep every rule, with their numbers."""
    rng = np.random.default_rng(seed)
    codes = pl.Series("iso3", ["".join(three) for three in product(ascii_uppercase, repeat=3)])
    days = pl.Series("observed_on", [START + timedelta(days=n) for n in range(DAYS)])
    number = np.arange(rows, dtype=np.uint32)
    first = rng.integers(0, 50_000_000, rows)
    return pl.DataFrame(
        {
            ROW: number + np.uint32(1),
            "iso3": codes.gather(number // DAYS),
            "observed_on": days.gather(number % DAYS),
            FIGURES[0]: first,
            FIGURES[1]: first * 4 // 5,
            FIGURES[2]: first // 3,
        }
    )


def faulty(rows: int) -> pl.DataFrame:
    """Return the same with 0.2 % bad rows: a code, a blank, a double, a count, a relation each."""
    step = round(5 / BAD_SHARE)
    place = pl.col(ROW) % step
    frame = clean(rows).with_columns(
        pl.when(place == 1)
        .then(pl.col("iso3").str.to_lowercase())
        .when(place != step // 2)
        .then("iso3"),
        pl.when(place == 2)  # the day of the row before: its key is double
        .then(pl.col("observed_on").shift(1))
        .otherwise("observed_on"),
        pl.when(place == 3).then(-pl.col(FIGURES[0])).otherwise(FIGURES[0]).alias(FIGURES[0]),
        pl.when(place == 4).then(pl.col(FIGURES[0]) * 2).otherwise(FIGURES[1]).alias(FIGURES[1]),
    )
    return frame.rechunk()


def unreadable(rows: int) -> pl.DataFrame:
    """Return rows none of which can be published: no code is one."""
    return clean(rows).with_columns(pl.col("iso3").str.to_lowercase())


def implausible(rows: int) -> pl.DataFrame:
    """Return rows all of which are published with a flag: every count is below zero."""
    return clean(rows).with_columns(-pl.col(FIGURES[0]) - 1)


def doubled(rows: int) -> pl.DataFrame:
    """Return rows that are all there twice."""
    half = clean(rows // 2)
    return pl.concat([half, half]).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW)
    )


def canonical_of(frame: pl.DataFrame) -> Canonical:
    """Return a frame as transform would hand it on, its cells the texts of its figures."""
    cells = frame.select(ROW, pl.exclude(ROW).cast(pl.String))
    return Canonical(
        frame=frame,
        cells=cells,
        origin=None,
        left_out=0,
        left_out_by={},
        no_countries={},
        published={name: name for name in frame.columns if name != ROW},
        unreadable=pl.DataFrame(schema=UNREADABLE),
    )
