"""Evaluate all alert rules on what is known of a source: pure, and found in one order.

What the rules find up to a vintage depends on no later one.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from schemas.alerts import Finding, Severity
from schemas.rule_settings import DEFAULTS, RuleSettings
from tasks.alerts.flapping import with_unstable
from tasks.alerts.rules.combining.common_evidence import CommonEvidence
from tasks.alerts.rules.combining.companions import with_companions
from tasks.alerts.rules.combining.exact_findings import with_exact_figures
from tasks.alerts.rules.combining.grouping import grouped
from tasks.alerts.rules.combining.one_matter import one_matter
from tasks.alerts.rules.falls.unparsable_rows import with_last_reading
from tasks.alerts.rules.model.episode import Episode
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.model.rule_finding import finding_of
from tasks.alerts.rules.model.severity import raised, rank
from tasks.alerts.rules.reading.rule_input import RuleInput, SchemaObservation
from tasks.alerts.rules.registry import RULES


def evaluate(
    rule_inputs: Sequence[RuleInput],
    *,
    shown_by: str,
    schema_observations: Sequence[SchemaObservation] = (),
    rules: Sequence[Rule] = RULES,
    settings: RuleSettings = DEFAULTS,
    after: datetime | None = None,
) -> list[Finding]:
    """Return everything that the rules find in all datasets of one source, oldest first.

    `rule_inputs`: one per dataset, with all vintages up to the one that is judged. `shown_by`: the
    source as the subject of a sentence. `schema_observations`: one per snapshot, refused ones
    included, by time. `after`: only findings with an event later than this; None: all.
    One finding is one episode, with its whole life so far.
    """
    source = SourceContext(
        shown_by=shown_by,
        rule_inputs=rule_inputs,
        schema_observations=schema_observations,
        settings=settings,
    )
    found = [
        (rule, _watched(rule, episode, settings.watch_list))
        for rule in rules
        if rule.id not in settings.disabled
        for episode in rule.judge(source, rule.thresholds(settings))
    ]
    staying = [*one_matter(source, [*with_last_reading(source, found)])]
    common = CommonEvidence(source)
    together = with_companions(source, [*grouped(source, staying)])
    findings = [
        common.added_to(finding_of(rule, episode, settings))
        for rule, episode in with_unstable([*together])
        if after is None or _has_event_after(episode, after)
    ]
    return sorted(with_exact_figures(findings, rule_inputs), key=_order)


def _has_event_after(episode: Episode, after: datetime) -> bool:
    """Return whether a step is later: the last one is the latest."""
    return episode.timeline.as_of[episode.steps[-1].seq] > after


def _watched(rule: Rule, episode: Episode, watch_list: Collection[str]) -> Episode:
    """Return the episode of a country on the watch-list one level more severe."""
    if episode.key.get("iso3") not in watch_list:
        return episode
    cap: Severity = max(rule.severities, key=rank)
    steps = [replace(step, severity=raised(step.severity, cap)) for step in episode.steps]
    return replace(episode, steps=steps)


def _order(finding: Finding) -> tuple[object, ...]:
    opened = finding.events[0]
    what = finding.dataset, finding.rule, finding.about, finding.column or ""
    return opened.as_of, opened.id, *what, str(sorted(finding.key.items()))
