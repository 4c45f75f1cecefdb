"""Severity: the one scale on which every fall is measured, whatever the rule."""

from typing import Final, NamedTuple

from schemas.alerts import SEVERITIES, Severity
from schemas.population import populations
from schemas.wording import is_share

GONE: Final = 250_000
"""A country's total of as many that goes to 0 or no figure is critical, whatever else."""
SHARE_STEP: Final = 0.05
"""Least change of a share of population for a finding; replaces every threshold in doses."""


class Level(NamedTuple):
    """A fall of at least `fall` [share of before], and of `amount` or of `per_head` [a head]."""

    severity: Severity
    fall: float
    amount: float
    per_head: float | None = None


SCALE: Final = (
    Level("critical", 0.50, 1_000_000),
    Level("high", 0.20, 100_000, 0.05),
    Level("medium", 0.10, 10_000, 0.01),
    Level("low", 0.02, 1_000),
)
"""The worst first."""


def rank(severity: Severity) -> int:
    """Return how bad it is: 0 for info, 4 for critical."""
    return SEVERITIES.index(severity)


def at_most(severity: Severity, cap: Severity) -> Severity:
    """Return the severity, or the cap when that is lower.

    >>> at_most("critical", "high"), at_most("low", "high")
    ('high', 'low')
    """
    return min(severity, cap, key=rank)


def raised(severity: Severity, cap: Severity) -> Severity:
    """Return the next worse severity, up to the cap; info stays.

    >>> raised("medium", "critical"), raised("high", "high"), raised("info", "high")
    ('high', 'high', 'info')
    """
    worse = SEVERITIES[min(rank(severity) + 1, rank(cap))]
    return severity if severity == "info" else max(severity, worse, key=rank)


def in_doses(value: float, *, column: str, iso3: str) -> float:
    """Return a figure in its own unit; a share of population in doses, 0 without a population."""
    return value * populations().get(iso3, 0) if is_share(column) else value


def severity_of_fall(
    before: float, after: float | None, *, column: str, iso3: str = "", product: bool = False
) -> Severity | None:
    """Return the severity of a fall; None when it is too small for a finding.

    `before`, `after`: in the column's own unit; `before` above 0, `after` None when absent or not
    published any more. `column`: one that ends in `_share` is in doses a head, and judged in doses
    where the population is known. `iso3`: the country, '' for several; by its population the loss
    per head counts, too. `product`: whether the figure is one product's, and not the country's
    total.
    """
    fall = before - (after or 0)
    lost, known = (in_doses(value, column=column, iso3=iso3) for value in (fall, before))
    people = populations().get(iso3)
    per_head = fall if is_share(column) else lost / people if people else 0.0
    if not (after or product) and known >= GONE:
        return "critical"
    for level in SCALE:
        is_enough = lost >= level.amount or per_head >= (level.per_head or float("inf"))
        if fall / before >= level.fall and is_enough:
            return level.severity
    return None
