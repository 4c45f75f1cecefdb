"""The status of a lake: what counts as a problem, and what reading it costs."""

from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.counting import CountingStore
from tasks.delivery.targets import Target
from tasks.sources import SOURCES, source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.watching.check_line import check_line
from tasks.watching.lake_status import LakeStatus, lake_status
from tests.alert_entries import NOW, REFUSED, Inbox, alert_event, append, deliver
from tests.flows.lakes import CUT, DAY, GOOD, HEADER
from tests.tasks.steps.test_deliver_alerts import ingest
from tests.tasks.vault.faults import copied

MARKET = source_named("unicef_market")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    """Return the lake that each test gets a copy of."""
    store, folder = MemoryStore(), tmp_path_factory.mktemp("bodies")
    for day, body in enumerate((GOOD, CUT)):
        ingest(store, folder, body, day=day)
    return store


@pytest.fixture
def store(made: MemoryStore) -> Store:
    """Return a lake with two vintages, of which the second one is a cut."""
    return copied(made)


def status(store: MemoryStore, *, days: float = 1, **how: object) -> LakeStatus:
    """Return the status a number of days after the first vintage."""
    return lake_status(store, SOURCES, at=DAY + timedelta(days=days), **how)  # pyright: ignore[reportArgumentType]


def kinds(found: LakeStatus) -> list[tuple[str, str]]:
    """Return kind and subject of the problems."""
    return [(problem.kind, problem.about) for problem in found.problems]


def test_a_lake_of_one_source_is_well(store: MemoryStore) -> None:
    """What was never ingested is no problem, and neither is an open alert by itself."""
    found = status(store)
    market = found.sources[0]
    assert found.problems == []
    assert (market.state, market.activity.vintages) == ("active", 2)
    assert market.alerts["critical"] >= 1
    assert {one.state for one in found.sources[1:]} == {"never", "retired"}
    assert check_line(found).startswith("VAXWATCH OK - 1 source(s) with data, no problem|")


def test_a_source_without_a_snapshot_for_two_cadences_is_overdue(store: MemoryStore) -> None:
    """With the next step."""
    store.put_if_absent(f"raw/{MARKET.name}/failed/20220220T000000Z-1.json", b"{}")
    found = status(store, days=16)
    assert kinds(found) == [("overdue", MARKET.name)]
    assert found.problems[0].sentence == (
        "unicef_market: no snapshot came since 11 Feb 2022, and 1 fetch(es) failed; one was due by "
        "25 Feb 2022."
    )
    assert found.problems[0].next_step.endswith(f"vaxwatch ingest {MARKET.name}")


def test_a_source_that_never_gave_a_snapshot_is_overdue_after_two_cadences() -> None:
    """From the first failure on; it has no state but `never`."""
    store = MemoryStore()
    store.put_if_absent(f"raw/{MARKET.name}/failed/20220210T000000Z-1.json", b"{}")
    assert kinds(status(store, days=14)) == []
    found = status(store, days=15)
    assert kinds(found) == [("overdue", MARKET.name)]
    assert "no snapshot came ever, and 1 fetch(es) failed" in found.problems[0].sentence
    assert found.sources[0].state == "never"


def test_a_broken_contract_is_a_problem_until_a_snapshot_is_read(
    store: MemoryStore, tmp_path: Path
) -> None:
    """Its sentence is that of the run."""
    ingest(store, tmp_path, b"Country,Shots\nPRK,1\n", day=2)
    found = status(store, days=2)
    assert kinds(found) == [("broken", MARKET.name)]
    assert "Country" in found.problems[0].sentence
    ingest(store, tmp_path, CUT, day=3)
    assert kinds(status(store, days=3)) == []


def test_a_held_vintage_is_a_problem_with_its_id(store: MemoryStore, tmp_path: Path) -> None:
    """The command that releases it is the next step."""
    ingest(store, tmp_path, CUT + b"GHA,AstraZeneca,1\n" * 0, day=2)
    codes = ("GHA", "KEN", "NGA", "IND", "PAK", "BGD", "NPL", "LKA", "IDN", "THA", "VNM", "LAO")
    codes += ("ETH", "UGA", "RWA", "SEN", "MLI", "NER", "TCD", "CMR", "GAB", "COG", "AGO", "ZMB")
    full = (HEADER + "".join(f"{code},AstraZeneca,1000\n" for code in codes)).encode()
    ingest(store, tmp_path, full, day=3)
    ingest(store, tmp_path, GOOD, day=4)
    found = status(store, days=4)
    assert kinds(found) == [("held", MARKET.name)]
    newest = found.sources[0].activity.held_id
    assert newest.startswith("20220214T000000Z-")
    assert found.problems[0].next_step.endswith(f"quarantine release {MARKET.name} {newest}")


def test_undelivered_and_dead_messages_are_problems() -> None:
    """A message that waits is one after an hour; one that was given up is one at once."""
    store, inbox = MemoryStore(), Inbox()
    deliver(store, inbox, now=NOW)
    append(store, alert_event("a"), at=NOW + HOUR)
    inbox.faults = [REFUSED] * 20
    target = deliver(store, inbox, now=NOW + HOUR).target
    at = NOW + 2 * HOUR
    assert lake_status(store, [], at=at).problems == []
    waits = lake_status(store, [], at=at + HOUR)
    assert [one.kind for one in waits.problems] == ["undelivered"]
    assert "1 message(s) wait since" in waits.problems[0].sentence
    assert "HTTP status 503" in waits.problems[0].sentence
    for hours in range(8, 100, 7):
        deliver(store, inbox, now=NOW + hours * HOUR)
    dead = lake_status(store, [], at=NOW + 100 * HOUR)
    assert [(one.kind, one.about) for one in dead.problems] == [("dead", target)]
    assert dead.problems[0].next_step.endswith("vaxwatch deliver --again")
    assert check_line(dead).startswith(f"VAXWATCH WARNING - 1 problem(s): dead {target}|")
    assert lake_status(store, [], at=NOW + 100 * HOUR, targets=["other"]).problems == []
    assert lake_status(store, [], at=NOW + 100 * HOUR, targets=None).targets == []


def test_alerts_that_no_delivery_examines_are_a_problem() -> None:
    """The delivery itself may have stopped."""
    store = MemoryStore()
    deliver(store, Inbox(), now=NOW)
    append(store, alert_event("a"), at=NOW + HOUR)
    assert lake_status(store, [], at=NOW + 2 * HOUR).problems == []
    found = lake_status(store, [], at=NOW + 3 * HOUR)
    assert [one.kind for one in found.problems] == ["undelivered"]
    assert found.problems[0].since == NOW + HOUR


def test_a_target_without_a_message_yet_is_well(store: MemoryStore) -> None:
    """It begins where the log ends."""
    deliver(store, Inbox(), target=Target(name="desk", url="x"), now=DAY + timedelta(days=1))
    assert kinds(status(store, days=2)) == []


def test_a_status_costs_few_requests(store: MemoryStore) -> None:
    """Six of a source in use, four of any other, and a dozen for the lake."""
    counted = CountingStore(store)
    lake_status(counted, SOURCES, at=DAY)
    assert counted.since()["all"] <= 6 + 4 * (len(SOURCES) - 1) + 12
    lake_status(counted, [MARKET], at=DAY)
    assert counted.since()["all"] <= 6 + 12
    assert set(counted.asked) <= {"get", "list"}
