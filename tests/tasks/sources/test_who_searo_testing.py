"""WHO's reports: their figures, the compiled archive's, and how the newest is found."""

import csv
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from schemas.errors import BadBody, FetchRefused, WrongUse
from tasks.sources import source_named
from tasks.web.fetch import fetch
from tests.parsed import readings
from tests.sitreps import DASH, PROSE, Sheet, report
from tests.tasks.publisher import AT, BRISK
from tests.thorough import examples
from vaxwatch.archive import archive_folder

SOURCE = source_named("who_searo_testing")
FIGURES = ("people_tested_new", "samples_tested_new", "positives_new")


def read(body: bytes) -> pl.DataFrame:
    """Return what a body says of tests; nothing may be quarantined."""
    reading = readings(SOURCE, {"main": body})["tests"]
    assert reading.quarantined.is_empty()
    return reading.frame


days = st.dates(date(2020, 4, 1), date(2023, 1, 1))
counts = st.integers(0, 99_999_999)


@settings(max_examples=examples(15))
@given(
    day=days,
    length=st.sampled_from([6, 13]),
    new=counts,
    everybody=counts,
    width=st.integers(30, 180),
)
def test_what_was_written_is_what_is_read(
    day: date, length: int, new: int, everybody: int, width: int
) -> None:
    """Whatever the figures and the days are, and wherever the lines end."""
    end = day - timedelta(days=5)
    period = f"{end - timedelta(days=length):%d %B %Y} {DASH} {end:%d %B %Y}"
    sheet = Sheet()
    sheet.head("#1", period, f"{day:%d %B %Y}")
    sheet.heading("DPR Korea")
    new_, all_ = (f"{number:,}".replace(",", "\xa0") for number in (new, everybody))
    sheet.prose(
        f"• From {period} {new_} people were tested. So far {all_} persons have been tested.",
        width=width,
    )
    parsed = read(sheet.body()).row(0, named=True)
    assert parsed["observed_on"] == day
    assert (parsed["people_tested_new"], parsed["people_tested_cumulative"]) == (new, everybody)


def archived() -> Iterator[dict[str, str]]:
    """Return the rows of the embedded archive."""
    for path in sorted(archive_folder("who_searo_testing").glob("*.csv")):
        yield from csv.DictReader(path.read_text(encoding="utf-8").splitlines())


def as_report(parsed: dict[str, str]) -> bytes:
    """Return the PDF that would say what a row of the archive says."""
    day = date.fromisoformat(parsed["Date"])
    period = f"{day - timedelta(days=11):%d %B} {DASH} {day - timedelta(days=5):%d %B %Y}"
    tested = " and ".join(
        f"{int(parsed[unit]):,} {word}".replace(",", " ")
        for unit, word in (("People tested", "people"), ("Samples tested", "samples"))
        if parsed[unit]
    )
    prose = f"• From {period} {tested} were tested. All tested negative."
    return report(prose, week="#1", period=period, day=f"{day:%d %B %Y}")


def compiled(parsed: dict[str, str]) -> bytes:
    """Return the archive's file that has a row."""
    return (archive_folder("who_searo_testing") / f"{parsed['Date']}.csv").read_bytes()


@pytest.mark.thorough
def test_reports_with_the_archives_figures_are_the_archives_table() -> None:
    """54 reports; the people sum to 54,187, as WHO's total of 14 February 2022 has it."""
    columns = ["iso3", "observed_on", "origin", *FIGURES]
    listed = list(archived())
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(read, map(as_report, listed)))
    for parsed, found in zip(listed, reports, strict=True):
        assert found.select(columns).equals(read(compiled(parsed)).select(columns)), parsed["Date"]
    people = pl.concat(reports)["people_tested_new"]
    assert (len(reports), people.sum()) == (54, 54_187)


LISTED = "/reports"
NAME = "/searo-weekly-situation-report-%s.pdf"


def serve(httpserver: HTTPServer, *numbers: str) -> None:
    """Serve a page that lists reports by number and year."""
    links = "".join(f"<a href='{NAME % number}?sfvrsn=6126c5b_5'>Report</a>" for number in numbers)
    page = f"<!DOCTYPE html><html><body>{links}</body></html>"
    httpserver.expect_request(LISTED).respond_with_data(page, content_type="text/html")


def test_the_newest_report_is_fetched_from_the_page_that_lists_them(httpserver: HTTPServer) -> None:
    """Page and report are two bodies of one snapshot; both requests are recorded."""
    serve(httpserver, "41-2021", "-42-2021", "9-2021")
    httpserver.expect_request(NAME % "-42-2021").respond_with_data(report(PROSE))
    url = httpserver.url_for(LISTED)
    fetched = fetch(SOURCE, at=AT, url=url, fetch_policy=BRISK)
    assert list(fetched.contents) == ["page", "report"]
    asked = [parsed["requested_url"] for parsed in fetched.evidence["requests"]]
    assert asked == [url, httpserver.url_for(NAME % "-42-2021") + "?sfvrsn=6126c5b_5"]
    parsed = readings(SOURCE, fetched.contents)["tests"].frame
    assert parsed["people_tested_new"].to_list() == [678]


def test_a_reports_own_address_serves_as_well(httpserver: HTTPServer) -> None:
    """It is the only body."""
    httpserver.expect_request(NAME % "41-2021").respond_with_data(report(PROSE))
    url = httpserver.url_for(NAME % "41-2021")
    assert list(fetch(SOURCE, at=AT, url=url, fetch_policy=BRISK).contents) == ["main"]


@pytest.mark.parametrize(
    ("numbers", "answer", "fault", "parsed"),
    [
        ((), b"", BadBody, "seen a list without a link to a report"),
        (("41-2021",), b"<!DOCTYPE html><title>Sorry</title>", BadBody, "seen html at http"),
        (("41-2021",), None, FetchRefused, "status 404"),
    ],
)
def test_a_page_that_leads_nowhere_is_refused(
    httpserver: HTTPServer,
    numbers: tuple[str, ...],
    answer: bytes | None,
    fault: type[Exception],
    parsed: str,
) -> None:
    """No link, a page instead of the report, or nothing at its address."""
    serve(httpserver, *numbers)
    if answer:
        httpserver.expect_request(NAME % "41-2021").respond_with_data(answer)
    else:
        httpserver.expect_request(NAME % "41-2021").respond_with_data(status=404)
    with pytest.raises(fault, match=parsed):
        fetch(SOURCE, at=AT, url=httpserver.url_for(LISTED), fetch_policy=BRISK)


RELIEF_WEB = "/v2/reports"
APPNAME = f"{RELIEF_WEB}?appname=desk"

ODD = b'{"data": [1, {"fields": {"file": [2, {"url": 3}, {"url": "//[x/report"}]}}]}'


def listed(*addresses: str) -> bytes:
    """Return ReliefWeb's answer: a report for each address of a file, and one without a file."""
    reports = [{"fields": {"title": "Report", "file": [{"url": url}]}} for url in addresses]
    return json.dumps({"totalCount": 9, "data": [{"fields": {"title": "None"}}, *reports]}).encode()


def test_relief_web_lists_the_reports(httpserver: HTTPServer) -> None:
    """It is asked by a POST; its answer and the newest report are the bodies of the snapshot."""
    files = [httpserver.url_for(f"/files{NAME % number}") for number in ("9-2021", "42-2021")]
    answer = listed(files[1], httpserver.url_for("/files/annex.pdf"), files[0])
    api = httpserver.expect_request(RELIEF_WEB, method="POST", query_string="appname=desk")
    api.respond_with_data(answer)
    httpserver.expect_request(f"/files{NAME % '42-2021'}").respond_with_data(report(PROSE))
    got = fetch(SOURCE, at=AT, url=httpserver.url_for(APPNAME), fetch_policy=BRISK)
    assert list(got.contents) == ["page", "report"]
    assert [one["method"] for one in got.evidence["requests"]] == ["POST", "GET"]
    asked = json.loads(httpserver.log[0][0].get_data())
    assert {"field": "source.shortname", "value": "WHO"} in asked["filter"]["conditions"]
    assert readings(SOURCE, got.contents)["tests"].frame["people_tested_new"].to_list() == [678]


@pytest.mark.parametrize(
    ("path", "answer", "fault", "seen"),
    [
        (RELIEF_WEB, b"", WrongUse, "without an appname; .* approved"),
        ("/v1/reports?appname=desk", b"", WrongUse, "version 1 of ReliefWeb's API, which"),
        (APPNAME, b"", FetchRefused, "403"),
        (APPNAME, b'{"error": {"message": "quota"}}', BadBody, "without a list 'data'"),
        (APPNAME, b"<html>Sorry</html>", BadBody, "a web page"),
        (APPNAME, listed(), BadBody, "a list without a link to a report"),
        (APPNAME, ODD, BadBody, "a list without"),
    ],
)
def test_relief_web_that_refuses_is_one_sentence(
    httpserver: HTTPServer, path: str, answer: bytes, fault: type[Exception], seen: str
) -> None:
    """No appname, an old version, one that is not approved, an error, a page, no report."""
    httpserver.expect_request(RELIEF_WEB).respond_with_data(answer, status=200 if answer else 403)
    with pytest.raises(fault, match=seen):
        fetch(SOURCE, at=AT, url=httpserver.url_for(path), fetch_policy=BRISK)


def test_the_archives_lines_are_read_as_ever() -> None:
    """A compiled row has no totals: they are absent, not null."""
    body = b"Country,Date,People tested,Samples tested,Positives\nDPR Korea,2021-08-02,681,2744,0\n"
    assert read(body).rows() == [("PRK", date(2021, 8, 2), "national", 681, 2_744, 0)]
