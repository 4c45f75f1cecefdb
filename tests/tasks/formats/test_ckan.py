"""A resource of a CKAN portal: its file, or its rows in pages, and what a portal does wrong."""

import json
from typing import Any

import pytest

from schemas.errors import BadBody
from tasks.formats.ckan import CkanResource

RESOURCE = CkanResource(where="example", name="Doses by day")
HOST = "https://example.org/api/3/action"
URL = f"{HOST}/package_show?id=example"
CSV = b"iso3,doses\nPRK,0\n"
Found = dict[str, Any]


def acted(result: object) -> bytes:
    """Return the answer of an action that worked."""
    return json.dumps({"success": True, "result": result}).encode()


def package(*names: str, kind: str = "CSV", **changes: object) -> bytes:
    """Return a dataset with resources of these names."""
    listed = [
        {"id": f"id-{at}", "name": name, "format": kind, "url": f"/files/{at}.csv", **changes}
        for at, name in enumerate(names)
    ]
    return acted({"name": "example", "resources": listed})


def page(*rows: Found, total: int | None) -> bytes:
    """Return a page of datastore_search."""
    return acted({"records": list(rows), "total": total})


def row(number: int, doses: object) -> Found:
    """Return a row of the datastore."""
    return {"_id": number, "iso3": "PRK", "doses": doses}


def gathered(answers: dict[str, bytes]) -> dict[str, bytes]:
    """Return what is gathered from a portal that has these answers, by the end of the address."""

    def ask(url: str, **_: object) -> bytes:
        [found] = [body for end, body in answers.items() if url.endswith(end)]
        return found

    return RESOURCE.gather(ask, URL)


def test_the_file_is_read_where_it_is_a_csv() -> None:
    """By its name in any case; its address may be relative."""
    bodies = gathered({"id=example": package("Notes", "DOSES  by day"), "/files/1.csv": CSV})
    assert list(bodies) == ["package", "main"]
    assert RESOURCE.read(bodies).rows() == [("PRK", "0")]


@pytest.mark.parametrize("kind", ["XLSX", "", None])
def test_any_other_resource_is_read_from_the_datastore(kind: Any) -> None:
    """In pages that are counted by the rows that came, as a portal may give less than was asked."""
    bodies = gathered(
        {
            "id=example": package("Doses by day", kind=kind),
            "resource_id=id-0&sort=_id&limit=10000&offset=0": page(
                row(1, 5), row(2, None), total=3
            ),
            "limit=10000&offset=2": page(row(3, "1,000"), total=3),
        }
    )
    assert list(bodies) == ["package", "page-0001", "page-0002"]
    read = RESOURCE.read(bodies)
    assert read.columns == ["iso3", "doses"]
    assert read["doses"].to_list() == ["5", None, "1,000"]


def test_an_address_that_serves_a_file_gives_it_alone() -> None:
    """What somebody has saved from the portal is read as well."""
    assert gathered({"id=example": CSV}) == {"main": CSV}


@pytest.mark.parametrize(
    ("described", "seen"),
    [
        (package("Notes"), "a dataset with 'Notes'"),
        (package(), "a dataset with no resource"),
        (package("Doses by day", "doses by day"), "'Doses by day', 'doses by day'"),
        (package("Doses by day", url=None), "without url"),
        (package("Doses by day", url="http://[::1"), "the address 'http://\\[::1'"),
        (acted({"resources": [None, 5]}), "a dataset with no resource"),
        (acted(None), "without result"),
        (b"[]", "without result"),
        (b'{"success": false, "error": {"__type": "Not Found Error"}}', "Not Found Error"),
        (b'{"success": false, "error": {"message": "Access denied"}}', "Access denied"),
        (b'{"success": tr', "no whole JSON"),
    ],
)
def test_a_dataset_without_the_resource_is_kept_and_refused(described: bytes, seen: str) -> None:
    """Nothing more is asked for, and the portal's words are in the error."""
    bodies = gathered({"id=example": described})
    assert bodies == {"package": described}
    with pytest.raises(BadBody, match=f"example: .*{seen}"):
        RESOURCE.read(bodies)


@pytest.mark.parametrize(
    ("pages", "seen"),
    [
        ([page(row(1, 5), total=3), page(total=3)], "1 rows in 2 pages, of 3 rows"),
        ([page(row(1, 5), total=2), page(row(2, 5), total=3), page(total=3)], "of 2 and 3 rows"),
        ([page(row(1, 5), total=2), page(row(1, 5), total=2)], "the same row on two pages"),
        ([page(total=0)], "no record"),
        ([page(row(1, 5), total=None)], "without a list 'records' and a number 'total'"),
        ([acted({"total": 5})], "without a list 'records'"),
        ([page(row(1, 5), total=2), b"<!DOCTYPE html>"], "a web page"),
    ],
)
def test_rows_that_are_missing_or_doubled_are_refused(pages: list[bytes], seen: str) -> None:
    """A resource that is replaced while it is read, and one that has no row at all."""
    answers = {"id=example": package("Doses by day", kind="XLSX")}
    answers |= {f"limit=10000&offset={at}": body for at, body in enumerate(pages)}
    bodies = gathered(answers)
    with pytest.raises(BadBody, match=f"example: .*{seen}"):
        RESOURCE.read(bodies)


def test_pages_without_a_dataset_are_refused() -> None:
    """There is no resource of which nothing is known."""
    with pytest.raises(BadBody, match="0 rows in 0 pages, of an unknown number of rows"):
        RESOURCE.read({"package": package("Doses by day")})
