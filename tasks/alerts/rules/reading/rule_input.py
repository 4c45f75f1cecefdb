"""What rules see of a source: changed figures, vintages, and the schemas of its snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl

from schemas.columns import Policy
from schemas.wording import day
from tasks.schema_drift.source_schema import SourceSchema

DAYS: Final = ("observed_on", "month")
"""Key columns that hold the day, or the month, that a figure is about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleInput:
    """The vintages of one dataset and every cell that changed in them.

    vintages: one row per vintage, in the order of as_of: seq [0, 1, …], id, as_of [instant UTC],
        rows [count], is_part [bool: it covers a part of the table only], held [bool], sha256 [of
        the manifest, hex], source_url [where the bytes are from].
    cells: one row per changed cell, sorted by seq: seq, the key columns, column [name of the
        figure], before and after [Float64, the column's own unit; null = absent or not published],
        is_baseline [bool: the figure is a beginning, not a change; it counts for totals, peaks and
        rules that judge a figure by itself]. Baselines, with before null, are the first vintage and
        the first figures of countries that come into scope later. Left out: figures that are not
        numbers, quarantined keys, and columns that a vintage does not have.
    hidden: one row per time that a known row could not be read: seq [the first vintage without it],
        the key columns, until [the first later vintage that decides; null: none yet], is_back
        [bool: it is there again, else it is withdrawn; null: undecided]. None: there never was one.
    large: every figure beyond 2^53, exactly, as `large_figures` returns them. None: there is none.
    """

    dataset: str
    key: tuple[str, ...]
    vintages: pl.DataFrame
    cells: pl.DataFrame
    hidden: pl.DataFrame | None = None
    large: pl.DataFrame | None = None


def day_column(key: Sequence[str]) -> str | None:
    """Return the key column with the day that figures are about; None without one.

    >>> day_column(("iso3", "observed_on")), day_column(("iso3", "product", "mechanism"))
    ('observed_on', None)
    """
    return next((name for name in key if name in DAYS), None)


def figures_at(rule_input: RuleInput, seq: int) -> pl.DataFrame:
    """Return the figures that a vintage shows: the key columns, column, value (never null)."""
    return (
        rule_input.cells.filter(pl.col("seq") <= seq)
        .group_by(*rule_input.key, "column")
        .agg(pl.col("after").last().alias("value"))
        .drop_nulls("value")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """The vintages of one dataset as rules word and compare them; the sequences are by seq.

    `shown_by`: the source as the subject of a sentence ("UNICEF's dashboard"). The others: as in
    `RuleInput`.
    """

    dataset: str
    key: tuple[str, ...]
    shown_by: str
    id: Sequence[str]
    as_of: Sequence[datetime]
    sha256: Sequence[str]
    source_url: Sequence[str]
    rows: Sequence[int] = ()
    is_part: Sequence[bool] = ()
    held: Sequence[bool] = ()

    @property
    def last(self) -> int:
        """The seq of the newest vintage, -1 without any."""
        return len(self.id) - 1

    def before(self, seq: int) -> int | None:
        """Return the seq of the vintage before; None for the first."""
        return seq - 1 if seq else None

    def day(self, seq: int) -> str:
        """Return the day of a vintage as sentences show it."""
        return day(self.as_of[seq])

    def origin(self, seq: int) -> dict[str, Any]:
        """Return where a vintage is from, as evidence.

        id, as_of, manifest_sha256, source_url, raw [name of the fetch record in the lake].
        """
        source = self.dataset.partition(".")[0]
        return {
            "id": self.id[seq],
            "as_of": self.as_of[seq].isoformat(),
            "manifest_sha256": self.sha256[seq],
            "source_url": self.source_url[seq],
            "raw": f"raw/{source}/fetches/{self.id[seq]}.json",
        }


def timeline_of(rule_input: RuleInput, shown_by: str) -> Timeline:
    """Return the timeline of a dataset."""
    columns = rule_input.vintages.sort("seq").drop("seq").to_dict(as_series=False)
    return Timeline(dataset=rule_input.dataset, key=rule_input.key, shown_by=shown_by, **columns)


class ColumnTrait(NamedTuple):
    """What the declaration of a source makes of a published column in one table.

    `policy`: what becomes of a snapshot when the column is gone. `figure`: the canonical column
    that is read from it, '' for none.
    """

    policy: Policy = "evolve"
    figure: str = ""


Traits = Mapping[str, Mapping[str, ColumnTrait]]
"""By table and published column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaObservation:
    """The schema of one snapshot, be it a vintage or a refused one.

    `tables`: all of its source. `sha256`: of its manifest. `schema`: of the tables that it has.
    `traits`: of their columns. `broken`: in a few words how it broke the contract with its source,
    '' where it was published; `fault`: the whole sentence. `guesses`: sentences about columns that
    may have been renamed.
    """

    source: str
    tables: tuple[str, ...]
    id: str
    as_of: datetime
    sha256: str
    url: str
    schema: SourceSchema
    traits: Traits
    broken: str = ""
    fault: str = ""
    guesses: tuple[str, ...] = ()
