"""The vintages of one table, in order.

Promises: no reading; everything here follows from a commit.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.objects import TableArchive

SCOPE_COLUMN = "iso3"
SEQ = "seq"


@dataclass(frozen=True, slots=True)
class TableHistory:
    """The vintages of one table, in order, with what each did to it.

    `before`: the vintage of the table before the first of them; None when that is its very first.
    `known_scope`: the countries covered up to `before`; None stands for all.
    """

    table: str
    key: tuple[str, ...]
    vintages: tuple[Vintage, ...]
    archive: TableArchive
    before: Vintage | None = None
    known_scope: frozenset[str] | None = frozenset()

    def entries(self) -> Iterator[tuple[int, Vintage, TableVintage]]:
        """Yield position, vintage and what it did to the table."""
        for position, vintage in enumerate(self.vintages):
            yield position, vintage, vintage.tables[self.table]

    def times(self) -> pl.DataFrame:
        """Return seq, id and as_of of every vintage."""
        return pl.DataFrame(
            {
                SEQ: range(len(self.vintages)),
                "id": [vintage.id for vintage in self.vintages],
                "as_of": [vintage.as_of for vintage in self.vintages],
            },
            schema={SEQ: pl.Int64, "id": pl.String, "as_of": pl.Datetime("us", "UTC")},
        )

    def absences(self, figures: Collection[str]) -> dict[str, list[int]]:
        """Return the positions of the vintages that lack a figure, for those that any lacks."""
        absent: dict[str, list[int]] = {}
        for position, _, entry in self.entries():
            for name in figures:
                if name not in entry.columns:
                    absent.setdefault(name, []).append(position)
        return absent

    def not_compared(self, figures: Collection[str]) -> dict[str, list[int]]:
        """Return the positions of the vintages in which a figure is absent or is not compared."""
        skipped = self.absences(figures)
        for position, _, entry in self.entries():
            for name in {*entry.not_compared} & {*figures}:
                skipped.setdefault(name, []).append(position)
        return skipped

    def known_scopes(self) -> list[frozenset[str] | None]:
        """Return, per vintage, the countries covered up to it; None stands for all."""
        scopes: list[frozenset[str] | None] = []
        known = self.known_scope
        for vintage in self.vintages:
            known = widened(known, vintage)
            scopes.append(known)
        return scopes


def widened(known: frozenset[str] | None, vintage: Vintage) -> frozenset[str] | None:
    """Return the countries covered so far and by one more vintage; None for all."""
    return None if known is None or not vintage.scope else known | set(vintage.scope)


def same_key(key: Sequence[str], step: int) -> pl.Expr:
    """Return whether the row `step` before (in the order of the key) has the same key."""
    return pl.all_horizontal(pl.col(name) == pl.col(name).shift(step) for name in key)
