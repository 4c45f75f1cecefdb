"""The marts that a site is made of, each read once, and their parts by country.

Promises: only reads; all pages of one rendering are made of the same state of each mart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from tasks.marts.mart_file import read_mart
from tasks.marts.registry import MARTS
from tasks.site.exact_figures import with_exact
from tasks.site.frame_parts import Parts
from tasks.site.periods.period_rows import period_rows
from tasks.site.shown_rows import shown_rows
from tasks.sources import SOURCES
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader


@dataclass(kw_only=True)
class SiteMarts:
    """The marts of a lake. `store`: the lake."""

    store: Store

    def __post_init__(self) -> None:
        self._marts: dict[str, pl.DataFrame] = {}
        self._shown: dict[str, pl.DataFrame] = {}
        self._parts: dict[tuple[str, str], Parts] = {}
        self._hashes: dict[str, pl.DataFrame] = {}

    def mart(self, name: str) -> pl.DataFrame:
        """Return the rows of a mart, which the lake must have; see `tasks.marts.registry`.

        Large figures are in columns of their own, too; see `with_exact`.
        """
        if name not in self._marts:
            declared = next(mart for mart in MARTS if mart.name == name)
            rows = read_mart(self.store, declared)
            self._marts[name] = with_exact(name, rows, self.vaults)
        return self._marts[name]

    def shown(self, mart: str) -> pl.DataFrame:
        """Return the rows of country_totals or further_figures, as accepted versions show them."""
        if mart not in self._shown:
            self._shown[mart] = shown_rows(self.mart(mart), self.vaults)
        return self._shown[mart]

    def part(self, mart: str, column: str, value: str) -> pl.DataFrame:
        """Return the rows of a mart with a value in a text column; none where there are none."""
        return self._parts_of(mart, column).rows(value)

    def has_part(self, mart: str, column: str, value: str) -> bool:
        """Return whether a mart has a row with a value in a text column."""
        return value in self._parts_of(mart, column)

    def row_sums(self, mart: str, *columns: str) -> Mapping[tuple[str, ...], Sequence[int]]:
        """Return sums of the hashes of a mart's rows, and their number, by values of columns.

        They change with any row, whatever the order of the rows.
        """
        if mart not in self._hashes:
            rows = self.mart(mart)
            self._hashes[mart] = pl.DataFrame({f"{seed}": rows.hash_rows(seed) for seed in (1, 2)})
        keys = self.mart(mart).select(columns)
        sums = (
            keys.hstack(self._hashes[mart]).group_by(columns).agg(pl.col("1", "2").sum(), pl.len())
        )
        return {row[: len(columns)]: row[len(columns) :] for row in sums.iter_rows()}

    def shown_part(self, mart: str, iso3: str) -> pl.DataFrame:
        """Return the rows of a country of `shown(mart)`."""
        if self.shown(mart) is self.mart(mart):
            return self.part(mart, "iso3", iso3)
        if (mart, "shown") not in self._parts:
            self._parts[mart, "shown"] = Parts(self.shown(mart), "iso3")
        return self._parts[mart, "shown"].rows(iso3)

    def _parts_of(self, mart: str, column: str) -> Parts:
        if (mart, column) not in self._parts:
            self._parts[mart, column] = Parts(self.mart(mart), column)
        return self._parts[mart, column]

    @cached_property
    def change_sums(self) -> Mapping[tuple[str, ...], Sequence[int]]:
        """Sums of the rows of `changes_all` by dataset and id of the version, see `row_sums`."""
        return self.row_sums("changes_all", "dataset", "vintage_id")

    @cached_property
    def ladders(self) -> Mapping[str, Mapping[str, Any]]:
        """The newest rows of the mart `allocation_ladder`, by country."""
        rows = self.mart("allocation_ladder").filter("is_newest")
        return {row["iso3"]: row for row in reversed(rows.to_dicts())}

    @cached_property
    def periods_by_country(self) -> Parts:
        """The rows of `periods` by country."""
        return Parts(self.periods, "iso3")

    @cached_property
    def periods(self) -> pl.DataFrame:
        """The figures of months and years, as accepted versions show them; see `period_rows`."""
        return period_rows(self.store, self.vaults)

    @cached_property
    def vaults(self) -> Mapping[str, VaultReader]:
        """The vaults of the sources that have a vintage, by source, as the registry has them."""
        readers = (VaultReader(self.store, source.name) for source in SOURCES)
        return {reader.source: reader for reader in readers if reader.exists()}
