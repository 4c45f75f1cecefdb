"""The rules R0, R1 and R2 on promises; `tasks.alerts.rules.promises` judges."""

from typing import Final

from tasks.alerts.rules.figure_changes import NOTABLE, NOTABLE_DOSES, SMALLEST_BASE, WITHDRAWN_DOSES
from tasks.alerts.rules.promises import BACK_WITHIN, FALL, RISE, STEADY
from tasks.alerts.rules.rule import Judge, Parameter, Rule
from tasks.alerts.rules.severity import SHARE_STEP


def _judge(rule: str) -> Judge:
    return lambda source, _: [
        episode
        for dataset in source.country_datasets()
        for name, episode in dataset.promise_findings
        if name == rule
    ]


BACK_PARAMETER: Final = Parameter(
    BACK_WITHIN, "a figure this near to the one before is back", "share"
)
_DOSES: Final = "least change in doses"
_SHARE: Final = "the same for a share of population"
_STEADY: Final = Parameter(
    STEADY, "while the country's total moves less, a single row is at most medium", "share"
)
R0: Final = Rule(
    id="R0",
    grain="country",
    family=RISE,
    severities=("info",),
    judge=_judge("R0"),
    parameters={
        "least_rise": Parameter(NOTABLE, "least rise against the version before", "share"),
        "least_doses": Parameter(NOTABLE_DOSES, _DOSES),
        "least_share": Parameter(SHARE_STEP, _SHARE, "share"),
    },
)
R1: Final = Rule(
    id="R1",
    grain="country",
    family=FALL,
    severities=("low", "medium", "high", "critical"),
    judge=_judge("R1"),
    parameters={
        "least_fall": Parameter(NOTABLE, "least fall against the version before", "share"),
        "least_doses": Parameter(NOTABLE_DOSES, _DOSES),
        "least_share": Parameter(SHARE_STEP, _SHARE, "share"),
        "smallest_doses_before": Parameter(SMALLEST_BASE, "smaller figures before are not judged"),
        "back_within": BACK_PARAMETER,
        "steady_total_within": _STEADY,
    },
)
R2: Final = Rule(
    id="R2",
    grain="country",
    family=FALL,
    severities=("low", "medium", "high", "critical"),
    judge=_judge("R2"),
    parameters={
        "least_doses_before": Parameter(WITHDRAWN_DOSES, "least doses in the version before"),
        "least_share_before": Parameter(SHARE_STEP, _SHARE, "share"),
        "steady_total_within": _STEADY,
    },
)
