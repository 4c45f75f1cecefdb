"""Figures in alert sentences: what each counts, for whom, and what a source showed."""

from datetime import datetime
from typing import Final

from schemas.validation_rules import FIGURE_NOUNS
from schemas.wording import UNSPECIFIED, Key, country, day, figure, percent, specified

DONE: Final = {
    "doses_announced": "announced for",
    "doses_allocated": "allocated to",
    "doses_pledged": "pledged to",
    "doses_shipped": "shipped to",
    "doses_delivered": "delivered to",
    "doses_donated": "donated to",
    "doses_administered": "administered in",
}
OF: Final = {"secured_share": "secured share of the population of"}


def subject(column: str, key: Key) -> str:
    """Return what a figure counts, and for whom.

    >>> subject("doses_allocated", {"iso3": "PRK", "product": "Covovax"})
    'doses of Covovax allocated to Korea, DPR (PRK)'
    >>> subject("people_last_dose", {"iso3": "PRK"})
    'people with the last dose in Korea, DPR (PRK)'
    """
    whom = country(str(key["iso3"]))
    if column not in DONE:
        parts = specified(key, "iso3")
        rest = f" ({', '.join(parts)})" if parts else ""
        if column in FIGURE_NOUNS:
            return f"{FIGURE_NOUNS[column]} in {whom}{rest}"
        return f"{OF.get(column, column.replace('_', ' ') + ' of')} {whom}{rest}"
    product, donor = (str(key.get(name, UNSPECIFIED)) for name in ("product", "donor"))
    of = "" if product == UNSPECIFIED else f" of {product}"
    by = "" if donor == UNSPECIFIED else f" by {donor}"
    return f"doses{of} {DONE[column]} {whom}{by}"


def amount(column: str, key: Key, value: float | None) -> str:
    """Return a figure with what it counts."""
    what = subject(column, key)
    if value is None:
        return f"no figure any more for {what}"
    is_count = column in DONE or column in FIGURE_NOUNS
    return f"{figure(value)} {what}" if is_count else f"{figure(value, column)} as {what}"


def statement(
    shown_by: str, column: str, *, key: Key, before: float | None, after: float | None, on: datetime
) -> str:
    """Return what the source showed, beside what it showed before; without the full stop."""
    shown = amount(column, key, after)
    change = f" ({percent((after - before) / before)})" if before and after is not None else ""
    earlier = f"{figure(before, column)} in the version before{change}"
    return f"{shown_by} showed {shown} on {day(on)}; {earlier}"
