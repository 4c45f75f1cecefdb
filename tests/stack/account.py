"""What a lake must have after all that was done to its stack: nothing lost, nothing doubled."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

import pytest

from tasks.alerts.alert_config import CONFIG
from tasks.alerts.alert_log import alert_log, histories
from tasks.delivery.machine_payloads import event_uuid
from tasks.delivery.numbered_events import lives_of
from tasks.delivery.run_delivery import Options, alert_state, run_delivery
from tasks.delivery.targets import Target
from tasks.pipeline.backfill import backfill_source
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader
from tests.stack.pieces import TARGET
from tests.stack.stack import Stack
from tests.stack.upstream import SOURCE

LATER = (0.25, 1.0, 7.0, 14.0)
"""Hours after the end at which what is due is sent: two tries are six hours apart at most."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the lake and the inbox have.

    `archived`, `committed`: the ids of snapshots and of vintages. `versions`: which version of the
    page each vintage is, by time; `changes`: only of those that changed a table. `sent`: how often
    each event was sent, by id. `events`: the ids
    of all events of the alert log; `newest`: of the newest event of each alert, which is the one
    that a delivery after several of them sends. `alerts`: kind and vintage of the events of each
    alert by fingerprint. `replayed`: the same of a new lake made from the bytes archived here.
    """

    archived: list[str]
    committed: list[str]
    versions: list[int]
    changes: list[int]
    sent: Counter[str]
    events: set[str]
    newest: set[str]
    alerts: dict[str, list[tuple[str, str]]]
    replayed: dict[str, list[tuple[str, str]]]

    @property
    def doubles(self) -> int:
        """How many messages arrived that had arrived before."""
        return self.sent.total() - len(self.sent)


@contextmanager
def store_of(stack: Stack) -> Iterator[Store]:
    """Yield the lake's store."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment.items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        yield open_store(stack.lake)


def account_of(stack: Stack) -> Account:
    """Return what there is now, read from the objects themselves."""
    with store_of(stack) as store:
        numbers, archived = stack.upstream.shas(), dict[str, int]()
        for key in store.list(f"raw/{SOURCE}/fetches/"):
            blob = store.get(key)
            assert blob is not None
            sha = json.loads(blob.body)["bodies"]["main"]["sha256"]
            archived[key.rpartition("/")[2].removesuffix(".json")] = numbers[sha]
        vintages = sorted(VaultReader(store, SOURCE).vintages(), key=attrgetter("id"))
        committed = [one.id for one in vintages]
        lives = lives_of(list(alert_log(store).complete()))
        alerts, again = events_by_alert(store), events_by_alert(replayed(store))
    return Account(
        archived=sorted(archived),
        committed=committed,
        versions=[archived[one] for one in committed],
        changes=[archived[one.id] for one in vintages if one.is_new],
        sent=Counter(message.key for message in stack.upstream.messages),
        events={str(event_uuid(event)) for life in lives.values() for event in life},
        newest={str(event_uuid(life[-1])) for life in lives.values()},
        alerts=alerts,
        replayed=again,
    )


def events_by_alert(store: Store) -> dict[str, list[tuple[str, str]]]:
    """Return kind and vintage of each alert's events, by fingerprint."""
    known = histories(alert_log(store).complete())
    return {
        name: [(event.event.kind, event.event.id) for event in one.events]
        for name, one in known.items()
        if one.events
    }


def replayed(store: Store) -> Store:
    """Return a new lake in memory, made by one backfill of the archived bytes of another."""
    fresh = MemoryStore()
    for key in store.list("raw/"):
        blob = store.get(key)
        if key.startswith(("raw/bodies/", f"raw/{SOURCE}/fetches/")) and blob:
            fresh.put_if_absent(key, blob.body)
    run = RunContext(
        store=fresh,
        source=source_named(SOURCE),
        at=datetime.now(UTC),
        alert_config=replace(CONFIG, shadow_versions=0),
        check_quality=False,
    )
    backfill_source(run, "raw")
    return fresh


def newest(stack: Stack) -> int:
    """Return the version of the page in the newest vintage; -1 while there is none."""
    with store_of(stack) as store:
        vintages = VaultReader(store, SOURCE).vintages()
        if not vintages:
            return -1
        blob = store.get(f"raw/{SOURCE}/fetches/{vintages[-1].id}.json")
        assert blob is not None
        return stack.upstream.shas()[json.loads(blob.body)["bodies"]["main"]["sha256"]]


def deliver_later(stack: Stack) -> None:
    """Deliver as if hours passed: no lease of a killed sender holds, and every try is due."""
    ended = datetime.now(UTC)
    with store_of(stack) as store:
        targets = [Target(name=TARGET, url=stack.upstream.inbox)]
        for hours in LATER:
            at = ended + timedelta(hours=hours)
            options = Options(environment=stack.environment, clock=lambda at=at: at)
            run_delivery(store, alert_state(store, (), at), targets, options)


def settle(stack: Stack) -> None:
    """End all workers, let one more run come, and deliver what is still due."""
    for program in stack.workers:
        program.stop()
    stack.run("vaxwatch", "ingest", SOURCE, "--no-track", "--no-quality")
    deliver_later(stack)


def check(stack: Stack, *, first: int = 0, doubles: int = 0) -> Account:
    """End all workers, let one more run come; then assert that nothing is lost and nothing doubled.

    That run completes the work of one that the end of its worker has cut short.

    Args:
        stack: A stack whose page was collected.
        first: The first version that was collected.
        doubles: How many messages may have arrived twice: one for each sender that was killed.
    """
    settle(stack)
    found, last = account_of(stack), stack.upstream.number
    assert found.archived == found.committed, found
    assert found.versions == sorted(found.versions), found
    assert (found.versions[0], found.versions[-1]) == (first, last)
    assert found.alerts == found.replayed, found
    assert found.newest - {*found.sent} == set(), found
    assert {*found.sent} - found.events == set(), found
    assert found.doubles <= doubles, found
    stack.run("vaxwatch", "verify", "--deep")
    return found
