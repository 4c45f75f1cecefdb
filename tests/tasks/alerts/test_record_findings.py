"""The alert log: events are recorded once, never changed, reduced to alerts, and published."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas.alerts import AlertEvent, Finding, alert_event
from schemas.errors import LostRace
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alert_log
from tasks.alerts.evaluate import evaluate
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.alerts import read_alerts
from tests.ladder import CURRENT, LADDER, found
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of
from vaxwatch.reader import Lake

AT = datetime(2026, 11, 22, tzinfo=UTC)


def record(store: Store, findings: list[Finding], *, source: str = "unicef") -> list[AlertEvent]:
    """Record live findings of a source; return the new events."""
    done = record_findings(store, findings, source=source, origin="live", at=AT, judged=CURRENT)
    assert done is not None
    return [*done.new]


def short(events: Sequence[AlertEvent]) -> list[tuple[str, str, str]]:
    """Return rule, kind and day of each event."""
    return [
        (recorded.rule, recorded.event.kind, f"{recorded.event.as_of:%m-%d}") for recorded in events
    ]


def test_vintage_by_vintage_only_new_events_are_recorded() -> None:
    """Each vintage adds one entry with its own events; a second run adds nothing."""
    store, days = MemoryStore(), list(LADDER)
    assert record(store, found(days[:1])) == []
    assert short(record(store, found(days[:2]))) == [("R0", "opened", "12-23")]
    assert short(record(store, found(days[:3]))) == [("R1", "opened", "02-10")]
    assert short(record(store, found(days[:4]))) == [
        ("R1", "confirmed", "02-22"),
        ("R1", "opened", "02-22"),
    ]
    assert record(store, found(days[:4])) == []
    assert alert_log(store).length() == 3
    entry = alert_log(store).read(3)
    assert (entry["source"], entry["origin"], entry["outbox"]) == ("unicef", "live", [])
    assert entry["at"] == "2026-11-22T00:00:00+00:00"


@pytest.mark.parametrize("with_more_first", [True, False])
def test_what_came_with_an_event_is_recorded_as_it_is_now(*, with_more_first: bool) -> None:
    """Other vintages bring it or take it away; the event with earlier evidence is superseded."""
    [_, cut] = found([*LADDER][:3])
    more = {**cut.events[0].evidence, "also": [{"family": "rise", "count": 24}]}
    other = replace(cut, events=(replace(cut.events[0], evidence=more), *cut.events[1:]))
    first, then = (other, cut) if with_more_first else (cut, other)
    store = MemoryStore()
    record(store, [first])
    assert [event.event.kind for event in record(store, [then])] == ["superseded", "opened"]
    assert record(store, [then]) == []


def test_all_at_once_or_step_by_step_gives_the_same_alerts() -> None:
    """The alerts do not depend on how often the rules were evaluated."""
    once, stepwise, days = MemoryStore(), MemoryStore(), list(LADDER)
    record(once, found(days))
    for count in range(1, len(days) + 1):
        record(stepwise, found(days[:count]))
    assert read_alerts(once) == read_alerts(stepwise)


def test_an_alert_shows_figures_as_stated_and_the_state_as_last_judged() -> None:
    """Newest first; a confirmation does not move an alert, an update does."""
    store = MemoryStore()
    record(store, found(list(LADDER)))
    shown = [
        (a.rule, f"{a.as_of:%m-%d}", a.severity, a.confidence, a.state, a.before, a.after)
        for a in read_alerts(store)
    ]
    assert shown == [
        ("R1", "04-12", "medium", "confirmed", "resolved", 1_540_800, 1_828_800),
        ("R0", "04-12", "info", "confirmed", "open", 0, 1_828_800),
        ("R2", "04-01", "critical", "unconfirmed", "reverted", 1_288_800, 0),
        ("R1", "02-10", "critical", "confirmed", "open", 8_115_600, 1_540_800),
        ("R0", "12-23", "info", "confirmed", "open", 6_826_800, 8_115_600),
    ]
    document = read_alerts(store)[0].document()
    assert json.loads(json.dumps(document)) == document
    assert document["key"] == {"iso3": "PRK"}


def one_figure(*doses: int | None) -> list[Finding]:
    """Return the findings in one country's vintages."""
    states = {
        f"2022-01-{day:02d}": allocations([("PRK", "A", value)], "doses_allocated")
        for day, value in enumerate(doses, start=1)
    }
    rule_input = rule_input_of("unicef.allocations", ALLOCATIONS, states)
    return evaluate([rule_input], shown_by="The dashboard")


def test_a_resolved_alert_has_figures_time_and_sentence_of_one_event() -> None:
    """A drawdown that ended says where the figure is, not what is gone and that it is back."""
    store = MemoryStore()
    record(store, one_figure(1_000_000, 910_000, 830_000, 790_000, 1_200_000))
    (drawdown,) = [alert for alert in read_alerts(store) if alert.rule == "R4"]
    assert (drawdown.state, drawdown.severity) == ("resolved", "high")
    assert (drawdown.before, drawdown.after, f"{drawdown.as_of:%d}") == (1_000_000, 1_200_000, "05")
    assert "1,200,000 doses" in drawdown.sentence
    assert "back at or above its peak of 1,000,000" in drawdown.sentence


def test_a_judged_alert_keeps_the_figures_of_its_opening() -> None:
    """Figures and time are the opening's, and the sentence begins with the opening's."""
    store = MemoryStore()
    findings = one_figure(1_000_000, 910_000, 830_000, 790_000, 600_000, 600_000)
    record(store, findings)
    openings = {finding.fingerprint: finding.events[0] for finding in findings}
    recorded = read_alerts(store)
    assert {alert.rule for alert in recorded} == {"R1", "R4"}
    for alert in recorded:
        opened = openings[alert.fingerprint]
        assert (alert.before, alert.confidence) == (opened.before, "confirmed")
        if alert.rule == "R1":
            assert (alert.as_of, alert.after) == (opened.as_of, opened.after)
            assert alert.sentence.startswith(opened.sentence)


def test_a_backfill_that_moves_an_episode_supersedes_the_old_alert() -> None:
    """The fall is found at an earlier vintage: the old alert is superseded, a new one opened."""
    store, days = MemoryStore(), ["2021-11-29", "2021-12-23", "2022-02-22"]
    record(store, found(days))
    news = record(store, found([*days[:2], "2022-02-10", days[2]]))
    assert short(news)[0] == ("R1", "superseded", "02-22")
    assert ("R1", "opened", "02-10") in short(news)
    assert sorted((a.rule, a.before, a.after) for a in read_alerts(store) if a.rule != "R0") == [
        ("R1", 1_540_800, 1_288_800),
        ("R1", 8_115_600, 1_540_800),
    ]
    assert record(store, found([*days[:2], "2022-02-10", days[2]])) == []


def test_what_was_superseded_can_come_back() -> None:
    """The rules find the old episode again: it is recorded again, once."""
    store, days = MemoryStore(), ["2021-11-29", "2021-12-23", "2022-02-10"]
    record(store, found(days))
    before = read_alerts(store)
    assert {recorded.event.kind for recorded in record(store, [])} == {"superseded"}
    assert read_alerts(store) == []
    assert len(record(store, found(days))) == 2
    assert read_alerts(store) == before
    assert record(store, found(days)) == []


def test_an_alert_that_comes_with_another_now_keeps_its_fingerprint() -> None:
    """A lake of an earlier program: recorded alone, superseded, and there again with its group."""
    store, days = MemoryStore(), list(LADDER)
    (alone,) = found(days[:2])
    record(store, [alone])
    again = record(store, [replace(alone, group="0" * 64)])
    assert [(one.event.kind, one.group) for one in again] == [
        ("superseded", None),
        ("opened", "0" * 64),
    ]
    (alert,) = read_alerts(store)
    assert (alert.fingerprint, alert.group, alert.state) == (alone.fingerprint, "0" * 64, "open")


def test_another_wording_is_no_news() -> None:
    """A better sentence does not raise an alert again."""
    store = MemoryStore()
    record(store, found(list(LADDER)))
    assert record(store, found(list(LADDER), shown_by="UNICEF's own dashboard")) == []


def test_one_source_leaves_the_alerts_of_another_alone() -> None:
    """Only alerts of the source at hand can be superseded."""
    store, days = MemoryStore(), list(LADDER)[:2]
    record(store, found(days))
    record(store, found(days, source="other", iso3="ERI"), source="other")
    record(store, [], source="other")
    assert {alert.dataset for alert in read_alerts(store)} == {"unicef.allocations"}


def test_concurrent_writers_record_every_event_once() -> None:
    """Eight threads with four sources: no event is lost and none is recorded twice."""
    store, days = MemoryStore(), list(LADDER)
    sources = ["a", "b", "c", "d"] * 2
    findings = {name: found(days, source=name) for name in set(sources)}

    def work(name: str) -> int:
        return len(record(store, findings[name], source=name))

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(work, sources))
    events = sum(len(finding.events) for finding in findings["a"])
    assert sum(counts) == 4 * events
    assert sorted(counts) == [0] * 4 + [events] * 4
    assert len(read_alerts(store)) == 4 * len(findings["a"])


def waived(rule: str, **key: str) -> Waiver:
    """Return a waiver of a rule on the figures of a country."""
    return Waiver(
        rule=rule,
        dataset="unicef.*",
        key=key,
        reason="Known.",
        owner="a@example.org",
        expires=date(2022, 12, 31),
    )


def test_a_waiver_silences_what_is_open_and_nothing_else() -> None:
    """What has ended stays ended, another country's stays open, and the log is as it was."""
    store = MemoryStore()
    record(store, found(list(LADDER)))
    before = [alert_log(store).read(number) for number in (1,)]
    in_force = [waived("R[02]", iso3="PRK"), waived("R1", iso3="ERI")]
    states = {(a.rule, a.state) for a in read_alerts(store, in_force)}
    assert states == {("R0", "silenced"), ("R2", "reverted"), ("R1", "open"), ("R1", "resolved")}
    lake = Lake(store, [replace(one, expires=date.max) for one in in_force])
    silencing = {a.rule: lake.silencing(a) for a in lake.alert_records()}
    named = {rule: one and one.rule for rule, one in silencing.items()}
    assert named == {"R0": "R[02]", "R2": None, "R1": None}
    assert {a.state for a in read_alerts(store)} == {"open", "resolved", "reverted"}
    assert [alert_log(store).read(number) for number in (1,)] == before
    assert alert_log(store).length() == 1


class AlwaysLate(MemoryStore):
    """A store in which somebody else is always faster."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Refuse."""
        return False


def test_who_is_never_first_gives_up_with_a_note() -> None:
    """A lost race is a transient error."""
    with pytest.raises(LostRace, match="Run the same command again"):
        record(AlwaysLate(), found(list(LADDER)))


def test_an_event_survives_the_log() -> None:
    """What is read is what was recorded."""
    store = MemoryStore()
    recorded = record(store, found(list(LADDER)))
    documents = alert_log(store).read(1)["events"]
    assert [alert_event(document) for document in documents] == recorded


def test_reading_alerts_needs_no_heavy_package() -> None:
    """Neither Prefect nor pandera nor pycountry is imported."""
    code = (
        "import sys, tasks.alerts.record_findings; "
        "print({'prefect', 'pandera', 'pycountry', 'great_expectations'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
