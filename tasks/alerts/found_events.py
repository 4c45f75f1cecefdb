"""What the rules found, as events of the alert log."""

from dataclasses import replace

from schemas.alerts import AlertEvent, Finding, Origin
from tasks.alerts.origins import SUPERSEDED, Origins


def alert_events(finding: Finding, origin: Origin) -> list[AlertEvent]:
    """Return the events of a finding as the log records them."""
    return [
        AlertEvent(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            dataset=finding.dataset,
            key={name: str(value) for name, value in finding.key.items()},
            column=finding.column,
            group=finding.group,
            event=event,
            origin=origin,
        )
        for event in finding.events
    ]


def superseding(last: AlertEvent, origins: Origins | None) -> AlertEvent:
    """Return the event that supersedes an alert; `last`: its newest one."""
    why = origins.why_superseded(last) if origins else SUPERSEDED
    sentence = f"{last.event.sentence} {why}"
    return replace(last, event=replace(last.event, kind="superseded", sentence=sentence))
