"""
What the catalog has to know of a dataset, beside its published Parquet.

Promises: read from the newest commit of a vault. A vintage may lack a column, speak for some
countries only, or have rows in quarantine; what that means for a comparison is told here, so that
SQL gives the same answer as the vault.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tasks.vault.table_history import SCOPE_COLUMN, TableHistory
from tasks.vault.vault_reader import VaultReader

ALWAYS = "true"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """
    One figure of a table, and whether it is a number.

    `shown`: the SQL condition, on a row of vintages.parquet, under which that vintage has it.
    """

    name: str
    is_number: bool = True
    shown: str = ALWAYS


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """
    One table of one source.

    `types`: of all columns. `is_steady`: no column ever changed its type. `is_empty`: no vintage
    ever had a row. `has_unread`: rows of it stood in quarantine. `since`: by country, the first
    instant at which it was spoken of; None when the first vintage speaks for all. `everywhere`: the
    first instant from which on all are spoken of.
    """

    source: str
    table: str
    key: tuple[str, ...]
    figures: tuple[Figure, ...]
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    is_steady: bool = True
    is_empty: bool = False
    has_unread: bool = False
    since: Mapping[str, datetime] | None = None
    everywhere: datetime | None = None

    @property
    def name(self) -> str:
        """The name of its view."""
        return f"{self.source}_{self.table}"

    @property
    def unread(self) -> str:
        """The object with the keys that stood in quarantine."""
        return f"{self.source}/{self.table}/unread.parquet"


def dataset(vault: VaultReader, table: str) -> Dataset:
    """Return what the newest commit of a vault says of a table. Raises UnknownName."""
    told = vault.table_history(table)
    entries = [entry for _, _, entry in told.entries()]
    kinds = dict(column for entry in entries for column in entry.schema)
    since, everywhere = _scopes(told)
    return Dataset(
        source=vault.source,
        table=table,
        key=told.key,
        types=kinds,
        is_steady=all(kinds[name] == kind for entry in entries for name, kind in entry.schema),
        figures=tuple(
            Figure(name=name, is_number=is_number(kind), shown=_condition(told, name))
            for name, kind in kinds.items()
            if name not in told.key
        ),
        is_empty=not any(entry.segment for entry in entries),
        has_unread=any(entry.quarantine for entry in entries),
        since=since,
        everywhere=everywhere,
    )


def is_number(kind: str) -> bool:
    """
    Return whether a type, as a commit writes it, is that of a number.

    >>> is_number("Int64"), is_number("String")
    (True, False)
    """
    return kind.startswith(("Int", "UInt", "Float", "Decimal"))


def _condition(told: TableHistory, name: str) -> str:
    """
    Return when a reader sees a column.

    A vintage that speaks for the whole table has its own columns; one that speaks for a part shows
    those that were known before, too.
    """
    lacking = [(v, entry) for _, v, entry in told.entries() if name not in entry.columns]
    if not lacking:
        return ALWAYS
    first = next(v.as_of for _, v, entry in told.entries() if name in entry.columns)
    if all(entry.covers is not None for _, _, entry in told.entries()):
        return f"as_of >= {instant(first)}"
    own = f"list_contains(\"columns\", '{name}')"
    kept = [v.id for v, entry in lacking if entry.covers is not None and v.as_of > first]
    listed = ", ".join(f"'{one}'" for one in kept)
    return f"{own} OR id IN ({listed})" if kept else own


def _scopes(told: TableHistory) -> tuple[dict[str, datetime] | None, datetime | None]:
    known = told.known_scopes()
    if SCOPE_COLUMN not in told.key or not known or known[0] is None:
        return None, None
    since: dict[str, datetime] = {}
    for scope, vintage in zip(known, told.vintages, strict=True):
        if scope is None:
            return since, vintage.as_of
        for iso3 in sorted(scope):
            since.setdefault(iso3, vintage.as_of)
    return since, None


def instant(at: datetime) -> str:
    """
    Return an instant as SQL.

    >>> from datetime import UTC
    >>> instant(datetime(2022, 2, 10, tzinfo=UTC))
    "TIMESTAMPTZ '2022-02-10T00:00:00+00:00'"
    """
    return f"TIMESTAMPTZ '{at.isoformat()}'"
