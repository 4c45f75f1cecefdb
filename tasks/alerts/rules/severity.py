"""Severity: the one scale on which every fall is measured, whatever the rule."""

from typing import Final

from schemas.alerts import SEVERITIES, Severity
from schemas.wording import is_share

GONE: Final = 250_000
"""A country's total of as many doses that goes to 0 or no figure is critical, whatever else."""
SHARE_STEP: Final = 0.05
"""Least change of a share of population; replaces every threshold in doses."""
Scale = tuple[tuple[Severity, float, float], ...]
"""Severity, least fall [share of the figure before], least loss; the worst first."""
OF_DOSES: Final[Scale] = (
    ("critical", 0.50, 1_000_000),
    ("high", 0.20, 100_000),
    ("medium", 0.10, 10_000),
    ("low", 0.02, 1_000),
)
OF_SHARES: Final[Scale] = (("medium", 0.10, SHARE_STEP), ("low", 0.02, SHARE_STEP))


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
    if not (after or product or is_share(column)) and before >= GONE:
        return "critical"
    lost = before - (after or 0)
    for severity, fall, least in OF_SHARES if is_share(column) else OF_DOSES:
        if lost / before >= fall and lost >= least:
            return severity
    return None
