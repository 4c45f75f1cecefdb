"""UNICEF's SDMX service: coverage by codes or with labels, and the server's faults."""

from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody, FetchRefused
from tasks.formats.sdmx_csv import read_sdmx_csv
from tasks.sources import source_named
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tests.golden import FIXTURES, bodies_of
from tests.parsed import readings

SOURCE = source_named("unicef_wuenic")
AT = datetime(2026, 7, 20, 6, tzinfo=UTC)
BRISK = FetchPolicy(attempts=2, patience=0.01, timeout=5)
FLOW = "/rest/data/UNICEF,IMMUNISATION,1.0/"
CODES, LABELS = (
    bodies_of(FIXTURES / "unicef_wuenic" / f"{name}.csv")["main"] for name in ("codes", "labels")
)


def test_codes_and_labels_are_the_same_figure(httpserver: HTTPServer) -> None:
    """Who asks for labels gets the same row."""
    httpserver.expect_request(FLOW, query_string="format=csv&labels=id").respond_with_data(CODES)
    url = httpserver.url_for(f"{FLOW}?format=csv&labels=id")
    got = fetch(SOURCE, at=AT, url=url, fetch_policy=BRISK)
    names = ("iso3", "antigen", "year", "coverage_share")
    with_codes = readings(SOURCE, got.contents)["coverage"].frame.select(names).rows()
    with_labels = readings(SOURCE, {"main": LABELS})["coverage"].frame.select(names).rows()
    assert with_labels == [("MEX", "DTP3", 2020, 0.74)]
    assert set(with_labels) <= set(with_codes)


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b'<?xml version="1.0"?><mes:Error><com:Text>No data</com:Text></mes:Error>', "markup"),
        (b"NoRecordsFound", "without any row"),
        (b"REF_AREA,INDICATOR,TIME_PERIOD\nMEX,IM_DTP3,2020\n", "a table without OBS_VALUE"),
        (b"TIME_PERIOD,TIME_PERIOD:Time,OBS_VALUE\n1,1,1\n", "a column twice"),
    ],
)
def test_what_is_no_sdmx_csv_is_refused(body: bytes, seen: str) -> None:
    """An error in XML, words, or another table."""
    with pytest.raises(BadBody, match=f"unicef_wuenic.*{seen}"):
        read_sdmx_csv(body, where="unicef_wuenic")


def test_a_dimension_that_is_gone_breaks_the_contract() -> None:
    """The rows would be about nobody knows what."""
    with pytest.raises(SourceChanged, match="INDICATOR"):
        readings(SOURCE, {"main": CODES.replace(b"INDICATOR", b"VACCINE", 1)})


def test_a_dataflow_that_is_gone_is_refused(httpserver: HTTPServer) -> None:
    """404 is final."""
    httpserver.expect_request(FLOW).respond_with_data(status=404)
    with pytest.raises(FetchRefused, match="404"):
        fetch(SOURCE, at=AT, url=httpserver.url_for(FLOW), fetch_policy=BRISK)


def test_regions_are_counted_and_left_out() -> None:
    """The world and UNICEF's regions are sums over countries."""
    reading = readings(SOURCE, {"main": CODES})["coverage"]
    assert sorted(set(reading.frame["iso3"])) == ["MEX", "PRK", "TCD"]
    assert reading.left_out == 2
    assert reading.no_countries == {"the sum over countries": 1}
