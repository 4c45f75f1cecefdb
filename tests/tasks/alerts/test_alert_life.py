"""Random lives of an alert: what rules and people record, in any order, replayed from the log."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from schemas.alerts import Event
from tasks.alerts.actions import UNDOES
from tasks.alerts.alert_log import ENDS, alert_log, alerts_of, events_in
from tasks.alerts.known_entries import known_entries
from tasks.alerts.published_alerts import publish_alerts
from tasks.vault.backends.memory_store import MemoryStore
from tests.alerts import DAY, read_alerts
from tests.tasks.alerts.test_actions import NAME, act, event, finding, record
from tests.thorough import examples

KINDS = ("acknowledged", "silenced", "explained")
STATES = {"acknowledged": "acked", "silenced": "silenced", "explained": "explained"}


class Life(RuleBasedStateMachine):
    """One alert, beside a plain model of what holds: by kind, the reason of the newest action."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.events: list[Event] = [event(1)]
        self.held: dict[str, str] = {}
        self.is_found = True
        record(self.store, finding(*self.events))

    def is_open(self) -> bool:
        """Return whether the alert stands and has not ended."""
        return self.is_found and self.events[-1].kind not in ENDS

    @precondition(lambda self: self.is_open() and len(self.events) < 20)
    @rule(kind=st.sampled_from(["updated", "updated", "escalated", "resolved"]))
    def judge(self, kind: str) -> None:
        """The rules find a further step."""
        self.events.append(event(len(self.events) + 1, kind))  # pyright: ignore[reportArgumentType]
        record(self.store, finding(*self.events))
        if kind == "escalated":
            self.held = {name: why for name, why in self.held.items() if name == "silenced"}

    @precondition(lambda self: self.is_open())
    @rule(kind=st.sampled_from(KINDS), reason=st.sampled_from(["One.", "Another."]))
    def do(self, kind: str, reason: str) -> None:
        """A person acts; the same again is not recorded."""
        until = DAY + timedelta(days=1) if kind == "silenced" else None
        count = act(self.store, kind, NAME, reason=reason, until=until)  # pyright: ignore[reportArgumentType]
        assert count == (self.held.get(kind) != reason)
        self.held[kind] = reason

    @precondition(lambda self: self.is_found)
    @rule(kind=st.sampled_from([*UNDOES]))
    def undo(self, kind: str) -> None:
        """A person takes it back; without anything to take back nothing is recorded."""
        held = self.held.pop(UNDOES[kind], None)  # pyright: ignore[reportArgumentType]
        count = act(self.store, kind, NAME)  # pyright: ignore[reportArgumentType]
        assert count == (held is not None)

    @rule()
    def lose(self) -> None:
        """The rules find nothing any more, then all of it again, as after a retraction."""
        record(self.store, *([] if self.is_found else [finding(*self.events)]))
        self.is_found = not self.is_found

    @rule()
    def publish(self) -> None:
        """The tables are published."""
        publish_alerts(self.store, on=DAY)

    @invariant()
    def the_state_is_that_of_the_model(self) -> None:
        """On this day; after the last day of a silence without it."""
        alerts = read_alerts(self.store)
        assert len(alerts) == self.is_found
        for alert in alerts:
            assert alert.state == self.expected(self.held)
            later = {kind: why for kind, why in self.held.items() if kind != "silenced"}
            [then] = read_alerts(self.store, on=date.max)
            assert then.state == self.expected(later)

    def expected(self, held: dict[str, str]) -> str:
        """Return the state with these decisions in force."""
        if self.events[-1].kind in ENDS:
            return "resolved"
        strongest = [kind for kind in ("explained", "silenced", "acknowledged") if kind in held]
        return STATES[strongest[0]] if strongest else "open"

    @invariant()
    def the_table_stands_for_the_log(self) -> None:
        """Read from the table as far as it goes, the alerts are the same."""
        log = alert_log(self.store)
        entries = known_entries(log, self.store.get("alerts/alert_events.parquet"))
        assert alerts_of(entries, on=DAY) == read_alerts(self.store)
        counted = [sum(1 for _ in events_in(entry)) for entry in log.complete()]
        assert all(counted)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=examples(25), stateful_step_count=20, deadline=None)
