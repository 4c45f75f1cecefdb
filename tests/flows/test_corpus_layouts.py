"""WHO's files in all their layouts: every figure, read again without our software."""

import csv
import gzip
import io
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.backfill_source import backfill_source
from schemas.countries import iso3_of
from vaxwatch.reader import Lake, open_lake

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
CASES, VACCINATION = "who_cases.cases", "who_vaccination.vaccinations_current"
SHIPS = {"XXF", "XXG", "XXH", "XXI", "XXJ", "XXL"}
OTHERS = {"", "Other", "Other*", "International conveyance (Diamond Princess)"}
FIGURES = {
    "cases_new": "New_cases",
    "cases_cumulative": "Cumulative_cases",
    "deaths_new": "New_deaths",
    "deaths_cumulative": "Cumulative_deaths",
}
VACCINATED = {
    "doses_administered": ("TOTAL_VACCINATIONS",),
    "people_first_dose": ("PERSONS_VACCINATED_1PLUS_DOSE",),
    "people_last_dose": ("PERSONS_LAST_DOSE", "PERSONS_FULLY_VACCINATED"),
    "people_booster": ("PERSONS_BOOSTER_ADD_DOSE",),
}
YEARS = {
    "2020-05-25": "2020-05-24",
    "2020-07-16": "2020-07-08",
    "2020-11-09": "2020-10-30",
    "2021-02-16": "2021-02-16",
    "2023-12-30": "2023-12-24",
    "2025-01-30": "2024-07-21",
}
"""Namibia's last day, by the day of a file of each layout."""


def rows(file: Path) -> list[dict[str, str]]:
    """Return the rows of a file, their names and cells without blanks at their ends."""
    body = file.read_bytes()
    text = (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode("utf-8-sig")
    return [
        {name.strip(): cell.strip() for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def number(cell: str) -> int | None:
    """Return a cell as a number; what is not published is null."""
    return None if cell in {"", "N/A"} else int(cell)


def filled(source: str, folder: Path, lake: Path) -> tuple[Mapping[str, Any], Lake]:
    """Backfill a folder into a lake; return what the flow says, and the lake."""
    return backfill_source.fn(source, f"dir:{folder}", str(lake)).document(), open_lake(str(lake))


@pytest.fixture(scope="module")
def cases(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with the table of cases in its layouts from 2020 to 2025."""
    folder, lake = corpus / "who_global_cases", tmp_path_factory.mktemp("cases")
    done, known = filled("who_cases", folder, lake)
    assert (done["new"], done["failed"], done["held"], done["blocked"]) == (14, [], 0, 0)
    assert known.quarantined("who_cases").is_empty()
    return known


def test_every_figure_of_every_layout_is_its_cell(corpus: Path, cases: Lake) -> None:
    """14 vintages of 2020 to 2025; nothing but ships and nobody's cases is left out."""
    files = sorted((corpus / "who_global_cases").glob("*.csv"))
    ids = cases.vintages(CASES)["id"].to_list()
    for file, vintage in zip(files, ids, strict=True):
        theirs = {
            (iso3_of(code), date.fromisoformat(row["Date_reported"][:10])): tuple(
                number(row[name]) for name in FIGURES.values()
            )
            for row in rows(file)
            if (code := row["Country_code"] or row["Country"]) not in SHIPS | OTHERS
        }
        known = cases.asof(CASES, vintage).select("iso3", "observed_on", *FIGURES)
        assert {(row[0], row[1]): row[2:] for row in known.iter_rows()} == theirs, file.name


def test_namibia_is_in_every_vintage(cases: Lake) -> None:
    """Its code is the text NA in each of them."""
    for day, last in YEARS.items():
        known = cases.asof(CASES, day).filter(iso3="NAM")
        assert known["observed_on"].max() == date.fromisoformat(last)


def test_blanks_in_a_header_are_no_drift(cases: Lake) -> None:
    """Neither a column that is read nor another one is gone, or new, since July 2020."""
    drift = [one.sentence for one in cases.alert_records() if one.rule == "R18"]
    assert not [text for text in drift if "_" in text], drift


def test_every_copy_of_the_vaccination_table_is_read_to_the_figure(
    corpus: Path, tmp_path: Path
) -> None:
    """12 copies, with other names, dates and columns over three years; a thirteenth is blocked.

    A spreadsheet has rounded 242 of its figures to three digits (1.55E+08).
    """
    files = sorted((corpus / "who_vaccination_data").glob("*.csv"))
    done, lake = filled("who_vaccination", corpus / "who_vaccination_data", tmp_path)
    assert (done["failed"], done["blocked"], done["held"]) == ([], 1, 0)
    rounded = files.pop()
    assert sum(cell.count("E+0") for row in rows(rounded) for cell in row.values()) == 242
    assert any("was rounded by a spreadsheet" in note for note in done["notes"])
    ids = lake.vintages(VACCINATION)["id"].to_list()
    for file, vintage in zip(files, ids, strict=True):
        raw = {row["ISO3"] if "ISO3" in row else row["Country"]: row for row in rows(file)}
        known = lake.asof(VACCINATION, vintage)
        assert set(known["iso3"]) == set(raw)
        for row in known.iter_rows(named=True):
            for figure in set(VACCINATED) & set(known.columns):
                name = next(one for one in VACCINATED[figure] if one in raw[row["iso3"]])
                assert row[figure] == number(raw[row["iso3"]][name]), (file.name, row)


def test_times_in_names_are_the_times_of_vintages(corpus: Path, cases: Lake) -> None:
    """A name without a time is the beginning of its day."""
    known = [one.strftime("%Y-%m-%dT%H%M%SZ") for one in cases.vintages(CASES)["as_of"]]
    named = [file.stem for file in sorted((corpus / "who_global_cases").glob("*.csv"))]
    expected = [stem if "T" in stem else f"{stem[:10]}T000000Z" for stem in named]
    assert known == expected
    assert all(isinstance(one, datetime) for one in cases.vintages(CASES)["as_of"])
