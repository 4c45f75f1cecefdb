"""A vault beside its model: what is entered into both, and how they are compared."""

import io
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import polars as pl
from hypothesis.stateful import RuleBasedStateMachine
from polars.testing import assert_frame_equal

from tasks.vault.memory import MemoryStore
from tasks.vault.store import Store
from tasks.vault.vault import Vault, Vintage
from tests.tasks.vault.conftest import NOW
from tests.tasks.vault.proof.model import START, Said, known, naive_diff, table


class Beside(RuleBasedStateMachine):
    """A vault, and what was told to it."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.told: dict[int, Said] = {}
        self.is_published = True

    def vault(self, store: Store | None = None) -> Vault:
        """Return the vault as a process that starts now sees it."""
        return Vault(store or self.store, "s")

    def enter(self, told: dict[int, Said], *, supersede: bool = False) -> None:
        """Commit snapshots, and remember them."""
        self.vault().commit([told[hour].draft(hour) for hour in told], at=NOW, supersede=supersede)
        self.told |= told
        self.is_published = False

    def read_vintages(self, vault: Vault) -> None:
        """Assert that states and differences are the model's."""
        states, vintages = known(self.told), vault.vintages()
        hours = [round((v.as_of - START) / timedelta(hours=1)) for v in vintages]
        assert hours == sorted(self.told)
        for state, vintage in zip(states, vintages, strict=True):
            frame = table(state.seen, state.said)
            assert_frame_equal(vault.state("doses", vintage), frame)
        for (a, first), (b, second) in pairwise(zip(states, vintages, strict=True)):
            found = vault.diff("doses", first, second)
            cells = found.select("iso3", "product", "column", "before", "after").rows()
            assert cells == naive_diff(a, b)

    def published(self, name: str) -> pl.DataFrame:
        """Return one derived object."""
        blob = self.store.get(f"s/doses/{name}.parquet")
        assert blob is not None
        return pl.read_parquet(io.BytesIO(blob.body))

    def read_history(self, vintages: list[Vintage]) -> None:
        """Assert that the history has the model's rows at every vintage."""
        states = known(self.told)
        if not any(state.seen for state in states):
            return
        history = self.published("history")
        for state, vintage in zip(states, vintages, strict=True):
            stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > vintage.as_of)
            rows = history.filter((pl.col("valid_from") <= vintage.as_of) & stands)
            seen = {key: row["doses"] for key, row in state.seen.items()}
            assert {row[:2]: row[2] for row in rows.rows()} == seen

    def read_changes(self) -> None:
        """Assert that the changes are those of all neighbours."""
        if not any(said.rows for said in self.told.values()):
            return
        found = self.published("changes").select("iso3", "product", "column", "before", "after")
        expected = [cell for a, b in pairwise(known(self.told)) for cell in naive_diff(a, b)]
        assert sorted(found.rows(), key=str) == sorted(expected, key=str)

    def read_order(self) -> None:
        """Assert that one batch in order gives the same vintages, states and segments."""
        other = Vault(MemoryStore(), "s")
        other.commit([said.draft(hour) for hour, said in sorted(self.told.items())], at=NOW)
        assert _free(other) == _free(self.vault())


def _free(vault: Vault) -> list[Vintage]:
    """Return the vintages as they are once none is held."""
    return [replace(vintage, held=False) for vintage in vault.vintages()]
