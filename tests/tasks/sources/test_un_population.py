"""The denominators: UN figures of 2020, as the embedded archive has them."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.errors import ByHand
from tasks.sources import source_named
from tasks.web.fetch import fetch
from tests.parsed import readings
from vaxwatch.archive import archive_folder

SOURCE = source_named("un_population")


def archived() -> dict[str, int]:
    """Return the people of each country in the archive."""
    [path] = archive_folder("un_population").glob("*.csv")
    reading = readings(SOURCE, {"main": path.read_bytes()})["population"]
    assert reading.quarantined.is_empty()
    assert reading.frame["year"].unique().to_list() == [2020]
    return dict(reading.frame.select("iso3", "people").rows())


def test_a_page_for_people_is_not_fetched() -> None:
    """Every way to a fetch, a schedule too, ends in the sentence on how to get the file."""
    with pytest.raises(ByHand, match=r"is a page for people.*Save the total population"):
        fetch(SOURCE, at=datetime(2022, 2, 10, tzinfo=UTC))


def test_thousands_become_people_exactly() -> None:
    """Three decimals of thousands are single people."""
    people = archived()
    assert len(people) == 230
    assert people["PRK"] == 25_778_815
    assert people["AFG"] == 38_928_341
    assert people["VAT"] == 809


def test_the_sum_is_the_world() -> None:
    """All countries and territories together are the world's 7.79 thousand million."""
    assert 7_794_000_000 < sum(archived().values()) < 7_795_000_000


@pytest.mark.corpus
def test_the_archive_repeats_the_column_of_undp(corpus: Path) -> None:
    """Every figure of the archive is the one that UNDP's table carries, in all of its versions."""
    people = archived()
    for file in sorted((corpus / "undp_vaccine_equity").glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as text:
            raw = {row["iso3"]: row["un_population2020"] for row in csv.DictReader(text)}
        found_figures = {iso3: round(float(cell) * 1000) for iso3, cell in raw.items() if cell}
        assert found_figures == people, file.name
