"""Figures in alert sentences: what each counts, for whom, and what a source showed."""

from datetime import datetime
from typing import Final

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
FIGURE_NOUNS: Final = {
    "cases_cumulative": "cases",
    "cases_new": "new cases",
    "coverage_share": "coverage",
    "deaths_cumulative": "deaths",
    "deaths_new": "new deaths",
    "doses_administered": "doses administered",
    "doses_delivered": "doses delivered",
    "doses_delivered_new": "doses delivered in a month",
    "doses_donated": "doses donated",
    "doses_pledged": "doses pledged",
    "doses_shipped": "doses shipped",
    "people": "population",
    "people_booster": "people with a booster",
    "people_first_dose": "people with a first dose",
    "people_last_dose": "people with the last dose",
    "people_tested_cumulative": "people tested",
    "people_tested_new": "people newly tested",
    "positives_cumulative": "positives",
    "positives_new": "new positives",
    "samples_tested_cumulative": "samples tested",
    "samples_tested_new": "samples newly tested",
    "specimens_processed_new": "specimens processed",
    "tests_performed_cumulative": "tests",
    "tests_performed_new": "new tests",
}
"""Nouns of the figures in sentences."""
OF: Final = {"secured_share": "secured share of the population of"}


def noun(column: str) -> str:
    """Return what a figure counts, for whomever.

    >>> noun("cases_cumulative"), noun("doses_allocated")
    ('cases', 'doses allocated')
    """
    return FIGURE_NOUNS.get(column, column.replace("_", " "))


def counted(column: str | None, unit: str | None) -> str:
    """Return what the figure of an alert counts; `unit`: of one that is about a whole table.

    >>> counted("cases_cumulative", "people"), counted(None, "countries"), counted(None, "rows")
    ('cases', 'countries on the newest day', 'rows')
    """
    if column:
        return noun(column)
    return "countries on the newest day" if unit == "countries" else "rows"


def whom(key: Key) -> str:
    """Return the country of a key, with whatever else the key specifies.

    >>> whom({"iso3": "PRK", "product": "Covovax", "mechanism": "unspecified"})
    'Korea, DPR (PRK) (Covovax)'
    """
    rest = specified(key, "iso3")
    return country(str(key["iso3"])) + (f" ({', '.join(rest)})" if rest else "")


def subject(column: str, key: Key) -> str:
    """Return what a figure counts, and for whom.

    >>> subject("doses_allocated", {"iso3": "PRK", "product": "Covovax"})
    'doses of Covovax allocated to Korea, DPR (PRK)'
    >>> subject("people_last_dose", {"iso3": "PRK"})
    'people with the last dose in Korea, DPR (PRK)'
    """
    if column in FIGURE_NOUNS and column not in DONE:
        return f"{noun(column)} in {whom(key)}"
    if column not in DONE:
        return f"{OF.get(column, noun(column) + ' of')} {whom(key)}"
    product, donor = (str(key.get(name, UNSPECIFIED)) for name in ("product", "donor"))
    of = "" if product == UNSPECIFIED else f" of {product}"
    by = "" if donor == UNSPECIFIED else f" by {donor}"
    return f"doses{of} {DONE[column]} {country(str(key['iso3']))}{by}"


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
