import shutil
from pathlib import Path

import pytest

from flows.backfill_source import backfill_source
from schemas.expectations.expectation import Judgement
from tasks.quality.results import read_results
from tasks.vault.backends.folder_store import FolderStore

pytestmark = pytest.mark.corpus


def judged(folder: Path, source: str, lake: Path, *, until: str, last: int) -> dict[str, Judgement]:
    """Return what came of the real snapshots up to a day, the last so many of them."""
    some = lake / "some"
    some.mkdir()
    files = [file for file in sorted(folder.glob("2*")) if file.stem <= until][-last:]
    for file in files:
        shutil.copy(file, some / file.name)
    backfill_source.fn(source, f"dir:{some}", str(lake / "lake"))
    came = read_results(FolderStore(lake / "lake"))
    return {f"{one.dataset.partition('.')[2]}.{one.expectation}": one for one in came}


def test_seven_countries_that_vanish_are_named(corpus: Path, tmp_path: Path) -> None:
    """On 8 February 2021 OCHA's dashboard lost Iran, DPR Korea, Bangladesh and four others."""
    folder = corpus / "hdx_humanitarian_dashboard"
    came = judged(folder, "hdx_humanitarian", tmp_path, until="2021-02-08", last=6)
    gone = came["cases_current.countries_gone"]
    assert gone.seen == (
        "7 countries: Benin (BEN), Bangladesh (BGD), Congo (COG), Iran (IRN), Korea, DPR (PRK), "
        "Sierra Leone (SLE), Togo (TGO)"
    )
    assert gone.needs_attention
    assert came["cases_current.total_cases_cumulative"].needs_attention
    assert came["cases_current.gap"].is_met


def test_a_half_emptied_column_is_reported(corpus: Path, tmp_path: Path) -> None:
    """On 8 June 2022 UNDP's table lost the deliveries of 24 countries, whose rows stayed."""
    folder = corpus / "undp_vaccine_equity"
    came = judged(folder, "undp_vaccine_equity", tmp_path, until="2022-06-08", last=5)
    assert came["deliveries.figures_withdrawn"].needs_attention
    assert came["deliveries.total_doses_delivered"].needs_attention
    assert came["deliveries.countries_gone"].is_met
    assert came["secured_supply.figures_withdrawn"].is_met


def test_a_summer_without_files_is_reported_as_a_gap_only(corpus: Path, tmp_path: Path) -> None:
    """Between June and September 2022 nearly every figure of UNDP's table changed, as it must."""
    folder = corpus / "undp_vaccine_equity"
    came = judged(folder, "undp_vaccine_equity", tmp_path, until="2022-09-21", last=8)
    reported = sorted(name for name, one in came.items() if one.needs_attention)
    tables = ("deliveries", "donations", "secured_supply", "vaccinations_current")
    assert reported == [f"{table}.gap" for table in tables]
    assert came["deliveries.gap"].seen == "84 days"


def test_a_report_of_half_the_countries_is_seen(corpus: Path, tmp_path: Path) -> None:
    """FIND's files are a day each: the table grows whatever is missing from one of them."""
    half = tmp_path / "half"
    half.mkdir()
    files = sorted((corpus / "find_testing_daily").glob("2*"))[-4:]
    for file in files:
        shutil.copy(file, half / file.name)
    header, *lines = files[-1].read_text().splitlines(keepends=True)
    (half / files[-1].name).write_text(header + "".join(lines[::2]))
    came = judged(half, "find_tests", tmp_path, until="2021-08-20", last=4)
    assert {name for name, one in came.items() if one.needs_attention} == {
        "tests.rows",
        "tests.countries",
        "tests.countries_gone",
    }
    assert "and 82 more" in came["tests.countries_gone"].seen
