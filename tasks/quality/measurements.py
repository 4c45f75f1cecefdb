"""Measurements of a published table and of the good vintages before it: its window.

Promises: one row per vintage and one column per expectation, so the result is small however large
the table is. One pass over the row versions of the vault; a quarantined key counts as not compared,
never as gone; held and unchanged vintages do not count.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from schemas.expectations.expectation import WINDOW, Suite
from tasks.catalog.unparsable_keys import unparsable_keys_of
from tasks.quality.metrics import METRICS, Comparison
from tasks.quality.row_changes import INSTANT, RowChanges, State, numbered, row_changes, rows_at
from tasks.vault.manifest import Vintage
from tasks.vault.queries import all_versions
from tasks.vault.segments import covered
from tasks.vault.vault_reader import VaultReader

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurements:
    """The measurements of one published table.

    `vintages`: the good vintages that changed it, at most `WINDOW` + 1, oldest first; the last one
    is judged. `frame`: one row per vintage and one column per expectation of the suite; null where
    it cannot be measured. `gone`: entities of the earlier vintages that the judged one lacks, with
    the as_of of the last vintage that has them.
    """

    dataset: str
    vintages: tuple[Vintage, ...]
    frame: pl.DataFrame
    gone: Mapping[str, datetime]

    @property
    def judged(self) -> Vintage:
        """The judged vintage: the one that `latest` shows."""
        return self.vintages[-1]

    def earlier(self, name: str, *, since: int = 0) -> list[float]:
        """Return an expectation's figures in the earlier vintages, oldest first, without nulls.

        `since`: the position of the first vintage that counts.
        """
        return self.frame[name][since:-1].drop_nulls().to_list()

    def latest(self, name: str) -> float | None:
        """Return an expectation's figure in the judged vintage."""
        return self.frame[name][-1]


def window(vault: VaultReader, table: str) -> list[Vintage]:
    """Return the good vintages that changed a table, oldest first, without reading any rows.

    The last one is judged: the first vintage with the state that `latest` shows. Before it are the
    at most `WINDOW` vintages it is compared with, and one more, the predecessor of the first of
    them. Empty when none of them has a row.
    """
    good = [vintage for vintage in vault.vintages(table) if not vintage.held]
    states = [vintage.tables[table].state for vintage in good]
    before = [None, *states][:-1]
    new = [v for v, now, then in zip(good, states, before, strict=True) if now != then]
    last = new[-(WINDOW + 2) :]
    return last if any(vintage.tables[table].rows for vintage in last) else []


def basis(vault: VaultReader, table: str, suite: Suite, *, cadence: float) -> str:
    """Return the hash of all inputs of a judgement.

    The inputs are the states and times of the vintages in the window, their quarantined rows, and
    the suite. A late older vintage, a release or a changed bound changes the hash.
    """
    vintages = window(vault, table)
    states = [(v.id, v.tables[table].state, v.tables[table].quarantine) for v in vintages]
    inputs = repr((states, _gaps(vault, table, vintages), suite, cadence))
    return hashlib.sha256(inputs.encode()).hexdigest()


def _gaps(vault: VaultReader, table: str, vintages: Sequence[Vintage]) -> list[float | None]:
    """Return for each vintage the whole days since its predecessor, held or unchanged too."""
    every = vault.vintages(table)
    days = {now.id: float((now.as_of - then.as_of) // DAY) for then, now in pairwise(every)}
    return [days.get(vintage.id) for vintage in vintages]


def measure_table(vault: VaultReader, table: str, suite: Suite) -> Measurements | None:
    """Return the measurements of a table; None when no good vintage has a row."""
    vintages = window(vault, table)
    if not vintages:
        return None
    comparisons = _comparisons(vault, table, vintages, suite)
    measured = [
        ({it.name: METRICS[it.fact](one, it.figure) for it in suite.expectations}, one.gone or {})
        for one in comparisons
    ]
    count = min(len(vintages), WINDOW + 1)
    schema = {it.name: pl.Float64() for it in suite.expectations}
    return Measurements(
        dataset=f"{vault.source}.{table}",
        vintages=tuple(vintages[-count:]),
        frame=pl.DataFrame([figures for figures, _ in measured[-count:]], schema=schema),
        gone=measured[-1][1],
    )


def _comparisons(
    vault: VaultReader, table: str, vintages: Sequence[Vintage], suite: Suite
) -> Iterator[Comparison]:
    """Yield each vintage beside its predecessor; two states at a time are in memory."""
    key, oldest = vault.key(table), pl.lit(vintages[0].as_of, INSTANT)
    stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > oldest)
    versions = numbered(all_versions(vault, table).filter(stands).collect(), vintages)
    has_unparsable = any(vintage.tables[table].quarantine for vintage in vault.vintages(table))
    unparsable = unparsable_keys_of(vault, table) if has_unparsable else None
    gaps = _gaps(vault, table, vintages)
    before: State | None = None
    earlier: list[tuple[datetime, set[str]]] = []
    for position, vintage in enumerate(vintages):
        covers, columns = vintage.tables[table].covers, vintage.tables[table].columns
        rows = rows_at(versions, position)
        if covers is None:  # a slice also has the earlier columns
            rows = rows.select(name for name in rows.columns if name in columns)
        is_part = covers is not None and suite.day in covers
        part = covered(rows, covers) if is_part else rows
        now = State(vintage=vintage, position=position, rows=rows, covered_rows=part, key=key)
        present, gone, changes = set(part[suite.member].unique()), None, RowChanges()
        earlier.append((vintage.as_of, present))
        if before is not None:
            skip = _unparsable_at(unparsable, before.vintage, vintage, key)
            readable = present if skip is None else present | set(skip[suite.member].unique())
            gone = _gone(earlier[:-1], readable, is_part=is_part)
            changes = row_changes(versions, before, now, skip=skip)
        yield Comparison(suite=suite, after=now, gap=gaps[position], gone=gone, row_changes=changes)
        before = now


def _gone(
    earlier: Sequence[tuple[datetime, set[str]]], present: set[str], *, is_part: bool
) -> dict[str, datetime]:
    """Return the missing entities, sorted, with the as_of of the last vintage that has them.

    `earlier`: as_of and entities of the earlier vintages. `is_part`: the vintage covers some days
    only, for which not every entity reports; then only entities of all vintages count as missing.
    """
    last = {name: at for at, entities in earlier for name in entities}
    known = set[str].intersection(*(entities for _, entities in earlier)) if is_part else {*last}
    return {name: last[name] for name in sorted(known - present)}


def _unparsable_at(
    unparsable: pl.DataFrame | None, before: Vintage, now: Vintage, key: tuple[str, ...]
) -> pl.DataFrame | None:
    """Return the keys that are quarantined in either of two vintages."""
    if unparsable is None:
        return None
    begun, ended = pl.col("unread_from"), pl.col("unread_to")
    during = [
        (begun <= at) & (ended.is_null() | (ended > at))
        for at in (pl.lit(vintage.as_of, INSTANT) for vintage in (before, now))
    ]
    return unparsable.filter(during[0] | during[1]).select(key).unique()
