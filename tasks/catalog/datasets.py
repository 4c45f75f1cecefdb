"""Descriptions of datasets, from which the catalog's SQL is made.

A vintage may lack a column, cover some countries only, or have rows in quarantine; a description
states when each column and country is compared, so that SQL gives the same answer as the vault.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tasks.vault.table_history import SCOPE_COLUMN, TableHistory
from tasks.vault.vault_reader import VaultReader

NUMBERS = ("Int", "UInt", "Float", "Decimal")
"""How the types of numbers begin, as a commit writes them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One column of a table that is not in its key.

    `shown`: the SQL condition, on a row of vintages.parquet, that holds where that vintage has the
    column; '' where all have it. `is_compared`: False where a change of it is no change of its row.
    """

    name: str
    is_number: bool = True
    shown: str = ""
    is_compared: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """One table of one source.

    `types`: of all columns. `is_steady`: no column ever changed its type. `is_empty`: no vintage
    ever had a row. `has_unparsable`: rows of it stood in quarantine. `since`: by country, the first
    instant at which a vintage covers it; None when the first vintage covers all. `everywhere`: the
    instant of the first vintage that covers all; None when there is none.
    """

    source: str
    table: str
    key: tuple[str, ...]
    figures: tuple[Figure, ...]
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    is_steady: bool = True
    is_empty: bool = False
    has_unparsable: bool = False
    since: Mapping[str, datetime] | None = None
    everywhere: datetime | None = None

    @property
    def name(self) -> str:
        """The name of its view."""
        return f"{self.source}_{self.table}"

    @property
    def path(self) -> str:
        """The folder of its files in the lake."""
        return f"{self.source}/{self.table}"


def dataset(vault: VaultReader, table: str) -> Dataset:
    """Return the description of a table at the newest commit of a vault. Raises UnknownName."""
    history = vault.table_history(table)
    entries = [entry for _, _, entry in history.entries()]
    kinds = dict(column for entry in entries for column in entry.schema)
    since, everywhere = _scopes(history)
    return Dataset(
        source=vault.source,
        table=table,
        key=history.key,
        types=kinds,
        is_steady=all(kinds[name] == kind for entry in entries for name, kind in entry.schema),
        figures=tuple(
            Figure(
                name=name,
                is_number=kind.startswith(NUMBERS),
                shown=_condition(history, name),
                is_compared=not any(name in entry.not_compared for entry in entries),
            )
            for name, kind in kinds.items()
            if name not in history.key
        ),
        is_empty=not any(entry.segment for entry in entries),
        has_unparsable=any(entry.quarantine for entry in entries),
        since=since,
        everywhere=everywhere,
    )


def _condition(history: TableHistory, name: str) -> str:
    """Return the SQL condition under which a vintage shows a column, '' where all do.

    A vintage that covers the whole table shows its own columns; one that covers a part also shows
    the columns of earlier vintages.
    """
    lacking = [(v, entry) for _, v, entry in history.entries() if name not in entry.columns]
    if not lacking:
        return ""
    first = next(v.as_of for _, v, entry in history.entries() if name in entry.columns)
    if all(entry.covers is not None for _, _, entry in history.entries()):
        return f"as_of >= {instant(first)}"
    own = f"list_contains(\"columns\", '{name}')"
    sliced = [v.id for v, entry in lacking if entry.covers is not None and v.as_of > first]
    listed = ", ".join(f"'{vintage}'" for vintage in sliced)
    return f"{own} OR id IN ({listed})" if sliced else own


def _scopes(history: TableHistory) -> tuple[dict[str, datetime] | None, datetime | None]:
    known = history.known_scopes()[1:]
    if SCOPE_COLUMN not in history.key or not known or known[0] is None:
        return None, None
    since: dict[str, datetime] = {}
    for scope, vintage in zip(known, history.vintages, strict=True):
        if scope is None:
            return since, vintage.as_of
        for iso3 in sorted(scope):
            since.setdefault(iso3, vintage.as_of)
    return since, None


def instant(at: datetime) -> str:
    """Return an instant as SQL."""
    return f"TIMESTAMPTZ '{at.isoformat()}'"
