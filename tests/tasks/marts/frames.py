"""Small datasets for the tests of marts: a few versions of a table, published in memory."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from schemas.tables import dtypes_of, key_of
from tasks.marts.input_versions import alerts_file, dataset_versions
from tasks.marts.lake_table import MartInputs
from tasks.marts.published_inputs import published_inputs
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader
from tests.published import publish

AT = datetime(2022, 6, 1, 6, tzinfo=UTC)
WEEKS = ("2022-01-03", "2022-01-10", "2022-01-17", "2022-01-24", "2022-01-31")
"""The days of the versions that `publish` makes of weeks 0, 1, 2, …"""


def rows_of(table: str, *rows: Sequence[Any], figures: Sequence[str]) -> pl.DataFrame:
    """Return rows of a table: its key, then some figures."""
    names = [*key_of(table), *figures]
    types = dtypes_of(table)
    return pl.DataFrame(list(rows), schema={name: types[name] for name in names}, orient="row")


def allocated(doses: Mapping[tuple[str, str], int | None]) -> pl.DataFrame:
    """Return doses allocated by country and product."""
    rows = [(iso3, product, "COVAX", given) for (iso3, product), given in doses.items()]
    return rows_of("allocations", *rows, figures=["doses_allocated"])


def published(source: str, table: str, *versions: pl.DataFrame, **how: Any) -> MemoryStore:
    """Return a lake with versions of one table, a week apart."""
    store = MemoryStore()
    for week, frame in enumerate(versions):
        publish(store, source, table, frame, week=week, **how)
    return store


def inputs(
    store: Store, *sources: str, marts: Mapping[str, pl.DataFrame] | None = None
) -> MartInputs:
    """Return the inputs of marts in a lake with some sources."""
    datasets = [name for one in sources for name in dataset_versions(VaultReader(store, one))]
    return published_inputs(store, datasets, at=AT, alerts=alerts_file(store), marts=marts or {})
