"""Faults of real files, in small ones that are taken into a lake: what is published, what waits."""

from pathlib import Path
from typing import Any

import pytest

from flows.backfill_source import backfill_source
from tests.workbooks import error_workbook
from vaxwatch.reader import Lake, open_lake

NAMES = ["Recipient ISO", "Recipient", "Vaccine Name", "Doses Allocated"]
OTHERS = [["KHM", "Cambodia", "AstraZeneca", "1000"], ["LAO", "Laos", "AstraZeneca", "500"]]
WEEK = (
    "COUNTRY_CODE,COUNTRY_AREA_TERRITORY,ISO_WEEKSTARTDATE,ORIGIN_SOURCE,SPEC_PROCESSED_NB,INF_ALL"
)


def taken(source: str, folder: Path) -> tuple[dict[str, Any], Lake]:
    """Backfill a folder into a lake beside it; return what the flow says, and the lake."""
    lake = str(folder.parent / "lake")
    return backfill_source.fn(source, f"dir:{folder}", lake).document(), open_lake(lake)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    place = tmp_path / "files"
    place.mkdir()
    return place


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_cell_that_shows_an_error_withdraws_nothing(folder: Path, suffix: str) -> None:
    """The figure of the day before stands, as its row could not be read."""
    for day, cell in ((10, "252000"), (11, "#N/A")):
        sheet = [NAMES, ["PRK", "DPR Korea", "Covovax", cell], *OTHERS]
        text = "".join(",".join(row) + "\n" for row in sheet).encode()
        path = folder / f"2022-02-{day}.{suffix}"
        path.write_bytes(text if suffix == "csv" else error_workbook(sheet))
    done, lake = taken("unicef_market", folder)
    assert done["alerts"] == []
    [waiting] = lake.quarantined("unicef_market").to_dicts()
    assert (waiting["row"], waiting["value"]) == (1, "#N/A")
    history = lake.history("unicef_market.allocations", {"iso3": "PRK"})
    assert history["doses_allocated"].drop_nulls().to_list() == [252_000]
    found = lake.diff("unicef_market.allocations", "2022-02-10", "2022-02-11")
    assert found.is_empty()


def test_a_row_that_does_not_fit_its_header_is_not_withdrawn(folder: Path) -> None:
    """It was published the week before, and waits now, quoted whole."""
    rows = [
        f"{iso3},Name,2021-01-04,SENTINEL,{count},0" for count, iso3 in enumerate(("FRA", "DEU"), 1)
    ]
    odd = "FRA,Name,2021-01-04,SENTINEL,1,0,north, south"
    for day, lines in ((5, rows), (12, [odd, rows[1]])):
        (folder / f"2021-01-{day:02}.csv").write_text("\n".join([WEEK, *lines, ""]))
    done, lake = taken("who_flunet", folder)
    assert done["alerts"] == []
    [waiting] = lake.quarantined("who_flunet").to_dicts()
    assert (waiting["value"], waiting["rule"]) == (odd, "row_width")
    found = lake.diff("who_flunet.tests", "2021-01-05", "2021-01-12")
    assert found.is_empty()


def test_ships_that_get_codes_change_nothing(folder: Path) -> None:
    """First they have neither code nor name, then both: no row of a country is touched."""
    head = "Date_reported,Country_code,Country,WHO_region,New_cases,Cumulative_cases,New_deaths"
    head += ",Cumulative_deaths"
    sound = [f"2024-01-{day:02},NA,Namibia,AFRO,1,{day},0,0" for day in (7, 14, 21)]
    for name, code, who in (("2024-01-03", "", ""), ("2024-07-24", "XXL", "Charo")):
        ships = [f"2024-01-{day:02},{code},{who},,0,9,0,0" for day in (7, 14, 21)]
        (folder / f"{name}.csv").write_text("\n".join([head, *sound, *ships, ""]))
    done, lake = taken("who_cases", folder)
    assert (done["new"], done["unchanged"], done["alerts"]) == (1, 1, [])
    assert lake.quarantined("who_cases").is_empty()
    assert all("3 of 6 rows are left out as no countries" in note for note in done["notes"])


def test_what_is_no_data_is_refused_by_its_name(folder: Path) -> None:
    """The others of the folder are published."""
    (folder / "2021-03-17T053715Z.csv").write_text(
        "iso_code,date,total_vaccinations\nGHA,2021-03-16,5\n"
    )
    (folder / "2021-03-17T205254Z.csv").write_text(
        "iso_code,date,total_vaccinations\nGHA,2021-03-16,6\n"
    )
    (folder / "2021-03-18.csv").write_text("version https://git-lfs.github.com/spec/v1\nsize 15\n")
    (folder / "2021-03-19.csv").write_text("iso_code;date;total_vaccinations\nGHA;2021-03-16;5\n")
    (folder / "2021-03-20.csv").write_text("iso_code,date\n<<<<<<< HEAD\nGHA,2021-03-16\n")
    done, _ = taken("owid_vaccinations", folder)
    assert done["new"] == 2
    seen = [one["error"] for one in done["failed"]]
    for sentence, name in zip(seen, ("Git LFS pointer", "semicolons", "git conflict"), strict=True):
        assert name in sentence
