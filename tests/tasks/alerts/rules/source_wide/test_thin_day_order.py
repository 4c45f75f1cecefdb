"""R17 by days, from commits on: any order of versions gives the same alert."""

import hashlib
import random
from datetime import UTC, datetime

import polars as pl
import pytest

from schemas.records import Body, Snapshot
from tasks.alerts.alert_log import alert_log, histories
from tasks.alerts.update_alerts import update_alerts
from tasks.sources import source_named
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.vault_reader import VaultReader
from tests.new_days import KEY, states_of

OWID = source_named("owid_vaccinations")


def committed(store: Store, at: datetime, frame: pl.DataFrame) -> None:
    """Commit a version of OWID's table, and judge all that is new."""
    digest = hashlib.sha256(at.isoformat().encode()).hexdigest()
    body = Body(name="main", sha256=digest, size=1)
    snapshot = Snapshot(source=OWID.name, retrieved_at=at, bodies=(body,), url="")
    draft = Draft(snapshot=snapshot, tables={"vaccinations": TableDraft(frame=frame, key=KEY)})
    now = datetime(2022, 4, 1, tzinfo=UTC)
    commit_snapshots(VaultReader(store, OWID.name), [draft], at=now)
    update_alerts(VaultReader(store, OWID.name), OWID, at=now, origin="live", in_force=())


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_of_versions_gives_the_same_alert(seed: int) -> None:
    """Judged after each, what stands in the end is what a run over all of them finds."""
    states = states_of([[(7 * n, count)] for n, count in enumerate([30] * 9 + [12, 30])])
    order = [*states]
    random.Random(seed).shuffle(order)  # noqa: S311 (an order for a test)
    known = []
    for days in (order, [*states]):
        store = MemoryStore()
        for at in days:
            committed(store, at, states[at])
        alerts = histories(alert_log(store).complete())
        events = {
            name: [(one.event.kind, one.event.sentence, one.event.evidence) for one in life.events]
            for name, life in alerts.items()
            if life.events and life.events[0].rule == "R17"
        }
        known.append(events)
    assert known[0] == known[1]
    [life] = known[0].values()
    assert [kind for kind, *_ in life] == ["opened", "reverted"]
