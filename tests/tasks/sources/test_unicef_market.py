"""UNICEF's dashboard: its tables asked for and read, and exports that somebody saved from it."""

import calendar
import csv
import io
import zipfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from pytest_httpserver import HTTPServer

from flows.ingest_snapshot import ingest_snapshot
from schemas.contract_errors import SourceChanged
from schemas.countries import iso3_of
from schemas.errors import BadBody
from schemas.product_list import PUBLISHED
from schemas.tables import dtypes_of, key_of
from tasks.raw.archive import archived_snapshots
from tasks.sources.unicef_market import CHANNELS, ENTITIES, SOURCE, SUMMED, TABLES, TOTAL
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.vault.quarantined_rows import quarantined_rows
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import fetch
from tests.flows.lakes import DAY, Lake
from tests.golden import FIXTURES
from tests.parsed import notes_on, readings
from tests.tasks.powerbi.dashboard import SORRY, Dashboard, Response, Row

DEALS, DONATIONS = ENTITIES["supply_deals"][0], ENTITIES["donations"][0]


def gift(
    iso3: str | None, donor: str | None, doses: int | None, *, day: int = 1, to: str = ""
) -> Row:
    """Return a row of the report's donations, with all of its columns; `to` where no code is."""
    return {
        "Recipient": to or f"name of {iso3}",
        "Recipient ISO": iso3,
        "Vaccine Name": "AstraZeneca - Vaxzevria",
        "Manufacturer": "AstraZeneca",
        "Source URL": "https://example.org/page",
        "Vaccine Developer": "Oxford",
        "Donor": donor,
        "Donor ISO": None,
        "Update Date": date(2021, 10, day),
        "Doses": doses,
    }


def deal(buyer: str, secured: int | None, optioned: int | None) -> Row:
    """Return a row of the report's deals, with all of its columns."""
    return {
        "Manufacturer": "Novavax",
        "Recipient": buyer,
        "ISO": None,
        "Source URL": None,
        "Deal Date": date(2021, 8, 4),
        "Vaccine Name": None,
        "Committed $": 12.5,
        "Secured Doses": secured,
        "Optioned Doses": optioned,
        "Status": "Confirmed",
        "Vaccine Developer": "Novavax",
        "Deal Type": "Purchase",
        "Distributor": None,
    }


GIFTS = [
    gift("KHM", "Japan", 300_000),
    gift("KHM", "Japan", 300_000),
    gift("KHM", "Japan", 723_210, day=9),
    gift("KHM", "MTN Group", None),
    gift("PRK", None, 0),
]
BOUGHT = [deal("European Union", 100_000_000, 100_000_000), deal("COVAX", 350_000_000, None)]


@pytest.fixture
def dashboard(httpserver: HTTPServer) -> Dashboard:
    """Return the dashboard with the two tables that have been seen on it."""
    return Dashboard(httpserver, {DEALS: BOUGHT, DONATIONS: GIFTS}, page_size=2, is_packed=True)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return an empty lake."""
    return Lake(tmp_path)


def figures(lake: Lake, table: str) -> list[tuple[Any, ...]]:
    """Return the newest rows of a table: the key, and the figures that the dashboard has."""
    frame = lake.latest(table).drop(PUBLISHED, "source", "as_of", "as_of_date")
    return frame.select(one for one in frame if one.null_count() < frame.height).rows()


def seen(dashboard: Dashboard, lake: Lake, *, day: int) -> str:
    """Publish what the dashboard says, so many days after the first; return the notes."""
    at = DAY + timedelta(days=day)
    snapshot = parse_fetched(SOURCE, fetch(SOURCE, at=at, url=dashboard.url))
    return " ".join(publish(lake.store, SOURCE, [snapshot], at=at)[0].notes)


def test_dashboard_is_ingested_from_its_page(dashboard: Dashboard, lake: Lake) -> None:
    """From the address that people open to the tables, with a sentence on what is missing."""
    summary = ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url).document()
    [outcome] = summary["outcomes"]
    assert (outcome["verdict"], sorted(outcome["tables"])) == ("new", ["donations", "supply_deals"])
    assert sorted(figures(lake, "donations")) == [
        ("KHM", "Japan", "AstraZeneca - Vaxzevria", 1_323_210),
        ("KHM", "MTN Group", "AstraZeneca - Vaxzevria", None),
        ("PRK", "unspecified", "AstraZeneca - Vaxzevria", 0),
    ]
    assert sorted(figures(lake, "supply_deals")) == [
        ("COVAX", "Novavax", "unspecified", date(2021, 8, 4), 350_000_000, None),
        ("European Union", "Novavax", "unspecified", date(2021, 8, 4), 100_000_000, 100_000_000),
    ]
    [note] = summary["notes"]
    assert note.endswith(
        "this vintage says nothing of allocations, deliveries, deliveries_monthly, prices."
    )


def test_recipient_that_is_no_country_is_left_out(dashboard: Dashboard, lake: Lake) -> None:
    """A gift to a facility is nobody's, and nobody has to look at it again with every fetch."""
    dashboard.tables = {DONATIONS: [*GIFTS, gift(None, "Alrosa Group", 100_000, to="COVAX")]}
    summary = ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url).document()
    assert [outcome["verdict"] for outcome in summary["outcomes"]] == ["new"]
    assert sorted(set(lake.latest("donations")["iso3"])) == ["KHM", "PRK"]
    assert quarantined_rows(VaultReader(lake.store, SOURCE.name)).is_empty()


def test_name_stands_in_where_the_code_is_blank(dashboard: Dashboard, lake: Lake) -> None:
    """A country is found by its name; a name that nobody knows waits in quarantine."""
    named = [gift(None, "China", 5, to="Lao PDR"), gift(None, "China", 7, to="Atlantis")]
    dashboard.tables = {DONATIONS: [*GIFTS, *named]}
    ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url)
    given = lake.latest("donations")
    assert given.filter(iso3="LAO")["doses_donated"].to_list() == [5]
    [row] = quarantined_rows(VaultReader(lake.store, SOURCE.name)).to_dicts()
    assert (row["rule"], row["value"]) == ("known_country", "Atlantis")


def test_every_body_of_a_snapshot_is_kept(dashboard: Dashboard, lake: Lake) -> None:
    """The way to the tables is part of the evidence, one manifest for all."""
    ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url)
    [snapshot] = archived_snapshots(lake.store, SOURCE.name)
    pages = {"donations-1", "donations-2", "supply_deals-1"}
    assert {body.name for body in snapshot.bodies} == {"page", "cluster", "model", "schema"} | pages


def test_error_under_status_200_changes_nothing(dashboard: Dashboard, lake: Lake) -> None:
    """What was published stands, and what the server sent is kept."""
    ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url)
    before = lake.published()
    dashboard.faults["querydata"] = lambda _: Response(SORRY)
    with pytest.raises(BadBody, match="unicef_market, donations: donations-1: seen a web page"):
        ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url)
    assert lake.published() == before


def test_table_that_disappears_is_reported_and_not_compared(
    dashboard: Dashboard, lake: Lake
) -> None:
    """That the report has no deals any more does not mean that there are none."""
    seen(dashboard, lake, day=0)
    dashboard.tables = {DONATIONS: [gift("LAO", "Japan", 9), *GIFTS]}
    notes = seen(dashboard, lake, day=1)
    assert lake.latest("supply_deals").height == len(BOUGHT)
    assert "gone table 'supply_deals'" in notes


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("Doses Delivered", "Total Doses Delivered or Doses Delivered or Delivered Doses"),
        ("Vaccine Name", "WHO Preferred Vaccine Name or Vaccine Name"),
    ],
)
def test_table_that_is_not_whole_leaves_the_others_alone(
    dashboard: Dashboard, lake: Lake, lost: str, named: str
) -> None:
    """One that was guessed and has no such column, be it a figure or a key, is absent."""
    row = {"ISO": "PRK", "Vaccine Name": "Covovax", "Doses Delivered": 0}
    delivered = [{name: cell for name, cell in row.items() if name != lost}]
    dashboard.tables = {**dashboard.tables, ENTITIES["deliveries"][0]: delivered}
    summary = ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url).document()
    [outcome] = summary["outcomes"]
    assert (outcome["verdict"], sorted(outcome["tables"])) == ("new", ["donations", "supply_deals"])
    assert f"'mod Deliveries View Table' has no column {named}" in " ".join(summary["notes"])


def test_table_that_loses_a_figure_is_reported_and_stands(dashboard: Dashboard, lake: Lake) -> None:
    """What was published of it is neither nulled nor gone."""
    seen(dashboard, lake, day=0)
    before = lake.latest("donations")
    stripped = [{name: cell for name, cell in row.items() if name != "Doses"} for row in GIFTS]
    dashboard.tables = {DEALS: [*BOUGHT, deal("Peru", 5, None)], DONATIONS: stripped}
    notes = seen(dashboard, lake, day=1)
    assert lake.latest("donations").equals(before)
    assert lake.latest("supply_deals").height == len(BOUGHT) + 1
    assert "has no column Doses or Doses Donated" in notes
    assert "gone table 'donations'" in notes


def test_figures_that_are_summed_are_the_counts_outside_of_the_key() -> None:
    """A sum of prices or of days is none; a count that is not summed would lose equal rows."""
    counts = {
        name
        for table, columns in TABLES.items()
        for name in columns
        if dtypes_of(table)[name] == pl.Int64() and name not in key_of(table)
    }
    assert counts == SUMMED


def workbook(**sheets: list[list[object]]) -> bytes:
    """Return a workbook."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return target.getvalue()


ALLOCATED: list[list[object]] = [
    ["Recipient ISO", "Vaccine Name", "Doses Allocated"],
    ["PRK", "Covovax", 252_000],
    ["PRK", "", 0],
]
PRICED: list[list[object]] = [
    ["UNICEF COVID-19 Vaccine Market Dashboard", "", "", ""],
    ["Buyer", "Vaccine Name", "Update Date", "Price per Dose (USD)"],
    ["COVAX", "Covovax", date(2021, 8, 4), 3.5],
    ["Applied filters: none", "", "", ""],
]


def test_saved_workbook_has_a_table_on_each_sheet() -> None:
    """Sheets are recognized by their columns; titles, notes and empty sheets are no tables."""
    body = workbook(Notes=[["made by hand"]], Spare=[], Allocations=ALLOCATED, Prices=PRICED)
    read = readings(SOURCE, {"main": body})
    assert read["allocations"].frame.drop(PUBLISHED).rows() == [
        ("PRK", "Covovax", "COVAX", 252_000),
        ("PRK", "unspecified", "COVAX", 0),
    ]
    assert read["prices"].frame.drop(PUBLISHED).rows() == [
        ("COVAX", "Covovax", date(2021, 8, 4), 3.5)
    ]
    assert read["prices"].quarantined["rule"].to_list() == ["key_not_null"]
    assert list(read) == ["allocations", "prices"]
    assert notes_on(SOURCE, {"main": body}) == []


def test_table_on_two_sheets_is_refused() -> None:
    """Which of them holds is not ours to say."""
    with pytest.raises(BadBody, match="the table allocations on two sheets"):
        readings(SOURCE, {"main": workbook(Now=ALLOCATED, Before=ALLOCATED)})


@pytest.mark.parametrize("sheets", [{"Notes": [["made by hand"], ["x"]]}, {"Spare": []}])
def test_workbook_without_table_is_refused(sheets: dict[str, list[list[object]]]) -> None:
    """A workbook of something else names the columns that were looked for."""
    with pytest.raises((SourceChanged, BadBody), match=r"unicef_market: (column|seen no filled)"):
        readings(SOURCE, {"main": workbook(**sheets)})


def test_workbook_with_a_damaged_sheet_is_refused() -> None:
    """Whether that sheet had a table nobody knows, so the others are not published alone."""
    target = io.BytesIO()
    sound = workbook(Allocations=ALLOCATED, Prices=PRICED)
    with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            cut = 300 if name.endswith("sheet2.xml") else None
            new.writestr(name, old.read(name)[:cut])
    with pytest.raises(BadBody, match="unicef_market: seen a damaged workbook"):
        readings(SOURCE, {"main": target.getvalue()})


def test_gifts_of_several_days_wait_in_an_export() -> None:
    """The server sums for us; in an export nobody has, and which row holds is unknown."""
    body = b"Recipient ISO,Donor,Vaccine Name,Update Date,Doses\n"
    body += b'KHM,Japan,AZ,2021-10-01,"300,000"\nKHM,Japan,AZ,2021-10-09,5\nKHM,China,AZ,,7\n'
    read = readings(SOURCE, {"main": body})["donations"]
    assert read.frame.rows() == [("KHM", "China", "AstraZeneca - Vaxzevria", 7, "AZ")]
    assert read.quarantined["rule"].to_list() == ["unique_key", "unique_key"]


def test_export_that_resembles_a_table_names_what_it_lacks() -> None:
    """The nearest table is named by its missing column, and what is there is listed."""
    with pytest.raises(SourceChanged, match="unicef_market: column Donor is gone"):
        readings(SOURCE, {"main": b"Recipient ISO,Vaccine Name,Giver,Doses\nKHM,AZ,Japan,1\n"})


def delivered(country: str | None, month: date, **doses: int) -> Row:
    """Return a row of a table of deliveries that has the names of the dashboard's export."""
    channels = dict.fromkeys(CHANNELS) | doses
    return {
        "Country/territory": country,
        "WHO Preferred Vaccine Name": "SII - Covishield",
        "mmm Year": month,
        **channels,
        TOTAL: sum(doses.values()),
    }


def test_report_is_asked_by_the_names_of_its_export(dashboard: Dashboard, lake: Lake) -> None:
    """The server sums the shipments of a month; deliveries to date are summed from them."""
    july, august = date(2021, 7, 1), date(2021, 8, 1)
    dashboard.tables = {
        "mod deliveries view table": [
            delivered("Bhutan", july, COVAX=5),
            delivered("Bhutan", july, COVAX=7, Donations=1),
            delivered("Bhutan", august, COVAX=100),
            delivered(None, august, COVAX=3),
        ]
    }
    summary = ingest_snapshot.fn(SOURCE.name, lake.uri, url=dashboard.url).document()
    covishield = pl.col("product").str.contains("Covishield")
    monthly = lake.latest("deliveries_monthly")
    assert monthly.select(covishield.all()).item()
    assert monthly.select("iso3", "mechanism", "month", "doses_delivered_new").rows() == [
        ("BTN", "COVAX", july, 12),
        ("BTN", "COVAX", august, 100),
        ("BTN", "Donations", july, 1),
    ]
    assert lake.latest("deliveries").select("iso3", "mechanism", "doses_delivered").rows() == [
        ("BTN", "COVAX", 112),
        ("BTN", "Donations", 1),
    ]
    [row] = quarantined_rows(VaultReader(lake.store, SOURCE.name)).to_dicts()
    assert (row["table"], row["rule"]) == ("deliveries_monthly", "key_not_null")
    [snapshot] = archived_snapshots(lake.store, SOURCE.name)
    assert "deliveries-1" not in {body.name for body in snapshot.bodies}
    assert "nothing of allocations, donations, supply_deals, prices." in " ".join(summary["notes"])


def test_export_with_sums_of_its_own_has_no_months() -> None:
    """A sheet to date has the printed totals; the channels of no month are in no table."""
    body = b"Country/territory,WHO Preferred Vaccine Name,COVAX,Total Doses Delivered\n"
    read = readings(SOURCE, {"main": body + b'Bhutan,SII - Covishield,5,"1,007"\n'})
    assert list(read) == ["deliveries"]
    figures = read["deliveries"].frame.select("iso3", "mechanism", "doses_delivered").rows()
    assert figures == [("BTN", "unspecified", 1_007)]


@pytest.mark.parametrize("month", ["Jul 2021", "July 2021", "Jul-21", "2021-07-01", "7/1/2021"])
def test_months_as_spreadsheets_save_them(month: str) -> None:
    """A spreadsheet takes `Jul 2021` for a date, and shows and saves it as `Jul-21`."""
    header = "Country/territory,WHO Preferred Vaccine Name,mmm Year,COVAX,Total Doses Delivered"
    body = f"{header}\nBhutan,SII - Covishield,{month},5,5\n".encode()
    months = readings(SOURCE, {"main": body})["deliveries_monthly"].frame["month"]
    assert months.to_list() == [date(2021, 7, 1)]


def test_rows_of_the_export_that_are_no_country_are_counted() -> None:
    """Each with its reason, and none of them waits."""
    body = (FIXTURES / "unicef_market" / "deliveries.csv").read_bytes()
    [note] = notes_on(SOURCE, {"main": body})
    assert note.startswith("unicef_market.deliveries_monthly: 2 of 22 rows are left out as no")
    assert "doses set aside for people whom no country reaches" in note
    assert "one figure for two territories with a code each" in note


def month_of(text: str) -> date:
    """Return the month of the export's cell: `Jul 2021`, `July 2021`, or a spreadsheet's number."""
    if text.isdecimal():
        return date(1899, 12, 30) + timedelta(days=int(text))
    words, year = text.split()
    return date(int(year), [*calendar.month_abbr].index(words[:3]), 1)


@pytest.mark.corpus
def test_real_export_is_published_cell_by_cell(corpus: Path, tmp_path: Path) -> None:
    """Every filled cell is a row, and the printed totals are theirs, left-out rows included."""
    [file] = (corpus / "unicef_market_deliveries").glob("*.csv")
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    left_out = {"Humanitarian Buffer", "Hong Kong SAR and Macao"}
    unusual = {"Congo (DRC)": "COD", "the republic of the Congo": "COG"}
    cells: dict[tuple[str, str, str, date], int] = {}
    names: dict[str, str] = {}
    for row in rows:
        name = row["Country/territory"]
        code = unusual.get(name) or iso3_of(name)
        assert (code is None) == (name in left_out)
        if code:
            assert names.setdefault(code, name) == name
        for channel in CHANNELS:
            if code and (cell := row[channel].replace(",", "")):
                vaccine = row["WHO Preferred Vaccine Name"]
                key = code, vaccine, channel, month_of(row["mmm Year"])
                assert key not in cells
                cells[key] = int(cell)
    lake = Lake(tmp_path)
    summary = ingest_snapshot.fn(SOURCE.name, lake.uri, file=str(file)).document()
    [outcome] = summary["outcomes"]
    assert outcome["verdict"] == "new"
    assert [one["quarantined"] for one in outcome["tables"].values()] == [0, 0]
    monthly = lake.latest("deliveries_monthly")
    columns = ("iso3", PUBLISHED, "mechanism", "month", "doses_delivered_new")
    assert {tuple(key): doses for *key, doses in monthly.select(columns).rows()} == cells
    assert monthly.height == len(cells) == 7_886
    of_others = sum(
        int(row[TOTAL].replace(",", "")) for row in rows if row["Country/territory"] in left_out
    )
    assert monthly["doses_delivered_new"].sum() + of_others == 15_174_693_907
    to_date: Counter[tuple[str, ...]] = Counter()
    for (code, vaccine, channel, _), doses in cells.items():
        to_date[code, vaccine, channel] += doses
    sums = lake.latest("deliveries").select("iso3", PUBLISHED, "mechanism", "doses_delivered")
    assert {tuple(key): doses for *key, doses in sums.rows()} == to_date
