"""Whether recorded events still are what the rules find: the same facts, and the same evidence."""

import json
from collections.abc import Sequence
from typing import Final

from schemas.alerts import AlertEvent

ALSO: Final = "also"
"""The key under which evidence has what else happened in the version."""


def continues(recorded: Sequence[AlertEvent], found: Sequence[AlertEvent] | None) -> bool:
    """Return whether the found events begin with the rules' recorded ones, whatever the wording."""
    return len(recorded) <= len(found or ()) and all(map(_is_same, recorded, found or ()))


def _is_same(recorded: AlertEvent, found: AlertEvent) -> bool:
    """Return whether two events state the same facts and prove them by the same evidence.

    Evidence is compared as far as both have it, so that evidence of a new kind changes no alert;
    thresholds are no fact. What comes with an event (`also`) is there or not by the vintages, so
    that its absence counts.
    """
    if _facts(recorded) != _facts(found):
        return False
    known = recorded.event.evidence
    now = json.loads(json.dumps(dict(found.event.evidence)))
    if known.get(ALSO, []) != now.get(ALSO, []):
        return False
    shared = known.keys() & now.keys() - {"parameters"}
    return all(known[name] == now[name] for name in shared)


def _facts(alert_event: AlertEvent) -> tuple[object, ...]:
    event = alert_event.event
    figures = [None if one is None else float(one) for one in (event.before, event.after)]
    compared = (*figures, event.previous_as_of)  # the published table of events has floats
    return event.kind, event.id, compared, event.severity, event.confidence, alert_event.group
