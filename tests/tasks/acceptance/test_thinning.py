"""Series with fewer days than before: published, and not mistaken for a loss."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import Outcome
from tasks.acceptance.thinning import long_figures, thinning
from tasks.alerts.update_alerts import update_alerts
from tasks.sources import source_named
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import commit
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.tasks.acceptance.bodies import COUNTRIES, DAY
from tests.thorough import examples

KEY = ("iso3", "observed_on")
HEAD = "Date_reported,Country_code,New_cases,Cumulative_cases,New_deaths,Cumulative_deaths"
SOURCE = source_named("who_cases")
START = date(2020, 1, 5)
LENGTH = 140


def body(days: range, *, factor: float = 1.0, codes: int = 20) -> bytes:
    """Return WHO's table with these days after the start, of so many countries.

    `factor`: what running totals are multiplied by.
    """
    lines = [
        f"{START + timedelta(days=n)},{code},0,{round((n + 1) * factor)},0,{round(n * factor) // 9}"
        for code in COUNTRIES[:codes]
        for n in days
    ]
    return "\n".join([HEAD, *lines, ""]).encode()


@pytest.fixture
def lake() -> MemoryStore:
    """Return an empty lake."""
    return MemoryStore()


@pytest.fixture
def taken(lake: MemoryStore, tmp_path: Path) -> Callable[[int, bytes], Outcome]:
    """Return how a body of so many days later is published."""

    def one(day: int, body: bytes) -> Outcome:
        path = tmp_path / "at_hand.csv"
        path.write_bytes(body)
        fetched = from_file(SOURCE, path, retrieved_at=DAY + timedelta(days=day))
        return commit(lake, SOURCE, [parse_fetched(SOURCE, fetched)], at=now(day))[0]

    return one


def now(day: int) -> datetime:
    """Return an instant of that day."""
    return DAY + timedelta(days=day, hours=1)


@pytest.mark.parametrize("step", [2, 7, 28])
def test_a_thinner_series_is_published_and_is_one_low_alert(
    lake: MemoryStore, taken: Callable[[int, bytes], Outcome], step: int
) -> None:
    """Daily to weekly; the running totals on the days that remain are the same."""
    taken(0, body(range(LENGTH)))
    outcome = taken(1, body(range(0, LENGTH, step)))
    assert outcome.verdict == "new"
    assert any(f"One row in {step} days is left" in note for note in outcome.notes)
    vault = VaultReader(lake, SOURCE.name)
    alerts = update_alerts(vault, SOURCE, at=now(1), origin="live", in_force=()).alerts
    [jump] = [one for one in alerts if one.rule == "R17"]
    assert jump.severity == "low"
    assert "nothing of it was taken back" in jump.sentence


@pytest.mark.parametrize(
    ("why", "after"),
    [
        ("the last third is gone", body(range(95))),
        ("the first third is gone", body(range(45, LENGTH))),
        ("the middle is gone", body(range(40)) + body(range(100, LENGTH)).split(b"\n", 1)[1]),
        ("weekly, and the last third is gone", body(range(0, 95, 7))),
        ("weekly, and the totals are others", body(range(0, LENGTH, 7), factor=0.8)),
        ("weekly, and every third country is gone", body(range(0, LENGTH, 7), codes=13)),
        ("one day in sixty is left", body(range(0, LENGTH, 60))),
    ],
)
def test_a_loss_is_held_as_before(
    taken: Callable[[int, bytes], Outcome], why: str, after: bytes
) -> None:
    """Also one that comes together with a thinning."""
    taken(0, body(range(LENGTH)))
    assert taken(1, after).verdict == "held", why


def test_a_source_that_turns_back_to_days_is_not_held(
    taken: Callable[[int, bytes], Outcome],
) -> None:
    """More days than before take nothing away."""
    taken(0, body(range(0, LENGTH, 7)))
    assert taken(1, body(range(LENGTH))).verdict == "new"


@settings(max_examples=examples(50), deadline=None)
@given(step=st.integers(2, 31), phase=st.integers(0, 30), length=st.integers(63, 400))
def test_every_day_that_lies_between_remaining_days_is_thinned_out(
    step: int, phase: int, length: int
) -> None:
    """Whatever day of the week remains; nothing else counts as thinned out."""
    phase %= step
    days = parsed(body(range(length), codes=2))
    left = parsed(body(range(phase, length, step), codes=2))
    found = thinning(days, left, KEY)
    assert found is not None
    assert found.step == timedelta(days=step)
    assert found.gone.height == 2 * (length - len(range(phase, length, step)))
    assert thinning(left, days, KEY) is None
    assert thinning(days, days, KEY) is None


def parsed(raw: bytes) -> pl.DataFrame:
    """Return the figures of a body, as `thinning` takes them."""
    fetched = SOURCE.parse({"main": raw})["cases"]
    frame = fetched.select(
        iso3=fetched["Country_code"],
        observed_on=fetched["Date_reported"].str.to_date(),
        cases_cumulative=fetched["Cumulative_cases"].cast(int),
        cases_new=fetched["New_cases"].cast(int),
    )
    return long_figures(frame, KEY)
