"""Alert logs made by hand, and a delivery of them that sends to a list."""

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.alerts import AlertEvent, Confidence, Event, EventKind, Origin, Severity
from tasks.alerts.alert_log import alert_log
from tasks.delivery.deliver import deliver_to
from tasks.delivery.delivery import Delivery
from tasks.delivery.delivery_report import TargetReport
from tasks.delivery.message_text import Rendered
from tasks.delivery.run_delivery import alert_state
from tasks.delivery.send_failed import SendFailed
from tasks.delivery.targets import Target
from tasks.vault.backends.store import Store

NOW = datetime(2022, 2, 9, 10, tzinfo=UTC)
"""A Wednesday."""
DATASET = "unicef_market.allocations"
ADDRESS = "json://127.0.0.1:9"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def fingerprint(name: str) -> str:
    """Return the fingerprint of the alert of that name."""
    return hashlib.sha256(name.encode()).hexdigest()


def alert_event(
    name: str = "cut",
    kind: EventKind = "opened",
    severity: Severity = "critical",
    *,
    confidence: Confidence | None = None,
    after: int | None = 1_540_800,
    group: str | None = None,
    **own: Any,
) -> AlertEvent:
    """Return one event of the alert of that name; `own`: other fields of the event or the alert."""
    values: dict[str, Any] = {
        "rule": "R1",
        "dataset": DATASET,
        "key": {"iso3": "PRK"},
        "column": "doses_allocated",
        "sentence": f"The dashboard showed the {name}.",
        "evidence": {},
    } | own
    event = Event(
        kind=kind,
        id="20220210T000000Z-00000000",
        as_of=NOW - HOUR,
        previous_as_of=NOW - 7 * DAY,
        severity=severity,
        confidence=confidence or ("unconfirmed" if kind == "opened" else "confirmed"),
        before=8_115_600,
        after=after,
        change=None if after is None else after - 8_115_600,
        rel_change=None if after is None else after / 8_115_600 - 1,
        sentence=values.pop("sentence"),
        evidence=values.pop("evidence"),
    )
    return AlertEvent(
        fingerprint=fingerprint(name),
        group=fingerprint(group) if group else None,
        event=event,
        **values,
    )


def append(store: Store, *events: AlertEvent, origin: Origin = "live", at: datetime = NOW) -> None:
    """Append one entry with these events to the alert log."""
    log = alert_log(store)
    entry = {
        "source": events[0].dataset.partition(".")[0],
        "commit": 1,
        "at": at.isoformat(),
        "origin": origin,
        "events": [replace(event, origin=origin).document() for event in events],
        "outbox": [],
        "txn": uuid.uuid4().hex,
    }
    assert log.append_to(log.complete(), entry)


@dataclass
class Inbox:
    """Takes what is sent; `faults`: how the next tries end, None: well."""

    messages: list[Rendered] = field(default_factory=list[Rendered])
    faults: list[Exception | None] = field(default_factory=list[Exception | None])

    def __call__(self, target: Target, address: str, message: Rendered) -> None:
        """Take a message, or raise the next fault."""
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        self.messages.append(message)

    @property
    def titles(self) -> list[str]:
        """The titles of what came, without the name of the program."""
        return [message.title.removeprefix("vaxwatch: ") for message in self.messages]

    def take(self) -> list[str]:
        """Return the titles of what came since the last call."""
        titles = self.titles
        self.messages.clear()
        return titles


REFUSED = SendFailed("HTTP status 503")


def deliver(
    store: Store,
    inbox: Callable[[Target, str, Rendered], None],
    *,
    now: datetime = NOW,
    target: Target | None = None,
    address: str = ADDRESS,
    owner: str = "tester",
    **how: Any,
) -> TargetReport:
    """Deliver to one target at a time, as a run does."""
    state = alert_state(store, (), now)
    delivery = Delivery(
        store=store,
        entries=state.entries,
        alerts=state.alerts,
        clock=lambda: now,
        owner=owner,
        send=inbox,
        sources=how.pop("sources", ()),
    )
    return deliver_to(delivery, target or Target(name="desk", url=ADDRESS), address, **how)


def states(report: TargetReport) -> Mapping[str, Sequence[str]]:
    """Return the titles of a report's messages by state."""
    found: dict[str, list[str]] = {}
    for line in report.lines:
        found.setdefault(line.state, []).append(line.title.removeprefix("vaxwatch: "))
    return found
