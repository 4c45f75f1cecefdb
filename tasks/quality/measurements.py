"""Measurements of a published table and of the good vintages before it.

Promises: one row per vintage and one column per expectation, so the result is small however large
the table is. One pass over the row versions of the vault; a quarantined key counts as not compared,
never as gone; held vintages do not count.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from schemas.expectations.expectation import WINDOW, Suite
from tasks.catalog.unparsable_keys import unparsable_keys_of
from tasks.quality.metrics import METRICS, Comparison
from tasks.quality.row_changes import BEGAN, ENDED, INSTANT, State, numbered, row_changes, standing
from tasks.quality.vintage_window import gaps, window
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.queries import all_versions
from tasks.vault.segments import covered
from tasks.vault.vault_reader import VaultReader


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


@dataclass(kw_only=True, slots=True)
class KnownEntities:
    """The entities (countries, buyers) with rows in the earlier vintages of a window.

    `last`: by entity, the as_of of the last vintage that has it. `times`: by entity, how many of
    the `count` vintages have it.
    """

    last: dict[str, datetime] = field(default_factory=dict[str, datetime])
    times: Counter[str] = field(default_factory=Counter[str])
    count: int = 0

    def add(self, entities: AbstractSet[str], *, at: datetime) -> None:
        """Add the entities of the next vintage, with as_of `at`."""
        self.last |= dict.fromkeys(entities, at)
        self.times.update(entities)
        self.count += 1

    def gone(self, present: AbstractSet[str], *, is_part: bool) -> dict[str, datetime]:
        """Return the missing entities, sorted, with the as_of of the last vintage that has them.

        `is_part`: the vintage covers some days only, for which not every entity reports; then only
        entities of all vintages count as missing.
        """
        missed = sorted(self.last.keys() - present)
        return {
            name: self.last[name]
            for name in missed
            if not is_part or self.times[name] == self.count
        }


def measure_table(vault: VaultReader, table: str, suite: Suite) -> Measurements | None:
    """Return the measurements of a table; None when no good vintage has a row."""
    vintages = window(vault, table)
    if not vintages:
        return None
    rows: list[dict[str, float | None]] = []
    gone: Mapping[str, datetime] = {}
    for comparison in _comparisons(vault, table, vintages, suite):
        rows.append({it.name: METRICS[it.fact](comparison, it.figure) for it in suite.expectations})
        gone = comparison.gone or {}
    count = min(len(vintages), WINDOW + 1)
    schema = {it.name: pl.Float64() for it in suite.expectations}
    return Measurements(
        dataset=f"{vault.source}.{table}",
        vintages=tuple(vintages[-count:]),
        frame=pl.DataFrame(rows[-count:], schema=schema),
        gone=gone,
    )


def _comparisons(
    vault: VaultReader, table: str, vintages: Sequence[Vintage], suite: Suite
) -> Iterator[Comparison]:
    """Yield each vintage beside its predecessor; two states at a time are in memory."""
    key, oldest = vault.key(table), pl.lit(vintages[0].as_of, INSTANT)
    stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > oldest)
    versions = numbered(all_versions(vault, table).filter(stands).collect(), vintages)
    unparsable, since = _unparsable(vault, table), gaps(vault, table, vintages)
    before: State | None = None
    known = KnownEntities()
    for position, vintage in enumerate(vintages):
        entry = vintage.tables[table]
        rows = _rows(versions.filter(standing(position)), entry)
        is_part = entry.covers is not None and suite.day in entry.covers
        covered_rows = covered(rows, entry.covers) if is_part else rows
        now = State(
            vintage=vintage, position=position, rows=rows, covered_rows=covered_rows, key=key
        )
        entities, skip = set(covered_rows[suite.member].unique()), None
        if before is not None:
            skip = _unparsable_at(unparsable, before.vintage, vintage, key)
        present = entities if skip is None else entities | set(skip[suite.member].unique())
        yield Comparison(
            suite=suite,
            before=before,
            after=now,
            gap=since[position],
            gone=None if before is None else known.gone(present, is_part=is_part),
            row_changes=None if before is None else row_changes(versions, before, now, skip=skip),
        )
        known.add(entities, at=vintage.as_of)
        before = now


def _rows(standing_rows: pl.DataFrame, entry: TableVintage) -> pl.DataFrame:
    """Return the rows with the columns of a vintage; a slice also has the earlier columns."""
    rows = standing_rows.drop(BEGAN, ENDED)
    if entry.covers is not None:
        return rows
    return rows.select(name for name in rows.columns if name in entry.columns)


def _unparsable(vault: VaultReader, table: str) -> pl.DataFrame | None:
    """Return every key that was ever quarantined, with its times; None when there is none."""
    if not any(vintage.tables[table].quarantine for vintage in vault.vintages(table)):
        return None
    return unparsable_keys_of(vault, table)


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
