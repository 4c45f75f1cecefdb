"""The requests of an ingest: bounded, however many vintages there are."""

from datetime import timedelta
from pathlib import Path

import pytest

from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tests.tasks.pipeline.test_ingest import CountingStore
from tests.tasks.pipeline.unattended import DAY, MARKET, days, table_of
from tests.tasks.vault.faults import copied
from tests.tasks.vault.proof.operations import slow
from tests.thorough import quick

MOST = 32
"""The last one writes the record of the run."""
OF_ALERTS, OF_A_SEAL, OF_A_COMPACTION = 7, 5, 24
"""More where alerts are recorded: the feeds, read and written. One more where the run notes how far
it judged. More where a page is sealed: it, and
the section of the views, which the keys precede. More where segments are gathered, after all else:
each of them once, a pack, the list of packs, a commit."""


@pytest.mark.parametrize("vintages", [34, slow(300)])
def test_requests_do_not_grow_with_the_vintages(tmp_path: Path, vintages: int) -> None:
    """From the second vintage on; every object is read once, and nothing is listed but one folder.

    The first run of a lake asks for conditional writes, and finds nothing to continue.
    """
    for day in days(MemoryStore(), tmp_path, vintages):
        assert [one.verdict for one in day.summary.outcomes] == ["new"]
        if day.number == 1:
            continue
        most = MOST + OF_A_SEAL * day.is_sealing + OF_A_COMPACTION * day.is_compacting
        most += OF_ALERTS * bool(day.summary.alerts)
        most += ("put_if_match", "alerts/judged/unicef_market.json") in day.requests
        assert len(day.requests) <= most, (day.number, day.requests)
        assert day.is_compacting == (day.number % 16 == 0)
        read = [key for method, key in day.requests if method == "get"]
        again = {key for key in read if read.count(key) > 1 and "/log/" not in key}
        again -= {"unicef_market/_vault/hint.json"} if day.is_compacting else set()
        assert not again
        listed = [key for method, key in day.requests if method == "list"]
        assert listed == ["raw/unicef_market/fetches/"]


def test_the_same_bytes_ask_no_more_with_more_vintages(tmp_path: Path) -> None:
    """A quiet ingest reads and writes as many objects after 40 days as after 10, but for two.

    Neither run seals a page or gathers segments.
    """
    asked: list[int] = []
    lake, file = MemoryStore(), tmp_path / "same.csv"
    first, last = quick((10, 20), (10, 40))
    for day in days(lake, tmp_path, last):
        if day.number not in {first, last}:
            continue
        counting = CountingStore(copied(lake))
        file.write_text(table_of(day.number, is_bad=False))
        at = DAY + timedelta(days=day.number + 1)
        run = RunContext(
            store=ReadOnce(counting), source=source_named(MARKET), at=at, check_quality=False
        )
        summary = ingest_snapshot(run, file=str(file), retrieved_at=at)
        assert [one.verdict for one in summary.outcomes] == ["unchanged"]
        asked.append(counting.total)
    assert asked[1] <= asked[0] + 2, asked
