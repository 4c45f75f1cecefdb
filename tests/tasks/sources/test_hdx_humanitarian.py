"""OCHA's dashboard: tables that are absent, values that are texts, lists that are not countries."""

import gzip
import json
from typing import Any

import pytest

from schemas.errors import BadBody
from tasks.parsing.validate import ParsedTable
from tasks.sources import source_named
from tests.parsed import readings

SOURCE = source_named("hdx_humanitarian")


def read(
    *records: dict[str, str], name: str = "cumulative", **beside: Any
) -> dict[str, ParsedTable]:
    """Return what is read of a document with these records."""
    return readings(SOURCE, {"main": json.dumps({name: list(records), **beside}).encode()})


def test_a_table_without_its_tag_is_absent_not_empty() -> None:
    """Before doses were shown, no snapshot says that there were none."""
    assert list(read({"#country+code": "PRK", "#affected+infected": "0"})) == ["cases_current"]
    doses = {"#country+code": "PRK", "#capacity+doses+delivered+total": "0"}
    assert list(read(doses)) == ["deliveries"]


def test_a_record_without_the_tag_publishes_no_figure() -> None:
    """Another record has the tag: this one has a row, and its figure is null, not 0."""
    one = {"#country+code": "PAK", "#capacity+doses+administered+total": "93551193"}
    frame = read(one, {"#country+code": "PRK"})["vaccinations_current"].frame
    assert frame.rows() == [("PAK", 93_551_193), ("PRK", None)]


def test_sums_of_regions_are_no_countries() -> None:
    """The lists beside that of the countries are not read."""
    country = {"#country+code": "NGA", "#capacity+doses+forecast+covax": "16008000"}
    world = [{"#capacity+doses+forecast+covax": "87148000"}]
    parsed = read(country, name="national_data", world_data=world, regional_data=world)
    assert parsed["allocations"].frame["doses_announced"].to_list() == [16_008_000]


AGAIN, CHECK_SOURCE = "Fetch it again later", "Look at the kept body"


@pytest.mark.parametrize(
    ("body", "seen", "advice"),
    [
        (b"", "an empty body", AGAIN),
        (b'{"cumulative": [{"#country+code"', "no whole JSON", AGAIN),
        (gzip.compress(b'{"cumulative": []}', mtime=0)[:-9], "damaged gzip", AGAIN),
        (b'{"cumulative": []}', "no record", AGAIN),
        (b"<html>Sorry</html>", "a web page", CHECK_SOURCE),
        (b"%PDF-1.7", "a PDF document", CHECK_SOURCE),
        (b"\x00\x01\x02\xff", "no UTF-8 text", CHECK_SOURCE),
        (b"iso3,doses\nPRK,0\n", "a text that begins with 'iso3,doses", CHECK_SOURCE),
        (b'{"else": 1}', "JSON of something else", CHECK_SOURCE),
        (b"[1, 2]", "JSON of something else", CHECK_SOURCE),
        (b"5", "a text that begins with '5'", CHECK_SOURCE),
        (b"null", "a text that begins with 'null'", CHECK_SOURCE),
        (b'{"cumulative": null}', "nothing in 'cumulative'", CHECK_SOURCE),
    ],
)
def test_what_is_no_list_of_countries_is_refused(body: bytes, seen: str, advice: str) -> None:
    """What broke off is fetched again, what is something else is looked at."""
    with pytest.raises(BadBody, match=f"{seen}.*{advice}"):
        readings(SOURCE, {"main": body})


def test_a_body_in_gzip_is_read() -> None:
    """What the way had packed is the same list."""
    body = b'{"cumulative": [{"#country+code": "PRK", "#affected+infected": "0"}]}'
    assert list(readings(SOURCE, {"main": gzip.compress(body)})) == ["cases_current"]
