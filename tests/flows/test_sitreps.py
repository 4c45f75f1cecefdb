"""Situation reports from their page, and out of a folder, to the table that anybody can open."""

from datetime import date
from pathlib import Path

from pytest_httpserver import HTTPServer

from flows.backfill_source import backfill_source
from flows.ingest_snapshot import ingest_snapshot
from tests.flows.lakes import Lake
from tests.sitreps import NEIGHBOURS, PROSE, report

SOURCE = "who_searo_testing"
LINK = "/searo-weekly-situation-report-%s.pdf"


def rows(lake: Lake) -> dict[tuple[str, date], int | None]:
    """Return the people newly tested by country and day."""
    latest = lake.latest("tests", SOURCE).select("iso3", "observed_on", "people_tested_new")
    return {(iso3, day): people for iso3, day, people in latest.rows()}


def test_the_newest_report_is_published_from_its_page(lake: Lake, httpserver: HTTPServer) -> None:
    """One run: page, report, prose and table, rows; the same again changes nothing."""
    page = f"<!DOCTYPE html><a href='{LINK % '40-2021'}'>40</a><a href='{LINK % '41-2021'}'>41</a>"
    httpserver.expect_request("/reports").respond_with_data(page, content_type="text/html")
    body = report(PROSE.replace("565", "566"), rows=NEIGHBOURS)
    httpserver.expect_request(LINK % "41-2021").respond_with_data(body)
    summary = ingest_snapshot.fn(SOURCE, lake.uri, url=httpserver.url_for("/reports")).document()
    [outcome] = summary["outcomes"]
    assert (outcome["verdict"], outcome["tables"]["tests"]["inserted"]) == ("new", 4)
    assert any("its parts 113 + 566 make 679" in note for note in summary["notes"])
    day = date(2021, 10, 22)
    assert rows(lake) == {
        ("BGD", day): None,
        ("BTN", day): None,
        ("PRK", day): 678,
        ("TLS", day): None,
    }


def test_reports_in_a_folder_become_one_series(lake: Lake, tmp_path: Path) -> None:
    """Each covers its own day: the one without DPR Korea takes back nothing."""
    folder = tmp_path / "reports"
    folder.mkdir()
    second = PROSE.replace("678", "691").replace("565", "578")
    for name, body in {
        "2021-10-22.pdf": report(PROSE),
        "2021-10-29.pdf": report(second, day="29 October 2021", period="18 - 24 October 2021"),
        "2021-11-05.pdf": report(rows=NEIGHBOURS[:1], day="05 November 2021"),
        "2021-11-12.pdf": report(PROSE)[:900],
    }.items():
        (folder / name).write_bytes(body)
    summary = backfill_source.fn(SOURCE, f"dir:{folder}", lake.uri).document()
    assert (summary["new"], [one["file"] for one in summary["failed"]]) == (3, ["2021-11-12.pdf"])
    assert "cut off after 900 bytes" in summary["failed"][0]["error"]
    assert rows(lake) == {
        ("PRK", date(2021, 10, 22)): 678,
        ("PRK", date(2021, 10, 29)): 691,
        ("BGD", date(2021, 11, 5)): None,
    }
