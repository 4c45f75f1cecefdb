"""What a published object shows, what it lacks, and its extension by new vintages.

Promises: the same frames as a rebuild. Old segments are not read: the metadata hold what later
vintages need of earlier ones, so the cost depends on new vintages, not on history.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial, reduce
from types import MappingProxyType

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.parquet_metadata import PublishedFile, chain
from tasks.vault.scd2_views import carried, cells, changes, history, operations
from tasks.vault.segments import HIDE, OP, PUT
from tasks.vault.table_history import SEQ, TableHistory, same_key, widened
from tasks.vault.tombstones import GONE, with_tombstones
from tasks.vault.vault_reader import VaultReader

DATES = ("valid_from", "valid_to")
IS_TOUCHED, BEGAN, ENDED = "_is_touched", "_began", "_ended"
SMALL_HISTORY = 20_000
"""Up to so many rows the history follows every commit."""
FORM = "4"
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
            partial(vault.archive, table),
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


def continued(
    store: Store, news: TableHistory, old: PublishedFile, changes_before: PublishedFile
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return history and changes with further vintages.

    Args:
        store: The source's folder.
        news: The vintages that the published objects lack; it names the one before them.
        old: The history published; no column of it ever changed its type.
        changes_before: The changes published; of the same vintages.

    Returns:
        Both frames; None where a new vintage has a column that the history has not.
    """
    versions, published_changes = old.frame(), changes_before.frame()
    figures = {*versions.columns} - {*DATES, GONE}
    if any(not figures.issuperset(entry.columns) for _, _, entry in news.entries()):
        return None
    operated = operations(store, news)
    if operated.is_empty():
        return versions, published_changes
    key = list(news.key)
    touched = operated.select(*key, pl.lit(value=True).alias(IS_TOUCHED)).unique()
    marked = versions.join(touched, on=key, how="left", maintain_order="left")
    is_extended = is_known(key) & pl.col(IS_TOUCHED).is_not_null()
    untouched, extended = marked.filter(~is_extended), marked.filter(is_extended)
    # the operations that lead to the known rows, standing or hidden
    hidden = extended.filter(pl.col("valid_to").is_not_null())
    earlier = [
        rows.with_columns(pl.lit(place, pl.Int64).alias(SEQ), pl.lit(op, pl.Int8).alias(OP))
        for rows, place, op in ((extended, -2, PUT), (hidden, -1, HIDE))
    ]
    before = pl.concat(earlier).select(SEQ, OP, *(n for n in versions.columns if n in figures))
    together = pl.concat([before, operated], how="diagonal").sort([*key, SEQ])
    both = with_tombstones(carried(together, key, news.absences(figures)), news)
    dates = extended.select(
        *key, pl.col("valid_from").alias(BEGAN), pl.col("valid_to").alias(ENDED)
    )
    is_old = pl.col("valid_from").is_null()
    rebuilt = (
        history(both, news)
        .join(dates, on=key, how="left")
        .with_columns(
            pl.coalesce("valid_from", BEGAN),
            pl.when(is_old).then(pl.coalesce("valid_to", ENDED)).otherwise("valid_to"),
        )
    )
    added = cells(both, news, beginnings=False).filter(pl.col(SEQ) >= 0)
    parts = [rows.select(versions.columns) for rows in (untouched, rebuilt)]
    moves = changes(added, news, published_changes).select(published_changes.columns)
    return pl.concat(parts).sort([*key, "valid_from"]), pl.concat([published_changes, moves])


def is_known(key: Sequence[str]) -> pl.Expr:
    """Return the condition that a version of a sorted history is the last of a row that is known.

    Either it stands, or, where it has ended, the row could not be parsed since and is hidden.
    """
    return ~same_key(key, -1).fill_null(value=False) & pl.col(GONE).is_null()
