"""WHO's real files: six copies of the vaccination table, one of the cases."""

import csv
import gzip
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from schemas.countries import iso3_of
from tests.flows.lakes import first_copies
from vaxwatch.reader import Lake, open_lake

pytestmark = pytest.mark.corpus
VACCINATION, CASES = "who_vaccination.vaccinations_current", "who_cases.cases"
COLUMNS = {
    "doses_administered": ("TOTAL_VACCINATIONS",),
    "people_first_dose": ("PERSONS_VACCINATED_1PLUS_DOSE",),
    "people_last_dose": ("PERSONS_LAST_DOSE", "PERSONS_FULLY_VACCINATED"),
    "people_booster": ("PERSONS_BOOSTER_ADD_DOSE",),
}


def filled(source: str, folder: Path, lake: Path) -> tuple[Mapping[str, Any], Lake]:
    """Backfill a folder into a lake; return what the flow says, and the lake."""
    return backfill_source.fn(source, f"dir:{folder}", str(lake)).document(), open_lake(str(lake))


@pytest.fixture(scope="module")
def vaccination(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with the six copies, of which one is gzip and one is from a spreadsheet."""
    place = tmp_path_factory.mktemp("vaccination")
    folder = first_copies(corpus / "who_vaccination_data", place / "copies")
    done, lake = filled("who_vaccination", folder, place / "lake")
    assert (done["new"], done["failed"], done["held"]) == (6, [], 0)
    assert lake.quarantined("who_vaccination").is_empty()
    return lake


@pytest.fixture(scope="module")
def cases(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Return the cases as they are known, sorted by country and day."""
    place = tmp_path_factory.mktemp("cases")
    folder = first_copies(corpus / "who_global_cases", place / "copies")
    done, lake = filled("who_cases", folder, place / "lake")
    assert (done["new"], done["failed"]) == (1, [])
    assert lake.quarantined("who_cases").is_empty()
    return lake.asof(CASES, "latest").sort("iso3", "observed_on")


def raw_vaccination(file: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a copy by code, out of gzip where it is packed."""
    body = file.read_bytes()
    text = (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode("utf-8-sig")
    return {row["ISO3"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_every_copy_is_read_to_the_figure(corpus: Path, vaccination: Lake) -> None:
    """All figures of all six copies equal their cells; N/A and blank are not published."""
    ids = vaccination.vintages(VACCINATION)["id"].to_list()
    files = sorted((corpus / "who_vaccination_data").glob("*__*.csv"))
    for file, vintage in zip(files, ids, strict=True):
        raw, known = raw_vaccination(file), vaccination.asof(VACCINATION, vintage)
        assert set(known["iso3"]) == set(raw)
        for row in known.iter_rows(named=True):
            for figure in set(COLUMNS) & set(known.columns):
                theirs = next(name for name in COLUMNS[figure] if name in raw[row["iso3"]])
                cell = raw[row["iso3"]][theirs]
                assert row[figure] == (None if cell in {"", "N/A"} else int(cell)), (file, row)


def test_the_renamed_column_is_one_figure(vaccination: Lake) -> None:
    """Fully vaccinated in 2021 and last dose in 2023 are one history."""
    history = vaccination.history(VACCINATION, {"iso3": "AUS"})
    assert history["people_last_dose"].drop_nulls().len() >= 2
    columns = vaccination.vintages(VACCINATION)["columns"].to_list()
    assert ["people_last_dose" in names for names in columns] == [False, *[True] * 5]


def test_days_of_a_spreadsheet_are_the_months_that_americans_write(vaccination: Lake) -> None:
    """4/14/2021 proves that 5/5/2021 is May and 12/5/2021 December, for the whole column."""
    copy = vaccination.asof(VACCINATION, "2021-12-19")
    days = dict(copy.select("iso3", pl.col("published_on").cast(pl.String)).rows())
    assert (days["FLK"], days["SHN"]) == ("2021-04-14", "2021-05-05")
    assert max(days.values()) < "2021-12-19"


def test_absence_is_information(vaccination: Lake) -> None:
    """DPR Korea has no row in any copy; Eritrea has none in 2021 and one later."""
    for vintage in vaccination.vintages(VACCINATION)["id"]:
        codes = set(vaccination.asof(VACCINATION, vintage)["iso3"])
        assert "PRK" not in codes
        assert ("ERI" in codes) == (vintage >= "2023")
    added = vaccination.diff(VACCINATION, "2021-12-19", "2023-07-06", where={"iso3": "ERI"})
    assert set(added["kind"]) == {"added"}


def test_namibia_is_a_country(cases: pl.DataFrame) -> None:
    """Its code NA is read as text; it has a row in each of the 208 weeks."""
    assert cases.filter(iso3="NAM").height == 208


def test_nobody_is_left_out_but_the_nameless(corpus: Path, cases: pl.DataFrame) -> None:
    """1,248 rows say nobody; the 48,672 others are published, each figure as it stands."""
    [file] = (corpus / "who_global_cases").glob("*__*.csv")
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    named = [row for row in rows if row["Country_code"]]
    assert (len(rows) - len(named), cases.height) == (1_248, len(named))
    theirs = {
        (str(iso3_of(row["Country_code"])), row["Date_reported"]): (
            int(row["New_cases"]),
            int(row["Cumulative_cases"]),
            int(row["New_deaths"]),
            int(row["Cumulative_deaths"]),
        )
        for row in named
    }
    ours = {
        (iso3, day): tuple(figures)
        for iso3, day, *figures in cases.with_columns(pl.col("observed_on").cast(pl.String)).rows()
    }
    assert ours == theirs


def test_31_sums_fall_inside_the_one_file(cases: pl.DataFrame) -> None:
    """19 of cases and 12 of deaths, as published; nothing was put in order."""
    falls = {
        name: cases.filter(pl.col(name) < pl.col(name).shift(1).over("iso3")).height
        for name in ("cases_cumulative", "deaths_cumulative")
    }
    assert falls == {"cases_cumulative": 19, "deaths_cumulative": 12}
    assert cases.filter(pl.col("cases_new") < 0).height == 19


def test_the_mirror_of_our_world_in_data_is_read(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Sums and parts are left out, Kosovo is XKX, and the row of tags is none."""
    folder, lake = tmp_path_factory.mktemp("owid"), tmp_path_factory.mktemp("lake")
    body = (corpus / "hdx_covax" / "owid_vaccinations_fixture.csv").read_bytes()
    (folder / "2022-06-09.csv").write_bytes(body)
    done, known = filled("owid_vaccinations", folder, lake)
    assert (done["new"], done["failed"]) == (1, [])
    frame = known.asof("owid_vaccinations.vaccinations", "latest")
    assert frame.height == 29_373
    assert "XKX" in set(frame["iso3"])
    assert known.quarantined("owid_vaccinations").is_empty()
