"""
Facts: what is measured on a published table and on the good vintages before it.

Promises: one row a vintage and one column an expectation, so that what goes on from here is small,
however large the table is. Read from the vault in one pass over the versions of the rows; a key
that stands in quarantine counts as not compared, never as gone; held vintages do not count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from schemas.expectations.expectation import WINDOW, Suite
from tasks.catalog.unparsable_keys import unparsable_keys_of
from tasks.quality.entities import Members
from tasks.quality.metrics import MEASURES, Seen
from tasks.quality.row_changes import BEGAN, ENDED, INSTANT, State, moves, numbered, standing
from tasks.quality.vintage_window import gaps, window
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.segments import covered
from tasks.vault.vault import Vault


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """
    What is known of one published table and the vintages before it.

    `vintages`: the good ones that said something new, at most `WINDOW` + 1 of them, oldest first;
    the last one is judged. `frame`: a column for every expectation of the suite, one row a vintage;
    null where it cannot be measured. `gone`: whom the last vintages had rows about and the judged
    one has not, by name, and when the last one that had them was taken.
    """

    dataset: str
    vintages: tuple[Vintage, ...]
    frame: pl.DataFrame
    gone: Mapping[str, datetime]

    @property
    def judged(self) -> Vintage:
        """The vintage that is judged: the one that `latest` shows."""
        return self.vintages[-1]

    def earlier(self, name: str, *, since: int = 0) -> list[float]:
        """
        Return what an expectation's figure was in the vintages before, oldest first.

        `since`: the position of the first of them that counts.
        """
        return self.frame[name][since:-1].drop_nulls().to_list()

    def latest(self, name: str) -> float | None:
        """Return an expectation's figure in the judged vintage."""
        return self.frame[name][-1]


def facts_of(vault: Vault, table: str, suite: Suite) -> Facts | None:
    """Return what is measured on a table; None without a good vintage that ever had a row."""
    vintages = window(vault, table)
    if not vintages:
        return None
    lines: list[dict[str, float | None]] = []
    gone: Mapping[str, datetime] = {}
    for seen in _seen(vault, table, vintages, suite):
        lines.append({it.name: MEASURES[it.fact](seen, it.figure) for it in suite.expectations})
        gone = seen.gone or {}
    kept = min(len(vintages), WINDOW + 1)
    schema = {it.name: pl.Float64() for it in suite.expectations}
    return Facts(
        dataset=f"{vault.source}.{table}",
        vintages=tuple(vintages[-kept:]),
        frame=pl.DataFrame(lines[-kept:], schema=schema),
        gone=gone,
    )


def _seen(vault: Vault, table: str, vintages: Sequence[Vintage], suite: Suite) -> Iterator[Seen]:
    """Yield what each of the vintages is measured by; two states at a time are in memory."""
    key, oldest = vault.key(table), pl.lit(vintages[0].as_of, INSTANT)
    stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > oldest)
    versions = numbered(vault.versions(table).filter(stands).collect(), vintages)
    unread, since = _unread(vault, table), gaps(vault, table, vintages)
    before: State | None = None
    known = Members()
    for position, vintage in enumerate(vintages):
        entry = vintage.tables[table]
        rows = _rows(versions.filter(standing(position)), entry)
        is_part = entry.covers is not None and suite.day in entry.covers
        said = covered(rows, entry.covers) if is_part else rows
        now = State(vintage=vintage, position=position, rows=rows, said=said, key=key)
        members, skip = set(said[suite.member].unique()), None
        if before is not None:
            skip = _unread_at(unread, before.vintage, vintage, key)
        spared = members if skip is None else members | set(skip[suite.member].unique())
        yield Seen(
            suite=suite,
            before=before,
            after=now,
            gap=since[position],
            gone=None if before is None else known.gone(spared, is_part=is_part),
            moved=None if before is None else moves(versions, before, now, skip=skip),
        )
        known.add(members, at=vintage.as_of)
        before = now


def _rows(standing_rows: pl.DataFrame, entry: TableVintage) -> pl.DataFrame:
    """Return rows with the columns that a vintage has; a slice has those known before, too."""
    rows = standing_rows.drop(BEGAN, ENDED)
    if entry.covers is not None:
        return rows
    return rows.select(name for name in rows.columns if name in entry.columns)


def _unread(vault: Vault, table: str) -> pl.DataFrame | None:
    """Return the keys that ever stood in quarantine, and when; None where none did."""
    if not any(vintage.tables[table].quarantine for vintage in vault.vintages(table)):
        return None
    return unparsable_keys_of(vault, table)


def _unread_at(
    unread: pl.DataFrame | None, before: Vintage, now: Vintage, key: tuple[str, ...]
) -> pl.DataFrame | None:
    """Return the keys that stand in quarantine in either of two vintages."""
    if unread is None:
        return None
    begun, ended = pl.col("unread_from"), pl.col("unread_to")
    during = [
        (begun <= at) & (ended.is_null() | (ended > at))
        for at in (pl.lit(vintage.as_of, INSTANT) for vintage in (before, now))
    ]
    return unread.filter(during[0] | during[1]).select(key).unique()
