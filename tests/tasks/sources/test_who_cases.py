"""The traps of WHO's cases: Namibia, the nameless, and days that turn into weeks."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tasks.sources import source_named
from tasks.steps.publish import ParsedSnapshot, publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.parsed import readings

SOURCE = source_named("who_cases")
HEAD = (
    "Date_reported,Country_code,Country,WHO_region,"
    "New_cases,Cumulative_cases,New_deaths,Cumulative_deaths\n"
)


def test_namibia_is_neither_null_nor_nobody() -> None:
    """NA is a code; where software has made a blank of it, the name is read."""
    body = HEAD + "2021-01-03,NA,Namibia,AFRO,1,1,0,0\n2021-01-10,,Namibia,AFRO,2,3,0,0\n"
    parsed = readings(SOURCE, {"main": body.encode()})["cases"]
    assert parsed.frame["iso3"].to_list() == ["NAM", "NAM"]


def test_the_nameless_are_left_out_and_no_other_blank_is() -> None:
    """Rows without code and name are declared to be nobody; an unknown name waits."""
    body = HEAD + "2021-01-03,,,,1,1,0,0\n2021-01-03,,Atlantis,,2,2,0,0\n2021-01-03,KP,,,0,0,0,0\n"
    parsed = readings(SOURCE, {"main": body.encode()})["cases"]
    assert parsed.frame["iso3"].to_list() == ["PRK"]
    assert parsed.quarantined["value"].to_list() == ["Atlantis"]


def test_islands_that_have_no_code_of_their_own_are_known_by_whos() -> None:
    """XA, XB and XC are Bonaire, Sint Eustatius and Saba, XK is Kosovo; BQ is the three islands."""
    codes = ("XA", "XB", "XC", "XK", "BQ")
    body = HEAD + "".join(f"2021-01-03,{code},,,1,1,0,0\n" for code in codes)
    parsed = readings(SOURCE, {"main": body.encode()})["cases"]
    assert parsed.frame["iso3"].to_list() == ["XAA", "XBA", "XCA", "XKX", "BES"]


def test_days_that_turn_into_weeks_are_published(tmp_path: Path) -> None:
    """Most rows vanish under one name, and those that remain have the same running totals."""
    lake, start = MemoryStore(), date(2023, 7, 2)
    days = [start + timedelta(days=n) for n in range(28)]
    verdicts: list[str] = []
    for number, listed in enumerate((days, days[::7])):
        path = tmp_path / f"{number}.csv"
        path.write_text(HEAD + "".join(f"{day},NA,Namibia,AFR,1,1,0,0\n" for day in listed))
        at = datetime(2023, 8, 20 + number, tzinfo=UTC)
        fetched = from_file(SOURCE, path, retrieved_at=at)
        snapshot = ParsedSnapshot(fetched=fetched, tables=readings(SOURCE, fetched.contents))
        [outcome] = publish(lake, SOURCE, [snapshot], at=at)
        verdicts.append(outcome.verdict)
    vault = VaultReader(lake, "who_cases")
    assert verdicts == ["new", "new"]
    assert state_of(vault, "cases", vault.find("latest")).height == 4
