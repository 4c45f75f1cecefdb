"""The figures that a run changed, worst first, and how many flags its tables have now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from schemas.records import Outcome
from schemas.tables import key_of
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import PublishedFile

MOST: Final = 50
"""Changed figures that are listed."""
VALUES: Final = ("column", "before", "after", "before_text", "after_text", "rel_change")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedFigure:
    """One figure that was published and now is another, or withdrawn.

    `before`, `after`: in the column's own unit, null where it is no number; `before_text`,
    `after_text`: as published, null where there is none. `rel_change`: a share; null where `before`
    is null or 0.
    """

    dataset: str
    key: Mapping[str, str]
    column: str
    before: float | None
    after: float | None
    before_text: str | None
    after_text: str | None
    rel_change: float | None
    as_of: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunChanges:
    """What a run changed. `figures`: the worst, 50 at most, of `total`. `flags`: by dataset."""

    figures: Sequence[ChangedFigure] = ()
    total: int = 0
    flags: Mapping[str, int] = field(default_factory=dict[str, int])


def changes_of(store: Store, outcomes: Sequence[Outcome]) -> RunChanges:
    """Return the figures that new vintages changed: the greatest falls and withdrawals first.

    Figures that are new are not among them. It reads what is published for readers: `changes` of
    each table with a changed row, and `flags`. Raises StoreError.
    """
    new = [one for one in outcomes if one.verdict == "new"]
    wanted: dict[tuple[str, str], set[str]] = {}
    for outcome in new:
        for table, counts in outcome.tables.items():
            if counts.updated or counts.deleted:
                wanted.setdefault((outcome.source, table), set()).add(outcome.id)
    tables = [_changed(store, source, table, ids) for (source, table), ids in wanted.items()]
    figures = [figure for found, _ in tables for figure in found]
    return RunChanges(
        figures=sorted(figures, key=_badness)[:MOST],
        total=sum(total for _, total in tables),
        flags=_flags(store, new),
    )


def _changed(
    store: Store, source: str, table: str, ids: Collection[str]
) -> tuple[list[ChangedFigure], int]:
    """Return the worst changed figures of vintages, and how many there are."""
    published = _published(store, source, table, "changes")
    if published is None:
        return [], 0
    wanted = pl.col("id").is_in(sorted(ids)) & pl.col("kind").is_in(["revised", "withdrawn"])
    found = published.frame().filter(wanted)
    worst = found.sort("rel_change", "change", nulls_last=True).head(MOST)
    key = [name for name in key_of(table) if name in found.columns]
    figures = [
        ChangedFigure(
            dataset=f"{source}.{table}",
            key={name: str(row[name]) for name in key if row[name] is not None},
            as_of=row["as_of"].isoformat(),
            **{name: row[name] for name in VALUES},
        )
        for row in worst.iter_rows(named=True)
    ]
    return figures, found.height


def _badness(one: ChangedFigure) -> tuple[bool, float]:
    return one.rel_change is None, one.rel_change or 0.0


def _flags(store: Store, new: Sequence[Outcome]) -> dict[str, int]:
    """Return the number of flags of each table that shows a new vintage now, by dataset."""
    found: dict[str, int] = {}
    for outcome in new[-1:]:
        for table in outcome.tables:
            published = _published(store, outcome.source, table, "flags")
            if published is not None and published.metadata.get("id") == outcome.id:
                found[f"{outcome.source}.{table}"] = published.frame().height
    return found


def _published(store: Store, source: str, table: str, kind: str) -> PublishedFile | None:
    name = f"{source}/{table}/{kind}.parquet"
    file = PublishedFile.read(name, store.get(name))
    return file if file.blob else None
