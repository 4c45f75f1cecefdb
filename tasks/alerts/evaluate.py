"""Evaluate all alert rules on the vintages of one source.

Promises: pure; what it finds up to a vintage does not depend on later ones; the same vintages give
the same findings, in the same order. Held vintages are reported by one finding; a released one is
judged like any other, whenever it is released.
"""

from collections.abc import Sequence

from schemas.alerts import Finding
from tasks.alerts.rules.findings import finding_of
from tasks.alerts.rules.grouping import grouped
from tasks.alerts.rules.registry import RULES
from tasks.alerts.rules.rule import Rule
from tasks.alerts.rules.rule_context import SourceContext
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.schema_observation import SchemaObservation


def evaluate(
    rule_inputs: Sequence[RuleInput],
    *,
    shown_by: str,
    schema_observations: Sequence[SchemaObservation] = (),
    rules: Sequence[Rule] = RULES,
) -> list[Finding]:
    """Return everything that the rules find in all datasets of one source, oldest first.

    Args:
        rule_inputs: One per dataset, with all vintages up to the one that is judged.
        shown_by: The source as the subject of a sentence: "UNICEF's dashboard".
        schema_observations: One per snapshot, refused ones included, in the order of time.
        rules: The rules to evaluate.

    Returns:
        One finding per episode, with its whole life so far, sorted by the time it opened.
    """
    source = SourceContext(
        shown_by=shown_by, rule_inputs=rule_inputs, schema_observations=schema_observations
    )
    found = [(rule, episode) for rule in rules for episode in rule.judge(source)]
    findings = [finding_of(rule, episode) for rule, episode in grouped(source, found)]
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    opened = finding.events[0]
    what = finding.dataset, finding.rule, finding.about, finding.column or ""
    return opened.as_of, opened.id, *what, str(sorted(finding.key.items()))
