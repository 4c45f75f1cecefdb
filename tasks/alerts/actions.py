"""What people do about alerts: acknowledge, silence and explain them, and take that back.

Promises: what is in force is a function of what is recorded and of the day; the order in which
rules and people have recorded their events does not matter, only that of the actions themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from schemas.alerts import SEVERITIES, ActionKind, AlertEvent

UNDOES: Final[Mapping[ActionKind, ActionKind]] = {
    "unacknowledged": "acknowledged",
    "unsilenced": "silenced",
    "unexplained": "explained",
}
"""What takes back what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """What a person does about alerts: who, why; a silence also until which day, inclusive (UTC).

    `url`: where a cause is published; '' without one.
    """

    kind: ActionKind
    by: str
    reason: str
    until: date | None = None
    url: str = ""


def acted_on(events: Sequence[AlertEvent], action: Action, *, at: datetime) -> AlertEvent:
    """Return the event of an action on the alert that has these events of the rules."""
    newest = events[-1]
    evidence: dict[str, Any] = {
        "by": action.by,
        "at": at.isoformat(),
        "reason": action.reason,
        "until": action.until.isoformat() if action.until else None,
        "url": action.url or None,
    }
    sentence = f"{newest.event.sentence} {note_of(action.kind, evidence)}"
    done = replace(newest.event, kind=action.kind, sentence=sentence, evidence=evidence)
    return replace(newest, event=done, origin=events[0].origin)


def actions_in_force(
    events: Sequence[AlertEvent], actions: Sequence[AlertEvent], *, on: date
) -> dict[ActionKind, AlertEvent]:
    """Return the actions on an alert that hold on a day, by kind.

    `events`: of the rules. `actions`: of people, in the order of the log. An acknowledgement and an
    explanation hold until the alert escalates, a silence until its last day, each until it is taken
    back; a later action of the same kind replaces it.
    """
    newest: dict[ActionKind, AlertEvent] = {}
    for action in actions:
        kind: Any = action.event.kind
        if kind in UNDOES:
            newest.pop(UNDOES[kind], None)
        else:
            newest[kind] = action
    return {kind: one for kind, one in newest.items() if _holds(one, events, on)}


def _holds(action: AlertEvent, events: Sequence[AlertEvent], on: date) -> bool:
    if until := action.event.evidence["until"]:
        return on <= date.fromisoformat(until)
    return not _escalates(events, action)


def _escalates(events: Sequence[AlertEvent], action: AlertEvent) -> bool:
    """Return whether an alert got worse than a person saw it: in a later vintage, or in all."""
    seen = action.event
    later = [one.event for one in events if (one.event.as_of, one.event.id) > (seen.as_of, seen.id)]
    worst = max(SEVERITIES.index(one.severity) for one in (events[-1].event, *later))
    return worst > SEVERITIES.index(seen.severity) or any(one.kind == "escalated" for one in later)


def is_repeated(action: AlertEvent, held: AlertEvent | None) -> bool:
    """Return whether an action states what is in force already."""
    if held is None:
        return action.event.kind in UNDOES
    fields = ("by", "reason", "until", "url")
    return action.event.kind == held.event.kind and all(
        action.event.evidence[name] == held.event.evidence[name] for name in fields
    )


def note_of(kind: str, done: Mapping[str, Any]) -> str:
    """Return who did what, when and why, as a sentence; `done`: the evidence of the event."""
    word = {
        "unacknowledged": "Acknowledgement taken back",
        "unsilenced": "Silence taken back",
        "unexplained": "Explanation taken back",
    }.get(kind, kind.capitalize())
    until = f" until {done['until']}" if done["until"] else ""
    on = datetime.fromisoformat(done["at"]).date()
    url = f" {done['url']}" if done["url"] else ""
    return f"{word}{until} by {done['by']} on {on}: {done['reason'].rstrip('.')}.{url}"
