"""Bombs: bodies and answers that would fill the memory, each made here."""

import gzip
import json
import zlib

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from schemas.errors import BadBody
from schemas.limits import MIB, Limits
from tasks.formats.delimited import read_csv, read_csv_rows
from tasks.formats.json_records import parse_json, read_json_records
from tasks.formats.sniffing import is_json, kind_of, unpacked
from tasks.web.fetch import fetch
from tests.tasks.publisher import AT, BRISK, CSV, SMALL, endless

ZEROS = b"0" * (32 * MIB)


def test_a_gzip_bomb_under_csv_is_refused() -> None:
    """32 MiB out of 32 KB: refused by its ratio, long before the memory is full."""
    bomb = gzip.compress(ZEROS)
    assert len(bomb) < 40_000
    with pytest.raises(BadBody, match="unpacks to more than 8,388,608 bytes"):
        read_csv(bomb, where="here")


def test_a_chain_of_gzip_members_is_one_bomb() -> None:
    """Members are counted together."""
    with pytest.raises(BadBody, match="unpacks to more than"):
        unpacked(gzip.compress(b"0" * MIB) * 16, "here", "a table")


def test_gzip_in_gzip_is_unpacked_once() -> None:
    """What is packed twice is no table."""
    with pytest.raises(BadBody, match="no UTF-8"):
        read_csv(gzip.compress(gzip.compress(CSV)), where="here")


def test_a_long_cell_is_refused() -> None:
    """A text of a book's length is no cell, quoted or not."""
    for cell in (b"x" * 200_000, b'"' + b"x\n" * 100_000 + b'"'):
        with pytest.raises(BadBody, match=r"a cell of more than 131,072 characters \(to line"):
            read_csv(b"iso3,note\nPRK," + cell + b"\n", where="here")
    with pytest.raises(BadBody, match="a cell of 11 characters; expected at most 10"):
        read_csv(b"a\n" + b"x" * 11 + b"\n", where="here", limits=Limits(cell=10))


def test_too_many_rows_are_refused() -> None:
    """The header is no row."""
    body = b"a\n" + b"1\n" * 10
    assert read_csv(body, where="here", limits=Limits(rows=10)).height == 10
    with pytest.raises(BadBody, match="more than 9 rows"):
        read_csv_rows(body, where="here", limits=Limits(rows=9))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_an_answer_that_unpacks_on_the_way_to_a_bomb_is_refused(
    httpserver: HTTPServer, encoding: str
) -> None:
    """Once, and not asked for again."""
    packed = gzip.compress(ZEROS) if encoding == "gzip" else zlib.compress(ZEROS)
    headers = {"Content-Encoding": encoding}
    httpserver.expect_request("/a.csv").respond_with_data(packed, headers=headers)
    with pytest.raises(BadBody, match="out of a packed answer"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)
    assert len(httpserver.log) == 1


def test_an_answer_that_is_packed_several_times_is_refused(httpserver: HTTPServer) -> None:
    """Each layer multiplies a bomb by a thousand."""
    packed = gzip.compress(gzip.compress(CSV))
    httpserver.expect_request("/a.csv").respond_with_handler(
        lambda _: Response(packed, headers={"Content-Encoding": "gzip, gzip"})
    )
    with pytest.raises(BadBody, match="packed several times"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)


def test_an_answer_without_end_is_refused_at_the_limit(httpserver: HTTPServer) -> None:
    """However fast it comes."""
    httpserver.expect_request("/a.csv").respond_with_handler(endless(b"1\n" * 1000))
    fetch_policy = BRISK.__class__(attempts=1, largest=100_000)
    with pytest.raises(BadBody, match="more than 100,000 bytes"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=fetch_policy)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"%PDF-1.7", "pdf"),
        (b"PK\x03\x04", "zip"),
        (b"\xd0\xcf\x11\xe0", "ole"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>", "html"),
        (b"<html lang=en>", "html"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b' {"value": []}', "json"),
        (b"[]", "json"),
        (b"\xef\xbb\xbf[]", "json"),
        (b" " * 1000 + b"{}", "json"),
        (b"iso3,doses\n", "text"),
        (b"\x89PNG\0", "binary"),
    ],
)
def test_a_body_is_known_by_its_first_bytes(body: bytes, kind: str) -> None:
    """Whatever its name, status and content type said."""
    assert kind_of(body) == kind
    assert is_json(body) == is_json(gzip.compress(body)) == (kind == "json")


def test_a_table_is_refused_before_room_is_made_for_its_cells() -> None:
    """Lines times the fields of the header, in CSV; names times records, in JSON."""
    wide = b",".join(b"n%d" % number for number in range(100))
    table = wide + b"\n" + b"\n".join([b"," * 99] * 50)
    with pytest.raises(BadBody, match=r"51 lines with 100 fields, 5,100 cells; expected at most"):
        read_csv(table, where="here", limits=Limits(plain_cells=5_000))
    assert read_csv(table, where="here", limits=Limits(plain_cells=5_100)).shape == (50, 100)
    own = json.dumps([{f"n{number}": 1} for number in range(100)]).encode()
    with pytest.raises(BadBody, match=r"100 records with 100 names, 10,000 cells; expected"):
        read_json_records(own, where="here", limits=Limits(cells=9_999))
    assert read_json_records(own, where="here", limits=Limits(cells=10_000)).shape == (100, 100)


def test_too_many_columns_are_refused() -> None:
    """A column costs as much as thousands of cells, be it empty."""
    names = [f"n{number}" for number in range(11)]
    table = ",".join(names) + "\n" + "," * 10 + "\n"
    with pytest.raises(BadBody, match="11 fields in line 1; expected at most 10"):
        read_csv(table.encode(), where="here", limits=Limits(columns=10))
    with pytest.raises(BadBody, match="11 fields in line 2"):
        read_csv_rows(b"a\n" + b"," * 10, where="here", limits=Limits(columns=10))
    body = json.dumps([dict.fromkeys(names)]).encode()
    with pytest.raises(BadBody, match="11 names in the records; expected at most 10"):
        read_json_records(body, where="here", limits=Limits(columns=10))


def test_the_careful_reader_takes_smaller_tables_than_the_quick_one() -> None:
    """Its rows are lists of texts: what is large must be plain."""
    plain = b"a,b\n" + b"1,2\n" * 20
    few = Limits(cells=20)
    assert read_csv(plain, where="here", limits=few).height == 20
    with pytest.raises(BadBody, match="more than 20 cells, and a line that is no row"):
        read_csv(plain + b"1\n", where="here", limits=few)


def test_json_of_too_many_values_is_refused_before_it_is_parsed() -> None:
    """Each takes many times the room of its digit, be it whole or cut off."""
    with pytest.raises(BadBody, match=r"JSON of 1,000 values; expected at most 999\."):
        parse_json(b"[1" + b",1" * 999, where="here", limits=Limits(values=999))


def test_a_narrow_table_as_long_as_the_longest_real_one_is_read() -> None:
    """A limit that bites a real table is a fault of ours."""
    rows = 583_000
    assert read_csv(b"a,b\n" + b"1,2\n" * rows, where="here").height == rows
    assert read_csv(b"a,b\n1," + b"x" * 32_767 + b"\n", where="here").height == 1


def test_a_table_of_memory_gibibytes_is_refused_out_of_the_box() -> None:
    """800,000 names in a header; 14,000 records that each have a name of their own."""
    header = b",".join(b"n%d" % number for number in range(800_000))
    with pytest.raises(BadBody, match="800,000 fields in line 1"):
        read_csv(header + b"\n" + b"," * 799_999 + b"\n", where="here")
    own = json.dumps([{f"n{number}": 1} for number in range(14_000)]).encode()
    with pytest.raises(BadBody, match="196,000,000 cells"):
        read_json_records(own, where="here")
