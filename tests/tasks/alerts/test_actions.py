"""What people do about alerts: recorded beside the events of the rules, and in force."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.alerts import ActionKind, Alert, Event, EventKind, Finding, Severity
from schemas.errors import UnknownName, WrongUse
from schemas.versions import FILE_VERSIONS
from schemas.waivers import Waiver
from tasks.alerts.actions import Action
from tasks.alerts.alert_log import alert_log, events_in
from tasks.alerts.known_entries import known_entries
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_actions import record_action
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import read_metadata
from tests.alerts import DAY, read_alerts
from tests.ladder import CURRENT

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def event(day: int, kind: EventKind = "opened", severity: Severity = "medium") -> Event:
    """Return an event at a vintage of January 2022."""
    at = datetime(2022, 1, day, tzinfo=UTC)
    return Event(
        kind=kind,
        id=f"{at:%Y%m%d}T000000Z-00000000",
        as_of=at,
        previous_as_of=None,
        severity=severity,
        confidence="confirmed",
        before=200,
        after=100,
        change=-100,
        rel_change=-0.5,
        sentence=f"It fell, {kind} on day {day}.",
    )


def finding(*events: Event, source: str = "s", iso3: str = "PRK") -> Finding:
    """Return a finding with these events."""
    return Finding(
        rule="R4",
        dataset=f"{source}.allocations",
        key={"iso3": iso3},
        column="doses_allocated",
        events=events,
    )


def record(store: Store, *findings: Finding, source: str = "s") -> None:
    """Record what the rules find in a source."""
    done = record_findings(store, findings, source=source, origin="live", at=AT, judged=CURRENT)
    assert done is not None


def act(store: Store, kind: ActionKind, *names: str, **how: Any) -> int:
    """Record an action; return how many events that made."""
    given: dict[str, Any] = {"by": "Ana", "reason": "We asked them."} | how
    return len(record_action(store, Action(kind=kind, **given), names, at=AT).new)


def only(store: Store, *, on: date = DAY, waivers: Sequence[Waiver] = ()) -> Alert:
    """Return the one alert of a lake."""
    (alert,) = read_alerts(store, waivers, on=on)
    return alert


OPENED = finding(event(1))
NAME = OPENED.fingerprint
UPDATED = finding(event(1), event(2, "updated"))
ESCALATED = finding(event(1), event(2, "updated"), event(3, "escalated", "high"))
ENDED = finding(event(1), event(2, "resolved"))


@pytest.fixture
def store() -> Store:
    """Return a lake with one open alert."""
    store = MemoryStore()
    record(store, OPENED)
    return store


def test_an_action_is_an_event_with_who_when_and_why(store: Store) -> None:
    """The figures are those of the newest event, and the alert keeps its sentence."""
    assert act(store, "explained", NAME, url="https://example.org/1") == 1
    *_, done = [one for entry in alert_log(store).complete() for one in events_in(entry)]
    assert (done.event.kind, done.event.after, done.event.id) == ("explained", 100, event(1).id)
    assert dict(done.event.evidence) == {
        "by": "Ana",
        "at": "2026-11-22T09:00:00+00:00",
        "reason": "We asked them.",
        "until": None,
        "url": "https://example.org/1",
    }
    alert = only(store)
    assert alert.sentence == "It fell, opened on day 1."
    assert alert.note == "Explained by Ana on 2026-11-22: We asked them. https://example.org/1"
    assert done.event.sentence == f"{alert.sentence} {alert.note}"


@pytest.mark.parametrize(("kind", "state"), [("acknowledged", "acked"), ("explained", "explained")])
def test_it_holds_until_the_alert_escalates(store: Store, kind: ActionKind, state: str) -> None:
    """An update is no reason to ask people again; what was escalated can be acknowledged again."""
    act(store, kind, NAME)
    record(store, UPDATED)
    assert only(store).state == state
    record(store, ESCALATED)
    assert (only(store).state, only(store).note) == ("open", "")
    assert act(store, kind, NAME) == 1
    assert only(store).state == state


def test_a_silence_holds_until_its_day_whatever_happens(store: Store) -> None:
    """The last day is part of it; the state depends on the day that is asked for."""
    act(store, "silenced", NAME, until=DAY + timedelta(days=2))
    record(store, ESCALATED)
    days = [DAY + timedelta(days=number) for number in range(4)]
    assert [only(store, on=day).state for day in days] == ["silenced"] * 3 + ["open"]


def test_a_table_is_written_again_when_a_silence_is_over(store: Store) -> None:
    """No new entry is needed for that."""
    act(store, "silenced", NAME, until=DAY)
    shown = []
    for day in (DAY, DAY, DAY + timedelta(days=1)):
        publish_alerts(store, on=day)
        blob = store.get("alerts/alerts.parquet")
        shown.append(blob and blob.etag)
    assert shown[0] == shown[1] != shown[2]


def test_the_strongest_decision_is_the_state(store: Store) -> None:
    """Ended, explained, silenced, acknowledged: in this order; taken back, the next one holds."""
    until = DAY + timedelta(days=9)
    act(store, "acknowledged", NAME)
    act(store, "silenced", NAME, until=until)
    act(store, "explained", NAME, reason="A new phase.")
    assert only(store).state == "explained"
    act(store, "unexplained", NAME)
    assert only(store).state == "silenced"
    act(store, "unsilenced", NAME)
    assert only(store).state == "acked"
    act(store, "unacknowledged", NAME)
    assert only(store).state == "open"
    act(store, "explained", NAME, reason="A new phase.")
    record(store, ENDED)
    assert (only(store).state, only(store).note[-12:]) == ("resolved", "A new phase.")


def test_a_waiver_silences_beside_what_people_do(store: Store) -> None:
    """What is acknowledged is silenced, what is explained stays so."""
    waiver = Waiver(rule="R4", dataset="s.*", reason="Known.", owner="Bo", expires=date.max)
    act(store, "acknowledged", NAME)
    alert = only(store, waivers=[waiver])
    assert (alert.state, alert.note) == ("silenced", "Silenced until 9999-12-31 by Bo: Known.")
    act(store, "explained", NAME)
    assert only(store, waivers=[waiver]).state == "explained"


def test_what_is_in_force_is_not_recorded_again(store: Store) -> None:
    """The same person for the same reason; another reason is news, and so is what was undone."""
    assert [act(store, "acknowledged", NAME, NAME) for _ in range(2)] == [1, 0]
    assert act(store, "acknowledged", NAME, reason="They answered.") == 1
    assert act(store, "acknowledged", NAME, by="Bo", reason="They answered.") == 1
    assert [act(store, "unacknowledged", NAME) for _ in range(2)] == [1, 0]
    assert act(store, "unsilenced", NAME) == 0
    assert act(store, "acknowledged", NAME, by="Bo", reason="They answered.") == 1


def test_what_is_not_there_or_has_ended_records_nothing(store: Store) -> None:
    """One of several is enough for that; a cause can still be recorded."""
    ended = finding(*ENDED.events, iso3="ERI")
    record(store, OPENED, ended)
    before = alert_log(store).length()
    with pytest.raises(UnknownName, match="no alert 'zz'"):
        act(store, "acknowledged", NAME, "zz")
    for kind in ("acknowledged", "silenced"):
        with pytest.raises(WrongUse, match="is resolved since the version of 2022-01-02"):
            act(store, kind, NAME, ended.fingerprint, until=None)
    assert alert_log(store).length() == before
    assert act(store, "explained", ended.fingerprint) == 1


def test_alerts_of_several_sources_are_recorded_by_source(store: Store) -> None:
    """One entry each, so that each entry is about one source."""
    other = finding(event(1), source="t")
    record(store, other, source="t")
    assert act(store, "acknowledged", NAME, other.fingerprint) == 2
    assert [entry["source"] for entry in alert_log(store).complete()] == ["s", "t", "s", "t"]
    assert {alert.state for alert in read_alerts(store)} == {"acked"}


def test_actions_outlive_a_supersession(store: Store) -> None:
    """A retraction that is undone finds the same alert as people left it."""
    act(store, "acknowledged", NAME)
    record(store)
    assert read_alerts(store) == []
    with pytest.raises(UnknownName):
        act(store, "acknowledged", NAME)
    record(store, UPDATED)
    assert (only(store).state, only(store).note[:12]) == ("acked", "Acknowledged")


def test_what_was_worse_all_along_is_not_acknowledged(store: Store) -> None:
    """A backfill shows that the fall was greater than the person knew: it is open again."""
    act(store, "acknowledged", NAME)
    record(store, finding(event(1, severity="critical")))
    assert only(store).state == "open"


def test_the_rules_do_not_see_what_people_do(store: Store) -> None:
    """A run after an action appends the rules' news alone, and supersedes nothing."""
    act(store, "acknowledged", NAME)
    record(store, UPDATED)
    record(store, UPDATED)
    kinds = [one.event.kind for entry in alert_log(store).complete() for one in events_in(entry)]
    assert kinds == ["opened", "acknowledged", "updated"]


def test_the_table_of_events_stands_for_the_log(store: Store) -> None:
    """What people did is read back from it, too."""
    act(store, "silenced", NAME, until=DAY)
    publish_alerts(store, on=DAY)
    entries = known_entries(alert_log(store), store.get("alerts/alert_events.parquet"))
    assert [one for entry in entries for one in events_in(entry)] == [
        one for entry in alert_log(store).complete() for one in events_in(entry)
    ]


def test_a_log_and_a_table_of_version_1_are_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their events have the origin of their entry; the next run writes the newer table."""
    (entry,) = alert_log(store).complete()
    events = [{name: it for name, it in one.items() if name != "origin"} for one in entry["events"]]
    old = MemoryStore()
    alert_log(old).append(1, {**entry, "origin": "replay", "events": events})
    with monkeypatch.context() as earlier:
        for name in ("alerts", "alert_events"):
            earlier.setitem(FILE_VERSIONS, name, 1)  # pyright: ignore[reportArgumentType]
        publish_alerts(old, on=DAY)
    assert only(old).origin == "replay"
    assert act(old, "acknowledged", NAME) == 1
    publish_alerts(old, on=DAY)
    assert only(old).state == "acked"
    blob = old.get("alerts/alert_events.parquet")
    assert blob
    assert read_metadata(blob.body)["layout"] == "2"
    assert pl.read_parquet(blob.body)["origin"].to_list() == ["replay", "replay"]


ACT = """
import sys
from datetime import UTC, datetime
from tasks.alerts.actions import Action
from tasks.alerts.record_actions import record_action
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.open_store import open_store
from tests.tasks.alerts.test_actions import AT, ENDED, NAME, DAY, OPENED, finding, event, record
store, who = open_store(sys.argv[1]), sys.argv[2]
for number in range(10):
    if who == "run":
        events = [event(1), *(event(day, "updated") for day in range(2, number + 3))]
        record(store, finding(*events))
    else:
        action = Action(kind="acknowledged", by=who, reason=f"Reason {number}")
        record_action(store, action, [NAME], at=AT)
    publish_alerts(store, on=DAY)
"""


@pytest.mark.thorough
def test_two_people_and_a_run_at_once(tmp_path: Path) -> None:
    """Three processes on one folder: every event is there once, the tables show the whole log."""
    store = open_store(str(tmp_path))
    record(store, OPENED)
    running = [
        subprocess.Popen([sys.executable, "-c", ACT, str(tmp_path), who])
        for who in ("Ana", "Bo", "run")
    ]
    assert [one.wait(timeout=120) for one in running] == [0, 0, 0]
    events = [one.event for entry in alert_log(store).complete() for one in events_in(entry)]
    done = [(one.evidence["by"], one.evidence["reason"]) for one in events if one.evidence]
    assert sorted(done) == [(by, f"Reason {n}") for by in ("Ana", "Bo") for n in range(10)]
    assert [one.as_of.day for one in events if not one.evidence] == list(range(1, 12))
    entries = known_entries(alert_log(store), store.get("alerts/alert_events.parquet"))
    assert len(entries) == alert_log(store).length()
