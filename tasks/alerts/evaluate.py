"""
Detect: what the rules find in the vintages of one source.

Promises: a pure function of the vintages; what it says of a vintage is the same however many later
ones it is given; the same vintages give the same findings, in the same order. Of a vintage that is
held back one alert says so, and what is seen in it; a release makes it one like the others, with
the same findings whenever it is released.
"""

from collections.abc import Sequence

from schemas.alerts import Finding
from tasks.alerts.rules.accepted_vintages import sound
from tasks.alerts.rules.drawdown import drawdown_findings
from tasks.alerts.rules.grains import compared, moves, totals, with_context
from tasks.alerts.rules.grouping import with_storms
from tasks.alerts.rules.held_vintage import held_findings
from tasks.alerts.rules.negative_counts import negative_findings
from tasks.alerts.rules.positivity import positivity_findings
from tasks.alerts.rules.promises import promise_findings
from tasks.alerts.rules.relations import relation_findings
from tasks.alerts.rules.row_count import row_findings
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.schema_change import drift_findings
from tasks.alerts.rules.schema_input import SchemaObservation
from tasks.alerts.rules.thresholds import PROMISES
from tasks.alerts.rules.timeline import timeline_of


def evaluate(
    rule_inputs: Sequence[RuleInput],
    *,
    shown_by: str,
    schema_observations: Sequence[SchemaObservation] = (),
) -> list[Finding]:
    """
    Return everything that all rules find in all datasets of one source, oldest first.

    Args:
        rule_inputs: One per dataset, with all vintages up to the one that is judged.
        shown_by: The source in words that begin a sentence: "UNICEF's dashboard".
        schema_observations: In which shape each snapshot came, those that were refused among them.

    Returns:
        One finding per episode, with its whole life so far, sorted by the time it opened.
    """
    found = [
        finding
        for rule_input in rule_inputs
        for finding in _of_dataset(sound(rule_input), shown_by)
    ]
    held = held_findings(rule_inputs, shown_by=shown_by)
    return sorted(
        [*found, *held, *drift_findings(schema_observations, shown_by=shown_by)], key=_order
    )


def _of_dataset(rule_input: RuleInput, shown_by: str) -> list[Finding]:
    timeline = timeline_of(rule_input, shown_by)
    whole = row_findings(timeline)
    if "iso3" not in rule_input.key:  # the rules on figures judge countries
        return whole
    rows = moves(rule_input, PROMISES)
    country = totals(rows, rule_input.key)
    known = with_context(country, ["iso3"])
    findings = [
        *promise_findings(timeline, with_context(rows, rule_input.key), known),
        *drawdown_findings(timeline, known),
        *negative_findings(timeline, rule_input),
        *relation_findings(timeline, rule_input),
    ]
    return [
        *with_storms(timeline, findings, compared=compared(rows, country)),
        *whole,
        *positivity_findings(timeline, rule_input),
    ]


def _order(finding: Finding) -> tuple[object, ...]:
    opened = finding.events[0]
    what = finding.dataset, finding.rule, finding.about, finding.column or ""
    return opened.as_of, opened.id, *what, str(sorted(finding.key.items()))
