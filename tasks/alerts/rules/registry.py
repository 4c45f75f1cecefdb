"""All alert rules, in the order of docs/rules.md; whatever needs the rules reads this list."""

from typing import Final

from tasks.alerts.rules.falls.back_revision import R14
from tasks.alerts.rules.falls.counter_rule import R7
from tasks.alerts.rules.falls.disappearance import R13
from tasks.alerts.rules.falls.drawdown import R4
from tasks.alerts.rules.falls.promise_rules import R0, R1, R2
from tasks.alerts.rules.falls.swaps import R3
from tasks.alerts.rules.implausible.impossible_figures import R11
from tasks.alerts.rules.implausible.jumps import R19
from tasks.alerts.rules.implausible.positivity import R9
from tasks.alerts.rules.implausible.repeated_figures import R10
from tasks.alerts.rules.implausible.scale_slips import R12
from tasks.alerts.rules.implausible.totals import R16
from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.source_wide.schema_change import R18
from tasks.alerts.rules.source_wide.source_event import R17
from tasks.alerts.rules.stalls.silence import R8
from tasks.alerts.rules.stalls.unshipped import R5
from tasks.alerts.rules.stalls.unused import R6

RULES: Final[tuple[Rule, ...]] = (
    *(R0, R1, R2, R3, R4, R5, R6, R7, R8, R9),
    *(R10, R11, R12, R13, R14, R16, R17, R18, R19),
)
