"""A vault beside its model: what is entered into both, and how they are compared."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis.stateful import RuleBasedStateMachine
from polars.testing import assert_frame_equal

from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.manifest import Retraction, Vintage
from tasks.vault.queries import difference, row_history
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tests.tasks.vault.conftest import KEY, NOW
from tests.tasks.vault.proof.model import START, Known, SnapshotModel, known, naive_diff, table


class Beside(RuleBasedStateMachine):
    """A vault, and the snapshots entered into it, by hour; those retracted, with their hours."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.entered: dict[int, SnapshotModel] = {}
        self.retracted: set[tuple[int, SnapshotModel]] = set()
        self.is_published = True

    def vault(self, store: Store | None = None) -> VaultReader:
        """Return the vault as a process that starts now sees it."""
        return VaultReader(store or self.store, "s")

    def enter(self, snapshots: dict[int, SnapshotModel], *, supersede: bool = False) -> None:
        """Commit snapshots, and remember them."""
        commit_snapshots(
            self.vault(),
            [one.draft(hour) for hour, one in snapshots.items()],
            at=NOW,
            supersede=supersede,
        )
        self.entered |= {h: one for h, one in snapshots.items() if (h, one) not in self.retracted}
        self.is_published = False

    def decision(self, hour: int, snapshot: SnapshotModel) -> Retraction:
        """Return a decision on the vintage of a snapshot."""
        name = snapshot.draft(hour).snapshot.id
        return Retraction(id=name, at=NOW, reason="a typo", by=None, vintage=None)

    def read_vintages(self, vault: VaultReader) -> None:
        """Assert that states and differences are the model's."""
        states, vintages = known(self.entered), vault.vintages()
        hours = [round((v.as_of - START) / timedelta(hours=1)) for v in vintages]
        assert hours == sorted(self.entered)
        for state, vintage in zip(states, vintages, strict=True):
            frame = table(state.seen, state.snapshot)
            assert_frame_equal(state_of(vault, "doses", vintage), frame)
        for (a, first), (b, second) in pairwise(zip(states, vintages, strict=True)):
            found = difference(vault, "doses", first, second)
            cells = found.select("iso3", "product", "column", "before", "after").rows()
            assert cells == naive_diff(a, b)
            keys = found.select(KEY).rows()
            assert found["gone"].to_list() == [b.gone.get(key) for key in keys]
        self.read_observation_counts(vault)

    def read_observation_counts(self, vault: VaultReader) -> None:
        """Assert that the counts of vintages and the history of rows are those of the model."""
        states, vintages = known(self.entered), vault.vintages()
        if not vintages:
            return
        entries = [vintage.tables["doses"] for vintage in vintages]
        counts = [(e.rows, e.seen, e.unchanged, e.unseen, e.hidden) for e in entries]
        befores: list[Known | None] = [None, *states[:-1]]
        assert counts == [
            state.counts(before) for before, state in zip(befores, states, strict=True)
        ]
        rows = row_history(vault, "doses", {})
        went = rows.filter(status="gone").select("id", *KEY, "gone").rows() if rows.width else []
        pairs = list(zip(vintages, states, strict=True))
        assert went == [(v.id, *key, why) for v, state in pairs for key, why in state.gone.items()]
        printed = rows.filter(status="printed") if rows.width else rows
        for row in printed.iter_rows(named=True):
            self.read_version(row, rows, pairs)

    def read_version(
        self, row: dict[str, Any], rows: pl.DataFrame, pairs: list[tuple[Vintage, Known]]
    ) -> None:
        """Assert that a version of a row was printed by the vintages that it names."""
        key = row["iso3"], row["product"]
        same = rows.filter(iso3=key[0], product=key[1])["as_of"].to_list()
        end = min(
            [at for at in same if at > row["as_of"]], default=datetime.max.replace(tzinfo=UTC)
        )
        lived = [(v, s) for v, s in pairs if row["as_of"] <= v.as_of < end]
        seen = [v.as_of for v, s in lived if any(key == own for own, _ in s.snapshot.rows)]
        assert (row["seen"], row["unseen"]) == (len(seen), len(lived) - len(seen))
        assert row["last_seen"] == seen[-1]

    def published(self, name: str) -> pl.DataFrame:
        """Return one derived object."""
        blob = self.store.get(f"s/doses/{name}.parquet")
        assert blob is not None
        return pl.read_parquet(io.BytesIO(blob.body))

    def read_history(self, vintages: list[Vintage]) -> None:
        """Assert that the history has the model's rows at every vintage."""
        states = known(self.entered)
        if not any(state.seen for state in states):
            return
        history = self.published("history")
        for state, vintage in zip(states, vintages, strict=True):
            stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > vintage.as_of)
            rows = history.filter((pl.col("valid_from") <= vintage.as_of) & stands)
            seen = {key: row["doses"] for key, row in state.seen.items()}
            figures = rows.select(*KEY, "doses").rows()
            assert {(iso3, product): doses for iso3, product, doses in figures} == seen
        went = history.drop_nulls("gone").select(*KEY, "gone").rows()
        expected = [(*key, why) for state in states for key, why in state.gone.items()]
        assert sorted(went) == sorted(expected)

    def read_changes(self) -> None:
        """Assert that the changes are those of all neighbours."""
        if not any(snapshot.rows for snapshot in self.entered.values()):
            return
        names = "iso3", "product", "column", "before", "after", "gone"
        found = self.published("changes").select(names)
        expected = [
            (*cell, b.gone.get((str(cell[0]), str(cell[1]))))
            for a, b in pairwise(known(self.entered))
            for cell in naive_diff(a, b)
        ]
        assert sorted(found.rows(), key=str) == sorted(expected, key=str)

    def read_order(self) -> None:
        """Assert that one batch in order gives the same vintages, states and segments."""
        other = VaultReader(MemoryStore(), "s")
        commit_snapshots(
            other, [snapshot.draft(hour) for hour, snapshot in sorted(self.entered.items())], at=NOW
        )
        assert _free(other) == _free(self.vault())


def _free(vault: VaultReader) -> list[Vintage]:
    """Return the vintages as they are once none is held."""
    return [replace(vintage, held=False) for vintage in vault.vintages()]
