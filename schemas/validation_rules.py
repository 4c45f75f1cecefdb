"""Names of the rules that cells and rows are checked against, each with a version and a kind.

Promises: a name never changes its description; whatever changes which rows break a rule raises its
version. These rules judge one row; alert rules (`tasks.alerts.rules`) compare vintages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["unreadable", "implausible"]
"""
Unreadable: the row cannot be interpreted, so it is quarantined. Implausible: it can be read, so it
is published with a flag, and the alert rules judge it.
"""


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """One rule. `description`: what holds in a row that passes."""

    name: str
    version: int
    kind: Kind
    description: str


_STATEMENTS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "unreadable": {
        "readable": "a cell reads exactly as the type of its column",
        "known_country": "ISO 3166 or our aliases know the country",
        "row_shape": "a cell has the pattern that its source declares",
        "known_error": "the publisher has not disowned the figure",
        "key_not_null": "no part of the key is blank",
        "unique_key": "no other row has the same key",
        "country_code": "the code of a country is three capital letters",
        "clean_text": "a text has no broken or control characters",
    },
    "implausible": {
        "count_not_negative": "a count is 0 or more",
        "share_in_range": "a share of population is 0 to 20 doses a head",
        "price_in_range": "a dose costs more than 0 and up to 1,000 USD",
        "year_in_range": "a year is 1950 to 2100",
        "day_not_too_early": "a day is not before the matter began",
        "day_not_in_future": "a day is not after the snapshot's next day",
        "positives_within_tests": "no more positives than were tested",
        "new_within_cumulative": "no more new ones than there are in all",
        "deaths_within_cases": "no more deaths than cases",
        "last_within_first_dose": "at most 1.02 last doses a first dose",
        "booster_within_last_dose": "at most 1.02 boosters a last dose",
        "donated_within_pledged": "donated is at most 1.05 times pledged",
        "delivered_within_shipped": "delivered is at most 1.05 times shipped",
    },
}
VERSIONS: Final[Mapping[str, int]] = {}
"""Rules whose version is above 1."""
VALIDATION_RULES: Final[Mapping[str, ValidationRule]] = {
    name: ValidationRule(name, VERSIONS.get(name, 1), kind, description)
    for kind, statements in _STATEMENTS.items()
    for name, description in statements.items()
}
"""Every validation rule by its name."""
