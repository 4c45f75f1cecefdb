"""Expectations: what it costs to hold a published table against its suite, and to make its page.

The table is a made-up one of doses given, in nine vintages: each adds a day and restates one row in
a hundred. The library that checks is imported first, and timed by itself.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import polars as pl

from benchmarks import made
from benchmarks.timing import ms, seconds
from schemas.records import Body, Snapshot
from schemas.tables import key_of
from tasks.parsing.transform import ROW
from tasks.sources import source_named
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader

SOURCE = "owid_vaccinations"
VINTAGES = 9
FIRST = datetime(2022, 1, 1, tzinfo=UTC)
SIZES = {"1 k": 1_200, "20 k": 20_400, "200 k": 200_400}
QUICK = {"1 k": 1_200}
TURNS = 5


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the seconds of the import, and the milliseconds of a table by its rows."""
    start = perf_counter()
    from tasks.quality.table_quality import judge_table  # noqa: PLC0415 (its import is measured)

    imported = perf_counter() - start
    source, figures = source_named(SOURCE), dict[str, Any]()
    for size, rows in (QUICK if quick else SIZES).items():
        store = MemoryStore()
        vault = filled(store, rows)
        at = FIRST + timedelta(days=VINTAGES)

        def judge(
            store: MemoryStore = store, vault: VaultReader = vault, at: datetime = at
        ) -> None:
            came = judge_table(store, source, vault, made.TABLE, at=at, waivers=())
            assert any(one.is_met is not None for one in came)

        judge()
        figures[size] = {"ms": ms(median(seconds(judge) for _ in range(TURNS))), "rows": rows}
    return {"import_s": round(imported, 2), "table": figures}


def filled(store: MemoryStore, rows: int) -> VaultReader:
    """Return a vault with the vintages of a table that has so many rows in the end."""
    vault = VaultReader(store, SOURCE)
    whole = made.clean(rows)
    last = whole["observed_on"].max()
    for number in range(VINTAGES):
        ends = pl.lit(last).dt.offset_by(f"-{VINTAGES - 1 - number}d")
        row_changes = pl.when(pl.col(ROW) % 100 == number).then(pl.col(made.FIGURES[0]) + 5)
        frame = whole.filter(pl.col("observed_on") <= ends)
        made_frame = frame.with_columns(
            row_changes.otherwise(made.FIGURES[0]).alias(made.FIGURES[0])
        ).drop(ROW)
        draft = Draft(
            snapshot=_snapshot(number),
            tables={made.TABLE: TableDraft(frame=made_frame, key=key_of(made.TABLE))},
        )
        commit_snapshots(vault, [draft], at=FIRST)
    publish_tables(vault)
    return vault


def _snapshot(number: int) -> Snapshot:
    body = Body(name="main", sha256=hashlib.sha256(str(number).encode()).hexdigest(), size=1)
    at = FIRST + timedelta(days=number)
    return Snapshot(source=SOURCE, retrieved_at=at, bodies=(body,), url="")
