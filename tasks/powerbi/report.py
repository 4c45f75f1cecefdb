"""A report whose tables a source reads: requested from its page, or read from an export of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from schemas.columns import Columns
from schemas.source import Ask, Bodies

if TYPE_CHECKING:
    from tasks.powerbi.wanted import Wanted

REMARKS = "remarks"
"""The frame of sentences, one a row, on tables that the report does not have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The tables of one report.

    `where`: the source, in errors. `tables`: as of its declaration. `entities`: what the report has
    called each table, whatever the case and blanks. `summed`: the figures that the server sums over
    the rows that share a key. `finer`: by table the one that it is summed from.
    """

    where: str
    tables: Mapping[str, Columns]
    entities: Mapping[str, tuple[str, ...]]
    summed: Collection[str]
    finer: Mapping[str, str] = field(default_factory=dict[str, str])

    def gather(self, ask: Ask, url: str) -> Mapping[str, bytes]:
        """Return the report's answer for each table that it has, as of `tasks.powerbi.walk`."""
        from tasks.powerbi.walk import walk

        return walk(self.wanted(), ask, url)

    def parse(self, bodies: Bodies) -> dict[str, pl.DataFrame]:
        """Read the answers of the report, or one export: their words, no row dropped.

        The answers also give `remarks`. Raises as `tables_of` and `exported`.
        """
        from tasks.powerbi.walk import exported, tables_of

        if "main" in bodies:
            return exported(bodies["main"], self.tables, where=self.where, finer=self.finer)
        tables, sentences = tables_of(bodies, self.wanted(), where=self.where)
        return tables | {REMARKS: pl.DataFrame({"sentence": sentences}, {"sentence": pl.String})}

    def remarks(self, parsed: Mapping[str, pl.DataFrame]) -> list[str]:
        """Return the sentences on the report; an export has none: it need not have all tables."""
        return parsed[REMARKS]["sentence"].to_list() if REMARKS in parsed else []

    def wanted(self) -> "tuple[Wanted, ...]":
        """Return what the report is asked for: each table with its columns and sums."""
        from tasks.powerbi.wanted import wanted

        return tuple(
            wanted(
                name,
                columns,
                self.entities[name],
                summed=self.summed,
                finer=self.finer.get(name, ""),
            )
            for name, columns in self.tables.items()
        )
