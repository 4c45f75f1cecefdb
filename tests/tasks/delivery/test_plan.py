from datetime import datetime, timedelta

import pytest

from schemas.alerts import Severity
from tasks.alerts.alert_log import alert_log, events_in
from tasks.delivery.outbox_index import read_index
from tasks.delivery.targets import Target, countries_of
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import DAY, HOUR, NOW, REFUSED, Inbox, alert_event, append, deliver, states

DESK = Target(name="desk", url="json://127.0.0.1:9")


@pytest.fixture
def store() -> MemoryStore:
    """Return a lake with an old alert, to which the target has begun to be delivered."""
    store = MemoryStore()
    append(store, alert_event("old cut"))
    deliver(store, Inbox())
    return store


def test_a_new_target_begins_with_what_is_recorded_from_then_on(store: MemoryStore) -> None:
    """It gets nothing of what was there; the first delivery is marked as such."""
    inbox, other = Inbox(), Target(name="other", url="json://127.0.0.1:9")
    assert deliver(store, inbox, target=other).is_new
    append(store, alert_event("cut"))
    assert not deliver(store, inbox, target=other).is_new
    assert inbox.take() == ["[critical, unconfirmed] The dashboard showed the cut."]


def test_a_delivery_repeated_sends_nothing_again(store: MemoryStore) -> None:
    """The same alerts are one message, however often a delivery runs."""
    inbox = Inbox()
    append(store, alert_event("cut"))
    for hour in range(4):
        deliver(store, inbox, now=NOW + hour * HOUR)
    assert len(inbox.messages) == 1


@pytest.mark.parametrize(
    ("severity", "after"),
    [
        ("critical", timedelta()),
        ("high", timedelta()),
        ("medium", timedelta(hours=14)),
        ("low", timedelta(days=4, hours=14)),
        ("info", None),
    ],
)
def test_each_severity_has_its_lane(
    store: MemoryStore, severity: Severity, after: timedelta | None
) -> None:
    """At once, at the next midnight, on the next Monday, or never."""
    inbox = Inbox()
    append(store, alert_event("cut", severity=severity))
    came: list[timedelta] = []
    for hours in range(0, 24 * 12, 2):
        deliver(store, inbox, now=NOW + hours * HOUR)
        came += [hours * HOUR] * len(inbox.take())
    assert [one for one in came if one < 6 * DAY][:1] == ([] if after is None else [after])


def test_programs_get_every_event_at_once_and_without_a_cap(store: MemoryStore) -> None:
    """Also those of severity info."""
    inbox, address = Inbox(), "cloudevents+http://127.0.0.1:9"
    hook = Target(name="hook", url=address)
    deliver(store, inbox, target=hook, address=address)
    append(store, *(alert_event(f"rise {n}", severity="info") for n in range(8)))
    deliver(store, inbox, target=hook, address=address)
    assert len(inbox.messages) == 8


def test_a_group_is_about_the_countries_of_all_that_it_reports() -> None:
    """Those of the groups beside its own, too: whoever follows one of them gets it."""
    more = [{"dataset": "undp_vaccine_equity.donations", "key": {"iso3": "EGY"}}]
    evidence = {"children": [{"key": {"iso3": "BGD"}}], "more_children": more}
    assert [*countries_of(alert_event("x", key={}, evidence=evidence))] == ["BGD", "EGY"]


def test_a_target_gets_what_its_patterns_select(store: MemoryStore) -> None:
    """By source, country, rule and severity; a group for one of its countries."""
    append(
        store,
        alert_event("cut"),
        alert_event("of Ghana", key={"iso3": "GHA"}),
        alert_event(
            "of many", rule="R17", key={}, evidence={"children": [{"key": {"iso3": "PRK"}}]}
        ),
        alert_event("high", severity="high"),
        alert_event("tests", dataset="find_tests.tests"),
    )

    def wanted(**patterns: tuple[str, ...]) -> set[str]:
        inbox, target = Inbox(), Target(name="other", url="x", **patterns)  # pyright: ignore[reportArgumentType]
        copy = MemoryStore()
        deliver(copy, inbox, target=target)
        append(copy, *events_in(alert_log(store).read(2)))
        deliver(copy, inbox, target=target)
        return {title.split(" the ")[1].rstrip(".") for title in inbox.take()}

    assert wanted() == {"cut", "of Ghana", "of many", "high", "tests"}
    assert wanted(countries=("PRK",)) == {"cut", "of many", "high", "tests"}
    assert wanted(countries=("GH?",)) == {"of Ghana"}
    assert wanted(sources=("find_*",)) == {"tests"}
    assert wanted(sources=("unicef_market.allocations",), rules=("R1",)) == {
        *("cut", "of Ghana", "high")
    }
    assert wanted(severities=("high",)) == {"high"}


def test_a_target_that_waits_gets_what_is_confirmed(store: MemoryStore) -> None:
    """Once, by its confirmation; what is undone before that never, and its end if it had it."""
    public = Target(name="public", url="json://127.0.0.1:9", confirmed_only=True)
    inbox = Inbox()
    deliver(store, inbox, target=public)
    sure = alert_event("sure", confidence="confirmed")
    append(store, alert_event("cut"), alert_event("slip"), sure)
    deliver(store, inbox, target=public)
    assert [title.split(" the ")[1] for title in inbox.take()] == ["sure."]
    append(store, alert_event("cut", "confirmed"), alert_event("slip", "reverted"))
    deliver(store, inbox, target=public)
    (title,) = inbox.take()
    assert title.startswith("[critical] ")
    assert "the cut." in title
    append(store, alert_event("cut", "resolved"))
    deliver(store, inbox, target=public)
    assert ["the cut." in title for title in inbox.take()] == [True]


def test_no_more_than_five_immediate_messages_and_one_for_the_rest(store: MemoryStore) -> None:
    """The worst have messages of their own; the last has all others."""
    inbox = Inbox()
    cuts = [alert_event(f"cut {n}", severity="high" if n < 5 else "critical") for n in range(9)]
    append(store, *cuts)
    deliver(store, inbox)
    assert [title[:9] for title in inbox.titles] == ["[critical"] * 4 + ["[high, un", "and 4 mor"]
    assert all(f"cut {n}" in inbox.messages[-1].text for n in range(1, 5))
    assert inbox.messages[-1].text.startswith("And 4 more alerts.")
    deliver(store, inbox, now=NOW + HOUR)
    assert len(inbox.messages) == 6


def test_a_group_is_one_message_and_its_parts_are_in_it(store: MemoryStore) -> None:
    """At the opening, and when its parts are confirmed with it."""
    inbox = Inbox()
    names = ("VEN", "PER", "KEN")
    for kind in ("opened", "confirmed"):
        group = alert_event("group", kind, "medium", rule="R17", key={}, evidence={"count": 25})
        append(store, group, *(alert_event(name, kind, group="group") for name in names))
        deliver(store, inbox)
        (message,) = inbox.messages
        assert all(f"the {name}." in message.text for name in ("group", *names))
        inbox.take()


def test_confirmation_escalation_and_ends_are_notified(store: MemoryStore) -> None:
    """Each once, and named; an update is not."""
    inbox = Inbox()
    for kind in ("opened", "updated", "confirmed", "escalated", "resolved"):
        append(store, alert_event("cut", kind))
        deliver(store, inbox)
    text = "The dashboard showed the cut."
    assert inbox.titles == [
        f"[critical, unconfirmed] {text}",
        f"[critical] Confirmed: {text}",
        f"[critical] Escalated: {text}",
        f"[critical] All clear: {text}",
    ]
    index = read_index(store, "desk")
    assert index
    assert not index.sent


def test_an_alert_that_gets_critical_leaves_the_digest(store: MemoryStore) -> None:
    """It is sent at once, and not again with the digest."""
    inbox = Inbox()
    append(store, alert_event("cut", severity="medium"))
    deliver(store, inbox)
    append(store, alert_event("cut", "escalated", "critical"))
    deliver(store, inbox)
    assert inbox.take() == ["[critical] Escalated: The dashboard showed the cut."]
    deliver(store, inbox, now=NOW + 2 * DAY)
    assert inbox.take() == []


@pytest.mark.parametrize("kind", ["reverted", "superseded"])
def test_what_ends_before_it_was_sent_is_not_sent_at_all(store: MemoryStore, kind: str) -> None:
    """Neither the news nor the correction."""
    inbox = Inbox(faults=[REFUSED])
    append(store, alert_event("cut"))
    assert states(deliver(store, inbox)) == {
        "waits": ["[critical, unconfirmed] The dashboard showed the cut."]
    }
    append(store, alert_event("cut", kind))  # pyright: ignore[reportArgumentType]
    assert list(states(deliver(store, inbox, now=NOW + HOUR))) == ["withdrawn"]
    assert states(deliver(store, inbox, now=NOW + 2 * HOUR)) == {}
    assert inbox.titles == []


@pytest.mark.parametrize(
    ("kind", "word"),
    [("reverted", "Undone"), ("superseded", "Withdrawn"), ("resolved", "All clear")],
)
def test_what_was_sent_and_ends_is_corrected_once(store: MemoryStore, kind: str, word: str) -> None:
    """Also when history that was read later ends it."""
    inbox = Inbox()
    append(store, alert_event("cut"))
    deliver(store, inbox)
    append(store, alert_event("cut", kind), origin="replay")  # pyright: ignore[reportArgumentType]
    for hour in range(3):
        deliver(store, inbox, now=NOW + hour * HOUR)
    assert inbox.titles[1:] == [f"[critical] {word}: The dashboard showed the cut."]


def test_an_alert_recorded_again_is_corrected_only_if_its_figures_differ(
    store: MemoryStore,
) -> None:
    """A better sentence alone is no message."""
    inbox = Inbox()
    append(store, alert_event("cut"))
    deliver(store, inbox)
    inbox.take()
    append(
        store,
        alert_event("cut", "superseded", confidence="unconfirmed"),
        alert_event("cut"),
        origin="replay",
    )
    deliver(store, inbox)
    assert inbox.take() == []
    again = alert_event("cut", after=2_000_000, sentence="It showed 2,000,000.")
    append(
        store, alert_event("cut", "superseded", confidence="unconfirmed"), again, origin="replay"
    )
    deliver(store, inbox)
    assert inbox.take() == ["[critical, unconfirmed] Corrected: It showed 2,000,000."]


def test_history_that_is_read_later_has_one_summary(store: MemoryStore) -> None:
    """However many incidents it has; the open ones among them are named."""
    inbox = Inbox()
    incidents = [alert_event(f"incident {n}", severity="high") for n in range(12)]
    ends = [alert_event(f"incident {n}", "reverted", "high") for n in range(9)]
    append(store, *incidents, *ends, alert_event("rise", severity="info"), origin="replay")
    for hour in range(3):
        deliver(store, inbox, now=NOW + hour * HOUR)
    assert inbox.titles == [
        "history of unicef_market was read: 12 historic incidents, 3 still open"
    ]
    assert "incident 9" in inbox.messages[0].text
    deliver(store, inbox, now=NOW + 40 * DAY)
    assert len(inbox.titles) == 1


def test_open_alerts_are_repeated_weekly_or_monthly(store: MemoryStore) -> None:
    """Critical ones after a week, high ones after thirty days, in one message a day."""
    inbox = Inbox()
    append(store, alert_event("critical"), alert_event("high", severity="high"))
    came: list[tuple[int, str]] = []
    for day in range(36):
        deliver(store, inbox, now=NOW + day * DAY)
        came += [(day, title) for title in inbox.take() if "still open" in title]
    assert came == [
        *((day, "still open: 1 alert") for day in (7, 14, 21, 28)),
        (30, "still open: 1 alert"),
        (35, "still open: 1 alert"),
    ]


def test_a_week_without_a_message_ends_with_a_heartbeat(store: MemoryStore) -> None:
    """For a target that wants one; not where something was sent in that week."""
    inbox, target = Inbox(), Target(name="quiet", url="x", heartbeat=True)
    came: list[tuple[str, str]] = []
    for day in range(28):
        now = NOW + day * DAY
        if day == 7:
            append(store, alert_event("cut"), at=now)
        if day == 8:
            append(store, alert_event("cut", "reverted"), at=now)
        deliver(store, inbox, now=now, target=target)
        came += [(f"{now:%a %d}", title[:17]) for title in inbox.take()]
    assert came == [
        ("Mon 14", "nothing to report"),
        ("Wed 16", "[critical, unconf"),
        ("Thu 17", "[critical] Undone"),
        ("Mon 28", "nothing to report"),
        ("Mon 07", "nothing to report"),
    ]


def test_the_first_digest_of_a_week_has_all_alerts_ranked(store: MemoryStore) -> None:
    """The largest relative change first, and one that ended since is left out."""
    inbox = Inbox()
    falls = {"small": 8_000_000, "gone": 0, "large": 100_000}
    append(store, *(alert_event(name, severity="low", after=n) for name, n in falls.items()))
    append(store, alert_event("gone", "reverted", "low"))
    deliver(store, inbox)
    deliver(store, inbox, now=datetime.fromisoformat("2022-02-14T06:00:00+00:00"))
    (message,) = inbox.messages
    assert message.title == "vaxwatch: weekly digest before 2022-02-14: 2 alerts"
    assert message.text.index("the large.") < message.text.index("the small.")
