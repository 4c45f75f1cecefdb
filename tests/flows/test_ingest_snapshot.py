import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from flows.ingest_snapshot import ingest_snapshot
from schemas.errors import FetchRefused, UnknownName, WrongUse
from tasks.catalog.reference_tables import DIM_PRODUCT
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tests.flows.lakes import CUT, DAY, GOOD, SOURCE, Lake
from tests.tasks.publisher import unchanging


def test_first_snapshot_is_published(lake: Lake) -> None:
    """From a file to a table that anybody can open."""
    summary = lake.take(GOOD)
    [outcome] = summary["outcomes"]
    assert (outcome["verdict"], outcome["as_of"]) == ("new", "2022-02-10T00:00:00+00:00")
    assert outcome["tables"]["allocations"]["inserted"] == 2
    assert sorted(lake.latest()["doses_allocated"]) == [1_000_000, 8_115_600]


def test_cut_is_in_the_summary_of_its_run(lake: Lake) -> None:
    """The second snapshot's cut is in the summary, with the figures before and after."""
    lake.take(GOOD)
    alerts = lake.take(CUT, day=1)["alerts"]
    cuts = [one for one in alerts if one["rule"] == "R1" and one["key"]["iso3"] == "PRK"]
    assert cuts
    assert (cuts[0]["before"], cuts[0]["after"]) == (8_115_600, 1_540_800)
    assert cuts[0]["severity"] == "critical"


def test_same_file_again_is_known_and_raises_nothing(lake: Lake) -> None:
    """Doing it twice is doing it once, byte by byte."""
    lake.take(GOOD)
    lake.take(CUT, day=1)
    before = lake.published()
    summary = lake.take(CUT, day=1)
    assert summary["outcomes"][0]["verdict"] == "known"
    assert summary["alerts"] == []
    assert lake.published() == before


def test_same_bytes_later_are_a_vintage_that_changes_nothing(lake: Lake) -> None:
    """That the page still says the same is worth knowing too; it is not read again for that."""
    lake.take(GOOD)
    summary = lake.take(GOOD, day=1)
    assert summary["outcomes"][0]["verdict"] == "unchanged"
    assert summary["alerts"] == []
    assert len(list(lake.store.list(f"raw/{SOURCE}/wire/"))) == 1


def test_older_file_does_not_become_the_latest(lake: Lake) -> None:
    """A file older than the newest goes where it belongs in time."""
    lake.take(CUT, day=1)
    summary = lake.take(GOOD)
    assert summary["outcomes"][0]["verdict"] == "new"
    assert lake.latest().filter(iso3="PRK")["doses_allocated"].to_list() == [1_540_800]
    vault = VaultReader(lake.store, SOURCE)
    assert state_of(vault, "allocations", vault.find(DAY))["doses_allocated"].max() == 8_115_600


def test_killed_between_commit_and_files_is_mended(lake: Lake) -> None:
    """Derived files and alerts that are gone come back with the next run, though it is known.

    The list of products derives from no commit: `repair` brings it back.
    """
    lake.take(GOOD)
    lake.take(CUT, day=1)
    before = lake.published()
    for name in before:
        if name.endswith(".parquet") and "_vault" not in name and name != DIM_PRODUCT:
            (Path(lake.uri) / name).unlink()
    lake.take(CUT, day=1)
    assert lake.published().keys() == before.keys()


def test_fetched_page_is_a_vintage_of_now(lake: Lake, httpserver: HTTPServer) -> None:
    """What the publisher serves has the present instant; what it refuses changes nothing."""
    httpserver.expect_request("/a.csv").respond_with_data(GOOD)
    summary = ingest_snapshot.fn(SOURCE, lake.uri, url=httpserver.url_for("/a.csv")).document()
    as_of = datetime.fromisoformat(summary["outcomes"][0]["as_of"])
    assert timedelta(0) <= datetime.now(UTC) - as_of < timedelta(minutes=1)
    before = lake.published()
    httpserver.expect_request("/gone.csv").respond_with_data(status=404)
    with pytest.raises(FetchRefused, match="status 404"):
        ingest_snapshot.fn(SOURCE, lake.uri, url=httpserver.url_for("/gone.csv"))
    assert lake.published() == before


def test_page_that_did_not_change_is_not_sent_again(lake: Lake, httpserver: HTTPServer) -> None:
    """The second look costs a 304 and gives a vintage of its own; after a held one all is sent."""
    httpserver.expect_request("/a.csv").respond_with_handler(unchanging(GOOD))
    url = httpserver.url_for("/a.csv")
    assert (
        ingest_snapshot.fn(SOURCE, lake.uri, url=url).document()["outcomes"][0]["verdict"] == "new"
    )
    time.sleep(1)  # a vintage's time is a whole second
    again = ingest_snapshot.fn(SOURCE, lake.uri, url=url).document()
    assert [answer.status_code for _, answer in httpserver.log] == [200, 304]
    assert again["outcomes"][0]["verdict"] == "unchanged"
    assert again["outcomes"][0]["tables"]["allocations"]["rows"] == 2
    [evidence] = [
        one
        for one in kept_evidence(lake)
        if one["fetch"].get("requests", [{}])[0].get("status") == 304
    ]
    assert evidence["bodies"]["main"]["size"] == len(GOOD)


def kept_evidence(lake: Lake) -> list[dict[str, Any]]:
    """Return the evidence of every fetch."""
    keys = lake.store.list(f"raw/{SOURCE}/fetches/")
    return [json.loads(blob.body) for key in keys if (blob := lake.store.get(key))]


def test_new_columns_of_a_page_are_reported(lake: Lake) -> None:
    """The run lists the columns that appeared in the publisher's table; none is published."""
    assert lake.take(GOOD)["notes"] == []
    wider = GOOD.replace(b"Allocated\n", b"Allocated,Status\n").replace(b"00\n", b"00,planned\n")
    [note] = lake.take(wider, day=1)["notes"]
    assert note.endswith("new column 'Status'.")


def test_file_without_a_time_takes_that_of_its_name_or_asks(lake: Lake, tmp_path: Path) -> None:
    """The retrieval time of a file is never guessed."""
    named, nameless = tmp_path / "2022-02-10.csv", tmp_path / "data.csv"
    for path in (named, nameless):
        path.write_bytes(GOOD)
    summary = ingest_snapshot.fn(SOURCE, lake.uri, file=str(named)).document()
    assert summary["outcomes"][0]["as_of"] == DAY.isoformat()
    with pytest.raises(WrongUse, match="--retrieved-at"):
        ingest_snapshot.fn(SOURCE, lake.uri, file=str(nameless))


def test_wrong_names_are_reported_before_anything_is_done(lake: Lake, tmp_path: Path) -> None:
    """An unknown source, and a lake that a deployment never filled in."""
    path = tmp_path / "2022-02-10.csv"
    path.write_bytes(GOOD)
    with pytest.raises(UnknownName, match="unicef_market"):
        ingest_snapshot.fn("unicef", lake.uri, file=str(path))
    for never in ("", "{{ $VAXWATCH_LAKE }}"):
        with pytest.raises(WrongUse, match="VAXWATCH_LAKE"):
            ingest_snapshot.fn(SOURCE, never, file=str(path))
