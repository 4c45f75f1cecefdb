import gzip
import hashlib
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.errors import BadBody, FetchFailed, FetchRefused, WrongUse
from schemas.limits import BODY_AT_MOST
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch, from_file
from tests.tasks.publisher import AT, BRISK, CSV, SMALL


def test_body_is_the_publishers_bytes_with_evidence(httpserver: HTTPServer) -> None:
    """Body, hash, size, status, headers and addresses are recorded; times are whole seconds."""
    httpserver.expect_request("/a.csv").respond_with_data(
        CSV, headers={"ETag": '"1"', "Set-Cookie": "x"}
    )
    got = fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"))
    sha256 = hashlib.sha256(CSV).hexdigest()
    assert got.contents == {"main": CSV}
    assert got.snapshot.retrieved_at == datetime(2022, 2, 10, 6, tzinfo=UTC)
    assert got.snapshot.bodies[0].sha256 == got.evidence["sha256"] == sha256
    assert got.snapshot.bodies[0].size == got.evidence["bytes"] == len(CSV)
    assert got.evidence["status"] == 200
    assert got.evidence["headers"]["etag"] == '"1"'
    assert "set-cookie" not in got.evidence["headers"]
    assert (
        got.evidence["requested_url"] == got.evidence["final_url"] == httpserver.url_for("/a.csv")
    )
    assert got.evidence["elapsed_seconds"] >= 0


def test_user_agent_names_the_contact(httpserver: HTTPServer) -> None:
    """The publisher learns the program, its version and whom to write to."""
    httpserver.expect_request("/a.csv").respond_with_data(CSV)
    fetch(
        SMALL,
        at=AT,
        url=httpserver.url_for("/a.csv"),
        fetch_policy=FetchPolicy(contact="desk@example.org"),
    )
    agent = httpserver.log[0][0].headers["User-Agent"]
    assert agent.startswith("vaxwatch/")
    assert agent.endswith("(+desk@example.org)")


def test_transfer_encoding_is_undone_but_a_gzip_file_is_not(httpserver: HTTPServer) -> None:
    """Compression for the way is taken off; a file that is gzip stays gzip."""
    packed = gzip.compress(CSV)
    httpserver.expect_request("/way.csv").respond_with_data(
        packed, headers={"Content-Encoding": "gzip"}
    )
    httpserver.expect_request("/file.csv").respond_with_data(packed)
    assert fetch(SMALL, at=AT, url=httpserver.url_for("/way.csv")).contents["main"] == CSV
    assert fetch(SMALL, at=AT, url=httpserver.url_for("/file.csv")).contents["main"] == packed


def test_redirects_are_followed_and_recorded(httpserver: HTTPServer) -> None:
    """The evidence has every step from the address asked to the address that answered."""
    httpserver.expect_request("/old").respond_with_data(status=301, headers={"Location": "/new"})
    httpserver.expect_request("/new").respond_with_data(CSV)
    got = fetch(SMALL, at=AT, url=httpserver.url_for("/old"))
    assert got.evidence["redirects"] == [httpserver.url_for("/old")]
    assert got.evidence["final_url"] == httpserver.url_for("/new")
    assert got.snapshot.url == httpserver.url_for("/old")


def test_endless_redirects_are_refused(httpserver: HTTPServer) -> None:
    """A page that sends us in circles is asked once."""
    httpserver.expect_request("/loop").respond_with_data(status=302, headers={"Location": "/loop"})
    with pytest.raises(FetchRefused, match="redirect"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/loop"), fetch_policy=BRISK)
    assert len(httpserver.log) == 6


def test_nobody_at_the_address_is_transient() -> None:
    """A refused connection is transient."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.csv"
        with pytest.raises(FetchFailed, match="ConnectError"):
            fetch(SMALL, at=AT, url=url, fetch_policy=BRISK)


def test_answer_that_breaks_off_is_transient(httpserver: HTTPServer) -> None:
    """Fewer bytes than announced are never taken for a body."""

    def broken(_: Request) -> Response:
        answer = Response(CSV[:10])
        answer.automatically_set_content_length = False
        answer.headers["Content-Length"] = str(len(CSV))
        return answer

    httpserver.expect_request("/a.csv").respond_with_handler(broken)
    with pytest.raises(FetchFailed, match="no whole answer in 3 tries"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)


def test_more_bytes_than_a_table_can_have_are_refused(httpserver: HTTPServer) -> None:
    """A body is never read beyond the limit."""
    httpserver.expect_request("/a.csv").respond_with_data(CSV)
    fetch_policy = FetchPolicy(attempts=3, patience=0.01, largest=len(CSV) - 1)
    with pytest.raises(BadBody, match="more than 22 bytes"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=fetch_policy)
    assert len(httpserver.log) == 1


def test_answer_without_end_is_transient(httpserver: HTTPServer) -> None:
    """A server that goes on sending does not hold us for ever."""
    httpserver.expect_request("/a.csv").respond_with_data(CSV)
    with pytest.raises(FetchFailed, match="still sending"):
        fetch(
            SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=FetchPolicy(deadline=1e-6)
        )


@pytest.mark.parametrize("url", ["ftp://example.org/a.csv", "no address", "http://[::1"])
def test_address_that_cannot_be_asked_is_refused(url: str) -> None:
    """Only http and https addresses are asked."""
    with pytest.raises(FetchRefused):
        fetch(SMALL, at=AT, url=url, fetch_policy=BRISK)


def test_file_at_hand_becomes_a_snapshot(tmp_path: Path) -> None:
    """A file has the given time, its own bytes, and only its name as evidence."""
    path = tmp_path / "2022-02-10.csv"
    path.write_bytes(CSV)
    got = from_file(SMALL, path, retrieved_at=AT, url="https://u:p@example.org/x", scope=["PRK"])
    assert got.snapshot.retrieved_at == AT
    assert got.snapshot.scope == ("PRK",)
    assert got.snapshot.url == "https://example.org/x"
    assert got.contents == {"main": CSV}
    assert got.evidence["file"] == "2022-02-10.csv"


def test_a_file_name_in_any_encoding_is_evidence(tmp_path: Path) -> None:
    """Bytes of a name that are no UTF-8 are written as escapes, as JSON has no form for them."""
    path = tmp_path / os.fsdecode(b"a\xff\xc3\xa9.csv")
    path.write_bytes(CSV)
    evidence = from_file(SMALL, path, retrieved_at=AT).evidence
    assert json.dumps(evidence, ensure_ascii=False).encode()
    assert evidence["file"] == "a\\xffé.csv"


def test_missing_file_is_a_wrong_use(tmp_path: Path) -> None:
    """The error names the path and what was expected."""
    with pytest.raises(WrongUse, match=r"none\.csv is not there; expected a file of small"):
        from_file(SMALL, tmp_path / "none.csv", retrieved_at=AT)
    with pytest.raises(WrongUse, match="is a folder"):
        from_file(SMALL, tmp_path, retrieved_at=AT)


def test_a_file_is_not_larger_than_a_body_may_be(tmp_path: Path) -> None:
    """It is refused before it is read."""
    path = tmp_path / "2022-02-10.csv"
    with path.open("wb") as file:
        file.truncate(BODY_AT_MOST + 1)
    with pytest.raises(BadBody, match=r"2022-02-10\.csv: seen 536,870,913 bytes; expected at most"):
        from_file(SMALL, path, retrieved_at=AT)
