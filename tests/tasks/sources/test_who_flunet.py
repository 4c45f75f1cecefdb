"""FluNet over HTTP: one CSV, or pages of JSON, with the server's faults."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.errors import BadBody, FetchFailed, FetchRefused, WrongUse
from tasks.sources import source_named, who_flunet
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tests.parsed import readings

SOURCE = source_named("who_flunet")
AT = datetime(2022, 2, 10, 6, tzinfo=UTC)
BRISK = FetchPolicy(attempts=2, patience=0.01, timeout=5)
TABLE = "/FLUMART/VIW_FNT"
CSV = (
    b"\xef\xbb\xbfCOUNTRY_CODE,ISO_WEEKSTARTDATE,ORIGIN_SOURCE,SPEC_PROCESSED_NB,INF_ALL,ISOYW\n"
    b"PRK,2022-01-03,SENTINEL,96,0,202201\n"
)
SORRY = b"<!DOCTYPE html><html><title>Sorry, the service is unavailable</title></html>"


def rows(*countries: str) -> list[dict[str, Any]]:
    """Return a week of countries as the table says it."""
    return [
        {
            "COUNTRY_CODE": iso3,
            "ISO_WEEKSTARTDATE": "2022-01-03T00:00:00Z",
            "ORIGIN_SOURCE": "SENTINEL",
            "SPEC_PROCESSED_NB": 96,
            "INF_ALL": None,
            "ISOYW": 202201,
        }
        for iso3 in countries
    ]


def odata(listed: list[dict[str, Any]], **beside: Any) -> bytes:
    """Return a page of OData."""
    return json.dumps({"@odata.context": "x", "value": listed, **beside}).encode()


def countries_of(contents: Any) -> list[str]:
    """Return the countries in bodies, in the order of the rows."""
    return readings(SOURCE, contents)["tests"].frame["iso3"].to_list()


def test_the_csv_is_one_request_without_a_wish_for_csv(httpserver: HTTPServer) -> None:
    """`$format=csv` alone decides: a header Accept: text/csv would be answered by 406."""

    def answer(asked: Request) -> Response:
        if "csv" in asked.headers.get("Accept", ""):
            return Response(status=406)
        return Response(CSV, content_type="text/csv")

    httpserver.expect_request(TABLE, query_string="$format=csv").respond_with_handler(answer)
    got = fetch(SOURCE, at=AT, url=httpserver.url_for(f"{TABLE}?$format=csv"), fetch_policy=BRISK)
    assert got.contents == {"main": CSV}
    frame = readings(SOURCE, got.contents)["tests"].frame
    assert frame.select("iso3", "specimens_processed_new", "positives_new").rows() == [
        ("PRK", 96, 0)
    ]


def test_the_next_page_is_the_linked_one(httpserver: HTTPServer) -> None:
    """@odata.nextLink is followed, relative or absolute, until a page has none."""
    httpserver.expect_ordered_request(TABLE).respond_with_data(
        odata(rows("PRK"), **{"@odata.nextLink": f"{TABLE}?$skiptoken=2"})
    )
    httpserver.expect_ordered_request(TABLE, query_string="$skiptoken=2").respond_with_data(
        odata(rows("KOR"), **{"@odata.nextLink": httpserver.url_for(f"{TABLE}?$skiptoken=3")})
    )
    httpserver.expect_ordered_request(TABLE, query_string="$skiptoken=3").respond_with_data(
        odata(rows("JPN"))
    )
    got = fetch(SOURCE, at=AT, url=httpserver.url_for(TABLE), fetch_policy=BRISK)
    assert list(got.contents) == ["page-0001", "page-0002", "page-0003"]
    assert countries_of(got.contents) == ["PRK", "KOR", "JPN"]


def test_without_such_a_word_pages_are_counted(httpserver: HTTPServer) -> None:
    """$skip counts on, in a fixed order, until a page is empty; filters are kept."""
    asked: list[dict[str, list[str]]] = []
    listed = rows("PRK", "KOR", "JPN", "CHN", "MNG")

    def answer(request: Request) -> Response:
        query = parse_qs(request.query_string.decode())
        asked.append(query)
        skip, top = int(query["$skip"][0]), int(query["$top"][0])
        return Response(odata(listed[skip : skip + top]))

    httpserver.expect_request(TABLE).respond_with_handler(answer)
    address = httpserver.url_for(f"{TABLE}?$filter=ISO_YEAR%20ge%202021&$top=2")
    got = fetch(SOURCE, at=AT, url=address, fetch_policy=BRISK)
    assert countries_of(got.contents) == ["PRK", "KOR", "JPN", "CHN", "MNG"]
    assert [query["$skip"] for query in asked] == [["0"], ["2"], ["4"], ["5"]]
    assert {query["$filter"][0] for query in asked} == {"ISO_YEAR ge 2021"}
    assert {query["$orderby"][0] for query in asked} == {who_flunet.TABLE.order}


def test_a_last_page_without_rows_is_no_body(httpserver: HTTPServer) -> None:
    """The empty page that says where the table ends is not kept."""
    listed = rows("PRK", "KOR")

    def answer(request: Request) -> Response:
        skip = int(parse_qs(request.query_string.decode())["$skip"][0])
        return Response(odata(listed[skip : skip + 2]))

    httpserver.expect_request(TABLE).respond_with_handler(answer)
    got = fetch(SOURCE, at=AT, url=httpserver.url_for(f"{TABLE}?$top=2"), fetch_policy=BRISK)
    assert list(got.contents) == ["page-0001"]


def test_an_outage_is_refused_page_and_table(httpserver: HTTPServer) -> None:
    """A web page under status 200 is kept, and is no page of OData and no table."""
    httpserver.expect_request(TABLE).respond_with_data(SORRY, content_type="text/html")
    for address in (TABLE, f"{TABLE}?$format=csv"):
        got = fetch(SOURCE, at=AT, url=httpserver.url_for(address), fetch_policy=BRISK)
        assert list(got.contents.values()) == [SORRY]
        with pytest.raises(BadBody, match="web page"):
            readings(SOURCE, got.contents)


def test_an_outage_in_the_middle_is_transient(httpserver: HTTPServer) -> None:
    """A page that fails with 503 fails the snapshot, which may be asked for again."""
    httpserver.expect_ordered_request(TABLE).respond_with_data(
        odata(rows("PRK"), **{"@odata.nextLink": f"{TABLE}/next"})
    )
    httpserver.expect_request(f"{TABLE}/next").respond_with_data(b"", status=503)
    with pytest.raises(FetchFailed, match="503"):
        fetch(SOURCE, at=AT, url=httpserver.url_for(TABLE), fetch_policy=BRISK)


def test_an_unknown_table_is_permanent(httpserver: HTTPServer) -> None:
    """404 is not asked again."""
    httpserver.expect_request(TABLE).respond_with_data(b"", status=404)
    with pytest.raises(FetchRefused):
        fetch(SOURCE, at=AT, url=httpserver.url_for(TABLE), fetch_policy=BRISK)


def test_json_that_is_no_page_is_refused(httpserver: HTTPServer) -> None:
    """An error in JSON under status 200 has no list of rows."""
    httpserver.expect_request(TABLE).respond_with_data(b'{"error": {"code": "quota"}}')
    got = fetch(SOURCE, at=AT, url=httpserver.url_for(TABLE), fetch_policy=BRISK)
    with pytest.raises(BadBody, match="value"):
        readings(SOURCE, got.contents)


def test_an_outage_behind_the_first_page_is_no_shorter_table(httpserver: HTTPServer) -> None:
    """What came before it is kept beside it, and nothing of it is published."""
    httpserver.expect_ordered_request(TABLE).respond_with_data(
        odata(rows("PRK"), **{"@odata.nextLink": f"{TABLE}/next"})
    )
    httpserver.expect_request(f"{TABLE}/next").respond_with_data(SORRY)
    got = fetch(SOURCE, at=AT, url=httpserver.url_for(TABLE), fetch_policy=BRISK)
    assert list(got.contents) == ["page-0001", "page-0002"]
    with pytest.raises(BadBody, match="web page"):
        readings(SOURCE, got.contents)


class Pages:
    """A server in a function: the answers in their order, the last of them for ever."""

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.asked = answers, list[str]()

    def __call__(
        self, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> bytes:
        """Answer."""
        self.asked.append(url)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


HERE = "http://127.0.0.1/VIW_FNT"


@pytest.mark.parametrize(
    ("second", "third"), [("/VIW_FNT/again", "/VIW_FNT/again"), ("?$skiptoken=2", "?$skiptoken=2")]
)
def test_pages_that_point_at_themselves_are_refused(second: str, third: str) -> None:
    """A next page that was requested before is an error and not requested again."""
    one, two = (
        odata(rows(iso3), **{"@odata.nextLink": link})
        for iso3, link in (("PRK", second), ("KOR", third))
    )
    server = Pages(one, two)
    with pytest.raises(BadBody, match=r"next page http://127\.0\.0\.1/.* once more"):
        who_flunet.gather(server, HERE)
    assert len(server.asked) == 2


def test_a_server_that_does_not_count_is_refused() -> None:
    """The same page for every $skip would be the same rows for ever."""
    server = Pages(odata(rows("PRK", "KOR")))
    with pytest.raises(BadBody, match="as page-0002 the bytes of an earlier one"):
        who_flunet.gather(server, HERE)


def test_a_next_page_of_null_is_the_end() -> None:
    """Null says the same as no word about a next page."""
    server = Pages(odata(rows("PRK"), **{"@odata.nextLink": None}))
    assert list(who_flunet.gather(server, HERE)) == ["page-0001"]
    assert len(server.asked) == 1


@pytest.mark.parametrize("link", [5, "", ["a"], {"href": "a"}, "http://[x", "//a]b/"])
def test_a_next_page_that_is_no_address_is_refused(link: object) -> None:
    """Whether more rows follow is unknown, so nothing is archived."""
    with pytest.raises(BadBody, match=r"nextLink .*expected an address or null"):
        who_flunet.gather(Pages(odata(rows("PRK"), **{"@odata.nextLink": link})), HERE)


def test_a_server_that_gives_less_than_it_was_asked_for_is_asked_on() -> None:
    """Pages may be cut below $top without a word: only an empty one is the end."""
    server = Pages(odata(rows("PRK", "KOR")), odata(rows("JPN")), odata(rows("CHN")), odata([]))
    got = who_flunet.gather(server, HERE)
    assert countries_of(got) == ["PRK", "KOR", "JPN", "CHN"]
    skips = [parse_qs(url.partition("?")[2])["$skip"] for url in server.asked]
    assert skips == [["0"], ["2"], ["3"], ["4"]]


@pytest.mark.parametrize("query", ["$top=abc", "$top=0", "$top=-5", "$top="])
def test_pages_of_no_size_are_wrong_use(query: str) -> None:
    """An invalid page size is refused before any request."""
    server = Pages(odata(rows("PRK")))
    with pytest.raises(WrongUse, match=re.escape(f"seen {query} in")):
        who_flunet.gather(server, f"{HERE}?{query}")
    assert server.asked == []


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("$filter=COUNTRY_CODE eq 'PRK'", "COUNTRY_CODE"),
        ("$format=csv&$filter=ISO_YEAR ge 2021 and ISO2 in ('KP','KR')", "ISO2"),
        ("$format=csv&$filter=ORIGIN_SOURCE%20eq%20'SENTINEL'", "ORIGIN_SOURCE"),
        ("$format=csv&$top=100", "$top"),
        ("$skip=10", "$skip"),
    ],
)
def test_less_than_whole_weeks_is_wrong_use(query: str, seen: str) -> None:
    """A snapshot covers all of its weeks: a request for one country would withdraw the rest."""
    server = Pages(CSV)
    with pytest.raises(WrongUse, match=re.escape(seen)):
        who_flunet.gather(server, f"{HERE}?{query}")
    assert server.asked == []


@pytest.mark.parametrize(
    "wish",
    ["ISO_WEEKSTARTDATE ge 2021-01-04T00:00:00Z", "ISO_YEAR in (2021,2022)", "ISOYW ge 202101"],
)
def test_times_may_be_asked_for(wish: str) -> None:
    """A filter by weeks leaves each week whole."""
    url = f"{HERE}?$format=csv&$filter={wish}"
    server = Pages(CSV)
    assert who_flunet.gather(server, url) == {"main": CSV}
    assert server.asked == [url]


def test_kinds_of_surveillance_are_rows_of_their_own() -> None:
    """Sentinel and other sites stand side by side under one week; nothing is summed."""
    head = b"COUNTRY_CODE,ISO_WEEKSTARTDATE,ORIGIN_SOURCE,SPEC_PROCESSED_NB,INF_ALL\n"
    body = head + b"CHL,2022-01-03,SENTINEL,410,12\nCHL,2022-01-03,NONSENTINEL,1250,32\n"
    frame = readings(SOURCE, {"main": body})["tests"].frame
    assert frame.select("origin", "positives_new").rows() == [("SENTINEL", 12), ("NONSENTINEL", 32)]


def test_blank_is_not_reported_and_zero_is_zero() -> None:
    """The two are kept apart in CSV as in JSON."""
    pages = {"page-0001": odata(rows("PRK")), "page-0002": odata([rows("KOR")[0] | {"INF_ALL": 0}])}
    frame = readings(SOURCE, pages)["tests"].frame
    assert frame.select("iso3", "positives_new").rows() == [("PRK", None), ("KOR", 0)]
