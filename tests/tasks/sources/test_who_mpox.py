"""WHO's mpox table over HTTP: six regions, and the server's faults."""

from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.errors import BadBody, FetchFailed, FetchRefused, WrongUse
from tasks.sources import source_named, who_mpox
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tests.golden import FIXTURES, bodies_of
from tests.parsed import readings

SOURCE = source_named("who_mpox")
AT = datetime(2025, 2, 12, 6, tzinfo=UTC)
BRISK = FetchPolicy(attempts=2, patience=0.01, timeout=5)
TABLE = "/MPX/V_MPX_VALIDATED_DAILY"
BODIES = bodies_of(FIXTURES / "who_mpox" / "regions")
WORDS = b"The view V_MPX_VALIDATED_DAILY does not exist in the mart"


def serve(httpserver: HTTPServer, bodies: dict[str, bytes | Response]) -> str:
    """Serve a body for each region, by the filter of the request; return the address."""

    def answer(asked: Request) -> Response:
        assert asked.args["$format"] == "csv"
        body = bodies[asked.args["$filter"].split("'")[1]]
        return body if isinstance(body, Response) else Response(body, content_type="text/csv")

    httpserver.expect_request(TABLE).respond_with_handler(answer)
    return httpserver.url_for(f"{TABLE}?$format=csv")


def test_each_region_is_a_body(httpserver: HTTPServer) -> None:
    """Six requests, six bodies, one table; a code that is blank is read from the name."""
    url = serve(httpserver, dict(BODIES))
    got = fetch(SOURCE, at=AT, url=url, fetch_policy=BRISK)
    assert got.contents == BODIES
    reading = readings(SOURCE, got.contents)["cases"]
    assert reading.frame.height == 10
    assert "THA" in reading.frame["iso3"].to_list()
    assert reading.quarantined["value"].to_list() == ["many"]


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (WORDS, "begins with 'The view"),
        (b'{"error": {"code": "NotFound"}}', "begins with '{\"error"),
        (b"<!DOCTYPE html><title>Sorry</title>", "a web page"),
        (b"", "an empty body"),
        (BODIES["AFRO"].partition(b"\n")[0] + b"\n", "without any row"),
        (BODIES["EURO"], "2 rows of 'EURO'"),
    ],
)
def test_a_region_that_is_no_table_of_its_own_refuses_all(
    httpserver: HTTPServer, body: bytes, seen: str
) -> None:
    """Nothing is withdrawn because a region answered with words, nothing, or another region."""
    url = serve(httpserver, {**BODIES, "AFRO": body})
    got = fetch(SOURCE, at=AT, url=url, fetch_policy=BRISK)
    with pytest.raises(BadBody, match=rf"who_mpox \(AFRO\).*{seen}"):
        readings(SOURCE, got.contents)


@pytest.mark.parametrize(("status", "error"), [(503, FetchFailed), (404, FetchRefused)])
def test_a_region_without_an_answer_fails_the_snapshot(
    httpserver: HTTPServer, status: int, error: type[Exception]
) -> None:
    """An outage in the middle is no smaller table."""
    url = serve(httpserver, {**BODIES, "EURO": Response(status=status)})
    with pytest.raises(error, match=str(status)):
        fetch(SOURCE, at=AT, url=url, fetch_policy=BRISK)


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", "without \\$format=csv"),
        ("?$format=json", "without \\$format=csv"),
        ("?$format=csv&$filter=ISO3 eq 'UGA'", "\\$filter in the address"),
        ("?$format=csv&$top=300", "\\$top in the address"),
    ],
)
def test_a_part_of_the_table_is_wrong_use(query: str, seen: str) -> None:
    """A snapshot covers every country and day, so its address asks for all."""
    with pytest.raises(WrongUse, match=seen):
        who_mpox.gather(lambda url, **_: url.encode(), f"http://127.0.0.1{TABLE}{query}")


def test_one_file_of_all_regions_is_read() -> None:
    """A table that somebody saved whole is the same rows."""
    head, *_ = BODIES["AFRO"].partition(b"\n")
    rows = b"".join(body.partition(b"\n")[2] for body in BODIES.values())
    whole = readings(SOURCE, {"main": head + b"\n" + rows})["cases"].frame
    assert whole.sort("iso3", "observed_on").equals(
        readings(SOURCE, BODIES)["cases"].frame.sort("iso3", "observed_on")
    )
