"""The thresholds of R0, R1 and R2, which are judged together: one key gets at most one of them."""

from collections.abc import Mapping
from typing import Final

from schemas.rule_settings import RuleSettings, Thresholds
from tasks.alerts.rules.model.parameter import Parameter, Parameters, thresholds_of
from tasks.alerts.rules.model.severity import SHARE_STEP
from tasks.alerts.rules.reading.figure_changes import (
    NOTABLE,
    NOTABLE_DOSES,
    SMALLEST_BASE,
    WITHDRAWN_DOSES,
)

BACK_WITHIN: Final = 0.02
STEADY: Final = 0.02
"""While a country's total moves less, the fall of a single row is at most medium."""
BACK_PARAMETER: Final = Parameter(
    BACK_WITHIN, "a figure this near to the one before is back", "share"
)
_DOSES: Final = "least change in doses"
_SHARE: Final = "the same for a share of population"
STEADY_PARAMETER: Final = Parameter(
    STEADY, "while the country's total moves less, a single row is at most medium", "share"
)
PROMISE_PARAMETERS: Final[Mapping[str, Parameters]] = {
    "R0": {
        "least_rise": Parameter(NOTABLE, "least rise against the version before", "share"),
        "least_doses": Parameter(NOTABLE_DOSES, _DOSES),
        "least_share": Parameter(SHARE_STEP, _SHARE, "share"),
    },
    "R1": {
        "least_fall": Parameter(NOTABLE, "least fall against the version before", "share"),
        "least_doses": Parameter(NOTABLE_DOSES, _DOSES),
        "least_share": Parameter(SHARE_STEP, _SHARE, "share"),
        "smallest_doses_before": Parameter(SMALLEST_BASE, "smaller figures before are not judged"),
        "back_within": BACK_PARAMETER,
        "steady_total_within": STEADY_PARAMETER,
    },
    "R2": {
        "least_doses_before": Parameter(WITHDRAWN_DOSES, "least doses in the version before"),
        "least_share_before": Parameter(SHARE_STEP, _SHARE, "share"),
        "steady_total_within": STEADY_PARAMETER,
    },
}
"""By id of the rule."""


def promise_thresholds(settings: RuleSettings) -> Mapping[str, Thresholds]:
    """Return the thresholds in force, by id of the rule."""
    return {rule: thresholds_of(rule, own, settings) for rule, own in PROMISE_PARAMETERS.items()}
