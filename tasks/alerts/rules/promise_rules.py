"""The rules R0, R1 and R2 on promises; `tasks.alerts.rules.promises` judges."""

from typing import Final

from tasks.alerts.rules.figure_changes import NOTABLE, NOTABLE_DOSES, SMALLEST_BASE, WITHDRAWN_DOSES
from tasks.alerts.rules.promises import BACK_WITHIN, FALL, RISE, STEADY
from tasks.alerts.rules.rule import Judge, Parameter, Rule
from tasks.alerts.rules.severity import SHARE_STEP


def _judge(rule: str) -> Judge:
    return lambda source: [
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
    title="new or raised",
    grain="country",
    family=RISE,
    severities=("info",),
    judge=_judge("R0"),
    parameters={
        "least_rise": Parameter(NOTABLE, "least rise against the version before", "share"),
        "least_doses": Parameter(NOTABLE_DOSES, _DOSES),
        "least_share": Parameter(SHARE_STEP, _SHARE, "share"),
    },
    means="""\
A promise appears, or rises, against the version before. The first version of a source, and
countries that come into its scope, raise nothing.""",
    check="`history` shows whether the figure only came back to where it had been.",
    causes="""\
A new round; a figure that comes back after it was missing; one product that takes the place of
another (the sentence then says that the country's total stayed the same).""",
)
R1: Final = Rule(
    id="R1",
    title="cut",
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
    means="""\
A promise is lower than in the version before, but not gone. `parts` in the evidence are the rows
that make it up; the sentence names those at 0 or without a figure. If the peak was higher than the
version before, the sentence also gives the drawdown from the peak. A row that falls while the
country's total stays where it was is at most `medium`, and its sentence says so: the product may
just have another name.""",
    check="""\
Compare the sum of the rows with the country's total; see whether other countries gained as much in
the same version.""",
    causes="""\
Doses handed to another country or round; another period (June instead of May); a product that moved
to another row; an offer that was declined or postponed; a fault of the page.""",
)
R2: Final = Rule(
    id="R2",
    title="withdrawn",
    grain="country",
    family=FALL,
    severities=("low", "medium", "high", "critical"),
    judge=_judge("R2"),
    parameters={
        "least_doses_before": Parameter(WITHDRAWN_DOSES, "least doses in the version before"),
        "least_share_before": Parameter(SHARE_STEP, _SHARE, "share"),
        "steady_total_within": _STEADY,
    },
    means="""\
A promise falls to 0, or has no figure any more. Reverted as soon as the next version shows more
than 0.""",
    check="""\
The sentence distinguishes 0 from no figure. Whether doses had been delivered before is not
considered.""",
    causes="""\
An offer that was withdrawn or declined; doses that were delivered and no longer count as promised;
a row that is missing by mistake; a product under another name (at most `medium` while the country's
total stays).""",
)
