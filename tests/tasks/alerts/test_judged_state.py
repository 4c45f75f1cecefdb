"""What was judged is not judged again; that changes nothing of what is recorded."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.alerts import Alert, Finding
from schemas.records import Body, Snapshot
from schemas.rule_settings import DEFAULTS, RuleSettings
from tasks.alerts import update_alerts as module
from tasks.alerts.alert_config import AlertConfig
from tasks.alerts.alert_log import alert_log, histories
from tasks.alerts.judged_state import UNKNOWN, JudgedStateFile
from tasks.alerts.update_alerts import update_alerts
from tasks.sources import source_named
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.manifest import Retraction
from tasks.vault.own_hash import encode, with_hash
from tasks.vault.retraction import commit_retraction
from tasks.vault.rewrite import release_vintage
from tasks.vault.vault_reader import VaultReader
from tests.rule_inputs import ALLOCATIONS, allocations
from tests.thorough import quick

SOURCE = source_named("covax_allocations")
BEGIN = datetime(2022, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
COUNTRIES = ("PRK", "HTI", "COD")
DOSES = st.sampled_from([None, 0, 900_000, 1_000_000, 1_288_800, 8_115_600])
STATES = st.lists(st.tuples(DOSES, DOSES, DOSES), min_size=2, max_size=6)
State = tuple[int | None, ...]


def draft(day: int, state: State, *, is_held: bool = False) -> Draft:
    """Return the list of one day: each country's doses."""
    rows = [
        (*pair, doses)
        for pair, doses in zip(zip(COUNTRIES, "ABC", strict=True), state, strict=True)
    ]
    frame = allocations(rows, "doses_allocated").filter(pl.col("doses_allocated").is_not_null())
    digest = hashlib.sha256(f"{day}{state}".encode()).hexdigest()
    body = Body(name="main", sha256=digest, size=1)
    at = BEGIN + timedelta(weeks=day)
    snapshot = Snapshot(source=SOURCE.name, retrieved_at=at, bodies=(body,), url="")
    tables = {"allocations": TableDraft(frame=frame, key=ALLOCATIONS)}
    return Draft(snapshot=snapshot, tables=tables, held=is_held)


def add(store: Store, *drafts: Draft) -> None:
    """Commit drafts, in one commit."""
    commit_snapshots(VaultReader(store, SOURCE.name), drafts, at=NOW)


def judge(
    store: Store, *, is_thorough: bool = False, rules: RuleSettings = DEFAULTS
) -> Sequence[Alert]:
    """Bring the alerts up to date; return those that changed."""
    vault, config = VaultReader(store, SOURCE.name), AlertConfig(rules=rules)
    return update_alerts(
        vault, SOURCE, at=NOW, origin="live", in_force=(), config=config, is_thorough=is_thorough
    ).alerts


def recorded(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return the events that stand for each alert, with sentence and evidence."""
    known = histories(alert_log(store).complete())
    return {
        name: [
            (one.event.kind, one.event.id, one.event.sentence, one.event.evidence) for one in events
        ]
        for name, history in known.items()
        if (events := history.events)
    }


@settings(max_examples=quick(3, 25), suppress_health_check=[HealthCheck.too_slow])
@given(STATES, st.data())
def test_any_order_gives_the_alerts_of_one_thorough_run(
    states: list[State], data: st.DataObject
) -> None:
    """Backfills, holds, releases and retractions, judged after each, against all of it at once."""
    order = data.draw(st.permutations(range(len(states))))
    held = data.draw(st.sets(st.integers(1, len(states) - 1)))
    released = data.draw(st.sets(st.sampled_from(sorted(held)))) if held else set[int]()
    gone = data.draw(st.sets(st.integers(0, len(states) - 1), max_size=1))
    step_by_step, at_once = MemoryStore(), MemoryStore()
    for day in order:
        add(step_by_step, draft(day, states[day], is_held=day in held))
        judge(step_by_step)
    ids = {one.as_of: one.id for one in VaultReader(step_by_step, SOURCE.name).vintages()}
    for day in sorted(released):
        vault = VaultReader(step_by_step, SOURCE.name)
        release_vintage(vault, ids[BEGIN + timedelta(weeks=day)], at=NOW)
        judge(step_by_step)
    for store, days in ((step_by_step, order), (at_once, range(len(states)))):
        if store is at_once:
            add(store, *(draft(day, states[day], is_held=day in held - released) for day in days))
        for day in sorted(gone):
            decided = Retraction(
                id=ids[BEGIN + timedelta(weeks=day)], at=NOW, reason="Wrong.", by=None, vintage=None
            )
            commit_retraction(VaultReader(store, SOURCE.name), decided)
        judge(store, is_thorough=store is at_once)
    assert recorded(step_by_step) == recorded(at_once)


def test_a_run_builds_findings_of_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twenty falls, the last is built; after other thresholds, all of them."""
    store, counts = MemoryStore(), list[int]()
    evaluate = module.evaluate

    def counting(*args: Any, **kwargs: Any) -> list[Finding]:
        found = evaluate(*args, **kwargs)
        counts.append(len(found))
        return found

    monkeypatch.setattr(module, "evaluate", counting)
    for day in range(20):
        add(store, draft(day, (8_115_600 if day % 4 else 1_000_000, 900_000, 900_000)))
    judge(store)
    add(store, draft(20, (900_000, 900_000, 900_000)))
    judge(store)
    judge(store, rules=RuleSettings(thresholds={"R1": {"least_fall": 0.11}}))
    judge(store, is_thorough=True)
    assert counts[1] < counts[0] <= counts[2] == counts[3]


@pytest.mark.parametrize("body", [None, b"", b"{}", b'{"commit": 99, "entries": 0}'])
def test_a_state_that_is_gone_or_damaged_is_none(body: bytes | None) -> None:
    """Everything is judged again, and nothing is recorded twice."""
    store = MemoryStore()
    add(store, draft(0, (8_115_600, 1, 1)), draft(1, (1_288_800, 1, 1)))
    judge(store)
    before, name = recorded(store), f"alerts/judged/{SOURCE.name}.json"
    if body is None:
        store.delete(name)
    else:
        store.update(name, lambda _: body)
    assert not judge(store)
    assert recorded(store) == before
    assert store.get(name) is not None


def test_a_state_without_schemas_is_sound_and_everything_is_judged() -> None:
    """Early versions of the program wrote such states."""
    store = MemoryStore()
    file = JudgedStateFile(store, "unicef_market")
    known = {"commit": 3, "upto": "2022-02-01T00:00:00+00:00", "rules": "x", "refused": 0}
    store.put_if_absent(file.name, encode(with_hash({**known, "entries": 2})))
    state = file.read()
    assert state is not None
    assert not file.is_damaged()
    assert state.schemas == UNKNOWN


def test_alerts_come_back_where_the_log_was_lost() -> None:
    """The state names more entries than the log has, so everything is judged again."""
    store = MemoryStore()
    add(store, draft(0, (8_115_600, 1, 1)), draft(1, (1_288_800, 1, 1)))
    judge(store)
    before = recorded(store)
    for name in [*store.list("alerts/")]:
        if "judged" not in name:
            store.delete(name)
    judge(store)
    assert recorded(store) == before
    assert before


def test_figures_that_a_float_does_not_hold_are_recorded_once() -> None:
    """The published table of events has them as floats; the log has every digit."""
    store = MemoryStore()
    for day, doses in enumerate([2**53 + 1, 1_288_800, 2**53 + 3]):
        add(store, draft(day, (doses, 1, 1)))
        judge(store)
    before = recorded(store)
    assert judge(store, is_thorough=True) == []
    assert recorded(store) == before
    entries = alert_log(store).complete()
    assert [event["before"] for event in entries[0]["events"]] == [2**53 + 1]
