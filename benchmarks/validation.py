"""Validation: ten rules over long tables, against the same rules in raw polars and in dataframely.

All give the sound rows and a reason for every bad one; only ours quotes the cell and has two kinds.
"""

from typing import Any

import polars as pl

from benchmarks import alone, made
from benchmarks.rivals import BY_HASH, by_dataframely, by_polars
from benchmarks.timing import in_turns, ms
from schemas.tables import key_of
from tasks.parsing.flags import flags_of
from tasks.parsing.transform import ROW
from tasks.parsing.validate import validate_table

SIZES = {"1 M": 1_000_000, "10 M": 10_000_000}
QUICK = {"100 k": 100_000}
TURNS = {"10 M": 3}
PUBLISHED = 200_000
KINDS = {"clean": made.clean, "0.2 % bad": made.faulty}
ALL_BAD = ("unreadable", "doubled", "implausible")


def measure(*, quick: bool) -> dict[str, Any]:
    """Return times and ratios by size and kind, memory, the cost of a bad row, and of flags."""
    sizes = QUICK if quick else SIZES
    measured = {
        size: {kind: _times(make(rows), TURNS.get(size, 7)) for kind, make in KINDS.items()}
        for size, rows in sizes.items()
    }
    return {
        "rows": {
            size: {**kinds, "a bad row": _bad_row(kinds, sizes[size])}
            for size, kinds in measured.items()
        },
        "memory": {
            size: {kind: alone.run(made_by.__name__, rows) for kind, made_by in KINDS.items()}
            for size, rows in sizes.items()
        },
        "all bad": {kind: alone.run(kind, next(iter(sizes.values()))) for kind in ALL_BAD},
        "flags": _flags(next(iter(QUICK.values())) if quick else PUBLISHED),
    }


def _times(frame: pl.DataFrame, turns: int) -> dict[str, Any]:
    table = made.canonical_of(frame)
    spent = in_turns(
        {
            "ours": lambda: flags_of(validate_table(table, made.TABLE).frame, made.TABLE),
            "polars": lambda: by_polars(frame),
            "polars, keys by hash": lambda: by_polars(frame, BY_HASH),
            "dataframely": lambda: by_dataframely(frame),
        },
        turns=turns,
    )
    reading, (sound, _) = validate_table(table, made.TABLE), by_polars(frame)
    flags = flags_of(reading.frame, made.TABLE)
    # the rivals have one kind: what is flagged and published by us is among their bad rows
    assert reading.frame.height - flags.n_unique(key_of(made.TABLE)) == sound.height
    return {
        **{f"{name}_ms": ms(took) for name, took in spent.items()},
        "ours / polars": round(spent["ours"] / spent["polars"], 2),
        "ours / polars, keys by hash": round(spent["ours"] / spent["polars, keys by hash"], 2),
        "ours / dataframely": round(spent["ours"] / spent["dataframely"], 2),
        "bad": reading.bad,
        "flagged": flags.height,
    }


def _bad_row(kinds: dict[str, dict[str, Any]], rows: int) -> dict[str, float]:
    """Return what a bad or flagged row costs beyond a good one [microseconds], and its bytes."""
    clean, faulty = kinds["clean"], kinds["0.2 % bad"]
    count = faulty["bad"] + faulty["flagged"]
    reading = validate_table(made.canonical_of(made.faulty(rows // 10)), made.TABLE)
    listed = reading.quarantined
    return {
        "us": round((faulty["ours_ms"] - clean["ours_ms"]) * 1000 / count, 1),
        "bytes": round(listed.estimated_size() / max(listed.height, 1)),
    }


def _flags(rows: int) -> dict[str, float]:
    """Return the time to judge a published table again [ms]."""
    frame = made.faulty(rows).drop(ROW).drop_nulls()
    spent = in_turns({"flags": lambda: flags_of(frame, made.TABLE)})
    return {"rows": frame.height, "ms": ms(spent["flags"])}
