"""After the alerts of a run: their events, the feeds, and delivery where targets are configured."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import VaxwatchError
from tasks.delivery.delivery_report import notes_of
from tasks.delivery.numbered_events import NumberedEvent, lives_of
from tasks.delivery.publish_feeds import are_feeds_behind, publish_feeds
from tasks.delivery.run_delivery import AlertState, Options, alert_state, run_delivery
from tasks.runs.run_context import RunContext
from tasks.runs.unforeseen import log_unforeseen


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """What became of the alerts of a run: the events that it recorded, and notes on delivery."""

    events: Sequence[NumberedEvent] = ()
    notes: Sequence[str] = ()


def deliver_alerts(run: RunContext, *, is_changed: bool, entries: int) -> Delivered:
    """Publish the feeds if the run has recorded an event, and deliver what is due to all targets.

    `entries`: of the alert log; where the feeds show fewer, they are published, too. A target that
    fails is a note, and does not fail the run; nor does anything else in a delivery, which the next
    run or `vaxwatch deliver` makes up for.
    """
    is_changed = is_changed or are_feeds_behind(run.store, entries)
    if not is_changed and not run.targets:
        return Delivered()
    state = alert_state(run.store, run.waivers, run.at)
    if is_changed:
        publish_feeds(run.store, state.entries, state.alerts)
    return Delivered(events=_events_of(run, state), notes=_notes(run, state))


def _notes(run: RunContext, state: AlertState) -> list[str]:
    if not run.targets:
        return []
    options = Options(environment=os.environ, clock=run.clock)
    try:
        return list(notes_of(run_delivery(run.store, state, run.targets, options)))
    except VaxwatchError as error:
        return [f"Alerts were not delivered: {error}"]
    except Exception as error:  # noqa: BLE001 (what was published stays so, whatever a service does)
        log_unforeseen(error, "deliver-alerts", run.source.name)
        return [f"Alerts were not delivered: unforeseen {type(error).__name__}."]


def _events_of(run: RunContext, state: AlertState) -> list[NumberedEvent]:
    """Return the events that this run recorded, in the order of the log."""
    found = [
        one
        for life in lives_of(state.entries).values()
        for one in life
        if (one.source, one.recorded_at) == (run.source.name, run.at)
    ]
    return sorted(found, key=lambda one: (one.entry, one.alert.fingerprint, one.ordinal))
