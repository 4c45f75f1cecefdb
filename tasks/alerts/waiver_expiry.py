"""
Lapses: what is told of waivers that no longer hold, or soon will not.

Promises: pure sentences, each with whom to ask and the next step; the day comes in as an argument.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from schemas.waivers import Waiver
from tasks.alerts.waiver_config import FILE

SOON: Final = timedelta(days=14)
"""What expires within this time is told beforehand."""


def expired(waivers: Iterable[Waiver], on: date) -> list[str]:
    """
    Return a sentence for each waiver that no longer holds on a day.

    >>> told = {"rule": "R11", "dataset": "find_tests.tests", "key": {"iso3": "RWA"}}
    >>> known = Waiver(**told, reason="Told.", owner="a@b.org", expires=date(2021, 12, 31))
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
    """Return a sentence for each waiver that holds on a day, but for no more than 14 days."""
    return [
        f"{waiver} expires on {waiver.expires}: what it silences is told again from the next day "
        f"on. Renew or remove it in {FILE}."
        for waiver in waivers
        if waiver.holds(on) and waiver.expires - on <= SOON
    ]


def waiver_notes(waivers: Iterable[Waiver], on: date) -> list[str]:
    """Return what a run has to tell about waivers: those that expired, then those that will."""
    listed = tuple(waivers)
    return [*expired(listed, on), *expiring(listed, on)]
