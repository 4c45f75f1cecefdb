"""The plan: which messages are due for a target, by the alert log, its configuration and the time.

Promises: pure. Planning twice adds nothing; what was sent and has ended since is corrected at the
next plan, however late its receipt came.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from schemas.alerts import SEVERITIES
from tasks.delivery.messages import Message, fingerprints
from tasks.delivery.numbered_events import NumberedEvent, standing
from tasks.delivery.occasions import backfills, digests, heartbeat, monday_of, reminders, silences
from tasks.delivery.outbox_index import Index
from tasks.delivery.planning_input import ENDED, ENDS, OF_NOTE, Known
from tasks.delivery.targets import Lane

CAP: Final = 5
"""Immediate messages of one plan; further alerts share one more."""
BEGINNINGS: Final = frozenset({"opened", "escalated"})
"""Events from which on a target is notified of an alert, if they are live."""
NEWS: Final = BEGINNINGS | {"confirmed"}
"""Events that are notified while the alert stands; a target that waits begins with any of them."""
DIGESTS: Final[tuple[Lane, ...]] = ("daily", "weekly")
URGENCY: Final[tuple[Lane, ...]] = ("immediate", "daily", "weekly")


Bundle = tuple[NumberedEvent, ...]
"""Events that share a message: one, or that of a group and those of its parts."""


def planned(index: Index | None, known: Known) -> Index:
    """Return the index with the messages that became due; a new target has none yet."""
    if index is None:
        now = known.at
        return Index(
            began=known.length,
            began_at=now,
            cursor=known.length,
            periods={"heartbeat": monday_of(now).date().isoformat()},
            silent={one.source: one.last for one in known.silent or ()},
            watched_at=None if known.silent is None else now,
        )
    chosen = [*_news(index, known), *_endings(index, known)]
    bundles: dict[str, list[Bundle]] = {lane: [] for lane in URGENCY}
    for bundle in _bundles(chosen):
        lanes = [
            known.target.lane_of(one.alert.event.severity, is_machine=known.is_machine)
            for one in bundle
        ]
        if taken := [lane for lane in URGENCY if lane in lanes]:
            bundles[taken[0]].append(bundle)
    messages = list(_immediate(bundles["immediate"], known))
    index = _with_waiting(index, bundles)
    due, index = digests(index, known.lives, known.at)
    messages += [*due, *backfills(index, known), *reminders(index, known)]
    messages += silences(index, known)
    if known.silent is not None:
        silent = {one.source: one.last for one in known.silent}
        index = replace(index, silent=silent, watched_at=known.at)
    beat, index = heartbeat(index, known.target, known.at, is_busy=bool(messages))
    pending = {one.id(known.target.name): one for one in [*messages, *beat]}
    return replace(
        index,
        cursor=known.length,
        pending={**index.pending, **pending},
        busy_at=known.at if messages else index.busy_at,
    )


def _news(index: Index, known: Known) -> Iterator[NumberedEvent]:
    """Yield the newest new event of each alert that stands and that the target is to know.

    What history that was read later has changed of an alert, it is to know only if it knows of it.
    """
    under_way = _under_way(index)
    for name, life in known.lives.items():
        alert = known.states.get(name)
        if life[-1].entry <= index.cursor or alert is None or alert.state not in OF_NOTE:
            continue
        fresh = [one for one in life if one.entry > index.cursor]
        gone = [one for one in fresh if one.kind == "superseded"]
        new = [
            one
            for one in standing(life)
            if one in fresh and one.kind in NEWS and (one.origin == "live" or gone)
            if one.alert.event.confidence == "confirmed" or not known.target.confirmed_only
        ]
        was_sent = name in index.sent
        if not new or (was_sent and gone and _figures(gone[-1]) == _figures(new[-1])):
            continue
        is_begun = any(one.origin == "live" and one.kind in BEGINNINGS for one in fresh)
        if known.target.confirmed_only:
            is_begun = life[0].origin == "live"
        is_wanted = is_begun and known.target.wants(new[-1].alert)
        if was_sent or name in under_way or is_wanted:
            yield new[-1]


def _endings(index: Index, known: Known) -> Iterator[NumberedEvent]:
    """Yield the last event of each alert that was sent and has ended, unless it is under way."""
    under_way = {
        ref
        for refs in [*(one.refs for one in index.pending.values()), *index.waiting.values()]
        for ref in refs
    }
    for name in index.sent:
        alert, life = known.states.get(name), known.lives.get(name, ())
        if not life or (alert and alert.state not in ENDED):
            continue
        last = [one for one in life if one.kind in ENDS][-1:]
        yield from (one for one in last if one.ref not in under_way)


def _under_way(index: Index) -> set[str]:
    """Return the fingerprints that messages or digests to come, or dead letters, are about."""
    known = (*index.pending.values(), *index.dead.values())
    messages = [name for one in known for name in fingerprints(one)]
    waiting = [ref.partition(":")[0] for refs in index.waiting.values() for ref in refs]
    return {*messages, *waiting}


def _figures(one: NumberedEvent) -> tuple[object, ...]:
    event = one.alert.event
    return event.before, event.after, event.severity, event.confidence


def _bundles(chosen: Sequence[NumberedEvent]) -> list[Bundle]:
    """Return the events by message: those of a group's parts go with that of the group."""
    bundles = {one.alert.fingerprint: [one] for one in chosen}
    for one in chosen:
        name, group = one.alert.fingerprint, one.alert.group
        if group and group != name and group in bundles:
            bundles[group] += sorted(bundles.pop(name), key=weight)
    return [tuple(bundle) for bundle in bundles.values()]


def weight(one: NumberedEvent) -> tuple[float, float]:
    """Return a sort key: the most severe first, of equal ones the largest change."""
    event = one.alert.event
    return -SEVERITIES.index(event.severity), -abs(event.change or 0)


def _immediate(bundles: Sequence[Bundle], known: Known) -> Iterator[Message]:
    """Yield a message per bundle, the worst first; for people those beyond the cap share one."""
    ranked = sorted(bundles, key=lambda bundle: min(map(weight, bundle)))
    most = len(ranked) if known.is_machine else CAP
    for bundle in ranked[:most]:
        yield Message(kind="alert", due_at=known.at, refs=tuple(one.ref for one in bundle))
    if more := ranked[most:]:
        refs = tuple(one.ref for bundle in more for one in bundle)
        yield Message(kind="more", due_at=known.at, refs=refs)


def _with_waiting(index: Index, bundles: Mapping[str, Sequence[Bundle]]) -> Index:
    """Return the index with new events for the digests, each alert with its newest one only."""
    new = {one.alert.fingerprint for found in bundles.values() for it in found for one in it}
    waiting = {
        lane: (
            *(ref for ref in index.waiting.get(lane, ()) if ref.partition(":")[0] not in new),
            *(one.ref for bundle in bundles[lane] for one in bundle),
        )
        for lane in DIGESTS
    }
    return replace(index, waiting={lane: refs for lane, refs in waiting.items() if refs})
