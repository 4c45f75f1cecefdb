"""The embedded archive: published figures only, each with its address and its day."""

import csv
import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import UnknownName
from tasks.sources import source_named
from tests.parsed import readings
from vaxwatch.archive import archive_folder

ARCHIVED = (
    "covax_allocations",
    "covax_offers",
    "un_population",
    "unicef_market",
    "who_searo_testing",
)
every_archive = pytest.mark.parametrize("source", ARCHIVED)


def rows_of(source: str, table: str) -> dict[str, list[dict[str, Any]]]:
    """Return what each archived file of a source says, by file name; nothing may be quarantined."""
    values: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(archive_folder(source).glob("*.csv")):
        reading = readings(source_named(source), {"main": path.read_bytes()})[table]
        assert reading.quarantined.is_empty(), path
        values[path.stem] = reading.frame.to_dicts()
    return values


@every_archive
def test_the_manifest_lists_every_file_on_the_day_it_could_first_be_seen(source: str) -> None:
    """Each file has one entry, in the order of time, at midnight UTC of the day in its name."""
    folder = archive_folder(source)
    manifest = json.loads((folder / "_manifest.json").read_text(encoding="utf-8"))
    versions = manifest["versions"]
    assert manifest["source"] == source
    assert manifest["origin"].endswith(".")
    assert [one["file"] for one in versions] == sorted(path.name for path in folder.glob("*.csv"))
    for one in versions:
        assert one["committed_at"] == f"{Path(one['file']).stem}T00:00:00+00:00"
        assert datetime.fromisoformat(one["committed_at"])
        assert one["source_url"].startswith(("http://", "https://"))


@every_archive
def test_every_row_names_its_address_and_whether_it_is_derived(source: str) -> None:
    """No figure stands without the page it was published on."""
    for path in archive_folder(source).glob("*.csv"):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            assert row["Source URL"].startswith(("http://", "https://")), path
            assert row["Basis"].split(":")[0] in {"published", "derived"}, path


def test_only_the_allocations_of_one_country_are_a_scope() -> None:
    """UNICEF's snapshots cover DPR Korea alone, the other archives all they list."""
    scopes = {
        source: json.loads((archive_folder(source) / "_manifest.json").read_bytes()).get("scope")
        for source in ARCHIVED
    }
    assert scopes == {
        "unicef_market": ["PRK"],
        "covax_allocations": None,
        "covax_offers": None,
        "un_population": None,
        "who_searo_testing": None,
    }


VAXZEVRIA, CORONAVAC = "AstraZeneca - Vaxzevria", "Sinovac - CoronaVac"


def test_each_version_of_the_offers_adds_to_the_one_before() -> None:
    """A report that was known stays known; none is known before the day that it is about."""
    versions = rows_of("covax_offers", "offers")
    for before, now in pairwise(versions.values()):
        assert [row for row in before if row not in now] == []
        assert len(now) > len(before)
    for day, rows in versions.items():
        assert max(row["happened_on"].isoformat() for row in rows) <= day


def test_the_offers_to_dpr_korea_are_there() -> None:
    """Sinovac declined and proposed for others, AstraZeneca before, sixty million proposed."""
    [*_, newest] = rows_of("covax_offers", "offers").values()
    found = {
        (row["happened_on"].isoformat(), row["product"], row["status"], row["doses"])
        for row in newest
        if row["iso3"] == "PRK"
    }
    assert {
        ("2021-02-03", VAXZEVRIA, "offered", 1_992_000),
        ("2021-08-31", CORONAVAC, "declined", 2_970_000),
        ("2021-08-31", CORONAVAC, "proposed", 2_970_000),
        ("2022-02-23", "unspecified", "proposed", 60_000_000),
    } <= found


def test_allocations_to_dpr_korea_fall_to_nothing_and_rise_again() -> None:
    """The ladder of the dashboard, by product."""
    ladder = {
        day: {row["product"]: row["doses_allocated"] for row in rows}
        for day, rows in rows_of("unicef_market", "allocations").items()
    }
    assert ladder == {
        "2021-11-29": {VAXZEVRIA: 6_826_800},
        "2021-12-23": {VAXZEVRIA: 8_115_600},
        "2022-02-10": {VAXZEVRIA: 1_288_800, "Covovax": 252_000},
        "2022-02-22": {VAXZEVRIA: 1_288_800, "Covovax": 0},
        "2022-04-01": {"unspecified": 0},
        "2022-04-12": {"unspecified": 1_828_800},
    }


def test_both_zeros_of_dpr_korea_name_their_evidence() -> None:
    """A 0 is a claim: Covovax's is derived, the total's was confirmed by Gavi."""
    basis: dict[str, str] = {}
    for path in archive_folder("unicef_market").glob("*.csv"):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            if row["Doses Allocated"] == "0":
                basis[path.stem] = row["Basis"]
    assert basis.keys() == {"2022-02-22", "2022-04-01"}
    assert basis["2022-02-22"].startswith("derived: the total of 1,288,800 less AstraZeneca's")
    assert "Gavi confirms dashboard figure 0 (statement 2022-03-31)" in basis["2022-04-01"]


def test_most_countries_fall_by_fourteen_to_sixteen_percent_at_once() -> None:
    """Forecast to first round: one rescale of 22 countries, with five that stand apart."""
    forecast, first_round = (
        {row["iso3"]: row["doses_announced"] for row in rows}
        for rows in rows_of("covax_allocations", "allocations").values()
    )
    assert forecast.keys() == first_round.keys()
    assert (forecast["PRK"], first_round["PRK"]) == (1_992_000, 1_704_000)
    change = {iso3: first_round[iso3] / forecast[iso3] - 1 for iso3 in forecast}
    alike = {iso3 for iso3, share in change.items() if -0.1615 < share < -0.1365}
    apart = {iso3: round(change[iso3], 3) for iso3 in sorted(change.keys() - alike)}
    assert len(alike) == 22
    assert apart == {"COL": -0.182, "PSE": 5.042, "SYR": 0.0, "UKR": -0.188, "VEN": -1.0}


def test_the_people_tested_sum_to_every_total_that_was_published() -> None:
    """People and samples add up, apart, to the totals that were published on the way."""
    reports = rows_of("who_searo_testing", "tests")
    people = samples = positives = 0
    totals: dict[str, tuple[int, int]] = {}
    for day, (row,) in reports.items():
        assert (str(row["observed_on"]), row["iso3"]) == (day, "PRK")
        people += row["people_tested_new"] or 0
        samples += row["samples_tested_new"] or 0
        positives += row["positives_new"]
        totals[day] = (people, samples)
    assert positives == 0
    assert totals["2021-01-04"] == (12_489, 24_704)
    assert totals["2021-04-05"] == (22_389, 44_504)
    assert totals["2021-06-14"] == (29_615, 58_956)
    published = {"2020-12-21": 10_960, "2020-12-31": 11_707, "2021-08-16": 35_947}
    published |= {"2021-10-04": 40_700, "2021-10-25": 42_773, "2021-11-23": 45_564}
    published |= {"2022-01-03": 49_941, "2022-02-14": 54_187}
    assert {day: totals[day][0] for day in published} == published


def test_a_person_is_in_no_report_before_people_were_counted() -> None:
    """Until December 2020 only samples were published: people are null there, not 0."""
    reports = rows_of("who_searo_testing", "tests")
    counted = [day for day, (row,) in reports.items() if row["people_tested_new"] is not None]
    assert len(reports) == 54
    assert counted == [day for day in reports if day >= "2020-12-10"]
    assert all(earlier < later for earlier, later in pairwise(reports))


def test_a_source_without_an_archive_is_answered_with_those_that_have_one() -> None:
    """A wrong name is answered with the right ones."""
    with pytest.raises(UnknownName, match="covax_allocations, covax_offers, un_population"):
        archive_folder("undp_vaccine_equity")
