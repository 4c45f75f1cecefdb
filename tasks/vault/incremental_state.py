"""
Lines: which vintages of a table a published object shows, by its stamps, and which it lacks.

Promises: no object is read but the pages with the vintages that are lacking. What follows from the
vintages that are shown, and is needed to go on behind them, is in the stamps, so that what is
derived grows with what is new and not with what there is.
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
"""Of what is derived from a line; an object in another form is made anew, not continued."""


START: Mapping[str, str] = MappingProxyType(
    {"chain": "", "types": "{}", "scope": "[]", "parsers": "[]", "steady": "1", "plain": "1"}
)
"""The stamps of an object that shows no vintage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """
    The vintages of a table that a published object lacks.

    `goes_on`: it shows all vintages before `news`, the last of them `before`; else `news` are all
    there are. `spoken_of`: the countries spoken of before `news`; None stands for all. `facts`: its
    stamps when it shows these, too: form, id, as_of, upto, chain (over all vintages), types (of all
    columns so far), scope (the countries spoken of, null for all), parsers (the versions that read
    them), steady (1 where no column changed its type), plain (1 where, moreover, no row was ever
    quarantined and no vintage spoke for a part only, so that the history holds all there is to
    know).
    """

    goes_on: bool
    before: Vintage | None
    spoken_of: frozenset[str] | None
    news: Sequence[tuple[Vintage, TableVintage]]
    facts: dict[str, str]

    def table_history(self, vault: VaultReader, table: str) -> TableHistory:
        """Return the vintages that are lacking, as the folds go through them."""
        return TableHistory(
            table,
            vault.key(table),
            tuple(vintage for vintage, _ in self.news),
            vault.archive(table),
            before=self.before,
            spoken_of=self.spoken_of,
        )

    def reaches_back(self) -> bool:
        """
        Return whether why a row went can only be told by vintages before `before`.

        A slice is held against the newest vintage that spoke for the same; that matters only where
        another version of the parser may have read that one.
        """
        is_sliced = any(entry.covers is not None and entry.deleted for _, entry in self.news)
        return is_sliced and len(json.loads(self.facts["parsers"])) > 1


def line_behind(vault: VaultReader, table: str, known: Mapping[str, str]) -> Line:
    """Return what an object with these stamps lacks."""
    head = vault.head
    assert head is not None
    before, start = None, START
    goes_on = int(known.get("gen", 0)) >= head.reshaped and known.get("form") == FORM
    if goes_on:
        upto, start = datetime.fromisoformat(known["upto"]), known
        there = [v for v in vault.vintages_from(upto) if table in v.tables]
        before = next((v for v in there if v.as_of == upto), None)
        near = [v for v in there if v.as_of > upto]
    else:
        near = vault.vintages(table)
    scope = json.loads(start["scope"])
    spoken_of = None if scope is None else frozenset(scope)
    return Line(
        goes_on=goes_on,
        before=before,
        spoken_of=spoken_of,
        news=[(vintage, vintage.tables[table]) for vintage in near],
        facts=_stamps(start, table, near, scope=reduce(widened, near, spoken_of)),
    )


def _stamps(
    known: Mapping[str, str],
    table: str,
    near: Sequence[Vintage],
    *,
    scope: frozenset[str] | None,
) -> dict[str, str]:
    """Return the stamps of an object that shows further vintages than those it has."""
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


def covered_by(facts: Mapping[str, str], told: TableHistory) -> set[str]:
    """Return the ids of the vintages that an object shows; none when it shows another line."""
    ids = [vintage.id for vintage in told.vintages]
    if facts.get("id") not in ids:
        return set()
    inside = told.vintages[: ids.index(facts["id"]) + 1]
    link = chain((vintage, vintage.tables[told.table]) for vintage in inside)
    return set(ids[: len(inside)]) if link == facts.get("chain") else set()
