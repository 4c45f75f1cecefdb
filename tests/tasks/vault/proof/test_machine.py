"""Any sequence of what can be done to a vault, crashes included, against the model of it."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from polars.testing import assert_frame_equal

from schemas.errors import SameTimeOtherBytes, WrongUse
from tasks.vault.bounded_compaction import compact_loose
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import collect_garbage
from tasks.vault.retraction import commit_retraction, undo_retraction
from tasks.vault.rewrite import rebuild_vault, release_vintage
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import repair_vault, verify_vault
from tests.tasks.vault.conftest import NOW
from tests.tasks.vault.faults import Disturbed, Killed, kill_at
from tests.tasks.vault.proof.beside import Beside
from tests.tasks.vault.proof.model import START, SnapshotModel, known, table
from tests.tasks.vault.proof.snapshots import HOURS, part, whole
from tests.thorough import quick

IN_FULL = bool(os.environ.get("VAXWATCH_FUZZ"))
SETTINGS = settings(
    max_examples=1500 if IN_FULL else quick(3, 8),
    stateful_step_count=40 if IN_FULL else 15,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
    phases=[Phase.generate, *([Phase.shrink] if IN_FULL else [])],
)
MUCH_LATER = datetime(2100, 1, 1, tzinfo=UTC)


class Whole(Beside):
    """A vault of a source that covers its whole table, beside the model."""

    snapshots = whole()

    @rule(data=st.data(), hour=HOURS)
    def ingest(self, data: st.DataObject, hour: int) -> None:
        """A snapshot comes, newest or not; the same time with other bytes is refused."""
        snapshot = data.draw(self.snapshots)
        if hour in self.entered and self.entered[hour] != snapshot:
            with pytest.raises(SameTimeOtherBytes):
                commit_snapshots(self.vault(), [snapshot.draft(hour)], at=NOW)
        else:
            self.enter({hour: snapshot})

    @rule(data=st.data(), hours=st.sets(HOURS, min_size=1, max_size=4))
    def backfill(self, data: st.DataObject, hours: set[int]) -> None:
        """Several snapshots come at once, in any order."""
        order = data.draw(st.permutations(sorted(hours)))
        self.enter({h: self.entered.get(h) or data.draw(self.snapshots) for h in order})

    @precondition(lambda self: self.entered)
    @rule(data=st.data())
    def supersede(self, data: st.DataObject) -> None:
        """A time gets other bytes, on purpose."""
        hour = data.draw(st.sampled_from(sorted(self.entered)))
        self.enter({hour: data.draw(self.snapshots)}, supersede=True)

    @precondition(lambda self: self.entered)
    @rule(data=st.data())
    def same_words_later(self, data: st.DataObject) -> None:
        """A snapshot has the rows of another one."""
        hour, other = data.draw(st.sampled_from(sorted(self.entered))), data.draw(HOURS)
        if other not in self.entered:
            self.enter({other: self.entered[hour]})

    @precondition(lambda self: any(snapshot.held for snapshot in self.entered.values()))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A held vintage is let go; its snapshot is the same."""
        hours = sorted(hour for hour, snapshot in self.entered.items() if snapshot.held)
        vintage = self.vault().find(START + timedelta(hours=data.draw(st.sampled_from(hours))))
        if release_vintage(self.vault(), vintage.id, at=NOW):
            self.is_published = False

    @precondition(lambda self: self.entered)
    @rule(data=st.data())
    def retract(self, data: st.DataObject) -> None:
        """A snapshot should never have been; what readers knew of it stays in the commit before."""
        hour = data.draw(st.sampled_from(sorted(self.entered)))
        snapshot, before = self.entered[hour], self.vault().head
        assert before is not None
        commit_retraction(self.vault(), self.decision(hour, snapshot))
        self.read_vintages(VaultReader(self.store, "s", number=before.number))
        del self.entered[hour]
        self.retracted.add((hour, snapshot))
        self.is_published = False

    @precondition(lambda self: self.retracted)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """It is back, where nothing else has its time."""
        hour, snapshot = data.draw(st.sampled_from(sorted(self.retracted, key=repr)))
        decided, draft = self.decision(hour, snapshot), snapshot.draft(hour)
        if hour in self.entered:
            with pytest.raises(WrongUse, match="cannot come back"):
                undo_retraction(self.vault(), draft, decided)
            return
        undo_retraction(self.vault(), draft, decided)
        self.retracted.remove((hour, snapshot))
        self.entered[hour] = snapshot
        self.is_published = False

    @precondition(lambda self: self.retracted)
    @rule(data=st.data(), supersede=st.booleans())
    def ingest_retracted(self, data: st.DataObject, *, supersede: bool) -> None:
        """The same snapshot again stays retracted, and changes nothing."""
        hour, snapshot = data.draw(st.sampled_from(sorted(self.retracted, key=repr)))
        before = self.vault().head
        [outcome] = commit_snapshots(
            self.vault(), [snapshot.draft(hour)], at=NOW, supersede=supersede
        )
        assert (outcome.verdict, "--undo" in outcome.notes[0]) == ("known", True)
        assert self.vault().head == before

    @precondition(lambda self: self.entered)
    @rule()
    def rebuild(self) -> None:
        """A new generation says the same; the old one stays readable."""
        head = self.vault().head
        assert head is not None
        before = self.vault().vintages()
        rebuild_vault(
            self.vault(),
            lambda: [one.draft(hour) for hour, one in (*self.entered.items(), *self.retracted)],
            at=NOW,
        )
        older = VaultReader(self.store, "s", number=head.number)
        assert [v.id for v in older.vintages()] == [v.id for v in before]
        self.read_vintages(older)
        self.is_published = False

    @rule()
    def compact(self) -> None:
        """Compaction changes nothing that can be read."""
        compact_vault(self.vault(), at=NOW)
        self.is_published = True

    @rule(added=st.sampled_from([1, 100]))
    def gather(self, added: int) -> None:
        """Nor does a bounded one, which publishes nothing."""
        compact_loose(self.vault(), added=added, at=NOW, least=2)

    @rule()
    def publish(self) -> None:
        """What BI opens follows the newest commit."""
        publish_tables(self.vault(), everything=True)
        self.is_published = True

    @rule()
    def repair(self) -> None:
        """Repair finishes everything; a second one finds nothing."""
        repair_vault(self.vault(), at=NOW)
        assert repair_vault(self.vault(), at=NOW) == []
        self.is_published = True

    @rule()
    def collect_garbage(self) -> None:
        """Garbage goes; what is collected twice was not garbage."""
        collect_garbage(self.vault(), at=MUCH_LATER, dry_run=False)
        assert collect_garbage(self.vault(), at=MUCH_LATER, dry_run=True) == []

    @rule(data=st.data(), hour=HOURS, call=st.integers(1, 50), is_done=st.booleans())
    def crash(self, data: st.DataObject, hour: int, call: int, *, is_done: bool) -> None:
        """A writer dies at any call; the vault has all or nothing of it, and a rerun works."""
        snapshot = self.entered.get(hour) or data.draw(self.snapshots)
        vault = self.vault(Disturbed(self.store, kill_at(call, is_done=is_done)))
        with suppress(Killed):
            commit_snapshots(vault, [snapshot.draft(hour)], at=NOW)
            publish_tables(vault)
        before = dict(self.entered)
        if (hour, snapshot) not in self.retracted and START + timedelta(hours=hour) in [
            v.as_of for v in self.vault().vintages()
        ]:
            self.entered[hour] = snapshot
        self.read_vintages(self.vault())
        self.entered = before
        self.enter({hour: snapshot})

    @rule(work=st.sampled_from(["compact", "gather", "collect", "repair"]), call=st.integers(1, 50))
    def crash_in_maintenance(self, work: str, call: int) -> None:
        """Maintenance that dies at any call has changed nothing that can be read."""
        vault = self.vault(Disturbed(self.store, kill_at(call, is_done=True)))
        with suppress(Killed):
            if work == "collect":
                collect_garbage(vault, at=MUCH_LATER, dry_run=False)
            elif work == "compact":
                compact_vault(vault, at=NOW)
            elif work == "gather":
                compact_loose(vault, added=1, at=NOW, least=2)
            else:
                repair_vault(vault, at=NOW)
        self.is_published = False
        self.read_vintages(self.vault())

    @precondition(lambda self: self.entered)
    @rule()
    def read(self) -> None:
        """Every as-of is the model's, and so is every difference of neighbours."""
        self.read_vintages(self.vault())

    @precondition(lambda self: self.entered and self.is_published)
    @rule()
    def read_published(self) -> None:
        """What BI opens is the model's, too; deep verification has nothing to say."""
        vault, states = self.vault(), known(self.entered)
        assert verify_vault(vault, deep=True) == []
        vintages = vault.vintages()
        shown = vault.find("latest")
        state = states[[v.id for v in vintages].index(shown.id)]
        latest = self.published("latest")
        assert set(latest["as_of"]) <= {shown.as_of}
        figures = latest.drop("source", "as_of", "as_of_date")
        assert_frame_equal(figures, table(state.seen, state.snapshot))
        self.read_history(vintages)
        plain = [
            replace(snapshot, held=False, parser=1, least=0) for snapshot in self.entered.values()
        ]
        if all(snapshot == SnapshotModel(snapshot.rows) for snapshot in plain):
            self.read_changes()

    def teardown(self) -> None:
        """Finish and read everything."""
        if self.entered:
            self.read()
            self.publish()
            self.read_published()
            self.read_order()


class Parts(Whole):
    """A vault of a source that covers parts of its table."""

    snapshots = part()


@pytest.mark.parametrize("machine", [Whole, Parts])
def test_the_vault_is_its_model(
    machine: type[RuleBasedStateMachine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pages, packs and patience made small, a few vintages reach everything."""
    monkeypatch.setattr("tasks.vault.compact.SMALL", 0)
    monkeypatch.setattr("tasks.vault.bounded_compaction.MOST_SEGMENTS", 3)
    monkeypatch.setattr("tasks.vault.pages.PAGE", 3)
    monkeypatch.setattr("tasks.vault.table_publisher.SMALL_HISTORY", 2)
    run_state_machine_as_test(machine, settings=SETTINGS)
