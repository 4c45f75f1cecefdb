"""One try of one message: take the lease, send, write the receipt."""

from schemas.wording import day
from tasks.delivery.delivery import Channel
from tasks.delivery.delivery_report import Line, LineState
from tasks.delivery.messages import Message
from tasks.delivery.receipts import (
    Receipt,
    change_receipt,
    failed,
    leased,
    sent,
    waits_until,
    withdrawn,
)
from tasks.delivery.send_failed import SendFailed


def is_overtaken(channel: Channel, message: Message) -> bool:
    """Return whether nothing that a message is about is still true."""
    return bool(message.refs) and message.kind != "backfill" and not channel.refs(message)


def attempted(channel: Channel, name: str, message: Message) -> tuple[Receipt, Line]:
    """Send a message, if nobody else does and it need not wait; return its receipt and a line.

    One that was overtaken is withdrawn. Raises Damaged, LostRace, StoreError: the message was
    sent or not, and its lease runs out.
    """
    delivery, target = channel.delivery, channel.target.name
    store, owner = delivery.store, delivery.owner
    if is_overtaken(channel, message):
        _, receipt = change_receipt(
            store, target, name, lambda one: withdrawn(one, delivery.clock())
        )
        return receipt, line_of(channel, name, message, receipt)
    refs = channel.refs(message)
    before, receipt = change_receipt(
        store, target, name, lambda one: leased(one, owner, delivery.clock(), refs)
    )
    if receipt == before or receipt.state != "leased":
        return receipt, line_of(channel, name, message, receipt)
    try:
        rendered = channel.rendered(message, with_picture=True)
        delivery.send(channel.target, channel.address, rendered)
    except SendFailed as error:
        reason = str(error)
        _, receipt = change_receipt(
            store, target, name, lambda one: failed(one, owner, delivery.clock(), reason)
        )
    else:
        _, receipt = change_receipt(
            store, target, name, lambda one: sent(one, delivery.clock(), refs)
        )
    return receipt, line_of(channel, name, message, receipt)


def line_of(channel: Channel, name: str, message: Message, receipt: Receipt) -> Line:
    """Return what a report states about a message in the state of its receipt."""
    now = channel.delivery.clock()
    state, why = _state(receipt), receipt.error
    if state == "due" and is_overtaken(channel, message):
        state = "withdrawn"
    if receipt.state == "leased":
        why = f"a sender has taken it for its {ordinal(receipt.tries)} try"
    until = waits_until(receipt, now)
    if until:
        why = f"{why}; " if why else ""
        why += f"not before {day(until.replace(microsecond=0))}"
    rendered = channel.rendered(message)
    return Line(
        id=name,
        kind=message.kind,
        state="waits" if until and state == "due" else state,
        title=rendered.title,
        why=why,
        text=rendered.text,
    )


def _state(receipt: Receipt) -> LineState:
    match receipt.state:
        case "sent" | "withdrawn" | "dead":
            return receipt.state
        case "failed" | "leased":
            return "waits"
        case _:
            return "due"


def ordinal(number: int) -> str:
    """Return a number as a place in an order.

    >>> ordinal(1), ordinal(2), ordinal(3), ordinal(10)
    ('1st', '2nd', '3rd', '10th')
    """
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number, 'th')}"
