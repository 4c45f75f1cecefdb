import shutil
from pathlib import Path

import pytest

from flows.backfill_source import backfill_source
from schemas.expectations.judgement import Judgement
from tasks.expect.results import kept
from tasks.vault.folder import FolderStore

pytestmark = pytest.mark.corpus


def judged(folder: Path, source: str, lake: Path, *, until: str, last: int) -> dict[str, Judgement]:
    """Return what came of the real snapshots up to a day, the last so many of them."""
    some = lake / "some"
    some.mkdir()
    files = [file for file in sorted(folder.glob("2*")) if file.stem <= until][-last:]
    for file in files:
        shutil.copy(file, some / file.name)
    backfill_source.fn(source, str(lake / "lake"), f"dir:{some}")
    came = kept(FolderStore(lake / "lake"))
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
    assert gone.is_told
    assert came["cases_current.total_cases_cumulative"].is_told
    assert came["cases_current.gap"].is_met


def test_a_column_that_is_half_emptied_is_told(corpus: Path, tmp_path: Path) -> None:
    """On 8 June 2022 UNDP's table lost the deliveries of 24 countries, whose rows stayed."""
    folder = corpus / "undp_vaccine_equity"
    came = judged(folder, "undp_vaccine_equity", tmp_path, until="2022-06-08", last=5)
    assert came["deliveries.figures_withdrawn"].is_told
    assert came["deliveries.total_doses_delivered"].is_told
    assert came["deliveries.countries_gone"].is_met
    assert came["secured_supply.figures_withdrawn"].is_met
