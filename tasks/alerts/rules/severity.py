"""Severity: the one scale on which every fall is measured, whatever the rule."""

from typing import Final

from schemas.alerts import SEVERITIES, Severity
from schemas.wording import is_share

HALF, FIFTH, TENTH, FIFTIETH = 0.50, 0.20, 0.10, 0.02
MILLION, QUARTER_MILLION, HUNDRED_THOUSAND = 1_000_000, 250_000, 100_000
TEN_THOUSAND, THOUSAND = 10_000, 1_000
SHARE_STEP: Final = 0.05
"""Least change of a share of population; replaces every threshold in doses."""
Scale = tuple[tuple[Severity, float, float], ...]
"""Severity, least fall [share of the figure before], least loss; the worst first."""
OF_DOSES: Final[Scale] = (
    ("critical", HALF, MILLION),
    ("high", FIFTH, HUNDRED_THOUSAND),
    ("medium", TENTH, TEN_THOUSAND),
    ("low", FIFTIETH, THOUSAND),
)
OF_SHARES: Final[Scale] = (("medium", TENTH, SHARE_STEP), ("low", FIFTIETH, SHARE_STEP))


def rank(severity: Severity) -> int:
    """Return how bad it is: 0 for info, 4 for critical."""
    return SEVERITIES.index(severity)


def at_most(severity: Severity, cap: Severity) -> Severity:
    """Return the severity, or the cap when that is lower.

    >>> at_most("critical", "high"), at_most("low", "high")
    ('high', 'low')
    """
    return min(severity, cap, key=rank)


def severity_of_fall(
    before: float, after: float | None, *, column: str, product: bool = False
) -> Severity | None:
    """Return the severity of a fall; None when it is too small for a finding.

    `before`, `after`: in the column's own unit; `before` above 0, `after` None when absent or not
    published any more. `column`: one that ends in `_share` is judged as a share. `product`: whether
    the figure is one product's, and not the country's total.
    """
    if not (after or product or is_share(column)) and before >= QUARTER_MILLION:
        return "critical"
    lost = before - (after or 0)
    for severity, fall, least in OF_SHARES if is_share(column) else OF_DOSES:
        if lost / before >= fall and lost >= least:
            return severity
    return None
