"""Severity: the one scale on which every fall is measured.

Promises: the same figures give the same severity in every rule; without a known population no
clause per head applies; a share of population is never worse than medium.
"""

from typing import Final

from schemas.alerts import SEVERITIES, Severity
from schemas.wording import is_share

HALF, FIFTH, TENTH, FIFTIETH = 0.50, 0.20, 0.10, 0.02
MILLION, QUARTER_MILLION, HUNDRED_THOUSAND, TEN_THOUSAND, THOUSAND = (
    1_000_000,
    250_000,
    100_000,
    10_000,
    1_000,
)
SHARE_STEP: Final = 0.05
"""Least change of a share of population; replaces every threshold in doses."""
PER_HEAD_HIGH: Final = 0.05
PER_HEAD_MEDIUM: Final = 0.01


def rank(severity: Severity | None) -> int:
    """Return how bad it is: -1 for none, 0 for info, 4 for critical.

    >>> rank(None), rank("info"), rank("critical")
    (-1, 0, 4)
    """
    return -1 if severity is None else SEVERITIES.index(severity)


def at_most(severity: Severity, cap: Severity) -> Severity:
    """Return the severity, or the cap when that is lower.

    >>> at_most("critical", "high"), at_most("low", "high")
    ('high', 'low')
    """
    return min(severity, cap, key=rank)


def severity_of_fall(
    before: float,
    after: float | None,
    *,
    column: str,
    product: bool = False,
    population: int | None = None,
) -> Severity | None:
    """Return the severity of a fall; None when it is too small for a finding.

    >>> severity_of_fall(8_115_600, 1_540_800, column="doses_allocated")
    'critical'
    >>> severity_of_fall(1_540_800, 1_288_800, column="doses_allocated")
    'medium'
    >>> severity_of_fall(252_000, 0, column="doses_allocated", product=True)
    'high'

    Args:
        before: The figure in the version before [the column's own unit], above 0.
        after: The figure now; None when it is absent or not published any more.
        column: The figure's name; one that ends in `_share` is judged as a share.
        product: Whether the figure is one product's, and not the country's total.
        population: Of the country [people]; None when not known.
    """
    lost = before - (after or 0)
    fall = lost / before
    if is_share(column):
        return _of_share(fall, lost)
    gone = not after
    per_head = lost / population if population else 0.0
    whole = gone and not product and before >= QUARTER_MILLION
    if whole or (fall >= HALF and lost >= MILLION):
        return "critical"
    if fall >= FIFTH and (lost >= HUNDRED_THOUSAND or per_head >= PER_HEAD_HIGH):
        return "high"
    if fall >= TENTH and (lost >= TEN_THOUSAND or per_head >= PER_HEAD_MEDIUM):
        return "medium"
    return "low" if fall >= FIFTIETH and lost >= THOUSAND else None


def _of_share(fall: float, lost: float) -> Severity | None:
    if lost < SHARE_STEP:
        return None
    if fall >= TENTH:
        return "medium"
    return "low" if fall >= FIFTIETH else None
