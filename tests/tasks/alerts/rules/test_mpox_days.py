"""Sixty days of a mpox table: corrections, silences and a restatement, and no other alert."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import polars as pl

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import rule_input_of

FIRST = date(2025, 1, 1)
BEFORE, DAYS = 90, 60
CODES = (
    *("UGA", "RWA", "COD", "BDI", "KEN", "ZMB", "CAF", "COG", "GHA", "NGA"),
    *("CIV", "LBR", "MWI", "ZAF", "AGO", "TZA", "SLE", "GIN", "CMR", "GAB"),
    *("BRA", "USA", "MEX", "PER", "COL", "ITA", "ESP", "DEU", "FRA", "GBR"),
    *("THA", "CHN", "JPN", "AUS", "OMN"),
)
CORRECTED, SILENT, RESTATED = "UGA", "MWI", CODES[20:30]
CORRECTION, SILENCE, RESTATEMENT = 20, 5, 40
"""Days of the table on which Uganda's total falls, Malawi reports last, ten countries fall."""


def total(code: str, day: int) -> int:
    """Return the cases until a day, which grow a little unevenly and never alike."""
    place = CODES.index(code)
    return 9_000 + 731 * place + (40 + 3 * place) * day + (day * (place + 3) % 7)


def figure(code: str, day: int, shown: int) -> int:
    """Return the cases until a day as the table of a later day shows them."""
    factor = 0.7 if code == CORRECTED and shown >= CORRECTION else 1.0
    factor *= 0.6 if code in RESTATED and shown >= RESTATEMENT else 1.0
    return round(total(code, day) * factor)


def rows(shown: int) -> Iterator[tuple[str, date, int]]:
    """Yield the table of a day: every country on every day since the beginning."""
    for code in CODES:
        last = min(shown, SILENCE) if code == SILENT else shown
        for day in range(-BEFORE, last + 1):
            yield code, FIRST + timedelta(days=day), figure(code, day, shown)


@cache
def found() -> tuple[Finding, ...]:
    """Return what all rules find."""
    names = ["iso3", "observed_on", "cases_cumulative"]
    tables = {
        str(FIRST + timedelta(days=shown)): pl.DataFrame(list(rows(shown)), names, orient="row")
        for shown in range(DAYS)
    }
    given = [rule_input_of("who_mpox.cases", ("iso3", "observed_on"), tables)]
    return tuple(evaluate(given, shown_by="WHO's mpox table"))


def named(one: Finding) -> tuple[str, str | None]:
    """Return the rule and the country of a finding."""
    return one.rule, str(one.key["iso3"]) if "iso3" in one.key else None


def test_each_thing_that_happened_is_one_alert_and_nothing_else() -> None:
    """A correction, a silence, a restatement of ten countries as one group."""
    alone = [one for one in found() if one.group is None]
    assert sorted(map(named, alone), key=str) == [("R17", None), ("R7", CORRECTED), ("R8", SILENT)]


def test_the_correction_is_reported_on_its_day() -> None:
    """Delay 0, with both figures."""
    [one] = [one for one in found() if named(one) == ("R7", CORRECTED)]
    opened = one.events[0]
    assert opened.as_of.date() == FIRST + timedelta(days=CORRECTION)
    assert opened.after == figure(CORRECTED, CORRECTION, CORRECTION)


def test_the_group_has_every_country_of_the_restatement() -> None:
    """Ten of 35, in a sentence that a reader understands."""
    [one] = [one for one in found() if one.rule == "R17"]
    assert "10 of 35 countries" in one.events[0].sentence
