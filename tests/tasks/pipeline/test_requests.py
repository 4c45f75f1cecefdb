"""The requests of an ingest: bounded, however many vintages there are."""

from pathlib import Path

import pytest

from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.pipeline.unattended import days
from tests.tasks.vault.proof.operations import slow

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
