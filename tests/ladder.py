"""The figures of one country, vintage by vintage, and what is found in them."""

from collections.abc import Sequence

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.record_findings import Judged
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of

CURRENT = Judged(1, lambda: True)
"""For findings that nothing has overtaken."""
LADDER = {
    "2021-11-29": 6_826_800,
    "2021-12-23": 8_115_600,
    "2022-02-10": 1_540_800,
    "2022-02-22": 1_288_800,
    "2022-04-01": 0,
    "2022-04-12": 1_828_800,
}


def found(
    days: Sequence[str],
    *,
    source: str = "unicef",
    iso3: str = "PRK",
    shown_by: str = "The dashboard",
) -> list[Finding]:
    """Return the findings in the ladder's vintages of these days."""
    states = {
        day: allocations([(iso3, "unspecified", LADDER[day])], "doses_allocated") for day in days
    }
    rule_input = rule_input_of(f"{source}.allocations", ALLOCATIONS, states)
    return evaluate([rule_input], shown_by=shown_by)
