"""
The rules that cells and rows are held to, each with a version and its kind.

Promises: a name means one thing for ever; whatever changes which rows break it raises its version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["unreadable", "implausible"]
"""
Unreadable: nobody can say what the row means, so it waits in quarantine. Implausible: it can be
read, so it is published with a flag, and the alert rules judge it.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `meaning`: what holds where it is kept."""

    name: str
    version: int
    kind: Kind
    meaning: str


RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        Rule("readable", 1, "unreadable", "a cell reads exactly as the type of its column"),
        Rule("known_country", 1, "unreadable", "ISO 3166 or our aliases know the country"),
        Rule("row_shape", 1, "unreadable", "a cell has the pattern that its source declares"),
        Rule("known_error", 1, "unreadable", "the publisher has not disowned the figure"),
        Rule("key_not_null", 1, "unreadable", "no part of the key is blank"),
        Rule("unique_key", 1, "unreadable", "no other row has the same key"),
        Rule("country_code", 1, "unreadable", "the code of a country is three capital letters"),
        Rule("clean_text", 1, "unreadable", "a text has no broken or control characters"),
        Rule("count_not_negative", 1, "implausible", "a count is 0 or more"),
        Rule("share_in_range", 1, "implausible", "a share of population is 0 to 20 doses a head"),
        Rule("price_in_range", 1, "implausible", "a dose costs more than 0 and up to 1,000 USD"),
        Rule("year_in_range", 1, "implausible", "a year is 1950 to 2100"),
        Rule("day_not_too_early", 1, "implausible", "a day is not before the matter began"),
        Rule("day_not_in_future", 1, "implausible", "a day is not after the snapshot's next day"),
        Rule("positives_within_tests", 1, "implausible", "no more positives than were tested"),
        Rule("new_within_cumulative", 1, "implausible", "no more new ones than there are in all"),
        Rule("deaths_within_cases", 1, "implausible", "no more deaths than cases"),
        Rule("last_within_first_dose", 1, "implausible", "at most 1.02 last doses a first dose"),
        Rule("booster_within_last_dose", 1, "implausible", "at most 1.02 boosters a last dose"),
        Rule("donated_within_pledged", 1, "implausible", "donated is at most 1.05 times pledged"),
        Rule(
            "delivered_within_shipped", 1, "implausible", "delivered is at most 1.05 times shipped"
        ),
    )
}
"""Every rule, by its name."""


def version_of(rule: str) -> int:
    """
    Return the version of a rule.

    >>> version_of("readable")
    1
    """
    return RULES[rule].version
