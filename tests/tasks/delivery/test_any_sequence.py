"""Any sequence of events, times, refusals and kills: nothing is lost, or sent twice in vain."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from schemas.alerts import EventKind, Origin, Severity
from tasks.delivery.message_text import Rendered
from tasks.delivery.outbox_index import read_index
from tasks.delivery.receipts import read_receipt
from tasks.delivery.targets import Target
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import HOUR, NOW, REFUSED, Inbox, alert_event, append, deliver, fingerprint
from tests.thorough import examples

NAMES = st.sampled_from("abc")
SEVERITIES = st.sampled_from(["critical", "high", "medium", "low"])
ORIGINS = st.sampled_from(["live", "live", "replay"])
ENDINGS = st.lists(st.sampled_from(["accepted", "refused", "killed before", "killed after"]))


class Killed(BaseException):
    """The process of the sender ended here."""


class Deliveries(RuleBasedStateMachine):
    """A log that grows, and senders that fail in every way, each a process of its own.

    `standing`: the alerts that stand. `due`: those of them that the target is to know of. `came`:
    how often a message was accepted. `died`: messages whose sender was killed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.store, self.now = MemoryStore(), NOW
        self.standing: set[str] = set()
        self.due: set[str] = set()
        self.opened: set[str] = set()
        self.came: Counter[str] = Counter()
        self.died: set[str] = set()
        self.senders = 0
        deliver(self.store, Inbox())

    @rule(name=NAMES, severity=SEVERITIES, origin=ORIGINS)
    def open(self, name: str, severity: Severity, origin: Origin) -> None:
        """Open an alert; one that was there before is superseded first."""
        if name in self.opened:
            self._record(name, "superseded", severity, origin)
        self._record(name, "opened", severity, origin)
        self.opened.add(name)
        self.standing.add(name)
        is_repeated = name in self.due and origin == "replay"
        self.due = self.due - {name} if origin == "replay" and not is_repeated else self.due
        if origin == "live":
            self.due.add(name)

    @precondition(lambda self: self.standing)
    @rule(data=st.data(), severity=SEVERITIES, origin=ORIGINS)
    def go_on(self, data: st.DataObject, severity: Severity, origin: Origin) -> None:
        """Continue an alert that stands."""
        name = data.draw(st.sampled_from(sorted(self.standing)))
        kind: EventKind = data.draw(
            st.sampled_from(["escalated", "confirmed", "reverted", "resolved", "superseded"])
        )
        self._record(name, kind, severity, origin)
        if kind in {"reverted", "resolved", "superseded"}:
            self.standing.discard(name)
            self.due.discard(name)
        elif kind == "escalated" and origin == "live":
            self.due.add(name)

    @rule(minutes=st.integers(1, 60 * 24 * 8))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    @rule(endings=ENDINGS)
    def deliver(self, endings: list[str]) -> None:
        """Run a sender, whose tries end in these ways, further ones well."""
        self.senders += 1

        def send(_target: Target, _address: str, message: Rendered) -> None:
            ending = endings.pop(0) if endings else "accepted"
            if ending == "refused":
                raise REFUSED
            if ending.startswith("killed"):
                self.died.add(message.id)
            if ending != "killed before":
                self.came[message.id] += 1
            if ending != "accepted":
                raise Killed

        with suppress(Killed):
            deliver(self.store, send, now=self.now, owner=str(self.senders))

    def teardown(self) -> None:
        """Deliver for a fortnight without a fault, and compare what came with what stands."""
        for _ in range(42):
            self.now += 8 * HOUR
            self.deliver([])
        index = read_index(self.store, "desk")
        assert index
        assert not index.pending
        assert not index.dead
        assert {fingerprint(name) for name in self.due} <= set(index.sent)
        assert set(index.sent) <= {fingerprint(name) for name in self.standing}
        assert {name for name, count in self.came.items() if count > 1} <= self.died
        for name in self.came:
            receipt = read_receipt(self.store, "desk", name)
            assert receipt.state == "sent" or (name in self.died and receipt.refs)

    def _record(self, name: str, kind: EventKind, severity: Severity, origin: Origin) -> None:
        append(self.store, alert_event(name, kind, severity), origin=origin, at=self.now)


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(
    max_examples=examples(60), stateful_step_count=20, phases=[Phase.generate]
)
