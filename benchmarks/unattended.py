"""Whole ingests of a small table, day by day: requests, and the latency of a store that is far.

One table of 20 countries; each day another figure changes. Once every row can be read, once a row
stands in quarantine every day. Great Expectations are left out but for the last figure of each.
"""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any, Final

from benchmarks.counting import CountingStore
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Blob, Store

DELAY: Final = 0.05
DAY: Final = datetime(2021, 1, 1, tzinfo=UTC)
COUNTRIES: Final = (
    *("AFG", "BGD", "BOL", "COD", "COL", "ETH", "GHA", "HTI", "IND", "KEN"),
    *("LBR", "MLI", "MMR", "NER", "NGA", "NPL", "PAK", "PER", "PRK", "UGA"),
)
BAD_ROW: Final = "XXX-not-a-country,Sinovac,5"
TURNS: Final = 5


class FarStore(CountingStore):
    """A store that counts, and answers each request after 50 ms."""

    def __init__(self, store: Store, at_once: int) -> None:
        super().__init__(store)
        self.at_once = at_once

    def get(self, key: str) -> Blob | None:
        """Return the object."""
        sleep(DELAY)
        return super().get(key)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object."""
        sleep(DELAY)
        return super().put_if_absent(key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object."""
        sleep(DELAY)
        return super().put_if_match(key, body, etag)


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures of both tables."""
    vintages = 40 if quick else 300
    return {"clean": _figures(vintages, bad=[]), "quarantine": _figures(vintages, bad=[BAD_ROW])}


def _figures(vintages: int, *, bad: list[str]) -> dict[str, Any]:
    lake = MemoryStore()
    with tempfile.TemporaryDirectory() as name:
        file, requests = Path(name) / "table.csv", list[int]()
        for number in range(1, vintages + 1):
            counting = CountingStore(lake)
            _ingest(counting, file, number, bad=bad)
            requests.append(counting.since()["all"])
        seconds: dict[int, list[float]] = {8: [], 1: []}
        for turn in range(TURNS):
            number = vintages + 1 + 3 * turn
            near = _ingest(lake, file, number, bad=bad)
            for place, at_once in enumerate(seconds, start=1):
                far = FarStore(lake, at_once)
                seconds[at_once].append(_ingest(far, file, number + place, bad=bad) - near)
        checked = FarStore(lake, 8)
        _ingest(lake, file, vintages + 3 * TURNS + 1, bad=bad, checks=True)
        _ingest(checked, file, vintages + 3 * TURNS + 2, bad=bad, checks=True)
    return {
        "requests, median": median(requests[1:]),
        "requests, most": max(requests[1:]),
        "requests, last 32 / first 32": round(sum(requests[-32:]) / sum(requests[1:33]), 2),
        "50 ms a request [s]": round(median(seconds[8]), 2),
        "50 ms a request, one after another [s]": round(median(seconds[1]), 2),
        "requests with checks": checked.since()["all"],
    }


def _ingest(
    store: Store, file: Path, number: int, *, bad: list[str], checks: bool = False
) -> float:
    """Ingest the table of a day; return the seconds."""
    size = len(COUNTRIES)
    rows = [
        f"{country},AstraZeneca,{1_000_000 + (number + size - 1 - place) // size}"
        for place, country in enumerate(COUNTRIES)
    ]
    file.write_text("\n".join(["Recipient ISO,Vaccine Name,Doses Allocated", *rows, *bad, ""]))
    at, source = DAY + timedelta(days=number), source_named("unicef_market")
    run = RunContext(store=ReadOnce(store), source=source, at=at, check_quality=checks)
    start = perf_counter()
    ingest_snapshot(run, file=str(file), retrieved_at=at)
    return perf_counter() - start
