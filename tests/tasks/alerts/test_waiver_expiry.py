from datetime import date

import pytest

from schemas.waivers import Waiver
from tasks.alerts.waiver_config import expired, expiring, waiver_notes


def waiver(expires: date, **key: str) -> Waiver:
    """Return a waiver of negative figures."""
    return Waiver(
        rule="R11",
        dataset="find_tests.tests",
        key=key,
        reason="Told to FIND.",
        owner="a@example.org",
        expires=expires,
    )


def test_an_expired_waiver_has_a_note_with_the_next_step() -> None:
    """Rule, place, owner and day are named; without a key there are no brackets."""
    known = waiver(date(2021, 12, 31), iso3="RWA")
    assert expired([known], date(2021, 12, 31)) == []
    [message] = expired([known], date(2022, 1, 1))
    assert message == (
        "Waiver of R11 on find_tests.tests (iso3 RWA), owner a@example.org, expired on 2021-12-31: "
        "what it silenced is reported again. Renew or remove it in vaxwatch.toml."
    )
    assert "on find_tests.tests, owner" in expired([waiver(date(2021, 12, 31))], date.max)[0]


@pytest.mark.parametrize(("days", "count"), [(0, 1), (14, 1), (15, 0), (-1, 0)])
def test_a_waiver_that_expires_within_14_days_has_a_note(days: int, count: int) -> None:
    """The last day counts; expired ones have another note."""
    known = waiver(date.fromordinal(date(2021, 12, 17).toordinal() + days))
    message = expiring([known], date(2021, 12, 17))
    assert len(message) == count
    assert all("expires on" in one for one in message)
    assert len(waiver_notes([known], date(2021, 12, 17))) == count + (days < 0)
