"""A source whose publisher renames a column: frozen, reported, published once it is mapped."""

from dataclasses import replace

from schemas.columns import From
from tasks.sources import source_named
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.flows.lakes import DAY, Lake
from vaxwatch.commands.listing_commands import source_documents
from vaxwatch.reader import Lake as Reader

NAME = "undp_vaccine_equity"
SOURCE = source_named(NAME)
NAMES = (
    "iso3,vaccinesdelivered,total_donations,securedvaccineofpopulation,total_vaccinations,"
    "persons_vaccinated_1plus_dose,persons_last_dose,first_vaccine_date"
)
ROWS = "\nPRK,0,1000,120.5,10,5,5,22Feb2021\nKHM,500,2000,318.6,9,4,4,10Feb2021\n"
GOOD = (NAMES + ROWS).encode()
RENAMED = GOOD.replace(b"total_donations", b"donated_doses")
DONATIONS = {
    **SOURCE.tables["donations"],
    "doses_donated": From(("donated_doses", "total_donations")),
}
MAPPED = replace(SOURCE, tables={**SOURCE.tables, "donations": DONATIONS}, parser_version=2)


def shown(lake: Lake) -> dict:
    """Return how the source is listed a day after its last snapshot."""
    listed = source_documents(Reader(lake.store), DAY)
    return next(one for one in listed if one["name"] == NAME)


def test_a_renamed_column_freezes_its_source_until_it_is_mapped(lake: Lake) -> None:
    """Nothing is published, the alert is high; a replay publishes it at its own time."""
    lake.take(GOOD, source=NAME)
    assert (shown(lake)["state"], shown(lake)["frozen"]) == ("active", "")
    summary = lake.take(RENAMED, day=1, source=NAME)
    assert summary["outcomes"][0]["verdict"] == "blocked"
    [alert] = summary["alerts"]
    assert (alert["rule"], alert["severity"], alert["state"]) == ("R18", "high", "open")
    assert "Perhaps 'total_donations' is called 'donated_doses' now" in alert["sentence"]
    assert shown(lake)["state"] == "frozen"
    assert shown(lake)["frozen"].startswith(
        f"{NAME}: column 'total_donations' of donations is gone"
    )
    assert len(VaultReader(lake.store, NAME).vintages()) == 1

    replayed = lake.replay(MAPPED)
    assert replayed["failed"] == []
    [resolved] = [one for one in replayed["alerts"] if one["rule"] == "R18"]
    assert (resolved["fingerprint"], resolved["state"]) == (alert["fingerprint"], "resolved")
    assert shown(lake)["state"] == "active"
    first, then = VaultReader(lake.store, NAME).vintages()
    assert (then.as_of - first.as_of).days == 1
    assert verify_vault(VaultReader(lake.store, NAME), deep=True) == []


def test_a_rename_that_is_taken_back_needs_nobody(lake: Lake) -> None:
    """The next snapshot is published, and the alert is resolved."""
    lake.take(GOOD, source=NAME)
    lake.take(RENAMED, day=1, source=NAME)
    lake.take(RENAMED.replace(b"2000", b"2001"), day=2, source=NAME)
    summary = lake.take(GOOD.replace(b"2000", b"2002"), day=3, source=NAME)
    assert summary["outcomes"][0]["verdict"] == "new"
    [alert] = [one for one in summary["alerts"] if one["rule"] == "R18"]
    assert alert["state"] == "resolved"
    assert shown(lake)["state"] == "active"


def test_a_source_that_shows_the_very_bytes_of_before_is_frozen_no_more(lake: Lake) -> None:
    """They are read though they are known, and the alert is resolved by them."""
    lake.take(GOOD, source=NAME)
    lake.take(RENAMED, day=1, source=NAME)
    summary = lake.take(GOOD, day=2, source=NAME)
    assert summary["outcomes"][0]["verdict"] == "unchanged"
    [alert] = [one for one in summary["alerts"] if one["rule"] == "R18"]
    assert alert["state"] == "resolved"
    assert shown(lake)["state"] == "active"
