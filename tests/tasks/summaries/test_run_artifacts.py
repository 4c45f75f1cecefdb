"""What Prefect's pages show of a run: made of the lake, small, and the same for failed runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.summaries.operation_summaries import IngestSummary
from tasks.summaries.run_artifacts import artifacts_of, failure_artifact, public_base_url
from tasks.summaries.run_changes import changes_of
from tests.flows.lakes import HEADER, Lake
from tests.tasks.steps.test_publish import COUNTRIES

HOSTILE = "<img src=x> [a](http://b)"


def table(doses: int) -> bytes:
    """Return a table of two vaccines for each country, which grow from row to row."""
    rows = [
        f"{iso3},{product},{doses * place}"
        for place, iso3 in enumerate(COUNTRIES, start=1)
        for product in ("AstraZeneca", "Sinovac", HOSTILE)
    ]
    return (HEADER + "\n".join(rows) + "\n").encode()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, IngestSummary]:
    """Return a lake and the summary of a run that cut every figure but one."""
    lake, summaries = Lake(tmp_path_factory.mktemp("ran")), list[Any]()
    for day, body in enumerate((table(9_000), table(1_000) + b"PRK,Covovax,5\n")):
        summaries.append(lake.summary(body, day=day, quality=False))
    return lake, summaries[-1]


def test_the_worst_changes_come_first_and_the_rest_is_counted(
    ran: tuple[Lake, IngestSummary],
) -> None:
    """A figure that is new is no change."""
    lake, summary = ran
    changes = changes_of(lake.store, summary.outcomes)
    assert (len(changes.figures), changes.total) == (50, 3 * len(COUNTRIES))
    shares = [one.rel_change or 0 for one in changes.figures]
    assert shares == sorted(shares)
    assert "Covovax" not in str(changes.figures)
    assert changes.figures[0].dataset == "unicef_market.allocations"
    assert changes_of(lake.store, []).total == 0


def test_a_run_has_a_page_a_table_and_a_picture(ran: tuple[Lake, IngestSummary]) -> None:
    """Together below 200 kB; the picture is part of its artifact, so that it opens offline."""
    lake, summary = ran
    page, rows, picture = artifacts_of(summary, lake.store)
    assert [one.key for one in (page, rows, picture)] == [
        "outcome-unicef-market",
        "changes-unicef-market",
        "picture-unicef-market",
    ]
    assert "and 10 more" in page.data
    assert "## Changed figures, worst first" in page.data
    assert len(rows.data) == 50
    assert picture.data.startswith("data:image/png;base64,iVBOR")
    assert len(json.dumps([page.data, rows.data, picture.data])) < 200_000


def test_a_product_of_a_source_is_no_markup(ran: tuple[Lake, IngestSummary]) -> None:
    """Neither on the page nor in the table, whose cells some pages read as Markdown."""
    lake, summary = ran
    page, rows, _ = artifacts_of(summary, lake.store)
    for text in (page.data, json.dumps(rows.data)):
        assert "img src" in text
        assert "](http" not in text.replace("\\", "\\ ")
        assert " <img" not in text


def test_a_run_without_changes_has_its_page_alone(ran: tuple[Lake, IngestSummary]) -> None:
    """As has one whose lake could not be opened, and one that failed."""
    lake, _ = ran
    kinds = [one.kind for one in artifacts_of(IngestSummary(source="unicef_market"), lake.store)]
    assert kinds == ["markdown"]
    assert [one.kind for one in artifacts_of(IngestSummary(source="a"), None)] == ["markdown"]
    failed = failure_artifact("unicef_market", f"It is gone: {HOSTILE}")
    assert failed.key == "outcome-unicef-market"
    assert "# unicef_market: Failed" in failed.data
    assert "<img" not in failed.data.replace("\\<", "")


def test_damage_to_what_is_shown_is_a_note_on_the_page(tmp_path: Path) -> None:
    """An artifact never fails a run."""
    lake = Lake(tmp_path)
    lake.take(table(9_000), quality=False)
    summary = lake.summary(table(1_000), day=1, quality=False)
    (Path(lake.uri) / "unicef_market" / "allocations" / "changes.parquet").write_bytes(b"PAR1")
    [page] = artifacts_of(summary, lake.store)
    assert "The changed figures are not shown" in page.data


def test_the_public_address_comes_from_the_environment_or_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker has them, which no command line has prepared."""
    config = tmp_path / "vaxwatch.toml"
    config.write_text('public_base_url = "https://a.example.org"\n')
    monkeypatch.setenv("VAXWATCH_CONFIG", str(config))
    assert public_base_url() == "https://a.example.org"
    monkeypatch.setenv("VAXWATCH_PUBLIC_BASE_URL", "https://b.example.org")
    assert public_base_url() == "https://b.example.org"
