"""The registry of marts: an explicit tuple, in the order in which they are built."""

from typing import Final

from schemas import figure_marts
from tasks.marts import country_totals, offer_events, promise_steps
from tasks.marts.mart import Mart

MARTS: Final[tuple[Mart, ...]] = (
    Mart(
        name="country_totals",
        model=figure_marts.CountryTotals,
        build=country_totals.country_totals,
        tables=country_totals.TABLES,
        is_by_source=True,
    ),
    Mart(
        name="promise_steps",
        model=figure_marts.PromiseSteps,
        build=promise_steps.promise_steps,
        tables=country_totals.TABLES,
        reads_alerts=True,
        is_by_source=True,
    ),
    Mart(
        name="offers",
        model=figure_marts.OfferEvents,
        build=offer_events.offer_events,
        tables=frozenset({"offers"}),
        is_by_source=True,
    ),
)
"""Every mart. One that is built from another comes after it."""
