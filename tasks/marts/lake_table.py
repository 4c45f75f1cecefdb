"""The inputs of marts: the published files of datasets, read when they are first used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import polars as pl

from tasks.freshness.source_life import Activity

Content = tuple[pl.DataFrame, Mapping[str, str]]
"""The rows of a published file, and its metadata."""
SERIES = ("observed_on", "month", "year")
"""Key columns that make a table a series: new days are news, and no change."""
END = "_end"
"""From when a version of a row is shown no more; one that could not be read since is shown on."""


@dataclass(frozen=True, kw_only=True)
class LakeTable:
    """One dataset as it is published.

    `read`: returns one of its files by its kind: latest, history, changes, vintages, flags. History
    and changes of a large table may lag behind until a compaction. `scan`: returns the rows of one
    that is not in memory yet; None: `read` has to do.
    """

    source: str
    table: str
    key: tuple[str, ...]
    read: Callable[[str], Content]
    scan: Callable[[str], pl.LazyFrame] | None = None

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return f"{self.source}.{self.table}"

    @cached_property
    def latest(self) -> pl.DataFrame:
        """The rows of the newest version that is not held."""
        return self._latest[0]

    @property
    def shown_as_of(self) -> datetime:
        """The instant of that version."""
        return datetime.fromisoformat(self._latest[1]["as_of"])

    @cached_property
    def history(self) -> pl.DataFrame:
        """Every version of every row."""
        return self._history[0]

    @cached_property
    def lasting(self) -> pl.DataFrame:
        """The history with `_end` [instant; null: shown by the newest version].

        It is `valid_to`, but where the row did not go: then the instant of its next version.
        """
        ends = self.history["valid_to"]
        if "gone" not in self.history.columns:  # of an earlier version of the program
            return self.history.with_columns(ends.alias(END))
        rows = self.history.select(*self.key, "valid_from", "valid_to", "gone").with_row_index()
        stayed = rows.filter(pl.col("valid_to").is_not_null(), pl.col("gone").is_null())
        rows = rows.join(
            stayed.select(self.key).unique(), on=self.key, how="semi", nulls_equal=True
        )
        following = pl.col("valid_from").shift(-1).over(self.key, order_by="valid_from")
        follow = rows.with_columns(following.alias(END)).filter(pl.col("gone").is_null())
        return self.history.with_columns(ends.scatter(follow["index"], follow[END]).alias(END))

    @property
    def is_history_whole(self) -> bool:
        """Whether the history has the version that `latest` shows."""
        upto = self._history[1].get("upto")
        return upto is None or datetime.fromisoformat(upto) >= self.shown_as_of

    def changes(self, *conditions: pl.Expr) -> pl.DataFrame:
        """Return the changed figures that meet all conditions; the others take no memory."""
        rows = self.scan("changes") if self.scan else self.read("changes")[0].lazy()
        return rows.filter(*conditions).collect()

    @cached_property
    def vintages(self) -> pl.DataFrame:
        """Every version."""
        return self.read("vintages")[0]

    @cached_property
    def flags(self) -> pl.DataFrame:
        """Implausible figures of the newest version; without columns where there are none."""
        return self.read("flags")[0]

    @cached_property
    def _latest(self) -> Content:
        return self.read("latest")

    @cached_property
    def _history(self) -> Content:
        return self.read("history")


@dataclass(frozen=True, kw_only=True)
class MartInputs:
    """What marts are made of.

    `at`: the time of the run, UTC. `tables`: the datasets. `alerts`, `events`: the published alerts
    and their events. `marts`: returns the rows of a mart that was built before. `activities`:
    returns the activity of the sources of `tables`.
    """

    at: datetime
    tables: Sequence[LakeTable] = ()
    alerts: Callable[[], pl.DataFrame] = pl.DataFrame
    events: Callable[[], pl.DataFrame] = pl.DataFrame
    marts: Callable[[str], pl.DataFrame] = field(default=lambda _: pl.DataFrame())
    activities: Callable[[], Sequence[Activity]] = tuple

    def named(self, *tables: str) -> Iterator[LakeTable]:
        """Yield the datasets of some tables."""
        return (one for one in self.tables if one.table in tables)


def part_columns(key: Sequence[str]) -> list[str]:
    """Return the key columns beside country and day."""
    return [name for name in key if name not in {"iso3", *SERIES}]
