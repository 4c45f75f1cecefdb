import json
from datetime import UTC, datetime

import pytest
from werkzeug import Response

from schemas.errors import BadBody, FetchFailed
from tasks.pipeline.arrivals import PlannedSnapshot
from tasks.pipeline.backfill import wanted
from tasks.raw.archive import archived_snapshots
from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.origins.allocated import SOURCE, backfilled, table, times
from tests.tasks.origins.web_archive import FIRST, PAGE, SECOND, THIRD, WebArchive, brought, offered


def test_captures_become_vintages_of_their_time(web: WebArchive, lake: MemoryStore) -> None:
    """The bytes are the publisher's, the evidence says from which capture they are."""
    web.capture(FIRST, table(1))
    web.capture(SECOND, table(2))
    taken = backfilled(lake, offered(web))
    assert [one.verdict for one in taken.outcomes] == ["new", "new"]
    assert times(lake) == ["2022-02-01T06:00:00+00:00", "2022-02-10T06:00:00+00:00"]
    [key, _] = lake.list(f"raw/{SOURCE.name}/fetches/")
    blob = lake.get(key)
    assert blob is not None
    document = json.loads(blob.body)
    assert document["url"] == PAGE
    assert document["fetch"]["capture"] == FIRST
    assert document["fetch"]["digest_agrees"]
    assert document["fetch"]["final_url"].endswith(f"/web/{FIRST}id_/{PAGE}")


def test_rerun_downloads_nothing_that_is_there(web: WebArchive, lake: MemoryStore) -> None:
    """What was published is known by its digest and time, from the list alone."""
    web.capture(FIRST, table(1))
    web.capture(SECOND, table(2))
    backfilled(lake, offered(web, lake))
    web.capture(THIRD, table(3))
    backfilled(lake, offered(web, lake))
    assert backfilled(lake, offered(web, lake)).outcomes == ()
    assert web.played == [FIRST, SECOND, THIRD]


def test_revisit_is_an_observation_without_a_download(web: WebArchive, lake: MemoryStore) -> None:
    """What is as before is a vintage of its own time, with the bytes that the lake has."""
    web.capture(FIRST, table(1))
    web.revisit(SECOND, table(1))
    web.revisit(THIRD, table(1))
    taken = backfilled(lake, offered(web))
    assert [one.verdict for one in taken.outcomes] == ["new", "unchanged", "unchanged"]
    assert web.played == [FIRST]


def test_revisit_of_what_is_not_listed_is_downloaded(web: WebArchive, lake: MemoryStore) -> None:
    """Where the capture that it repeats lies before the asked time, its bytes are asked for."""
    web.revisit(SECOND, table(1))
    assert len(backfilled(lake, offered(web)).outcomes) == 1
    assert web.played == [SECOND]


def test_nearest_capture_has_its_own_time(web: WebArchive) -> None:
    """Where the archive plays another capture, that one's time is the time of the bytes."""
    web.capture(FIRST, table(1))
    web.capture(SECOND, table(2))
    web.lost = {FIRST}
    fetched = brought(offered(web)[0])
    assert fetched.snapshot.retrieved_at == datetime(2022, 2, 10, 6, tzinfo=UTC)
    assert fetched.contents["main"] == table(2)
    assert fetched.evidence["asked_capture"] == FIRST
    assert fetched.evidence["capture"] == SECOND
    assert len(fetched.evidence["redirects"]) == 1


@pytest.mark.parametrize("place", ["/live.csv", "/web/99999999999999id_/live.csv"])
def test_redirect_that_leaves_the_captures_is_refused(web: WebArchive, place: str) -> None:
    """Bytes of today are not passed off as those of then; nor are those of no time."""
    web.capture(FIRST, table(1))
    web.instead[FIRST] = lambda: Response(status=302, headers={"location": place})
    web.instead["9" * 14] = lambda: Response(table(9))
    web.server.expect_request("/live.csv").respond_with_data(table(9))
    with pytest.raises(BadBody, match=r"an answer from .*/live.csv; expected a capture of"):
        brought(offered(web)[0])


def test_other_bytes_than_listed_are_refused(web: WebArchive, lake: MemoryStore) -> None:
    """Nothing of them is kept, and the other captures go on."""
    web.capture(FIRST, table(1))
    web.capture(SECOND, table(2))
    web.bodies[FIRST] = table(9)
    taken = backfilled(lake, offered(web))
    assert [failure.name for failure in taken.failed] == [f"{FIRST}/{PAGE}"]
    assert "those that the archive lists" in taken.failed[0].error
    assert len(taken.outcomes) == len(archived_snapshots(lake, SOURCE.name)) == 1


def test_what_was_sent_packed_is_taken_unpacked(web: WebArchive, lake: MemoryStore) -> None:
    """Its listed digest is of packed bytes, which cannot be compared; a rerun knows it again."""
    web.capture(FIRST, table(1), digest="A" * 32)
    packed = {"x-archive-orig-content-encoding": "gzip", "memento-datetime": "then"}
    web.instead[FIRST] = lambda: Response(table(1), headers=packed, mimetype="text/csv")
    fetched = brought(offered(web)[0])
    assert fetched.evidence["digest_agrees"] is False
    for _ in range(2):
        backfilled(lake, offered(web, lake))
    assert web.played == [FIRST, FIRST]


def test_bad_capture_is_kept_and_not_downloaded_again(web: WebArchive, lake: MemoryStore) -> None:
    """A capture of a web page fails with its sentence on each run, from the bytes at hand."""
    page = b"<!DOCTYPE html><title>Moved</title>"
    web.capture(FIRST, page)
    web.capture(SECOND, table(2))
    for _ in range(2):
        taken = backfilled(lake, offered(web, lake))
        assert "web page" in taken.failed[0].error
    assert web.played == [FIRST, SECOND]
    assert len(archived_snapshots(lake, SOURCE.name)) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"<html>Sorry</html>", "a page of the archive itself"), (b"", "an empty answer")],
)
def test_answer_of_the_archive_itself_is_no_capture(
    web: WebArchive, body: bytes, message: str
) -> None:
    """Neither its web pages nor its empty answers are what the publisher once showed."""
    web.capture(FIRST, table(1))
    web.instead[FIRST] = lambda: Response(body, mimetype="text/html")
    with pytest.raises(FetchFailed, match=message):
        brought(offered(web)[0])


def test_dry_plan_knows_ids_only_of_what_was_seen(web: WebArchive, lake: MemoryStore) -> None:
    """A new capture has no id before its bytes came; nothing is downloaded to say so."""
    web.capture(FIRST, table(1))
    backfilled(lake, offered(web, lake))
    web.capture(SECOND, table(2))
    planned: list[PlannedSnapshot] = wanted(lake, SOURCE, offered(web, lake), policy="all")
    assert [one.id is None for one in planned] == [False, True]
    assert web.played == [FIRST]
