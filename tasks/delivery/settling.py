"""Settling: what the receipts of messages change in the index of their target."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tasks.delivery.numbered_events import Lives, event_of
from tasks.delivery.outbox_index import Index
from tasks.delivery.planning_input import ENDS
from tasks.delivery.receipts import SETTLED, Receipt

REMEMBERED: Final = frozenset({"alert", "more", "daily", "weekly", "reminder"})
"""Messages after which the target knows of their alerts."""
DEAD_AT_MOST: Final = 200
"""Dead messages of a target that its index lists, the newest ones; receipts have all."""


def settled(index: Index, receipts: Mapping[str, Receipt], lives: Lives) -> Index:
    """Return the index without the messages that their receipts settle.

    An alert that was sent, or may have been, is remembered until its end was sent, too.
    """
    pending, notified, dead = dict(index.pending), dict(index.sent), dict(index.dead)
    for name, receipt in receipts.items():
        if name not in pending or receipt.state not in SETTLED:
            continue
        message = pending.pop(name)
        if receipt.state == "dead":
            dead[name] = message
        for ref in receipt.refs if message.kind in REMEMBERED else ():
            event, fingerprint = event_of(lives, ref), ref.partition(":")[0]
            if event is None or event.kind not in ENDS:
                notified[fingerprint] = receipt.at or message.due_at
            elif receipt.state == "sent":
                notified.pop(fingerprint, None)
    newest = sorted(dead.items(), key=lambda named: named[1].due_at)[-DEAD_AT_MOST:]
    return replace(index, pending=pending, sent=notified, dead=dict(newest))


def revived(index: Index) -> Index:
    """Return the index with its dead messages among the pending ones again."""
    return replace(index, pending={**index.dead, **index.pending}, dead={})
