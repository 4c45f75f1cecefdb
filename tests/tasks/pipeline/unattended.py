"""A small table that is ingested day by day, by nobody: each run's requests, and what it said."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.summaries.operation_summaries import IngestSummary
from tasks.summaries.recorded import Scope, recorded
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store
from tests.tasks.steps.test_publish import COUNTRIES
from tests.tasks.vault.faults import Disturbed, left_alone

DAY = datetime(2021, 2, 1, tzinfo=UTC)
MARKET = "unicef_market"
BAD_ROW = "XXX-not-a-country,Sinovac,5"


@dataclass(frozen=True, slots=True)
class Day:
    """A run: its number from 1, what it asked of the store (method and key), and its summary."""

    number: int
    requests: list[tuple[str, str]]
    summary: IngestSummary

    @property
    def is_sealing(self) -> bool:
        """Whether a page of vintages was sealed."""
        return self._has_written("/_vault/page/")

    @property
    def is_compacting(self) -> bool:
        """Whether segments were gathered."""
        return self._has_written("/_vault/pack/")

    def _has_written(self, part: str) -> bool:
        return any(part in key for method, key in self.requests if method != "get")

    def count(self, part: str) -> int:
        """Return how many requests were for a key with this part."""
        return sum(part in key for _, key in self.requests)


def figures_of(number: int) -> dict[str, int]:
    """Return the figures of a day by country: each day another one has grown by 1."""
    size = len(COUNTRIES)
    return {
        country: 1_000_000 + (number + size - 1 - place) // size
        for place, country in enumerate(COUNTRIES)
    }


def table_of(number: int, *, is_bad: bool) -> str:
    """Return the table of a day; with `is_bad` it has a row that cannot be read."""
    rows = [f"{iso3},AstraZeneca,{doses}" for iso3, doses in figures_of(number).items()]
    rows += [BAD_ROW] * is_bad
    return "\n".join(["Recipient ISO,Vaccine Name,Doses Allocated", *rows, ""])


def days(lake: Store, folder: Path, count: int, *, is_bad: bool = False) -> Iterator[Day]:
    """Ingest day by day; with `is_bad` each table has a row that cannot be read."""
    file = folder / "table.csv"
    for number in range(1, count + 1):
        file.write_text(table_of(number, is_bad=is_bad))
        counting = Disturbed(lake, left_alone)
        at = DAY + timedelta(days=number)
        run = RunContext(
            store=ReadOnce(counting), source=source_named(MARKET), at=at, check_quality=False
        )
        act = partial(ingest_snapshot, run, file=str(file), retrieved_at=at)
        summary = recorded(Scope.of(run), "ingest", act)
        asked = [(call.method, call.key) for call in counting.calls if call.is_done]
        yield Day(number, asked, summary)
