"""The first sentence of messages that are not about one alert, and the command to go on with."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from schemas.wording import day
from tasks.delivery.messages import Message, MessageKind

Words = Callable[[Message, str], str]


def lead_of(message: Message, count: int) -> str:
    """Return the first sentence, without capital and full stop; '' where an alert has its own.

    `count`: the alerts that the message is about.
    """
    return LEADS[message.kind](message, f"{count} alert{'' if count == 1 else 's'}")


def next_command(message: Message) -> str:
    """Return the command that shows more; '' where there is no more."""
    if message.kind == "silence":
        return f"vaxwatch ingest {message.facts['source']}"
    return "" if message.kind == "heartbeat" else "vaxwatch alerts list"


def _backfill(message: Message, _alerts: str) -> str:
    facts = message.facts
    plural = "" if facts["incidents"] == 1 else "s"
    counts = f"{facts['incidents']} historic incident{plural}, {facts['open']} still open"
    return f"history of {facts['source']} was read: {counts}"


def _silence(message: Message, _alerts: str) -> str:
    facts = message.facts
    last = day(datetime.fromisoformat(str(facts["last"])))
    every = "day" if facts["days"] == 1 else f"{facts['days']} days"
    return (
        f"nothing was fetched from {facts['source']} since {last}, though it publishes every "
        f"{every}: no alert can come from it"
    )


LEADS: Final[Mapping[MessageKind, Words]] = {
    "alert": lambda _message, _alerts: "",
    "more": lambda _message, alerts: f"and {alerts.replace(' ', ' more ')}",
    "daily": lambda message, alerts: f"daily digest before {message.about}: {alerts}",
    "weekly": lambda message, alerts: f"weekly digest before {message.about}: {alerts}",
    "reminder": lambda _message, alerts: f"still open: {alerts}",
    "heartbeat": lambda message, _alerts: f"nothing to report in the week before {message.about}",
    "backfill": _backfill,
    "silence": _silence,
}
