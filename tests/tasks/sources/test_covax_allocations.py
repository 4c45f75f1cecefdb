"""OCHA's real sheets of COVAX figures."""

import json
from pathlib import Path

import pytest

from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody
from tasks.sources import source_named
from tests.parsed import notes_on, readings
from vaxwatch.archive import archive_folder

SOURCE = source_named("covax_allocations")


def announced(body: bytes) -> dict[str, int]:
    """Return the doses announced by country; nothing may be quarantined."""
    reading = readings(SOURCE, {"main": body})["allocations"]
    assert reading.quarantined.is_empty()
    return dict(reading.frame.select("iso3", "doses_announced").rows())


@pytest.mark.corpus
def test_the_archive_repeats_the_sheet_of_the_first_round(corpus: Path) -> None:
    """The real sheet is read with its row of tags; the archive has its figures and DPR Korea's."""
    sheet = announced((corpus / "hdx_covax" / "covax_data_hxl.csv").read_bytes())
    archived = announced((archive_folder("covax_allocations") / "2021-03-02.csv").read_bytes())
    assert len(sheet) == 30
    assert archived == {iso3: sheet[iso3] for iso3 in archived if iso3 != "PRK"} | {
        "PRK": 1_704_000
    }


@pytest.mark.corpus
def test_the_archive_repeats_the_forecast_of_all_countries_in_both(corpus: Path) -> None:
    """Every country with both figures is in the archive, with the figure of the forecast."""
    sheet = announced((corpus / "hdx_covax" / "covax_data_hxl.csv").read_bytes())
    document = json.loads((corpus / "hdx_covax" / "out_2021-02-23.json").read_bytes())
    column = "#capacity+doses+forecast+covax"
    forecast = {
        row["#country+code"]: int(row[column])
        for row in document["national_data"]
        if row.get(column, "N/A") != "N/A" and row["#country+code"] in sheet
    }
    archived = announced((archive_folder("covax_allocations") / "2021-02-03.csv").read_bytes())
    assert archived == forecast | {"PRK": 1_992_000}


CORONAVAC, COMIRNATY = "Sinovac - CoronaVac", "Pfizer BioNTech - Comirnaty"
ROUNDS = (
    b",,,Round6,Round6,Round6,Round 8/9\n"
    b'HRP Country,ISO3,Total to date,Sinovac,Pfizer  ,"Allotment Total, Round 6",Pfizer\n'
)


def test_rounds_and_vaccines_are_rows_and_totals_are_none() -> None:
    """Two rows of names become round and vaccine; the total of a round is no vaccine."""
    body = ROUNDS + b'oPT,,"3,600",0,"1,200","1,200","2,400"\n'
    reading = readings(SOURCE, {"main": body})["allocations"]
    assert reading.frame.rows() == [
        ("PSE", CORONAVAC, "COVAX round 6", 0, "Sinovac"),
        ("PSE", COMIRNATY, "COVAX round 6", 1_200, "Pfizer"),
        ("PSE", COMIRNATY, "COVAX round 8/9", 2_400, "Pfizer"),
    ]
    assert notes_on(SOURCE, {"main": body}) == []


@pytest.mark.parametrize(
    "body",
    [b'Round6\t,a\nISO3,"Total, Round 6"\nBDI,1\n'.replace(b",a", b""), b"Round6\nTotal\n1\n"],
)
def test_a_round_of_totals_alone_is_refused(body: bytes) -> None:
    """A sheet saved with tabs, in which all names are one: no dose of a vaccine is in it."""
    with pytest.raises(BadBody, match=r"covax_allocations: seen .*; expected"):
        readings(SOURCE, {"main": body})


def test_the_name_of_a_round_above_its_first_column_alone_names_all_of_them() -> None:
    """A spreadsheet saves merged cells so: no dose of the columns to the right is lost."""
    merged = ROUNDS.replace(b"Round6,Round6,Round6", b"Round6,,")
    row = b'oPT,,"3,600",0,"1,200","1,200","2,400"\n'
    parsed, as_before = (
        readings(SOURCE, {"main": body + row})["allocations"] for body in (merged, ROUNDS)
    )
    assert parsed.frame.equals(as_before.frame)
    assert parsed.frame["doses_allocated"].sum() == 3_600


def test_a_total_and_blank_columns_right_of_the_rounds_are_no_vaccines() -> None:
    """Under merged names the total over all rounds belongs to none, wherever it stands."""
    body = b"Round 4,,,,,\nISO3,Pfizer,Sinovac,Total to date,,\n"
    body = b"," + body.replace(b",,,,,\n", b",,,,\n", 1) + b"TCD,1,2,3,,\n"
    reading = readings(SOURCE, {"main": body})["allocations"]
    assert reading.frame.select("product", "doses_allocated").rows() == [
        (COMIRNATY, 1),
        (CORONAVAC, 2),
    ]
    assert notes_on(SOURCE, {"main": body}) == []


@pytest.mark.parametrize(
    ("over", "below", "row", "seen"),
    [
        (b",Round 6,Totals", b"ISO3,Pfizer,All", b"TCD,1,1", "the name 'Totals' in column 3"),
        (b",Round 6,", b"ISO3,Pfizer,", b"TCD,1,1", "no name of a vaccine in column 3"),
        (b",Round 6,", b"ISO3,Pfizer,Note", b"TCD,1,late", "words below 'Note' in column 3"),
        (b"First,Round 6", b"ISO3,Pfizer", b"TCD,1", "the name 'First' in column 1"),
    ],
)
def test_a_column_that_may_be_of_a_round_or_not_is_refused(
    over: bytes, below: bytes, row: bytes, seen: str
) -> None:
    """An ambiguous column is neither dropped nor guessed."""
    with pytest.raises(BadBody, match=seen):
        readings(SOURCE, {"main": b"\n".join([over, below, row, b""])})


def test_a_row_of_rounds_alone_is_refused() -> None:
    """A sheet that ends under its first row of names has no vaccine and no figure."""
    with pytest.raises(BadBody, match="nothing below it"):
        readings(SOURCE, {"main": b",,Round 6\n"})


def test_a_row_in_quarantine_is_the_row_of_the_sheet() -> None:
    """A country's row becomes one of ours for each vaccine; its number stays that of the sheet."""
    body = ROUNDS + b'Chad,TCD,0,0,0,0,0\nMali,MLI,0,"5,00",0,0,x\n'
    waiting = readings(SOURCE, {"main": body})["allocations"].quarantined
    assert waiting.select("row", "product", "value").rows() == [
        (2, CORONAVAC, "5,00"),
        (2, COMIRNATY, "x"),
    ]


def test_a_total_that_is_not_its_sum_is_noted_and_never_published() -> None:
    """4,800 are printed where the rounds have 3,600: the rounds are what is published."""
    body = ROUNDS + b'Chad,TCD,"4,800",0,"1,200","1,200","2,400"\nMali,MLI,0,0,0,0,\n'
    reading = readings(SOURCE, {"main": body})["allocations"]
    assert reading.frame.filter(iso3="TCD")["doses_allocated"].sum() == 3_600
    [note] = notes_on(SOURCE, {"main": body})
    assert note == (
        "'Total to date' is not the sum of the rounds for 1 of 2 countries (TCD: 4,800 printed, "
        "3,600 in its rounds). The rounds are published, not it."
    )


def test_a_list_of_single_deliveries_is_refused() -> None:
    """It has countries and doses, but nothing that was announced or allocated."""
    body = b"Country,ISO3,Vaccine,Doses\nChad,TCD,Pfizer,100\n"
    with pytest.raises(SourceChanged, match="column COVAX Forecast Total"):
        readings(SOURCE, {"main": body})


def test_what_covax_delivered_is_a_table_where_the_sheet_has_it() -> None:
    """The sheet of the first round also says what had been delivered; the archive does not."""
    body = b'Country,ISO3,COVAX Forecast Total,COVAX Delivered\nChad,TCD,0,"7,011,110"\n'
    parsed = readings(SOURCE, {"main": body})
    assert parsed["deliveries"].frame.rows() == [("TCD", "unspecified", "COVAX", 7_011_110)]
    assert list(readings(SOURCE, {"main": body.replace(b"COVAX Delivered", b"Other")})) == [
        "allocations"
    ]
