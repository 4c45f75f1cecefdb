from urllib.parse import urlsplit

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from schemas.errors import ArchiveAway
from tasks.origins.web_archive import HOST
from tasks.pipeline.backfill import wanted
from tasks.pipeline.backfill_chunk import take
from tasks.raw.archive import archived_snapshots
from tasks.vault.backends.memory_store import MemoryStore
from tasks.web.transport import PAUSES
from tests.tasks.origins.allocated import NOW, SOURCE, backfilled, table
from tests.tasks.origins.web_archive import FIRST, OFFLINE, SECOND, WebArchive, brought, offered


@pytest.mark.parametrize("policy", ["missing", "all"])
def test_interrupted_run_goes_on_where_it_was(
    web: WebArchive, lake: MemoryStore, policy: str
) -> None:
    """What was kept before the process died is not downloaded again, nor within one process."""
    for day in range(1, 7):
        web.capture(f"2022020{day}060000", table(day))
    dying = Dying(lake, lives=3)
    chunk = wanted(lake, SOURCE, offered(web, lake))
    with pytest.raises(KeyboardInterrupt):
        take(dying, SOURCE, chunk, at=NOW)
    dying.lives = 2
    with pytest.raises(KeyboardInterrupt):
        take(dying, SOURCE, chunk, at=NOW)
    assert len(backfilled(lake, offered(web, lake), policy).outcomes) == 6
    assert sorted(web.played) == [f"2022020{day}060000" for day in range(1, 7)]


class Dying(MemoryStore):
    """A lake in front of another, whose process dies after so many new fetches."""

    def __init__(self, lake: MemoryStore, lives: int) -> None:
        super().__init__()
        self._objects, self._written, self.lives = lake._objects, lake._written, lives

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object, and die where it was the last."""
        created = super().put_if_absent(key, body)
        self.lives -= created and "/fetches/" in key
        if not self.lives:
            raise KeyboardInterrupt
        return created


def test_too_many_requests_stop_the_run(web: WebArchive, lake: MemoryStore) -> None:
    """What came is published, nothing more is asked, and the next run goes on from there."""
    for day in range(1, 5):
        web.capture(f"2022020{day}060000", table(day))
    planned = wanted(lake, SOURCE, offered(web, lake))
    web.instead["20220203060000"] = lambda: Response(status=429)
    taken = take(lake, SOURCE, planned, at=NOW)
    assert len(taken.outcomes) == 2
    assert taken.failed == ()
    assert taken.stopped is not None
    assert "status 429" in taken.stopped
    assert "it goes on from there" in taken.stopped
    assert web.played == ["20220201060000", "20220202060000", "20220203060000"]
    web.instead = {}
    assert len(backfilled(lake, offered(web, lake)).outcomes) == 2


def test_short_retry_after_is_waited_for(web: WebArchive) -> None:
    """A wait shorter than our patience is observed, and the request is answered."""
    web.capture(FIRST, table(1))
    [one] = offered(web)
    web.first = [Response(status=429, headers={"retry-after": "0"})]
    assert brought(one).contents["main"] == table(1)
    assert web.played == [FIRST, FIRST]


def test_long_retry_after_is_left_to_people(web: WebArchive) -> None:
    """The run sends no early request, and reports how long the wait is."""
    web.first = [Response(status=429, headers={"retry-after": "3600"})]
    with pytest.raises(ArchiveAway, match="the word to wait 3,600 seconds"):
        offered(web)
    assert len(web.asked) == 1


def test_silence_of_a_firewall_stops_the_run(lake: MemoryStore) -> None:
    """No connection is how a block looks: one try, then none."""
    with HTTPServer() as server:
        web = WebArchive(server)
        web.capture(FIRST, table(1))
        web.capture(SECOND, table(2))
        planned = wanted(lake, SOURCE, offered(web))
    taken = take(lake, SOURCE, planned, at=NOW)
    assert (taken.outcomes, taken.failed) == ((), ())
    assert "no connection (" in (taken.stopped or "")


def test_fault_of_one_capture_does_not_stop_the_others(web: WebArchive, lake: MemoryStore) -> None:
    """Some captures cannot be played for years; each is asked a few times and then left."""
    web.capture(FIRST, table(1))
    web.capture(SECOND, table(2))
    web.instead[FIRST] = lambda: Response(status=503)
    taken = backfilled(lake, offered(web))
    assert len(taken.outcomes) == len(taken.failed) == 1
    assert "status 503" in taken.failed[0].error
    assert taken.stopped is None
    assert web.played == [FIRST, FIRST, FIRST, SECOND]


def test_faults_in_a_row_stop_the_run(web: WebArchive, lake: MemoryStore) -> None:
    """An archive that is down is not asked for a thousand captures."""
    for day in range(1, 6):
        web.capture(f"2022020{day}060000", table(day))
        web.instead[f"2022020{day}060000"] = lambda: Response(status=503)
    taken = backfilled(lake, offered(web))
    assert len(taken.failed) == 3
    assert "3 snapshots in a row did not come" in (taken.stopped or "")


def test_offline_page_is_no_capture(web: WebArchive, lake: MemoryStore) -> None:
    """Status 200 does not make it one, in a list as little as for a capture."""
    web.capture(FIRST, table(1))
    planned = wanted(lake, SOURCE, offered(web))
    web.first = [Response(OFFLINE, mimetype="text/html")]
    taken = take(lake, SOURCE, planned, at=NOW)
    assert "temporarily offline" in (taken.stopped or "")
    assert archived_snapshots(lake, SOURCE.name) == []
    web.first = [Response(OFFLINE, mimetype="text/html")]
    with pytest.raises(ArchiveAway, match="temporarily offline"):
        offered(web)


def test_internet_archive_is_asked_slowly() -> None:
    """The archive that is asked by default has a pause of its own: 24 requests a minute."""
    assert PAUSES[urlsplit(HOST).hostname or ""] >= 60 / 24
