"""Messages that the time brings: digests, reminders, heartbeats; of a backfill; of a silence."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from schemas.alerts import SEVERITIES, Severity
from tasks.delivery.messages import Message, fingerprints
from tasks.delivery.numbered_events import Lives, NumberedEvent, event_of, standing
from tasks.delivery.outbox_index import Index
from tasks.delivery.planning_input import Known
from tasks.delivery.receipts import SKEW
from tasks.delivery.targets import LANES, Target

WEEK: Final = timedelta(days=7)
REPEATED: Final[Mapping[Severity, timedelta]] = {"critical": WEEK, "high": timedelta(days=30)}
"""After how long an alert that is still open is notified again; others never are."""
NAMED: Final = 3
"""Open incidents that the summary of a backfill names."""


def digests(index: Index, lives: Lives, now: datetime) -> tuple[list[Message], Index]:
    """Return the digests that are due, and the index without their events.

    One a day (UTC) has the events recorded before that day, one a week those before its Monday;
    both have what was recorded in the future, before the clock was set back.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[Message] = []
    waiting, periods = dict(index.waiting), dict(index.periods)
    for lane, start in (("daily", midnight), ("weekly", monday_of(now))):
        period = start.date().isoformat()
        events = [event for ref in waiting.get(lane, ()) if (event := event_of(lives, ref))]
        young = (start, now + SKEW)
        old = [one for one in events if not young[0] <= one.recorded_at <= young[1]]
        if not old or periods.get(lane) == period:
            continue
        refs = tuple(one.ref for one in sorted(old, key=surprise))
        found.append(
            Message(
                kind="daily" if lane == "daily" else "weekly", due_at=start, refs=refs, about=period
            )
        )
        waiting[lane] = tuple(one.ref for one in events if one.ref not in refs)
        periods[lane] = period
    return found, replace(index, waiting=waiting, periods=periods) if found else index


def surprise(one: NumberedEvent) -> tuple[float, float, float, str]:
    """Return a sort key: severity, then relative change, then change in the figure's own unit."""
    event = one.alert.event
    relative = 0.0 if event.rel_change is None else abs(event.rel_change)
    rank = SEVERITIES.index(event.severity)
    return -rank, -relative, -abs(event.change or 0), one.ref


def backfills(index: Index, known: Known) -> Iterator[Message]:
    """Yield one summary per source whose history was read now; its incidents are sent no other way.

    Incidents of severity info do not count.
    """
    incidents: dict[str, list[NumberedEvent]] = {}
    for name, life in known.lives.items():
        alert, first = known.states.get(name), life[0]
        if first.entry <= index.cursor or first.origin != "replay" or alert is None:
            continue
        last = standing(life)[-1]
        if last.origin == "replay" and alert.severity != "info" and known.target.wants(last.alert):
            incidents.setdefault(last.source, []).append(last)
    for source, found in sorted(incidents.items()):
        still = [one for one in found if known.states[one.alert.fingerprint].state == "open"]
        yield Message(
            kind="backfill",
            due_at=known.at,
            refs=tuple(one.ref for one in sorted(still, key=surprise)[:NAMED]),
            about=f"{source} up to entry {known.length}",
            facts={"source": source, "incidents": len(found), "open": len(still)},
        )


def reminders(index: Index, known: Known) -> Iterator[Message]:
    """Yield one message on the alerts that are still open long after the last notice of them.

    Parts of a group that is open itself are not repeated.
    """
    under_way = {name for one in index.pending.values() for name in fingerprints(one)}
    due: list[NumberedEvent] = []
    for name, at in index.sent.items():
        alert = known.states.get(name)
        after = REPEATED.get(alert.severity) if alert and alert.state == "open" else None
        if alert is None or after is None or abs(known.at - at) < after or name in under_way:
            continue
        if LANES[alert.severity] in known.target.lanes and alert.group not in index.sent:
            due.append(standing(known.lives[name])[-1])
    if due:
        refs = tuple(one.ref for one in sorted(due, key=surprise))
        about = known.at.date().isoformat()
        yield Message(kind="reminder", due_at=known.at, refs=refs, about=about)


def silences(index: Index, known: Known) -> Iterator[Message]:
    """Yield a message per source that fell silent since the target began, once an episode."""
    for one in known.silent or ():
        is_news = one.since >= index.began_at and index.silent.get(one.source) != one.last
        if known.target.silence and known.target.wants_source(one.source) and is_news:
            facts = {"source": one.source, "last": one.last, "days": one.days}
            about = f"{one.source} since {one.last}"
            yield Message(kind="silence", due_at=known.at, about=about, facts=facts)


def heartbeat(
    index: Index, target: Target, now: datetime, *, is_busy: bool
) -> tuple[list[Message], Index]:
    """Return the message that a week was without one, if the target wants it, and the index.

    It is due once a week; not where a message was planned within the last seven days.
    """
    monday = monday_of(now)
    period = monday.date().isoformat()
    if not target.heartbeat or index.periods.get("heartbeat") == period:
        return [], index
    index = replace(index, periods={**index.periods, "heartbeat": period})
    if is_busy or (index.busy_at and monday - WEEK <= index.busy_at <= now):
        return [], index
    return [Message(kind="heartbeat", due_at=monday, about=period)], index


def monday_of(now: datetime) -> datetime:
    """Return the beginning of the week (UTC).

    >>> monday_of(datetime(2022, 2, 10, 7, 30)).isoformat()
    '2022-02-07T00:00:00'
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=now.weekday())
