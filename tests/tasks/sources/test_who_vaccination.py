"""The traps of WHO's table of vaccination and of the copies that people keep."""

import gzip
from datetime import date

import pytest

from schemas.errors import BadBody
from tasks.parsing.validate import ParsedTable
from tasks.sources import source_named
from tests.parsed import readings

SOURCE = source_named("who_vaccination")
TABLE = "vaccinations_current"
HEAD = "COUNTRY,ISO3,DATE_UPDATED,TOTAL_VACCINATIONS,FIRST_VACCINE_DATE\n"


def read(*rows: str, head: str = HEAD) -> ParsedTable:
    """Return what is read of these lines."""
    return readings(SOURCE, {"main": (head + "\n".join([*rows, ""])).encode()})[TABLE]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (("2021-05-04", "2021-05-14"), date(2021, 5, 4)),
        (("5/4/2021", "5/14/2021"), date(2021, 5, 4)),
        (("4/5/2021", "14/5/2021"), date(2021, 5, 4)),
        (("04-05-2021", "14-05-2021"), date(2021, 5, 4)),
    ],
)
def test_the_style_of_days_is_that_of_the_column(days: tuple[str, str], expected: date) -> None:
    """ISO, month first, day first, day first with dashes: one day of the column decides."""
    first, second = days
    frame = read(f"Qatar,QAT,{first},1,", f"Guernsey,GGY,{second},1,").frame
    assert frame["published_on"].to_list() == [expected, expected.replace(day=14)]


def test_an_ambiguous_column_is_not_guessed() -> None:
    """Where every day may be two days, the rows wait in quarantine."""
    parsed = read("Qatar,QAT,5/4/2021,1,", "Guernsey,GGY,6/7/2021,1,", "Saba,XCA,7/7/2021,1,")
    assert parsed.frame["iso3"].to_list() == ["XCA"]
    assert parsed.quarantined["reason"].to_list() == [
        "'5/4/2021' may be 2021-04-05 or 2021-05-04.",
        "'6/7/2021' may be 2021-06-07 or 2021-07-06.",
    ]


def test_gzip_under_the_name_of_a_csv_is_read_and_a_damaged_one_refused() -> None:
    """What the way had packed is unpacked; half of it is no table."""
    body = (HEAD + "Qatar,QAT,2021-04-18,1248229,\n").encode()
    packed = gzip.compress(body)
    frame = readings(SOURCE, {"main": packed})[TABLE].frame
    assert frame["doses_administered"].to_list() == [1_248_229]
    for damaged in (packed[:-12], packed[:20] + b"\xff" * 30):
        with pytest.raises(BadBody, match="damaged gzip"):
            readings(SOURCE, {"main": damaged})


def test_a_file_that_broke_off_is_refused() -> None:
    """Half a last row publishes nothing."""
    body = (HEAD + "Qatar,QAT,2021-04-18,1248229,\nGuernsey,GGY,2021").encode()
    with pytest.raises(BadBody, match="cut off after 3 fields"):
        readings(SOURCE, {"main": body})


def test_a_copy_with_fewer_columns_is_read() -> None:
    """What the copy does not have is absent in its vintage, neither null nor withdrawn."""
    frame = read("QAT,5", head="Country,TOTAL_VACCINATIONS\n").frame
    assert frame.columns == ["iso3", "doses_administered"]
    assert frame.rows() == [("QAT", 5)]


def test_a_name_with_a_typographic_apostrophe_is_known() -> None:
    """Where the code is missing, the name will do."""
    assert read("Côte d\N{RIGHT SINGLE QUOTATION MARK}Ivoire,,2021-04-18,5,").frame[
        "iso3"
    ].to_list() == ["CIV"]


def test_a_day_that_is_not_published_does_not_cost_the_doses() -> None:
    """N/A in a column of days is blank, as it is in a column of figures."""
    parsed = read("Qatar,QAT,N/A,5,N/A", "Guernsey,GGY,2021-05-14,6,2020-12-17")
    assert parsed.quarantined.is_empty()
    assert parsed.frame.select("iso3", "doses_administered", "first_vaccinated_on").rows() == [
        ("QAT", 5, None),
        ("GGY", 6, date(2020, 12, 17)),
    ]
