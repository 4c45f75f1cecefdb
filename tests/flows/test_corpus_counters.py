"""R7, R13 and R14 on real pages: events that are known come out, each once."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from flows.backfill_source import backfill_source
from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs
from tasks.sources import source_named
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.vault_reader import VaultReader

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
FOLDERS = {
    "undp_vaccine_equity": "undp_vaccine_equity",
    "hdx_humanitarian": "hdx_humanitarian_dashboard",
    "find_tests": "find_testing_daily",
}
Found = Mapping[str, list[Finding]]


@pytest.fixture(scope="module")
def found(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return the findings in all vintages, by source."""
    return {source: _evaluated(corpus, tmp_path_factory, source) for source in FOLDERS}


def _evaluated(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory, source: str
) -> list[Finding]:
    lake = tmp_path_factory.mktemp(source)
    done = backfill_source.fn(source, f"dir:{corpus / FOLDERS[source]}", str(lake)).document()
    assert done["failed"] == []
    vault = VaultReader(FolderStore(lake), source)
    return evaluate(rule_inputs(vault), shown_by=source_named(source).shown_by)


def about(findings: list[Finding], iso3: str, day: str, column: str) -> Finding:
    """Return the one finding about a country's figure that opened on a day."""
    [one] = [
        f
        for f in findings
        if f.key.get("iso3") == iso3
        and f.events[0].as_of.date().isoformat() == day
        and f.column == column
        and f.events[0].severity != "info"
    ]
    return one


@pytest.mark.parametrize(
    ("iso3", "day", "column", "rules", "severity"),
    [
        ("BGD", "2022-04-27", "doses_delivered", {"R7"}, "medium"),
        ("JPN", "2022-03-30", "doses_delivered", {"R7"}, "medium"),
        ("ECU", "2022-04-07", "doses_delivered", {"R7"}, "high"),
        ("CZE", "2022-06-08", "doses_delivered", {"R7", "R12"}, "critical"),
        ("MMR", "2022-06-22", "doses_donated", {"R7"}, "high"),
    ],
)
def test_falls_of_undp(
    found: Found, iso3: str, day: str, column: str, rules: set[str], severity: str
) -> None:
    """Each is one finding, and unconfirmed when it opens."""
    one = about(found["undp_vaccine_equity"], iso3, day, column)
    assert one.rule in rules
    assert (one.events[0].severity, one.events[0].confidence) == (severity, "unconfirmed")


def test_24_countries_without_deliveries_are_one(found: Found) -> None:
    """8 June 2022: the rows stay, the figure is blank, and none of the 24 stands beside it."""
    own = [
        f
        for f in found["undp_vaccine_equity"]
        if f.events[0].as_of.date().isoformat() == "2022-06-08" and f.column == "doses_delivered"
    ]
    [group] = [f for f in own if f.about == "gone"]
    children = {child["key"]["iso3"] for child in group.events[0].evidence["children"]}
    assert len(children) == 24
    assert {"AUT", "BEL", "BGR", "DEU"} <= children
    assert not children & {f.key.get("iso3") for f in own}


def test_seven_countries_vanish_as_one(found: Found) -> None:
    """8 February 2021, with PRK among them, before any doses were shown."""
    [group] = [
        f
        for f in found["hdx_humanitarian"]
        if f.about == "gone" and f.events[0].as_of.date().isoformat() == "2021-02-08"
    ]
    children = {child["key"]["iso3"] for child in group.events[0].evidence["children"]}
    assert children == {"PRK", "IRN", "BEN", "BGD", "COG", "SLE", "TGO"}


def test_falls_that_take_back_a_spike_are_low_at_most(found: Found) -> None:
    """Pakistan's one day, and digits too many of Palestine and DR Congo."""
    days = {
        "hdx_humanitarian": {("PAK", "2021-08-04"), ("PSE", "2021-10-19")},
        "find_tests": {("COD", "2021-04-18")},
    }
    for source, events in days.items():
        severities = {
            f.events[0].severity
            for f in found[source]
            if (f.key.get("iso3"), f.events[0].as_of.date().isoformat()) in events
            and f.rule in {"R7", "R12", "R13"}
        }
        assert severities <= {"low"}


def test_a_lost_digit_and_a_negative_count_of_tests(found: Found) -> None:
    """Peru is critical and undone; Rwanda's count below zero is R11's."""
    peru = about(found["find_tests"], "PER", "2021-05-15", "tests_performed_cumulative")
    assert (peru.events[0].severity, peru.events[-1].kind) == ("critical", "reverted")
    rwanda = [
        f
        for f in found["find_tests"]
        if f.key.get("iso3") == "RWA" and f.events[0].as_of.date().isoformat() == "2021-07-21"
    ]
    assert [f.rule for f in rwanda] == ["R11"]
