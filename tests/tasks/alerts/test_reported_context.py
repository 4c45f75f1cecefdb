"""What was reported near the time of an alert, as context beside it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tasks.alerts.reported_context import reports_near
from tests.alerts import CUT

DAY = CUT.as_of


def offers(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return offers, each a declined one to DPR Korea unless it says otherwise."""
    usual = {
        "offer_id": "1",
        "iso3": "PRK",
        "product": "Sinovac",
        "mechanism": "COVAX",
        "doses": 2_970_000,
        "status": "declined",
        "who": "its ministry of public health",
        "happened_on": DAY.date(),
        "source_url": "https://example.org/1",
    }
    return pl.DataFrame([usual | row for row in rows])


@pytest.mark.parametrize(("days", "is_near"), [(-61, False), (-60, True), (60, True), (61, False)])
def test_sixty_days_on_either_side_are_near(days: int, is_near: bool) -> None:  # noqa: FBT001
    """Counted from the day of the alert's vintage."""
    known = offers({"happened_on": DAY.date() + timedelta(days=days)})
    assert bool(reports_near(CUT, known)) == is_near


def test_only_reports_on_the_same_country_are_context() -> None:
    """An alert on many countries at once has none."""
    known = offers({"iso3": "HTI"})
    assert reports_near(CUT, known) == []
    assert reports_near(replace(CUT, key={}), known) == []
    assert len(reports_near(replace(CUT, key={"iso3": "HTI"}), known)) == 1


def test_the_sentence_begins_with_reported_and_names_the_address() -> None:
    """Oldest first; what nobody numbered or named is left out."""
    known = offers(
        {
            "offer_id": "2",
            "happened_on": date(2022, 2, 11),
            "doses": None,
            "product": "unspecified",
        },
        {},
    )
    first, second = reports_near(CUT, known)
    assert first["sentence"] == (
        "Reported for 10 Feb 2022: 2,970,000 doses of Sinovac declined, Korea, DPR (PRK); "
        "its ministry of public health. https://example.org/1"
    )
    assert second["sentence"].startswith("Reported for 11 Feb 2022: doses declined, Korea, DPR")
