"""The 38 real vintages of UNDP's table, backfilled through the flow: every figure, every event."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from vaxwatch.reader import Lake, open_lake

pytestmark = pytest.mark.corpus
SOURCE = "undp_vaccine_equity"
FIGURES = {
    "deliveries": {"doses_delivered": ("vaccinesdelivered", int)},
    "donations": {"doses_donated": ("total_donations", int)},
    "secured_supply": {
        "secured_share": ("securedvaccineofpopulation", lambda cell: float(cell) / 100)
    },
    "vaccinations_current": {
        "doses_administered": ("total_vaccinations", int),
        "people_first_dose": ("persons_vaccinated_1plus_dose", int),
        "people_last_dose": ("persons_fully_vaccinated", int),
        "first_vaccinated_on": (
            "first_vaccine_date",
            lambda cell: datetime.strptime(cell, "%d%b%Y").replace(tzinfo=UTC).date(),
        ),
    },
}
NO_COUNTRIES = {"N/A", "WBG"}


@pytest.fixture(scope="module")
def summary(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Backfill all vintages into a lake, and return what the flow says."""
    lake = str(tmp_path_factory.mktemp("real"))
    done = backfill_source.fn(SOURCE, f"dir:{corpus / SOURCE}", lake, quality=False).document()
    return {**done, "lake": lake}


@pytest.fixture(scope="module")
def lake(summary: Mapping[str, Any]) -> Lake:
    """Return the lake that was filled."""
    return open_lake(summary["lake"])


def test_every_vintage_is_there(summary: Mapping[str, Any], lake: Lake) -> None:
    """38 snapshots, four of which say nothing new; none failed, none was held or blocked."""
    assert (summary["new"], summary["unchanged"], summary["failed"]) == (34, 4, [])
    assert summary["blocked"] == 0
    assert lake.vintages(f"{SOURCE}.deliveries")["held"].sum() == 0
    assert lake.quarantined(SOURCE).is_empty()


def test_as_of_equals_the_raw_file(corpus: Path, lake: Lake) -> None:
    """Every figure of every table and vintage is its cell, after the declared conversion."""
    files = sorted((corpus / SOURCE).glob("*.csv"))
    ids = lake.vintages(f"{SOURCE}.deliveries")["id"].to_list()
    compared = 0
    for file, vintage in zip(files, ids, strict=True):
        with file.open(encoding="utf-8", newline="") as text:
            raw = {row["iso3"]: row for row in csv.DictReader(text)}
        for table, figures in FIGURES.items():
            known = lake.asof(f"{SOURCE}.{table}", vintage)
            assert set(known["iso3"]) == set(raw) - NO_COUNTRIES
            for row in known.iter_rows(named=True):
                for column, (theirs, read) in figures.items():
                    cell = raw[row["iso3"]][theirs]
                    assert row[column] == (read(cell) if cell else None), (file.name, row, theirs)
                    compared += 1
    assert compared == 38 * 253 * 7


@pytest.mark.parametrize(
    ("table", "iso3", "days", "figures"),
    [
        ("deliveries", "BGD", ("2022-04-20", "2022-04-27"), (539_438_635, 462_490_027)),
        ("deliveries", "JPN", ("2022-03-25", "2022-03-30"), (293_547_100, 263_698_261)),
        ("deliveries", "ECU", ("2022-03-30", "2022-04-07"), (64_267_919, 48_391_898)),
        ("deliveries", "CZE", ("2022-06-03", "2022-06-08"), (27_415_175, 135_129)),
        ("donations", "MMR", ("2022-06-15", "2022-06-22"), (17_936_000, 12_936_000)),
    ],
)
def test_known_falls_are_found_by_diff(
    lake: Lake, table: str, iso3: str, days: tuple[str, str], figures: tuple[int, int]
) -> None:
    """The falls that are known to be in these files come out, to the dose."""
    found = lake.diff(f"{SOURCE}.{table}", *days, where={"iso3": iso3})
    assert found.select("before", "after", "kind").rows() == [(*figures, "revised")]
    history = lake.history(f"{SOURCE}.{table}", {"iso3": iso3})
    values = history[found["column"].item()].to_list()
    assert values[values.index(figures[0]) + 1] == figures[1]


def test_figures_that_vanish_are_withdrawn(lake: Lake) -> None:
    """On 8 June 2022 24 countries lose their deliveries while their rows stay."""
    found = lake.diff(f"{SOURCE}.deliveries", "2022-06-03", "2022-06-08")
    withdrawn = found.filter(pl.col("kind") == "withdrawn")
    assert withdrawn.height == 24
    assert {"AUT", "BEL", "BGR", "DEU"} <= set(withdrawn["iso3"])
    fallen = found.filter((pl.col("kind") == "revised") & (pl.col("rel_change") < -0.9))
    assert set(fallen["iso3"]) >= {"CZE", "LVA", "SVK", "CYP"}


def test_secured_supply_falls_for_45_countries(lake: Lake) -> None:
    """On 18 May 2022 the share falls for 45 countries, Cambodia's from 441.7 % to 318.6 %."""
    found = lake.diff(f"{SOURCE}.secured_supply", "2022-05-11", "2022-05-18")
    assert found.filter(pl.col("change") < 0).height == 45
    khm = found.filter(pl.col("iso3") == "KHM").select("before", "after").row(0)
    assert [round(share * 100, 1) for share in khm] == [441.7, 318.6]


def test_a_gap_is_one_step(lake: Lake) -> None:
    """Between 29 June and 21 September 2022 there is no file: 65 falls are the gap's."""
    found = lake.diff(f"{SOURCE}.deliveries", "2022-06-29", "2022-09-21")
    falls = found.filter(pl.col("change") < 0).height
    assert falls == 65


def test_81_columns_that_go_at_once_are_one_alert(lake: Lake) -> None:
    """On 25 March 2022, and five more on 21 September: both low, since no figure is read there."""
    alerts = [alert for alert in lake.alert_records() if alert.rule == "R18"]
    alerts.sort(key=lambda one: one.as_of)
    assert [(one.severity, one.as_of.date().isoformat()) for one in alerts] == [
        ("low", "2022-03-25"),
        ("low", "2022-09-21"),
    ]
    first, last = (lake.events(one.fingerprint)[0] for one in alerts)
    assert len(first.evidence["moves"]) == 138 - 57
    assert (
        "'Entity' and 73 more. Figures of many countries changed in the same version."
        in first.sentence
    )
    assert "new in all tables: column 'stringencyindex_average'" in last.sentence


@pytest.mark.slow
def test_a_second_backfill_changes_nothing(
    corpus: Path, summary: Mapping[str, Any], lake: Lake
) -> None:
    """All 38 are known; no alert is raised again."""
    again = backfill_source.fn(
        SOURCE, f"dir:{corpus / SOURCE}", summary["lake"], policy="all"
    ).document()
    assert (again["known"], again["new"], again["alerts"]) == (38, 0, [])
