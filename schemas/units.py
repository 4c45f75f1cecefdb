"""Units of figures, by the names of their columns."""

from typing import Final

from schemas.wording import is_share

SPECIAL: Final = {
    "coverage_share": "share of those due",
    "population": "people",
    "usd_per_dose": "US dollars",
}
"""Columns whose name does not begin with their unit."""


def unit_of(column: str) -> str:
    """Return the unit of a figure.

    >>> [unit_of(name) for name in ("doses_allocated", "secured_share", "population")]
    ['doses', 'share of population', 'people']
    """
    if column in SPECIAL:
        return SPECIAL[column]
    return "share of population" if is_share(column) else column.partition("_")[0]
