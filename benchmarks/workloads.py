"""Made-up histories with fixed seeds, shaped like the real ones; one dtype per column throughout.

`small`: weekly allocations that rise, fall and vanish. The long daily table is in
`benchmarks.epidemic`. Seeds fix the figures for one version of numpy; its generators may change.
"""

import io
from collections.abc import Iterator
from itertools import islice

import numpy as np
import polars as pl

SMALL_KEY = ("iso_code", "product")
SMALL_VERSIONS = 150
LOT = 2_400
SMALL_SCHEMA = pl.Schema(
    {
        "iso_code": pl.String(),
        "product": pl.String(),
        "allocated": pl.Int64(),
        "shipped": pl.Int64(),
        "delivered": pl.Int64(),
    }
)
PRODUCTS = (
    "AstraZeneca - SKBio",
    "AstraZeneca - SII",
    "Pfizer BioNTech",
    "Moderna - Spikevax",
    "Janssen - Ad26.COV2.S",
    "Sinovac - CoronaVac",
    "Sinopharm - BIBP",
    "Novavax - Covovax",
    "Clover - SCB-2019",
    "SII - Covishield",
)


def small(versions: int = SMALL_VERSIONS, *, seed: int = 7) -> Iterator[pl.DataFrame]:
    """Yield the versions of a table of doses with five columns, sorted by its key.

    From 1,165 rows to about 1,325. A version changes about 87 rows: allocations rise or are cut,
    shipments and deliveries follow, a few rows are withdrawn for good, some are new.
    """
    rng = np.random.default_rng(seed)
    keys = [(f"C{place:03d}", product) for place in range(145) for product in PRODUCTS]
    order = [keys[place] for place in rng.permutation(len(keys))]
    waiting = iter(order[1165:])
    doses = {key: _first(rng) for key in order[:1165]}
    for version in range(versions):
        if version:
            for key in list(doses):
                following = _next(rng, *doses[key])
                if following is None:
                    del doses[key]
                else:
                    doses[key] = following
            fresh = list(islice(waiting, int(rng.integers(1, 3))))
            doses |= {key: _first(rng) for key in fresh}
        rows = [(*key, *figures) for key, figures in doses.items()]
        yield pl.DataFrame(rows, schema=SMALL_SCHEMA, orient="row").sort(SMALL_KEY)


def _first(rng: np.random.Generator) -> tuple[int, int, int]:
    allocated = int(rng.lognormal(2.5, 0.9)) * 24_000 + 24_000
    return allocated, allocated // 2, 0


def _next(
    rng: np.random.Generator, allocated: int, shipped: int, delivered: int
) -> tuple[int, int, int] | None:
    """Return a row's figures a week later; None when it is withdrawn."""
    luck = rng.random()
    if luck < 0.0004:
        return None
    if luck < 0.035:
        more = int(allocated * rng.uniform(0.02, 0.4)) // LOT * LOT + LOT
        shipped += int((allocated - shipped) * rng.uniform(0.2, 1.0)) // LOT * LOT
        return allocated + more, shipped, int(shipped * rng.uniform(0.5, 1.0)) // LOT * LOT
    if luck < 0.045:
        cut = int(allocated * rng.uniform(0.1, 0.9)) // LOT * LOT
        return cut, min(shipped, cut), min(delivered, cut)
    if luck < 0.075:
        more = int((allocated - shipped) * rng.uniform(0.2, 1.0)) // LOT * LOT
        return allocated, shipped + more, shipped
    return allocated, shipped, delivered


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return a version as the CSV that a publisher would serve."""
    buffer = io.BytesIO()
    frame.write_csv(buffer)
    return buffer.getvalue()
