"""Notes on waivers that have expired or soon will, each with the owner and the next step."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from schemas.waivers import Waiver
from tasks.alerts.waiver_config import FILE

SOON: Final = timedelta(days=14)
"""Waivers that expire within this time are announced."""


def expired(waivers: Iterable[Waiver], on: date) -> list[str]:
    """Return a sentence for each waiver that has expired on a day.

    >>> about = {"rule": "R11", "dataset": "find_tests.tests", "key": {"iso3": "RWA"}}
    >>> known = Waiver(**about, reason="Known.", owner="a@b.org", expires=date(2021, 12, 31))
    >>> expired([known], date(2022, 1, 1))[0][:77]
    'Waiver of R11 on find_tests.tests (iso3 RWA), owner a@b.org, expired on 2021-'
    """
    return [
        f"{waiver} expired on {waiver.expires}: what it silenced is told again. "
        f"Renew or remove it in {FILE}."
        for waiver in waivers
        if not waiver.holds(on)
    ]


def expiring(waivers: Iterable[Waiver], on: date) -> list[str]:
    """Return a sentence for each waiver that expires within 14 days of a day."""
    return [
        f"{waiver} expires on {waiver.expires}: what it silences is told again from the next day "
        f"on. Renew or remove it in {FILE}."
        for waiver in waivers
        if waiver.holds(on) and waiver.expires - on <= SOON
    ]


def waiver_notes(waivers: Iterable[Waiver], on: date) -> list[str]:
    """Return the notes on expired waivers, then those on waivers that expire soon."""
    listed = tuple(waivers)
    return [*expired(listed, on), *expiring(listed, on)]
