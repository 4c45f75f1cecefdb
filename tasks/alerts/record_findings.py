"""
Notify: append what detection found to the alert log, and publish the log as tables.

Promises: what was told is not told again, so running twice adds nothing; one call appends at most
one entry, whole or not at all; an event once told is never changed: what a backfill has overtaken
is superseded by a new event. A published table is replaced whole, and never by an older one. What
a waiver silences is told like everything else: only how it is shown differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from schemas.alerts import Alert, AlertEvent, Event, Finding, Origin
from schemas.errors import LostRace
from schemas.waivers import Waiver
from tasks.alerts.alert_log import Life, alert_log, alerts_of, lives
from tasks.alerts.alert_tables import alert_events_table, alerts_table, generation, is_as_silent
from tasks.vault.backends.store import Store
from tasks.vault.commit_log import Document

FORMAT: Final = 1
TRIES: Final = 50
SUPERSEDED: Final = "Superseded: what became known later, or a release, changes this."


def record_findings(
    store: Store, findings: Sequence[Finding], *, source: str, origin: Origin, at: datetime
) -> list[AlertEvent]:
    """
    Append the events that the log does not have yet, as one entry; return them.

    Args:
        store: The lake.
        findings: Everything that detection finds in all vintages of the source.
        source: The source; alerts of other sources are left alone.
        origin: Whether the source was looked at live, or its history replayed.
        at: When this was recorded.

    Returns:
        The events told now, oldest first, behind those that supersede an alert which detection no
        longer finds, or finds with another history. Empty when there is nothing new to say.

    Raises:
        LostRace: Other writers were faster, again and again.
    """
    log = alert_log(store)
    for _ in range(TRIES):
        entries = [entry for _, entry in log.entries()]
        news = _news(lives(entries), findings, source=source)
        entry: Document = {
            "format": FORMAT,
            "source": source,
            "at": at.isoformat(),
            "origin": origin,
            "events": [told.document() for told in news],
            "outbox": [],
        }
        if not news or log.append(len(entries) + 1, entry):
            return news
    raise LostRace(f"{store.uri}/alerts", TRIES)


def read_alerts(store: Store, in_force: Sequence[Waiver] = ()) -> list[Alert]:
    """
    Return the alerts of a lake, newest first, of one time the worst first.

    Those that are open and that one of the waivers `in_force` is about are silenced.
    """
    return alerts_of([entry for _, entry in alert_log(store).entries()], in_force)


def publish_alerts(store: Store, in_force: Sequence[Waiver] = ()) -> None:
    """
    Write alerts/alerts.parquet and alerts/alert_events.parquet as the log stands.

    The alerts are written anew, too, when other ones are silenced by the waivers `in_force`.

    Raises LostRace when other writers were faster, again and again.
    """
    _publish(
        store,
        "alerts",
        lambda entries: alerts_table(entries, in_force),
        lambda body, entries: is_as_silent(body, alerts_of(entries, in_force)),
    )
    _publish(store, "alert_events", alert_events_table, lambda _body, _entries: True)


def _publish(
    store: Store,
    name: str,
    table: Callable[[Sequence[Document]], bytes],
    is_current: Callable[[bytes, Sequence[Document]], bool],
) -> None:
    """Put a table of the log in place of one that knows less, or as much and is not current."""

    def build(present: bytes | None) -> bytes | None:
        entries = [entry for _, entry in alert_log(store).entries()]
        known = generation(present) if present else -1
        if known > len(entries):
            return None
        if present and known == len(entries) and is_current(present, entries):
            return None
        return table(entries)

    store.update(f"alerts/{name}.parquet", build, tries=TRIES)


def _news(told: dict[str, Life], findings: Sequence[Finding], *, source: str) -> list[AlertEvent]:
    """Return what has to be appended so that the log says what the findings say."""
    found = {finding.fingerprint: _story(finding) for finding in findings}
    own = {
        print_: life.events
        for print_, life in told.items()
        if life.source == source and life.events
    }
    overtaken = [
        events for print_, events in own.items() if not _goes_on(events, found.get(print_))
    ]
    gone = [_superseded(events[-1]) for events in overtaken]
    again = {supersedes.fingerprint for supersedes in gone}
    fresh = [
        event
        for print_, story in found.items()
        for event in (story if print_ in again else story[len(own.get(print_, [])) :])
    ]
    return [*gone, *sorted(fresh, key=lambda new: new.event.as_of)]


def _story(finding: Finding) -> list[AlertEvent]:
    """Return a finding's life as the log keeps it."""
    return [
        AlertEvent(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            dataset=finding.dataset,
            key={name: str(value) for name, value in finding.key.items()},
            column=finding.column,
            group=finding.group,
            event=event,
        )
        for event in finding.events
    ]


def _goes_on(events: Sequence[AlertEvent], story: Sequence[AlertEvent] | None) -> bool:
    """Return whether what was told is still how the story begins; another wording is no matter."""
    if story is None:
        return False
    return [_facts(told) for told in events] == [_facts(told) for told in story[: len(events)]]


def _facts(told: AlertEvent) -> tuple[object, ...]:
    event = told.event
    compared = (event.before, event.after, event.previous_as_of)
    return event.kind, event.id, compared, event.severity, event.confidence, told.group


def _superseded(last: AlertEvent) -> AlertEvent:
    """Return the event that takes back an alert."""
    event: Event = replace(
        last.event,
        kind="superseded",
        sentence=f"{last.event.sentence} {SUPERSEDED}",
    )
    return replace(last, event=event)
