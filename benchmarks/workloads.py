"""
Made-up histories with fixed seeds, shaped like the real ones.

`owid`: a long table of country and day that grows every day, in which half a per cent of the rows
is revised, a few are dropped and come back. `small`: weekly allocations that rise, fall and vanish.
"""

import io
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

OWID_KEY = ("iso_code", "date")
SMALL_KEY = ("iso_code", "product")
COUNTRIES = 250
FIGURES = 19


def owid(
    versions: int = 300, *, first_rows: int = 200_000, seed: int = 20220210
) -> Iterator[pl.DataFrame]:
    """
    Yield the versions of a table with 21 columns, sorted by its key (iso_code, date).

    250 new rows a version, about 0.5 % of the rows revised in one to three figures, 15 dropped, the
    ones dropped before are back.
    """
    rng = np.random.default_rng(seed)
    days = first_rows // COUNTRIES
    table = pl.concat([_day(rng, number) for number in range(days)]).sort(OWID_KEY)
    dropped = table.clear()
    for version in range(versions):
        if version:
            revised = _revised(rng, table)
            gone = rng.choice(revised.height, 15, replace=False)
            kept = pl.Series(np.isin(np.arange(revised.height), gone, invert=True))
            back, dropped = dropped, revised.filter(~kept)
            fresh = _day(rng, days + version)
            table = pl.concat([revised.filter(kept), back, fresh]).sort(OWID_KEY)
        yield table


def _day(rng: np.random.Generator, number: int) -> pl.DataFrame:
    on = date(2020, 1, 1) + timedelta(days=number)
    columns: dict[str, object] = {
        "iso_code": [f"C{place:03d}" for place in range(COUNTRIES)],
        "date": [on] * COUNTRIES,
    }
    for figure in range(FIGURES):
        scale = 10.0 ** (2 + figure % 5)
        values = rng.gamma(2.0, scale, COUNTRIES) * (1 + number / 100)
        if figure % 3 == 0:
            columns[f"count_{figure:02d}"] = values.astype(np.int64)
        else:
            columns[f"rate_{figure:02d}"] = np.round(values / 1000, 3)
    frame = pl.DataFrame(columns)
    blank = {name: rng.random(COUNTRIES) < 0.3 for name in frame.columns[2:]}
    return frame.with_columns(
        pl.when(pl.Series(mask)).then(None).otherwise(pl.col(name)).alias(name)
        for name, mask in blank.items()
    )


def _revised(rng: np.random.Generator, table: pl.DataFrame) -> pl.DataFrame:
    hit = np.zeros(table.height, dtype=bool)
    hit[rng.choice(table.height, table.height // 250, replace=False)] = True
    names = [str(name) for name in rng.choice(table.columns[2:], 3, replace=False)]
    factor = pl.Series(np.where(hit, rng.uniform(0.8, 1.3, table.height), 1.0))
    return table.with_columns(
        (pl.col(name) * factor).round(3).cast(table.schema[name]).alias(name) for name in names
    )


def small(versions: int = 150, *, seed: int = 7) -> Iterator[pl.DataFrame]:
    """Yield the versions of a table of allocations with five columns, key (iso_code, product)."""
    rng = np.random.default_rng(seed)
    keys = [(f"C{c:03d}", f"vaccine {p}") for c in range(145) for p in range(10)]
    alive = {key: int(rng.integers(1, 400)) * 12_000 for key in keys[:1165]}
    waiting = keys[1165:]
    for version in range(versions):
        if version:
            for key in list(alive):
                luck = rng.random()
                if luck < 0.05:
                    alive[key] = int(alive[key] * rng.uniform(1.02, 1.6)) // 1200 * 1200
                elif luck < 0.07:
                    alive[key] = int(alive[key] * rng.uniform(0.1, 0.9)) // 1200 * 1200
                elif luck < 0.071:
                    del alive[key]
                    waiting.append(key)
            for _ in range(2 if waiting else 0):
                alive[waiting.pop(0)] = int(rng.integers(1, 400)) * 12_000
        rows = [(c, p, doses, doses // 2, round(doses / 1e6, 4)) for (c, p), doses in alive.items()]
        yield pl.DataFrame(
            rows,
            schema=["iso_code", "product", "doses_allocated", "doses_shipped", "millions"],
            orient="row",
        ).sort(SMALL_KEY)


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return a version as the CSV that a publisher would serve."""
    buffer = io.BytesIO()
    frame.write_csv(buffer)
    return buffer.getvalue()
