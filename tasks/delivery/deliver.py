"""One delivery: plan what is due for each target, send it, and write the receipts.

Promises: at least once. A message is planned together with the cursor, sent under a lease, and
settled by its receipt; a sender that is killed anywhere leaves it to the next one, under the same
id. A target that fails holds up no other, and is left alone after a few failures in a row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from schemas.alerts import SEVERITIES
from schemas.errors import Damaged, LostRace, WrongUse
from tasks.delivery.addresses import address_of, require_usable
from tasks.delivery.attempts import attempted, line_of
from tasks.delivery.delivery import Channel, Delivery
from tasks.delivery.delivery_report import Line, TargetReport
from tasks.delivery.messages import Message
from tasks.delivery.numbered_events import event_of
from tasks.delivery.outbox_index import Index, change_index, read_index
from tasks.delivery.plan import planned, weight
from tasks.delivery.planning_input import Known
from tasks.delivery.receipts import SETTLED, Receipt, change_receipt, read_receipt, resumed
from tasks.delivery.settling import revived, settled
from tasks.delivery.targets import Target, is_machine

FAILURES_AT_MOST: Final = 3
"""Failures in a row after which the rest of a target's messages wait for the next delivery."""
WATCHED_EVERY: Final = timedelta(hours=1)
"""How often sources are examined for silence."""


def deliver_all(
    delivery: Delivery,
    targets: Sequence[Target],
    environment: Mapping[str, str],
    *,
    is_dry: bool = False,
    revive: bool = False,
) -> list[TargetReport]:
    """Deliver to each target what is due for it; a fault of one is in its report.

    `environment`: has the addresses. Otherwise as `deliver_to`. Raises StoreError.
    """
    reports: list[TargetReport] = []
    for target in targets:
        try:
            address = address_of(target, environment)
            require_usable(target, address)
            report = deliver_to(delivery, target, address, is_dry=is_dry, revive=revive)
        except (WrongUse, Damaged, LostRace) as error:
            report = TargetReport(target=target.name, problem=str(error))
        reports.append(report)
    return reports


def deliver_to(
    delivery: Delivery, target: Target, address: str, *, is_dry: bool = False, revive: bool = False
) -> TargetReport:
    """Send a target what is due for it, and return what came of it.

    `is_dry`: plan only; nothing is sent or written. `revive`: try dead messages again. The first
    delivery sends nothing: a target begins with what is recorded from then on.

    Raises Damaged, LostRace, StoreError.
    """
    store, name, lives = delivery.store, target.name, delivery.lives
    before = read_index(store, name)
    if before and revive and not is_dry:
        before = _revive(delivery, target, before)
    receipts = {one: read_receipt(store, name, one) for one in (before.pending if before else ())}
    known = _known(delivery, target, address, before)

    def plan(index: Index | None) -> Index:
        return planned(settled(index, receipts, lives) if index else None, known)

    index = plan(before) if is_dry else change_index(store, name, plan)
    channel = Channel(delivery=delivery, target=target, address=address, known=known, index=index)
    if is_dry:
        lines = [
            line_of(channel, one, message, receipts.get(one, Receipt()))
            for one, message in _in_order(channel)
        ]
    else:
        lines = list(_sent(channel, receipts))
        index = _settle(channel, receipts)
    dead = {one: read_receipt(store, name, one) for one in index.dead}
    lines = [line for line in lines if line.state != "dead"]
    lines += [line_of(channel, one, index.dead[one], receipt) for one, receipt in dead.items()]
    return TargetReport(
        target=name,
        lines=lines,
        waiting={lane: len(refs) for lane, refs in index.waiting.items()},
        is_new=before is None,
        dead_since=max((one.at for one in dead.values() if one.at), default=None),
    )


def _known(delivery: Delivery, target: Target, address: str, before: Index | None) -> Known:
    now = delivery.clock()
    watched_at = before.watched_at if before else None
    is_watched = watched_at is not None and abs(now - watched_at) < WATCHED_EVERY
    return Known(
        target=target,
        is_machine=is_machine(address),
        lives=delivery.lives,
        states=delivery.states,
        length=len(delivery.entries),
        at=now,
        silent=None if is_watched else delivery.silent,
    )


def _in_order(channel: Channel) -> list[tuple[str, Message]]:
    """Return the pending messages, those that were due first before others, then the worst."""

    def order(named: tuple[str, Message]) -> tuple[object, ...]:
        message = named[1]
        first = event_of(channel.delivery.lives, message.refs[0]) if message.refs else None
        heaviest = weight(first) if first else (-len(SEVERITIES), 0.0)
        return message.due_at, message.kind != "alert", *heaviest, named[0]

    return sorted(channel.index.pending.items(), key=order)


def _sent(channel: Channel, receipts: dict[str, Receipt]) -> Iterator[Line]:
    """Try the pending messages and yield a line for each; `receipts` is brought up to date."""
    failures = 0
    for name, message in _in_order(channel):
        before = receipts.get(name, Receipt())
        if failures == FAILURES_AT_MOST:
            line = line_of(channel, name, message, before)
            yield replace(line, state="waits", why=f"{failures} others failed just before")
            continue
        receipts[name], line = attempted(channel, name, message)
        is_failure = receipts[name].tries > before.tries and line.state != "sent"
        failures = failures + 1 if is_failure else failures * (line.state != "sent")
        yield line


def _settle(channel: Channel, receipts: Mapping[str, Receipt]) -> Index:
    """Take what is settled out of the index; return the index that stands then."""
    if not any(
        receipts[name].state in SETTLED for name in channel.index.pending if name in receipts
    ):
        return channel.index

    def settle(present: Index | None) -> Index:
        return settled(present or channel.index, receipts, channel.delivery.lives)

    return change_index(channel.delivery.store, channel.target.name, settle)


def _revive(delivery: Delivery, target: Target, index: Index) -> Index:
    """Let dead messages be tried again, receipts first; return the index that stands then."""
    for name in index.dead:
        change_receipt(delivery.store, target.name, name, resumed)
    return change_index(delivery.store, target.name, lambda present: revived(present or index))
