"""
Facts: what is measured on a published table and on the good vintages before it.

Promises: one row a vintage and one column an expectation, so that what goes on from here is small,
however large the table is. Read from the vault in one pass over the versions of the rows; a key
that stands in quarantine counts as not compared, never as gone; held vintages do not count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.expectations.expectation import WINDOW, Suite
from tasks.catalog.unread import unread_of
from tasks.expect.measures import MEASURES, Seen
from tasks.expect.moves import BEGAN, ENDED, INSTANT, State, moves, numbered, standing
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.vault import Vault


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """
    What is known of one published table and the vintages before it.

    `vintages`: the good ones that said something new, at most `WINDOW` + 1 of them, oldest first;
    the last one is judged. `frame`: a column for every expectation of the suite, one row a vintage;
    null where it cannot be measured. `gone`: whom the last vintages had rows about and the judged
    one has not, sorted.
    """

    dataset: str
    vintages: tuple[Vintage, ...]
    frame: pl.DataFrame
    gone: tuple[str, ...]

    @property
    def judged(self) -> Vintage:
        """The vintage that is judged: the one that `latest` shows."""
        return self.vintages[-1]

    def earlier(self, name: str) -> list[float]:
        """Return what an expectation's figure was in the vintages before, oldest first."""
        return self.frame[name][:-1].drop_nulls().to_list()

    def latest(self, name: str) -> float | None:
        """Return an expectation's figure in the judged vintage."""
        return self.frame[name][-1]


def judged(vault: Vault, table: str) -> Vintage | None:
    """Return the vintage to judge: the first of those that say what `latest` shows."""
    newest = _new_ones(vault, table)[-1:]
    return newest[0] if newest else None


def _new_ones(vault: Vault, table: str) -> list[Vintage]:
    """Return the good vintages that say something else than the good one before."""
    good = [vintage for vintage in vault.vintages(table) if not vintage.held]
    states = [vintage.tables[table].state for vintage in good]
    before = [None, *states][:-1]
    return [v for v, now, then in zip(good, states, before, strict=True) if now != then]


def facts_of(vault: Vault, table: str, suite: Suite) -> Facts | None:
    """Return what is measured on a table; None without a good vintage that ever had a row."""
    vintages = _new_ones(vault, table)[-(WINDOW + 2) :]
    if not any(vintage.tables[table].rows for vintage in vintages):
        return None
    lines: list[dict[str, float | None]] = []
    gone: frozenset[str] = frozenset()
    for seen in _seen(vault, table, vintages, suite):
        lines.append({it.name: MEASURES[it.fact](seen, it.figure) for it in suite.expectations})
        gone = seen.gone or frozenset()
    kept = min(len(vintages), WINDOW + 1)
    schema = {it.name: pl.Float64() for it in suite.expectations}
    return Facts(
        dataset=f"{vault.source}.{table}",
        vintages=tuple(vintages[-kept:]),
        frame=pl.DataFrame(lines[-kept:], schema=schema),
        gone=tuple(sorted(gone)),
    )


def _seen(vault: Vault, table: str, vintages: Sequence[Vintage], suite: Suite) -> Iterator[Seen]:
    """Yield what each of the vintages is measured by; two states at a time are in memory."""
    key, oldest = vault.key(table), pl.lit(vintages[0].as_of, INSTANT)
    stands = pl.col("valid_to").is_null() | (pl.col("valid_to") > oldest)
    versions = numbered(vault.versions(table).filter(stands).collect(), vintages)
    unread = _unread(vault, table)
    before: State | None = None
    known: set[str] = set()
    for position, vintage in enumerate(vintages):
        now = State(
            vintage=vintage,
            position=position,
            rows=_rows(versions.filter(standing(position)), vintage.tables[table]),
            key=key,
        )
        members = set(now.rows[suite.member].unique())
        if before is None:
            yield Seen(suite=suite, before=None, after=now, gone=None, moved=None)
        else:
            skip = _unread_at(unread, before.vintage, vintage, key)
            spared = members if skip is None else members | set(skip[suite.member].unique())
            moved = moves(versions, before, now, skip=skip)
            gone = frozenset(known - spared)
            yield Seen(suite=suite, before=before, after=now, gone=gone, moved=moved)
        known |= members
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
    return unread_of(vault, table)


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
