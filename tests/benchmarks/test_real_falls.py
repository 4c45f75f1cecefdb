"""The benchmark of natural falls: what it counts as a fall, and as reported."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.real_falls import figures_of, table
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.folder_store import FolderStore
from vaxwatch.reader import open_lake

HEAD = "Recipient ISO,Vaccine Name,Doses Allocated"


def test_falls_are_found_by_hand_and_looked_up_in_the_alerts(tmp_path: Path) -> None:
    """A cut has an alert; without the table of alerts it counts as missed."""
    lake, file = tmp_path / "lake", tmp_path / "table.csv"
    others = [f"{iso3},A,900000" for iso3 in ("ERI", "SOM", "UGA")]
    for day, doses in ((1, 8_115_600), (2, 8_115_600), (3, 1_540_800), (4, 1_500_000)):
        file.write_text("\n".join([HEAD, f"PRK,A,{doses}", *others, ""]))
        at = datetime(2022, 2, day, tzinfo=UTC)
        run = RunContext(
            store=FolderStore(lake),
            source=source_named("unicef_market"),
            at=at,
            check_quality=False,
        )
        ingest_snapshot(run, file=str(file), retrieved_at=at)
    figures = figures_of(open_lake(str(lake)))
    assert (figures["falls"], figures["found"], figures["missed"]) == (1, 1.0, [])
    assert "| unicef_market.allocations | 1 | 1 | 0 | 0 | 1 | 0 |" in table(figures)
    (lake / "alerts" / "alert_events.parquet").unlink()
    figures = figures_of(open_lake(str(lake)))
    assert figures["missed"] == [
        "unicef_market.allocations 20220203 PRK doses_allocated: 8.1156e+06 -> 1540800.0"
    ]
