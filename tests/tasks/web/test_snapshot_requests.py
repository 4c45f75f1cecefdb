"""Several requests for one snapshot, and none for what we have already."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.errors import BadBody, FetchFailed, FetchRefused, VaxwatchError
from schemas.records import Fetched, Missed
from schemas.source import Ask, Source
from tasks.raw.archive import archive_snapshot, evidence_key
from tasks.raw.body_reader import body_key
from tasks.raw.cache_validators import cached_validators
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob
from tasks.web import snapshot_requests
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tasks.web.snapshot_requests import CacheLookup
from tests.tasks.publisher import AT, BRISK, CSV, SMALL, trickle, unchanging
from tests.tasks.web.clock import Clock

SHA256 = hashlib.sha256(CSV).hexdigest()


class CountingStore(MemoryStore):
    """A lake in memory that counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def get(self, key: str) -> Blob | None:
        """Return the object, and remember that it was asked for."""
        self.read.append(key)
        return super().get(key)


def remembered(lake: MemoryStore, *snapshots: Fetched) -> CacheLookup:
    """Return what a lake knows when these snapshots are trusted."""
    return cached_validators(lake, "small", trusted={one.snapshot.id for one in snapshots})


def archived(lake: MemoryStore, url: str) -> Fetched:
    """Fetch and archive a snapshot."""
    fetched = fetch(SMALL, at=AT, url=url, fetch_policy=BRISK)
    archive_snapshot(lake, fetched)
    return fetched


def test_what_has_not_changed_is_not_sent_again(httpserver: HTTPServer) -> None:
    """304 is a snapshot of its own with the same body; its evidence says so, and can be used."""
    lake, url = MemoryStore(), httpserver.url_for("/a.csv")
    httpserver.expect_request("/a.csv").respond_with_handler(unchanging(CSV, is_repeated=False))
    first = archived(lake, url)
    before = set(lake.list("raw/bodies/"))
    for day in (1, 2):
        cached = remembered(lake, first)
        again = fetch(SMALL, at=AT + timedelta(days=day), url=url, cached=cached)
        archive_snapshot(lake, again)
        assert again.contents == {"main": CSV}
        assert again.snapshot.bodies == first.snapshot.bodies
        assert again.evidence["status"] == 304
        assert again.evidence["sha256"] == SHA256
        assert again.evidence["bytes"] == len(CSV)
        assert again.evidence["headers"]["etag"] == '"1"'
        assert again.evidence["unchanged_since"] == first.snapshot.id
        first = again
    assert set(lake.list("raw/bodies/")) == before
    assert [answer.status_code for _, answer in httpserver.log] == [200, 304, 304]
    assert len(list(lake.list("raw/small/fetches/"))) == 3


def test_a_changed_page_is_downloaded(httpserver: HTTPServer) -> None:
    """A conditional request for something new is answered with it, once."""
    lake, url = MemoryStore(), httpserver.url_for("/a.csv")
    httpserver.expect_oneshot_request("/a.csv").respond_with_handler(unchanging(CSV))
    first = archived(lake, url)
    httpserver.expect_request("/a.csv").respond_with_handler(unchanging(b"new", etag='"2"'))
    again = fetch(SMALL, at=AT, url=url, cached=remembered(lake, first))
    assert again.contents == {"main": b"new"}
    assert again.evidence["headers"]["etag"] == '"2"'
    assert len(httpserver.log) == 2


def test_both_marks_of_a_version_are_sent_back(httpserver: HTTPServer) -> None:
    """The etag and the time of the last change, as they were sent."""
    lake, url = MemoryStore(), httpserver.url_for("/a.csv")
    marks = {"ETag": 'W/"7"', "Last-Modified": "Thu, 10 Feb 2022 06:00:00 GMT"}
    httpserver.expect_request("/a.csv").respond_with_data(CSV, headers=marks)
    first = archived(lake, url)
    fetch(SMALL, at=AT, url=url, cached=remembered(lake, first))
    asked = httpserver.log[1][0].headers
    assert asked["If-None-Match"] == 'W/"7"'
    assert asked["If-Modified-Since"] == "Thu, 10 Feb 2022 06:00:00 GMT"


@pytest.mark.parametrize("damage", ["gone", "others"])
def test_a_body_that_the_archive_lost_is_asked_for_again(
    httpserver: HTTPServer, damage: str
) -> None:
    """Gone before we ask, or found damaged after the publisher said 304: never a guess."""
    lake, url = MemoryStore(), httpserver.url_for("/a.csv")
    httpserver.expect_request("/a.csv").respond_with_handler(unchanging(CSV))
    first = archived(lake, url)
    lake.delete(body_key(SHA256))
    if damage == "others":
        lake.put_if_absent(body_key(SHA256), b"noise")
    again = fetch(SMALL, at=AT, url=url, cached=remembered(lake, first))
    assert again.contents == {"main": CSV}
    assert again.evidence["status"] == 200
    statuses = [answer.status_code for _, answer in httpserver.log]
    assert statuses == ([200, 200] if damage == "gone" else [200, 304, 200])


def test_304_that_nobody_asked_for_is_transient(httpserver: HTTPServer) -> None:
    """There is no body, so there is no snapshot; a later try may have one."""
    httpserver.expect_oneshot_request("/a.csv").respond_with_data(status=304)
    httpserver.expect_oneshot_request("/a.csv").respond_with_data(CSV)
    url = httpserver.url_for("/a.csv")
    assert fetch(SMALL, at=AT, url=url, fetch_policy=BRISK).contents == {"main": CSV}
    httpserver.expect_request("/b.csv").respond_with_data(status=304)
    with pytest.raises(FetchFailed, match="status 304"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/b.csv"), fetch_policy=BRISK)


def test_304_from_another_address_than_before_is_not_believed(httpserver: HTTPServer) -> None:
    """A page that now leads elsewhere did not say 304 about the body that we have."""
    lake, url = MemoryStore(), httpserver.url_for("/a.csv")
    httpserver.expect_oneshot_request("/a.csv").respond_with_handler(unchanging(CSV))
    first = archived(lake, url)
    httpserver.expect_request("/a.csv").respond_with_data(status=302, headers={"Location": "/b"})
    httpserver.expect_request("/b").respond_with_handler(unchanging(b"other"))
    again = fetch(SMALL, at=AT, url=url, cached=remembered(lake, first))
    assert again.contents == {"main": b"other"}


def test_only_trusted_snapshots_spare_a_download(httpserver: HTTPServer) -> None:
    """A body that could not be read, or was held, is asked for whole: it may have been damaged."""
    lake, url = MemoryStore(), httpserver.url_for("/a.csv")
    httpserver.expect_request("/a.csv").respond_with_handler(unchanging(CSV))
    archived(lake, url)
    fetch(SMALL, at=AT, url=url, cached=remembered(lake))
    assert [answer.status_code for _, answer in httpserver.log] == [200, 200]


def test_another_address_and_damaged_evidence_spare_nothing(httpserver: HTTPServer) -> None:
    """What is known is known of one address only; what cannot be read is not known."""
    lake, url = MemoryStore(), httpserver.url_for("/a.csv")
    httpserver.expect_request("/a.csv").respond_with_handler(unchanging(CSV))
    first = archived(lake, url)
    assert remembered(lake, first)(httpserver.url_for("/b.csv")) is None
    assert remembered(lake, first)(url) is not None
    for noise in (b"{", b"[]", b'{"fetch": []}', b"{}"):
        lake.delete(evidence_key(first.snapshot))
        lake.put_if_absent(evidence_key(first.snapshot), noise)
        assert remembered(lake, first)(url) is None


def test_the_newest_evidence_is_found_without_reading_all(httpserver: HTTPServer) -> None:
    """Names sort by time: of a thousand pieces of evidence a few are read."""
    lake, url = CountingStore(), httpserver.url_for("/a.csv")
    httpserver.expect_request("/a.csv").respond_with_handler(unchanging(CSV))
    fetched = archived(lake, url)
    kept: list[Fetched] = []
    for day in range(100):
        at = AT.replace(microsecond=0) + timedelta(days=day)
        evidence = {**fetched.evidence, "headers": {"etag": f'"{day}"'}}
        kept.append(replace(fetched, snapshot=replace(fetched.snapshot, retrieved_at=at)))
        archive_snapshot(lake, replace(kept[-1], evidence=evidence))
    lake.read.clear()
    known = remembered(lake, *kept)(url)
    assert known is not None
    assert known.validators == {"etag": '"99"'}
    assert known.snapshot == kept[-1].snapshot.id
    assert len(lake.read) <= 3


def gathering(source: Source = SMALL) -> Source:
    """Return a source whose page names two further addresses."""

    def gather(ask: Ask, url: str) -> Mapping[str, bytes]:
        base = ask(url).decode()
        return {
            "rows.0": ask(f"{base}/rows", headers={"X-Key": "k"}),
            "query": ask(f"{base}/query", json={"a": [1, None]}),
        }

    return replace(source, gather=gather)


def serve_page(httpserver: HTTPServer) -> str:
    """Serve what `gathering` asks for; return the page's address."""
    httpserver.expect_request("/page").respond_with_data(httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/rows", method="GET").respond_with_data(CSV)
    httpserver.expect_request("/query", method="POST").respond_with_data(b"[]")
    return httpserver.url_for("/page")


def test_a_gathered_snapshot_has_all_bodies_and_the_evidence_of_each_request(
    httpserver: HTTPServer,
) -> None:
    """GET and POST, in their order, also those whose body is only a step on the way."""
    got = fetch(gathering(), at=AT, url=serve_page(httpserver))
    assert got.contents == {"rows.0": CSV, "query": b"[]"}
    assert [body.name for body in got.snapshot.bodies] == ["rows.0", "query"]
    assert got.snapshot.bodies[0].sha256 == SHA256
    requests = got.evidence["requests"]
    assert [one["method"] for one in requests] == ["GET", "GET", "POST"]
    assert [one["status"] for one in requests] == [200, 200, 200]
    assert requests[1]["requested_url"] == httpserver.url_for("/rows")
    assert requests[1]["sha256"] == SHA256
    assert [one["sniffed"] for one in requests] == ["text", "text", "json"]
    starts = [one["started_seconds"] for one in requests]
    assert starts == sorted(starts)
    archive_snapshot(lake := MemoryStore(), got)
    assert len(list(lake.list("raw/bodies/"))) == 2


def test_requests_carry_what_they_are_given_and_nothing_that_asks_for_csv(
    httpserver: HTTPServer,
) -> None:
    """Some servers refuse an Accept header that names CSV."""
    fetch(
        gathering(),
        at=AT,
        url=serve_page(httpserver),
        fetch_policy=FetchPolicy(contact="a@example.org"),
    )
    page, rows, query = (request for request, _ in httpserver.log)
    assert rows.headers["X-Key"] == "k"
    assert "X-Key" not in page.headers
    assert query.get_json() == {"a": [1, None]}
    for asked in (page, rows, query):
        assert asked.headers["Accept"] == "*/*"
        assert asked.headers["User-Agent"].endswith("(+a@example.org)")


def test_one_connection_serves_a_whole_snapshot() -> None:
    """The same connection is used again where the server keeps it open."""
    ports: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ports.append(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        source = replace(SMALL, gather=lambda ask, url: {"a": ask(url), "b": ask(url)})
        fetch(source, at=AT, url=f"http://127.0.0.1:{server.server_address[1]}/")
        server.shutdown()
        thread.join()
    assert len(ports) == 2
    assert len(set(ports)) == 1


def test_each_address_of_a_snapshot_is_remembered_by_itself(httpserver: HTTPServer) -> None:
    """Of several addresses those that have not changed are not sent again."""
    lake = MemoryStore()
    httpserver.expect_request("/a").respond_with_handler(unchanging(CSV))
    httpserver.expect_request("/b").respond_with_data(b"always")

    def gather(ask: Ask, url: str) -> Mapping[str, bytes]:
        return {"a": ask(url), "b": ask(url.replace("/a", "/b"))}

    source = replace(SMALL, gather=gather)
    first = fetch(source, at=AT, url=httpserver.url_for("/a"))
    archive_snapshot(lake, first)
    again = fetch(source, at=AT, url=httpserver.url_for("/a"), cached=remembered(lake, first))
    assert again.contents == first.contents
    assert [one["status"] for one in again.evidence["requests"]] == [304, 200]


@pytest.mark.parametrize(
    "name", ["", "../up", "/root", "a/b", "a\\b", ".hidden", "a\0b", "a b", "x" * 81, "-r"]
)
def test_a_body_has_a_plain_name(httpserver: HTTPServer, name: str) -> None:
    """Names may come from outside; none of them can lead anywhere."""
    httpserver.expect_request("/page").respond_with_data(CSV)
    source = replace(SMALL, gather=lambda ask, url: {name: ask(url)})
    with pytest.raises(BadBody, match="No snapshot was made"):
        fetch(source, at=AT, url=httpserver.url_for("/page"))


def test_a_snapshot_without_a_body_is_refused(httpserver: HTTPServer) -> None:
    """A page from which nothing was gathered says nothing."""
    source = replace(SMALL, gather=lambda _ask, _url: {})
    with pytest.raises(BadBody, match="no body at all"):
        fetch(source, at=AT, url=httpserver.url_for("/page"))


def test_a_link_to_a_private_address_is_not_asked(httpserver: HTTPServer) -> None:
    """What a page names is trusted no more than where it redirects to."""
    httpserver.expect_request("/page").respond_with_data(b"http://169.254.169.254/latest")
    source = replace(SMALL, gather=lambda ask, url: {"a": ask(ask(url).decode())})
    with pytest.raises(FetchRefused, match=r"169\.254\.169\.254"):
        fetch(source, at=AT, url=httpserver.url_for("/page"), fetch_policy=BRISK)


def test_a_page_that_leads_on_for_ever_is_given_up(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paging that never ends ends at our limit."""
    monkeypatch.setattr(snapshot_requests, "REQUESTS_AT_MOST", 5)
    httpserver.expect_request("/page").respond_with_data(CSV)

    def gather(ask: Ask, url: str) -> Mapping[str, bytes]:
        while True:
            ask(url)

    with pytest.raises(FetchRefused, match="more than 5 requests"):
        fetch(replace(SMALL, gather=gather), at=AT, url=httpserver.url_for("/page"))
    assert len(httpserver.log) == 5


def test_all_answers_together_are_within_the_limit(httpserver: HTTPServer) -> None:
    """Many small answers fill the memory as well as a large one does."""
    httpserver.expect_request("/page").respond_with_data(CSV)
    source = replace(SMALL, gather=lambda ask, url: {"a": ask(url), "b": ask(url)})
    fetch_policy = FetchPolicy(largest=2 * len(CSV) - 1)
    with pytest.raises(BadBody, match="bytes in 2 answers"):
        fetch(source, at=AT, url=httpserver.url_for("/page"), fetch_policy=fetch_policy)


def missed(source: Source, url: str, fetch_policy: FetchPolicy = BRISK) -> Missed:
    """Return what there is of a fetch that fails."""
    failures: list[Missed] = []
    with pytest.raises(VaxwatchError) as fault:
        fetch(source, at=AT, url=url, fetch_policy=fetch_policy, miss=failures.append)
    [one] = failures
    assert one.fault == str(fault.value)
    assert (one.source, one.at, one.url) == ("small", AT.replace(microsecond=0), url)
    return one


def test_a_fetch_that_fails_leaves_its_evidence(httpserver: HTTPServer) -> None:
    """A page that is gone, with what its server said."""
    gone = {"Retry-After": "9", "Set-Cookie": "x"}
    httpserver.expect_request("/old").respond_with_data(status=302, headers={"Location": "/a"})
    httpserver.expect_request("/a").respond_with_data("not here", status=404, headers=gone)
    one = missed(SMALL, httpserver.url_for("/old"))
    [request] = one.requests
    assert one.contents == {}
    assert (request["status"], request["method"]) == (404, "GET")
    assert request["final_url"] == httpserver.url_for("/a")
    assert request["headers"]["retry-after"] == "9"
    assert "set-cookie" not in request["headers"]
    assert "status 404" in request["fault"]


def test_what_came_before_a_fault_is_not_lost(httpserver: HTTPServer) -> None:
    """Two answers out of three, and the evidence of all."""
    url = serve_page(httpserver)
    httpserver.clear()
    base = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/page").respond_with_data(base)
    httpserver.expect_request("/rows", method="GET").respond_with_data(CSV)
    httpserver.expect_request("/query", method="POST").respond_with_data(status=403)
    one = missed(gathering(), url)
    assert sorted(one.contents.values()) == sorted([base.encode(), CSV])
    assert [("fault" in request) for request in one.requests] == [False, False, True]
    assert one.requests[1]["sha256"] == SHA256


def test_a_body_without_a_plain_name_is_kept_all_the_same(httpserver: HTTPServer) -> None:
    """The fault is in what was gathered, not in a request."""
    httpserver.expect_request("/page").respond_with_data(CSV)
    source = replace(SMALL, gather=lambda ask, url: {"../up": ask(url)})
    assert missed(source, httpserver.url_for("/page")).contents == {SHA256: CSV}


def test_nobody_there_leaves_evidence_as_well() -> None:
    """There is no status then."""
    [request] = missed(SMALL, SMALL.url).requests
    assert set(request) == {"method", "requested_url", "fault"}


def test_a_fault_that_a_source_bears_is_in_the_evidence(httpserver: HTTPServer) -> None:
    """A snapshot that does without one of its answers says which."""
    httpserver.expect_request("/a").respond_with_data(CSV)
    httpserver.expect_request("/b").respond_with_data(status=404)

    def gather(ask: Ask, url: str) -> Mapping[str, bytes]:
        with suppress(FetchRefused):
            ask(url.replace("/a", "/b"))
        return {"a": ask(url)}

    got = fetch(replace(SMALL, gather=gather), at=AT, url=httpserver.url_for("/a"))
    assert [one.get("status") for one in got.evidence["requests"]] == [404, 200]
    archive_snapshot(lake := MemoryStore(), got)
    assert remembered(lake, got)(httpserver.url_for("/b")) is None


def test_the_requests_of_a_snapshot_have_one_deadline(httpserver: HTTPServer, clock: Clock) -> None:
    """Many slow pages hold us as long as one that trickles."""

    def slowly(_: Request) -> Response:
        clock.advance(150)
        return Response(CSV)

    httpserver.expect_request("/slow").respond_with_handler(slowly)

    def gather(ask: Ask, url: str) -> Mapping[str, bytes]:
        while True:
            ask(url)

    fetch_policy = FetchPolicy(attempts=1, whole=400, hosts=clock.hosts(), clock=clock)
    one = missed(replace(SMALL, gather=gather), httpserver.url_for("/slow"), fetch_policy)
    assert ["fault" in request for request in one.requests] == [False, False, True]
    assert "our patience for one snapshot (400 s) ended" in one.fault


def test_one_slow_answer_does_not_outlast_the_snapshot(clock: Clock) -> None:
    """Whatever time an address may take by itself."""
    fetch_policy = FetchPolicy(
        attempts=1, deadline=9_999, whole=400, hosts=clock.hosts(), clock=clock
    )
    body = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 999
    with trickle(body, between=lambda: clock.advance(50)) as url:
        one = missed(SMALL, url, fetch_policy)
    assert "our patience for one snapshot (400 s) ended" in one.fault
