import itertools
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.counting import CountingStore
from schemas.errors import StoreUnavailable
from tasks.alerts.alert_log import alert_log
from tasks.delivery import apprise_sender
from tasks.delivery.receipts import LEASE, TRIES
from tasks.delivery.senders import send
from tasks.vault.backends.below import Below
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob, Store
from tests.alert_entries import DAY, HOUR, NOW, REFUSED, Inbox, alert_event, append, deliver, states

CUT = "[critical, unconfirmed] The dashboard showed the cut."
MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return a lake to which the target has begun to be delivered."""
    store = MemoryStore() if request.param == "memory" else FolderStore(tmp_path / "lake")
    append(store, alert_event("old cut"))
    deliver(store, Inbox())
    return store


def test_a_failed_message_waits_longer_each_time_and_is_given_up(store: Store) -> None:
    """After ten tries, the last of which is recorded; then nothing is tried any more."""
    append(store, alert_event("cut"))
    inbox, tries = Inbox(faults=[REFUSED] * 99), []
    for minute in range(60 * 9):
        before = len(inbox.faults)
        report = deliver(store, inbox, now=NOW + minute * MINUTE)
        if len(inbox.faults) < before:
            tries.append(minute)
        if report.of("dead"):
            break
    assert [b - a for a, b in itertools.pairwise(tries)] == [2**n for n in range(9)]
    assert len(tries) == TRIES
    report = deliver(store, Inbox(), now=NOW + 9 * DAY)
    (line,) = report.of("dead")
    assert (line.why, line.title) == ("HTTP status 503", f"vaxwatch: {CUT}")


def test_a_message_that_was_given_up_can_be_tried_again(store: Store) -> None:
    """On request; it has the same id."""
    append(store, alert_event("cut"))
    inbox = Inbox(faults=[REFUSED] * TRIES)
    for hour in range(TRIES):
        deliver(store, inbox, now=NOW + 6 * hour * HOUR)
    (dead,) = deliver(store, inbox, now=NOW + 3 * DAY).of("dead")
    assert inbox.titles == []
    report = deliver(store, inbox, now=NOW + 3 * DAY, revive=True)
    assert [line.id for line in report.of("sent")] == [dead.id] == [inbox.messages[0].id]
    assert not report.of("dead")


def test_a_killed_sender_leaves_the_message_to_the_next_one(store: Store) -> None:
    """Once its lease has run out; under the same id, whether it was sent or not."""
    append(store, alert_event("cut"))
    inbox, first = Inbox(), Inbox()

    def dies(*sent: object) -> None:
        first(*sent)  # pyright: ignore[reportArgumentType]
        raise Killed

    with pytest.raises(Killed):
        deliver(store, dies, owner="first")
    report = deliver(store, inbox, now=NOW + MINUTE, owner="second")
    assert [(line.state, line.why) for line in report.lines] == [
        ("waits", "a sender has taken it for its 1st try; not before 9 Feb 2022 10:10 UTC")
    ]
    deliver(store, inbox, now=NOW + LEASE, owner="second")
    assert [one.id for one in inbox.messages] == [one.id for one in first.messages]
    deliver(store, inbox, now=NOW + DAY, owner="third")
    assert len(inbox.messages) == 1


def test_a_sender_that_dies_each_time_is_given_up(store: Store) -> None:
    """A message that kills its sender does not do so for ever."""
    append(store, alert_event("cut"))

    def dies(*_: object) -> None:
        raise Killed

    for n in range(TRIES):
        with pytest.raises(Killed):
            deliver(store, dies, now=NOW + n * LEASE)
    assert states(deliver(store, dies, now=NOW + TRIES * LEASE)) == {"dead": [CUT]}


def test_a_target_that_fails_is_left_alone_after_three_messages(store: Store) -> None:
    """The others wait for the next delivery, without a try of their own."""
    append(store, *(alert_event(f"cut {n}") for n in range(5)))
    inbox = Inbox(faults=[REFUSED] * 9)
    report = deliver(store, inbox)
    assert len(inbox.faults) == 6
    whys = [line.why for line in report.of("waits")]
    assert whys[3:] == ["3 others failed just before"] * 2
    deliver(store, Inbox(), now=NOW + HOUR)
    assert states(deliver(store, inbox, now=NOW + HOUR)) == {}


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_clock_that_is_set_back_holds_no_message_up(store: Store, *, is_killed: bool) -> None:
    """Neither a lease nor a back-off of the time that never was; clocks may be an hour apart."""
    append(store, alert_event("cut"))
    ahead = NOW + 365 * DAY

    def fails(*_: object) -> None:
        raise Killed if is_killed else REFUSED

    with pytest.raises(Killed) if is_killed else nullcontext():
        deliver(store, fails, now=ahead)
    assert deliver(store, Inbox(), now=ahead - HOUR).of("waits")
    assert states(deliver(store, Inbox(), now=NOW)) == {"sent": [CUT]}


def test_a_clock_that_is_set_back_holds_no_digest_up(store: Store) -> None:
    """An alert that was recorded next year comes with the next digest, not in a year."""
    append(store, alert_event("cut", severity="medium"), at=NOW + 365 * DAY)
    assert states(deliver(store, Inbox(), now=NOW)) == {
        "sent": ["daily digest before 2022-02-09: 1 alert"]
    }


def test_whatever_a_library_raises_is_a_failed_try(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of that message; no other target waits for it, and no part of the address is recorded."""

    def raises(*_: object) -> None:
        raise KeyError("T0KENT0KEN")

    monkeypatch.setattr(apprise_sender, "notify", raises)
    append(store, alert_event("cut"))
    (line,) = deliver(store, send, address="json://127.0.0.1:9/T0KENT0KEN").of("waits")
    assert line.why.startswith("KeyError: '***'")


def test_a_dry_run_writes_and_sends_nothing(store: Store) -> None:
    """It shows the text of what is due, what waits, and why."""
    append(store, alert_event("cut"))
    inbox, before = Inbox(), sorted((key, store.get(key)) for key in store.list(""))
    report = deliver(store, inbox, is_dry=True)
    assert [(line.state, line.text[:29]) for line in report.lines] == [
        ("due", "The dashboard showed the cut.")
    ]
    assert inbox.titles == []
    assert sorted((key, store.get(key)) for key in store.list("")) == before
    deliver(store, Inbox(faults=[REFUSED]))
    (line,) = deliver(store, inbox, is_dry=True).lines
    assert (line.state, line.why) == ("waits", "HTTP status 503; not before 9 Feb 2022 10:01 UTC")


def test_an_alert_whose_receipt_came_late_is_corrected_all_the_same(store: Store) -> None:
    """It was being sent while the alert ended; the next plan knows that it was."""
    append(store, alert_event("cut"))
    inbox = Inbox()

    def ends_meanwhile(*sent: object) -> None:
        append(store, alert_event("cut", "reverted"))
        assert states(deliver(store, inbox, owner="second")) == {"waits": [CUT]}
        inbox(*sent)  # pyright: ignore[reportArgumentType]

    deliver(store, ends_meanwhile, owner="first")
    deliver(store, inbox, now=NOW + HOUR)
    assert inbox.titles == [CUT, "[critical] Undone: The dashboard showed the cut."]


class Failing(Below):
    """A store whose n-th request fails, before or after it is done."""

    def __init__(self, store: Store, number: int, *, is_done: bool) -> None:
        super().__init__(store)
        self.left, self.is_done = number, is_done

    def _count(self, done: Callable[[], object]) -> None:
        self.left -= 1
        if self.left == 0:
            if self.is_done:
                done()
            raise StoreUnavailable(self.uri, "connection reset")

    def get(self, key: str) -> Blob | None:
        """Read, or fail."""
        self._count(lambda: None)
        return super().get(key)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create, or fail."""
        self._count(lambda: super(Failing, self).put_if_absent(key, body))
        return super().put_if_absent(key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace, or fail."""
        self._count(lambda: super(Failing, self).put_if_match(key, body, etag))
        return super().put_if_match(key, body, etag)


@pytest.mark.parametrize("is_done", [False, True])
def test_no_failure_of_the_store_loses_a_message(*, is_done: bool) -> None:
    """Whichever request fails; a message that is sent twice has one id."""
    for number in range(1, 40):
        store, inbox = MemoryStore(), Inbox()
        append(store, alert_event("old cut"))
        deliver(store, inbox)
        append(store, alert_event("cut"), alert_event("fall", severity="high"))
        failing = Failing(store, number, is_done=is_done)
        try:
            deliver(failing, inbox, owner="first")
        except StoreUnavailable:
            pass
        else:
            assert failing.left > 0
            assert number > 15
            return
        deliver(store, inbox, now=NOW + LEASE, owner="second")
        sent = {message.id: message.title for message in inbox.messages}
        assert sorted(sent.values()) == [
            "vaxwatch: [critical, unconfirmed] The dashboard showed the cut.",
            "vaxwatch: [high, unconfirmed] The dashboard showed the fall.",
        ], number
        assert states(deliver(store, inbox, now=NOW + DAY)) == {}
    raise AssertionError("a delivery has more requests than were tried")


def test_requests_do_not_grow_with_what_was_delivered() -> None:
    """A delivery with nothing to do asks for the same few objects for ever."""
    store, inbox, asked = MemoryStore(), Inbox(), list[int]()
    deliver(store, inbox)
    for n in range(30):
        append(store, alert_event(f"cut {n}"))
        append(store, alert_event(f"cut {n}", "reverted"))
        for hour in range(2):
            deliver(store, inbox, now=NOW + n * DAY + hour * HOUR)
        entries = len(alert_log(store).complete())
        counting = CountingStore(store)
        deliver(counting, inbox, now=NOW + n * DAY + 2 * HOUR)
        asked.append(counting.asked.total() - entries)
    assert set(asked) == {asked[0]}
    assert asked[0] <= 8
