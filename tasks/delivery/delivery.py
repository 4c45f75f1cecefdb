"""What all targets of one delivery share, and what the messages to one of them share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from schemas.alerts import ACTIONS, Alert, Event
from schemas.redaction import redacted
from schemas.source import Source
from tasks.delivery.message_text import Rendered, rendered
from tasks.delivery.messages import Message
from tasks.delivery.numbered_events import Lives, NumberedEvent, event_of, lives_of, standing
from tasks.delivery.outbox_index import Index
from tasks.delivery.planning_input import Known, Silence, still_true
from tasks.delivery.senders import Send, send
from tasks.delivery.silent_sources import silent_sources
from tasks.delivery.targets import Target
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document

Picture = Callable[[Alert, Sequence[Event]], bytes | None]
"""Returns the picture of an alert with its events, a PNG; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What all targets of one delivery share.

    `entries`: of the alert log. `alerts`: the current ones, silenced ones marked so. `clock`:
    returns the time (UTC). `owner`: names this sender in leases. `sources`: those that are examined
    for silence.
    """

    store: Store
    entries: Sequence[Document]
    alerts: Sequence[Alert]
    clock: Callable[[], datetime]
    owner: str
    sources: Sequence[Source] = ()
    send: Send = send
    picture: Picture = lambda _alert, _events: None

    @cached_property
    def lives(self) -> Lives:
        """All events of each alert."""
        return lives_of(self.entries)

    @cached_property
    def states(self) -> Mapping[str, Alert]:
        """The current alert by fingerprint."""
        return {alert.fingerprint: alert for alert in self.alerts}

    @cached_property
    def silent(self) -> Sequence[Silence]:
        """The sources from which nothing was fetched for two cadences."""
        return silent_sources(self.store, self.sources, self.clock())


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What the messages to one target share. `index`: as it was planned."""

    delivery: Delivery
    target: Target
    address: str
    known: Known
    index: Index

    def refs(self, message: Message) -> tuple[str, ...]:
        """Return the events of a message that are not overtaken."""
        return still_true(message, self.index, self.known)

    def rendered(self, message: Message, *, with_picture: bool = False) -> Rendered:
        """Return a message as it is sent now; one that is overtaken as it would have been."""
        refs = self.refs(message) or message.refs
        found = (event_of(self.delivery.lives, ref) for ref in refs)
        events = [event for event in found if event]
        with_picture = with_picture and message.kind == "alert" and not self.known.is_machine
        return rendered(
            message,
            events,
            target=self.target.name,
            lake=redacted(self.delivery.store.uri),
            states=self.delivery.states,
            picture=self._picture(events[0]) if with_picture and events else None,
        )

    def _picture(self, one: NumberedEvent) -> bytes | None:
        """Return the picture of an alert as it stands; None where it was superseded."""
        alert = self.delivery.states.get(one.alert.fingerprint)
        life = standing(self.delivery.lives[one.alert.fingerprint])
        events = [found.alert.event for found in life if found.kind not in ACTIONS]
        return self.delivery.picture(alert, events) if alert and events else None
