"""Which vintages a published object shows, by its Parquet metadata, and which it lacks.

Promises: only the pages with missing vintages are read. The metadata hold what later vintages need
of earlier ones, so the cost depends on new vintages, not on history.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from types import MappingProxyType

from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.parquet_metadata import chain
from tasks.vault.table_history import TableHistory, widened
from tasks.vault.vault_reader import VaultReader

SMALL_HISTORY = 20_000
"""Up to so many rows the history follows every commit."""
FORM = "3"
"""Version of how history files are built; a file of another version is rebuilt from scratch."""


START: Mapping[str, str] = MappingProxyType(
    {"chain": "", "types": "{}", "scope": "[]", "parsers": "[]", "steady": "1", "plain": "1"}
)
"""The metadata of an object that shows no vintage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingVintages:
    """The vintages of a table that a published object lacks.

    `continues`: the object shows all vintages up to `before`, so that `vintages` extend it; False:
    `vintages` are all vintages of the table. `known_scope`: the countries covered before
    `vintages`; None for all. `metadata`: the object's metadata once it shows `vintages`: form, id,
    as_of, upto, chain (hash over all vintages), types (of all columns so far), scope (the countries
    covered, null for all), parsers (their versions), steady (1 when no column changed its type),
    plain (1 when, in addition, no row was ever quarantined and every vintage covered the whole
    table, so that the history has every row).
    """

    continues: bool
    before: Vintage | None
    known_scope: frozenset[str] | None
    vintages: Sequence[tuple[Vintage, TableVintage]]
    metadata: dict[str, str]

    def table_history(self, vault: VaultReader, table: str) -> TableHistory:
        """Return the missing vintages as a TableHistory."""
        return TableHistory(
            table,
            vault.key(table),
            tuple(vintage for vintage, _ in self.vintages),
            vault.archive(table),
            before=self.before,
            known_scope=self.known_scope,
        )

    def reaches_back(self) -> bool:
        """Return whether classifying a deleted row needs vintages before `before`.

        A slice is compared with the newest vintage that covers the same rows; which one matters
        only when several parser versions read the vintages.
        """
        is_sliced = any(entry.covers is not None and entry.deleted for _, entry in self.vintages)
        return is_sliced and len(json.loads(self.metadata["parsers"])) > 1


def missing_vintages(vault: VaultReader, table: str, known: Mapping[str, str]) -> MissingVintages:
    """Return the vintages that an object with this metadata lacks."""
    head = vault.head
    assert head is not None
    before, start = None, START
    continues = int(known.get("gen", 0)) >= head.reshaped and known.get("form") == FORM
    if continues:
        upto, start = datetime.fromisoformat(known["upto"]), known
        there = [v for v in vault.vintages_from(upto) if table in v.tables]
        before = next((v for v in there if v.as_of == upto), None)
        near = [v for v in there if v.as_of > upto]
    else:
        near = vault.vintages(table)
    scope = json.loads(start["scope"])
    known_scope = None if scope is None else frozenset(scope)
    return MissingVintages(
        continues=continues,
        before=before,
        known_scope=known_scope,
        vintages=[(vintage, vintage.tables[table]) for vintage in near],
        metadata=_extended_metadata(start, table, near, scope=reduce(widened, near, known_scope)),
    )


def _extended_metadata(
    known: Mapping[str, str], table: str, near: Sequence[Vintage], *, scope: frozenset[str] | None
) -> dict[str, str]:
    """Return the metadata of an object once it shows further vintages."""
    news = [(vintage, vintage.tables[table]) for vintage in near]
    before: dict[str, str] = json.loads(known["types"])
    columns = [*before.items(), *(column for _, entry in news for column in entry.schema)]
    types = dict(columns)
    is_steady = known["steady"] == "1" and all(types[name] == kind for name, kind in columns)
    is_whole = all(entry.covers is None and entry.quarantine is None for _, entry in news)
    parsers = {*json.loads(known["parsers"]), *(vintage.parser_version for vintage in near)}
    upto = near[-1].as_of.isoformat() if near else known["upto"]
    return {
        "form": FORM,
        "id": near[-1].id if near else known["id"],
        "as_of": upto,
        "upto": upto,
        "chain": chain(news, known["chain"]),
        "types": json.dumps(types),
        "scope": json.dumps(None if scope is None else sorted(scope)),
        "parsers": json.dumps(sorted(parsers)),
        "steady": str(int(is_steady)),
        "plain": str(int(known["plain"] == "1" and is_steady and is_whole)),
    }


def covered_by(metadata: Mapping[str, str], history: TableHistory) -> set[str]:
    """Return the ids of the vintages that an object shows; none when its vintages differ."""
    ids = [vintage.id for vintage in history.vintages]
    if metadata.get("id") not in ids:
        return set()
    inside = history.vintages[: ids.index(metadata["id"]) + 1]
    link = chain((vintage, vintage.tables[history.table]) for vintage in inside)
    return set(ids[: len(inside)]) if link == metadata.get("chain") else set()
