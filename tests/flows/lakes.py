"""A lake in a folder, and what people put into it by hand."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from flows.ingest_snapshot import ingest_snapshot
from schemas.source import Source
from tasks.pipeline.replay import replay_quarantine
from tasks.runs.run_context import open_run
from tasks.summaries.operation_summaries import IngestSummary
from tasks.vault.backends.open_store import open_store

SOURCE = "unicef_market"
DAY = datetime(2022, 2, 10, tzinfo=UTC)
HEADER = "Recipient ISO,Vaccine Name,Doses Allocated\n"
GOOD = (HEADER + "PRK,AstraZeneca,8115600\nKHM,AstraZeneca,1000000\n").encode()
CUT = (HEADER + "PRK,AstraZeneca,1540800\nKHM,AstraZeneca,1000000\n").encode()


def first_copies(folder: Path, into: Path) -> Path:
    """Return a folder with those files of a corpus folder that are named for whoever kept them.

    The tests on WHO's tables were written for these; the folders have grown since.
    """
    into.mkdir(parents=True)
    for file in folder.glob("*__*.csv"):
        (into / file.name).write_bytes(file.read_bytes())
    return into


class Lake:
    """A lake in a folder, and files that somebody has at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uri = str(folder / "lake")
        self.store = open_store(self.uri)

    def copy(self, folder: Path) -> "Lake":
        """Return a lake with the same objects in another folder."""
        shutil.copytree(self.uri, folder / "lake")
        return Lake(folder)

    def take(
        self, body: bytes, *, day: int = 0, source: str = SOURCE, **how: Any
    ) -> dict[str, Any]:
        """Ingest a body as `summary` does; return the document of the summary."""
        return self.summary(body, day=day, source=source, **how).document()

    def summary(
        self, body: bytes, *, day: int = 0, source: str = SOURCE, **how: Any
    ) -> IngestSummary:
        """Ingest a body retrieved a number of days after the first."""
        path = self.folder / "at_hand.csv"
        path.write_bytes(body)
        had_at = DAY + timedelta(days=day)
        return ingest_snapshot.fn(source, self.uri, file=str(path), retrieved_at=had_at, **how)

    def replay(self, source: Source) -> dict[str, Any]:
        """Replay the quarantine of a source by another declaration than the shipped one."""
        run = replace(open_run(source.name, self.uri, at=datetime.now(UTC)), source=source)
        return replay_quarantine(run).document()

    def published(self) -> dict[str, bytes]:
        """Return every object that is neither raw nor the record of a run."""
        root = Path(self.uri)
        files = [path for path in root.rglob("*") if path.is_file()]
        names = {str(path.relative_to(root)): path for path in files}
        return {
            name: path.read_bytes()
            for name, path in names.items()
            if not name.startswith(("raw/", "runs/"))
        }

    def latest(self, table: str = "allocations", source: str = SOURCE) -> pl.DataFrame:
        """Read what people open."""
        return pl.read_parquet(Path(self.uri) / source / table / "latest.parquet")
