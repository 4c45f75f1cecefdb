"""Folders of small snapshots, and what a lake shows of them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tasks.pipeline.backfill import backfill_source
from tasks.runs.run_context import open_run
from tasks.summaries.operation_summaries import BackfillSummary
from tasks.vault.backends.open_store import open_store
from tasks.vault.vault_reader import VaultReader

SOURCE = "unicef_market"
DATASETS = ("latest", "history", "changes", "vintages")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
FIRST = date(2022, 1, 1)


def archive(folder: Path, count: int) -> Path:
    """Write a folder of that many daily snapshots of UNICEF's allocations, some rows a revision."""
    folder.mkdir()
    for number in range(count):
        doses = [("PRK", 8_000_000 - 50_000 * number), ("GHA", 2_400 * (number // 3 + 1))]
        rows = "".join(f"{iso3},AstraZeneca,{figure}\n" for iso3, figure in doses)
        bad = "Atlantis,AstraZeneca,5\n" if number == 1 else ""
        text = f"Recipient ISO,Vaccine Name,Doses Allocated\n{rows}{bad}"
        (folder / f"{FIRST + timedelta(days=number)}.csv").write_text(text)
    return folder


def backfilled(lake: Path | str, origin: Path, **how: Any) -> BackfillSummary:
    """Backfill a folder into a lake, without Great Expectations."""
    run = open_run(SOURCE, str(lake), at=NOW, check_quality=False)
    return backfill_source(run, f"dir:{origin}", **how)


def committed(lake: Path | str) -> list[str]:
    """Return the ids of the vintages of a lake."""
    return [one.id for one in VaultReader(open_store(str(lake)), SOURCE).vintages()]


def shown(lake: Path | str) -> dict[str, Any]:
    """Return all that a lake shows of the source: vintages, published tables, quarantine."""
    store = open_store(str(lake))
    vault = VaultReader(store, SOURCE)
    tables = {name: _rows(store.get(f"{SOURCE}/allocations/{name}.parquet")) for name in DATASETS}
    waiting = _rows(store.get("quarantine/rows/latest.parquet"))
    tables["quarantine"] = [{**row, "as_of": None, "as_of_date": None} for row in waiting]
    return {"vintages": [(one.id, one.tables) for one in vault.vintages()], **tables}


def _rows(blob: Any) -> list[dict[str, Any]]:
    frame = pl.read_parquet(blob.body)
    return frame.drop("ingested_at", strict=False).rows(named=True)
