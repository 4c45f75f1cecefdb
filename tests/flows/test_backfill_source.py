from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from flows.backfill_source import backfill_source
from schemas.errors import WrongUse
from tasks.vault.backends.open_store import open_store
from tasks.vault.vault_reader import VaultReader
from tests.tasks.origins.web_archive import WebArchive

SOURCE = "unicef_market"
DOSES = {
    "2021-12-23": 8_115_600,
    "2022-02-10": 1_540_800,
    "2022-02-22": 1_288_800,
    "2022-04-12": 1_828_800,
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a folder with four snapshots of one figure."""
    folder = tmp_path / "archive"
    folder.mkdir()
    for day, doses in DOSES.items():
        (folder / f"{day}.csv").write_text(
            f"Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,{doses}\n"
        )
    return folder


def run(archive: Path, **how: Any) -> dict[str, Any]:
    """Backfill from the archive into the lake beside it."""
    return backfill_source.fn(
        SOURCE, f"dir:{archive}", str(archive.parent / "lake"), **how
    ).document()


def vault(archive: Path) -> VaultReader:
    """Return the vault of that lake."""
    return VaultReader(open_store(str(archive.parent / "lake")), SOURCE)


def test_whole_archive_becomes_vintages_and_alerts(archive: Path) -> None:
    """Every file is a vintage at its own time, and the changes between them raise alerts."""
    summary = run(archive)
    assert (summary["new"], summary["failed"]) == (4, [])
    assert [one.as_of.date().isoformat() for one in vault(archive).vintages()] == list(DOSES)
    cut = [one for one in summary["alerts"] if one["rule"] == "R1"]
    assert (8_115_600, 1_540_800) in {(one["before"], one["after"]) for one in cut}
    assert {one["origin"] for one in summary["alerts"]} == {"replay"}


def test_second_backfill_changes_nothing(archive: Path) -> None:
    """Nothing is planned, nothing is raised."""
    run(archive)
    summary = run(archive)
    assert (summary["planned"], summary["outcomes"], summary["alerts"]) == ([], [], [])
    again = run(archive, policy="all")
    assert (again["known"], again["alerts"]) == (4, [])


def test_dry_run_only_lists_what_would_be_done(archive: Path) -> None:
    """The plan is there, the lake is not."""
    summary = run(archive, dry_run=True)
    assert [one["file"] for one in summary["planned"]] == [f"{day}.csv" for day in DOSES]
    assert summary["outcomes"] == []
    assert not (archive.parent / "lake").exists()


def test_each_chunk_is_one_commit(archive: Path) -> None:
    """Four snapshots in chunks of three are two commits, and say the same as in one."""
    chunked, whole = run(archive, chunk=3), vault(archive)
    assert whole.head is not None
    assert whole.head.number == 2
    assert [one["verdict"] for one in chunked["outcomes"]] == ["new"] * 4


def test_range_is_kept(archive: Path) -> None:
    """Only snapshots within the asked time are taken."""
    since, until = datetime(2022, 2, 1, tzinfo=UTC), datetime(2022, 2, 28, tzinfo=UTC)
    summary = run(archive, since=since, until=until)
    assert [one["file"] for one in summary["planned"]] == ["2022-02-10.csv", "2022-02-22.csv"]


def test_bad_file_does_not_stop_the_others(archive: Path) -> None:
    """It is listed with its sentence; once it is mended only it is taken."""
    (archive / "2022-03-01.csv").write_text("<html>log in</html>")
    summary = run(archive)
    assert summary["new"] == 4
    [failed] = summary["failed"]
    assert failed["file"] == "2022-03-01.csv"
    assert "web page" in failed["error"]
    (archive / "2022-03-01.csv").write_text(
        "Recipient ISO,Vaccine Name,Doses Allocated\nPRK,AstraZeneca,5\n"
    )
    mended = run(archive)
    assert [one["file"] for one in mended["planned"]] == ["2022-03-01.csv"]
    assert mended["new"] == 1


def test_a_file_that_cannot_be_read_does_not_stop_the_others(archive: Path) -> None:
    """Nor does a neighbour that is no snapshot: the one is a failure, the other a note."""
    (archive / "2022-03-01.csv").symlink_to(
        "/proc/self/mem"
    )  # reading it is an error of the system
    (archive / "README.md").write_text("how these were saved")
    summary = run(archive)
    assert summary["new"] == 4
    [failed] = summary["failed"]
    assert failed["file"] == "2022-03-01.csv"
    assert "seen a file that cannot be read" in failed["error"]
    [note] = [note for note in summary["notes"] if "passed over" in note]
    assert "README.md (no time at the beginning of its name" in note


def test_order_of_ingestion_does_not_matter(archive: Path, tmp_path: Path) -> None:
    """Late snapshots first, early ones after: the same vintages say the same."""
    run(archive, since=datetime(2022, 2, 20, tzinfo=UTC))
    run(archive)
    late_first = vault(archive)
    other = tmp_path / "other"
    backfill_source.fn(SOURCE, f"dir:{archive}", str(other))
    in_order = VaultReader(open_store(str(other)), SOURCE)
    assert [v.tables for v in late_first.vintages()] == [v.tables for v in in_order.vintages()]


def test_lake_is_an_origin_itself(archive: Path) -> None:
    """What was kept and could not be published is asked for again by its policy."""
    (archive / "2022-03-01.csv").write_text("<html>log in</html>")
    run(archive)
    lake = str(archive.parent / "lake")
    again = backfill_source.fn(SOURCE, "raw", lake, policy="failed").document()
    assert [one["as_of"] for one in again["failed"]] == ["2022-03-01T00:00:00+00:00"]
    assert backfill_source.fn(SOURCE, "raw", lake, policy="all").document()["known"] == 4


def test_run_ends_where_the_archive_sends_us_away(
    archive: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came is published, the chunks behind it are not begun, and a rerun takes the rest."""
    monkeypatch.setenv("VAXWATCH_WAYBACK", httpserver.url_for("").rstrip("/"))
    web = WebArchive(httpserver)
    for day in DOSES:
        web.capture(f"{day.replace('-', '')}060000", (archive / f"{day}.csv").read_bytes())
    third = list(web.bodies)[2]
    web.instead[third] = lambda: Response(status=429)
    lake, origin = str(archive.parent / "lake"), "wayback:https://example.org/allocated.csv"
    stopped = backfill_source.fn(SOURCE, origin, lake, chunk=1).document()
    assert (stopped["new"], len(stopped["planned"])) == (2, 4)
    assert "status 429" in stopped["stopped"]
    web.instead.clear()
    rest = backfill_source.fn(SOURCE, origin, lake, chunk=1).document()
    assert (rest["new"], rest["stopped"]) == (2, None)
    assert web.played == [*list(web.bodies)[:3], *list(web.bodies)[2:]]


def test_unknown_origin_is_a_wrong_use(archive: Path) -> None:
    """Only what is built is offered."""
    with pytest.raises(WrongUse, match="There is: dir:PATH"):
        backfill_source.fn(SOURCE, "ftp:archive", str(archive))
