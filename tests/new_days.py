"""Tables of countries and days whose versions each show new days, for so many countries."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl

from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.rule_inputs import rule_input_of

BEGIN = date(2022, 1, 2)
CODES = [f"X{a}{b}" for a in "ABCDE" for b in "ABCDEFGHIJ"]
KEY = ("iso3", "observed_on")
SCHEMA = {"iso3": pl.String, "observed_on": pl.Date, "doses_administered": pl.Int64}
Shown = Sequence[tuple[int, int]]
"""Of a version: number of a day from BEGIN on, and how many countries it has for it."""


def states_of(shown: Sequence[Shown], every: float = 7) -> dict[datetime, pl.DataFrame]:
    """Return tables that each have what those before had, and more of some days, by time."""
    cells: dict[tuple[str, int], int] = {}
    states: dict[datetime, pl.DataFrame] = {}
    for number, days in enumerate(shown):
        for day, count in days:
            cells |= {(iso3, day): 1_000 * (day + 1) for iso3 in CODES[:count]}
        rows = [(iso3, BEGIN + timedelta(days=day), doses) for (iso3, day), doses in cells.items()]
        as_of = datetime(2022, 1, 3, tzinfo=UTC) + timedelta(days=every * number)
        states[as_of] = pl.DataFrame(sorted(rows), schema=SCHEMA, orient="row")
    return states


def versions(shown: Sequence[Shown], every: float = 7) -> RuleInput:
    """Return the rule input of `states_of`."""
    states = {
        at.replace(tzinfo=None).isoformat(): one for at, one in states_of(shown, every).items()
    }
    return rule_input_of("s.vaccinations", KEY, states)


def weekly(counts: Sequence[int]) -> RuleInput:
    """Return weekly versions, each with one new day of so many countries."""
    return versions([[(7 * number, count)] for number, count in enumerate(counts)])
