"""Rows behind an alert are quoted from the archived bytes, in every format that sources publish."""

import gzip
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.columns import ROW
from schemas.contract_errors import SourceChanged
from schemas.records import Body, Fetched, Snapshot
from schemas.tables import key_of
from tasks.alerts.archived_version import ArchivedVersion
from tasks.alerts.raw_evidence import MOST, Figures, named_keys, quoted_rows
from tasks.formats.sniffing import kind_of
from tasks.parsing.published_tables import published_tables
from tasks.parsing.transform import transform_table
from tasks.raw.archive import archive_snapshot
from tasks.raw.body_reader import body_key
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.golden import BODIES, bodies_of
from tests.workbooks import workbook

AT = datetime(2022, 2, 10, tzinfo=UTC)
EXPORT = b"Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,8115600\nKHM,Covovax,5\n"


def archived(source: str, contents: Mapping[str, bytes]) -> tuple[MemoryStore, str]:
    """Return a lake with the bodies of one snapshot, and the id of its vintage."""
    bodies = [
        Body(name=name, sha256=hashlib.sha256(body).hexdigest(), size=len(body))
        for name, body in contents.items()
    ]
    snapshot = Snapshot(
        source=source, retrieved_at=AT, bodies=tuple(bodies), url="https://example.org/a"
    )
    store = MemoryStore()
    archive_snapshot(store, Fetched(snapshot=snapshot, contents=contents, evidence={}))
    return store, snapshot.id


def opened(store: Store, vintage: str, source: str = "unicef_market") -> ArchivedVersion:
    """Return an archived version of a source."""
    return ArchivedVersion(store, source_named(source), vintage)


def rows_of(source: str, contents: Mapping[str, bytes]) -> list[tuple[str, dict[str, Any]]]:
    """Return the canonical rows of all printed tables with a whole key, each with its table."""
    declared, found = source_named(source), list[tuple[str, dict[str, Any]]]()
    published = published_tables(declared, contents)
    for table, frame in ((name, published[name]) for name in declared.tables if name in published):
        with suppress(SourceChanged):  # a table that this snapshot lacks
            rows = transform_table(frame, table, declared).frame.drop_nulls(key_of(table))
            found += [(table, row) for row in rows.to_dicts()]
    return found


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body.parent.name}-{body.name}")
def test_every_row_of_every_fixture_can_be_quoted(body: Path) -> None:
    """By its key: CSV, JSON, PDF, answers of Power BI; a text has the lines as they stand."""
    source, contents = body.parent.name, bodies_of(body)
    store, vintage = archived(source, contents)
    rows = rows_of(source, contents)
    assert rows
    for table, row in rows[:: max(1, len(rows) // 5)]:
        key = {name: str(row[name]) for name in key_of(table)}
        figures = Figures(table=table, keys=[key], column=None)
        quoted = quoted_rows(opened(store, vintage, source), figures)
        assert quoted["unparsable"] is None
        assert quoted["rows"], (table, key)
        if "main" in contents and kind_of(contents["main"]) == "text":
            text = contents["main"].decode("utf-8-sig")
            for one in quoted["rows"]:
                assert one["text"] is not None, (table, key)
                assert one["text"] in text
                assert one["body"] == quoted["bodies"][0]["sha256"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (EXPORT, 2),
        (gzip.compress(EXPORT, mtime=0), 2),
        (b"\xef\xbb\xbf" + EXPORT.replace(b"\n", b"\r\n"), 2),
        (EXPORT.replace(b"AstraZeneca", b'"Astra\nZeneca"'), 2),
        (workbook([line.split(",") for line in EXPORT.decode().splitlines()]), None),
    ],
    ids=["csv", "gzip", "excel's csv", "line break in a cell", "workbook"],
)
def test_a_row_is_quoted_with_its_place(body: bytes, line: int | None) -> None:
    """Number of the row in the table; number and text of its lines where there are lines."""
    store, vintage = archived("unicef_market", {"main": body})
    figures = Figures(table="allocations", keys=[{"iso3": "PRK"}], column="doses_allocated")
    quoted = quoted_rows(opened(store, vintage), figures)
    sha256 = hashlib.sha256(body).hexdigest()
    assert quoted["bodies"] == [
        {"name": "main", "sha256": sha256, "size": len(body), "archived": body_key(sha256)}
    ]
    [row] = quoted["rows"]
    assert (row["row"], row["line"], row["body"]) == (1, line, sha256)
    assert row["cells"]["Doses Allocated"] == "8115600"
    assert (row["text"] or "").startswith("PRK," if line else "")


def test_a_row_that_is_not_there_is_no_fault() -> None:
    """A key that is gone has no row in the newer version."""
    store, vintage = archived("unicef_market", {"main": EXPORT})
    figures = Figures(table="allocations", keys=[{"iso3": "VEN"}], column="doses_allocated")
    quoted = quoted_rows(opened(store, vintage), figures)
    assert (quoted["rows"], quoted["more"], quoted["unparsable"]) == ([], 0, None)


def test_many_rows_are_counted_beyond_the_first_twenty() -> None:
    """A total over many products quotes some, and says how many more there are."""
    lines = [EXPORT.decode().splitlines()[0], *(f"PRK,V{n},{n}" for n in range(25))]
    store, vintage = archived("unicef_market", {"main": "\n".join([*lines, ""]).encode()})
    figures = Figures(table="allocations", keys=[{"iso3": "PRK"}], column="doses_allocated")
    quoted = quoted_rows(opened(store, vintage), figures)
    assert (len(quoted["rows"]), quoted["more"]) == (MOST, 5)


@pytest.mark.parametrize("fault", ["gone", "damaged", "not a table", "no record"])
def test_bytes_that_are_damaged_or_gone_are_a_sentence(fault: str) -> None:
    """And no crash: what is known of the version stays in the answer."""
    body = b"<html>gone</html>" if fault == "not a table" else EXPORT
    store, vintage = archived("unicef_market", {"main": body})
    key = body_key(hashlib.sha256(body).hexdigest())
    if fault == "gone":
        store.delete(key)
    elif fault == "damaged":
        store.update(key, lambda _: b"rubbish")
    elif fault == "no record":
        vintage = "20990101T000000Z-00000000"
    figures = Figures(table="allocations", keys=[{"iso3": "PRK"}], column="doses_allocated")
    quoted = quoted_rows(opened(store, vintage), figures)
    assert quoted["rows"] == []
    assert quoted["unparsable"]
    assert quoted["unparsable"].endswith(".")
    assert (quoted["source_url"] is None) == (fault == "no record")


def test_a_group_names_the_rows_of_its_worst_findings() -> None:
    """In the order of its evidence; an alert on one key names that key."""
    children = [{"key": {"iso3": f"X{n:02d}"}, "before": n, "after": None} for n in range(30)]
    keys = list(named_keys({}, children))
    assert (len(keys), keys[0]) == (10, {"iso3": "X00"})
    assert list(named_keys({"iso3": "PRK"}, [])) == [{"iso3": "PRK"}]


def test_each_key_has_a_row_before_another_one_has_many() -> None:
    """The worst part of a group comes first, wherever it stands in the file."""
    lines = [EXPORT.decode().splitlines()[0], *(f"PRK,V{n},{n}" for n in range(40)), "KHM,A,7"]
    store, vintage = archived("unicef_market", {"main": "\n".join([*lines, ""]).encode()})
    keys = [{"iso3": "KHM"}, {"iso3": "PRK"}]
    figures = Figures(table="allocations", keys=keys, column="doses_allocated")
    quoted = quoted_rows(opened(store, vintage), figures)
    assert [row["text"] for row in quoted["rows"][:2]] == ["KHM,A,7", "PRK,V0,0"]
    assert (len(quoted["rows"]), quoted["more"]) == (MOST, 21)


def test_without_a_key_there_is_no_row() -> None:
    """Such as of an alert on columns, or on a whole table."""
    store, vintage = archived("unicef_market", {"main": EXPORT})
    figures = Figures(table="allocations", keys=[], column=None)
    quoted = quoted_rows(opened(store, vintage), figures)
    assert (quoted["rows"], quoted["more"], quoted["unparsable"]) == ([], 0, None)


def test_the_row_of_sums_is_that_of_the_finer_table() -> None:
    """Deliveries to date are summed from those by month, which are what is printed."""
    [body] = [one for one in BODIES if one.name == "deliveries.csv"]
    contents = bodies_of(body)
    store, vintage = archived("unicef_market", contents)
    frame = published_tables(source_named("unicef_market"), contents)["deliveries_monthly"]
    canonical = transform_table(frame, "deliveries_monthly", source_named("unicef_market")).frame
    iso3 = canonical.filter(pl.col("doses_delivered_new").is_not_null())["iso3"][0]
    figures = Figures(table="deliveries", keys=[{"iso3": iso3}], column="doses_delivered")
    quoted = quoted_rows(opened(store, vintage), figures)
    assert {row["table"] for row in quoted["rows"]} == {"deliveries_monthly"}
    assert ROW not in quoted["rows"][0]["cells"]
