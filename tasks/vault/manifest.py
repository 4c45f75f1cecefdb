"""Commits, vintages and pages: the records in a source's commit log.

A commit lists every vintage of the source; old ones are listed in sealed pages, which commits
share.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from schemas.errors import UnknownName
from schemas.records import utc
from tasks.vault.canonical_frames import Schema
from tasks.vault.segments import Covers
from tasks.vault.times import is_id, parse_time


@dataclass(frozen=True, kw_only=True, slots=True)
class TableVintage:
    """The changes of one vintage to one table. Counts are rows.

    `segment` is None when it changed nothing. `state`: the hash of the rows that a reader gets,
    which are `rows`. `seen`: those of them that the snapshot printed; `hidden`: known rows that no
    reader gets, since they could not be parsed. Both are None where an older commit does not record
    them. `quarantine` names the rows that stand in quarantine; `quarantined` counts them.
    `hides_below`: by figure, the number below which its publisher hides it. `not_compared`: figures
    that make no new version of a row; `printed` names what this vintage printed in them, row by
    row, so that its place among other vintages can change.
    """

    schema: Schema
    state: str = ""
    segment: str | None = None
    rows: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    covers: Covers | None = None
    quarantine: str | None = None
    quarantined: int = 0
    seen: int | None = None
    hidden: int | None = None
    hides_below: Mapping[str, int] = field(default_factory=dict[str, int])
    not_compared: tuple[str, ...] = ()
    printed: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in that vintage."""
        return tuple(name for name, _ in self.schema)

    @property
    def is_new(self) -> bool:
        """Whether it differs from the vintage before."""
        return self.segment is not None

    @property
    def moved(self) -> int:
        """Rows that were inserted, updated or deleted."""
        return self.inserted + self.updated + self.deleted

    @property
    def unchanged(self) -> int | None:
        """Rows that it printed again with the same figures; None where not recorded."""
        return None if self.seen is None else self.seen - self.inserted - self.updated

    @property
    def unseen(self) -> int | None:
        """Rows that stand and that it did not print, not covering them; None where not recorded."""
        return None if self.seen is None else self.rows - self.seen


@dataclass(frozen=True, kw_only=True, slots=True)
class Vintage:
    """One snapshot of a source as committed, in all its tables."""

    id: str
    as_of: datetime
    ingested_at: datetime
    manifest_sha256: str
    url: str
    parser_version: int
    held: bool = False
    scope: tuple[str, ...] = ()
    tables: Mapping[str, TableVintage] = field(default_factory=dict[str, TableVintage])

    @property
    def is_new(self) -> bool:
        """Whether it changed any table."""
        return any(table.is_new for table in self.tables.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Retraction:
    """A person's decision on a vintage that should never have been.

    `vintage`: as it was when it was retracted; None where the decision undoes that. `by`: who
    decided, None where unknown.
    """

    id: str
    at: datetime
    reason: str
    by: str | None
    vintage: Vintage | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TableInfo:
    """What holds for a table in all vintages: its key and what its columns mean.

    `version`: of its columns, as of the newest vintage that was committed with rows of its own.
    """

    key: tuple[str, ...]
    descriptions: Mapping[str, str]
    version: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A sealed page: `count` vintages, from `first` to `last` (as_of), under their sha256."""

    sha256: str
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """One entry of a source's log.

    Vintages are in the order of as_of: first those of `pages`, then the `tail`. `archive` names the
    list of packs and bases, None before the first compaction. `generation` counts rebuilds; `pins`
    are the numbers of earlier commits that stay readable for good: the last one of each generation,
    and those before a vintage was superseded or retracted. `reshaped` is the number of the newest
    commit that did anything but append newer vintages: what was derived since then can be
    continued.
    `has_quarantine`: whether a row of any vintage ever stood in quarantine. `retractions`: all
    that were ever decided, oldest first; the last one on an id holds.
    """

    number: int
    kind: str
    written_at: datetime
    parent_sha256: str | None
    tables: Mapping[str, TableInfo]
    pages: tuple[Page, ...] = ()
    tail: tuple[Vintage, ...] = ()
    archive: str | None = None
    generation: int = 1
    pins: tuple[int, ...] = ()
    reshaped: int = 1
    has_quarantine: bool = False
    retractions: tuple[Retraction, ...] = ()
    txn: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def retracted(self) -> dict[str, Vintage]:
        """The vintages that are retracted, by id."""
        last = {one.id: one.vintage for one in self.retractions}
        return {name: vintage for name, vintage in last.items() if vintage is not None}

    def retraction_note(self, source: str, name: str) -> str:
        """Return the sentence that says why a vintage is retracted, and how to undo that."""
        last = next(one for one in reversed(self.retractions) if one.id == name)
        return (
            f"{source}: vintage {name} was retracted at {last.at:%F %T}Z: "
            f"{last.reason.rstrip('.')}. To undo that: "
            f"vaxwatch retract {source} {name} --undo --reason TEXT"
        )


def with_id(vintages: Sequence[Vintage], wanted: str) -> Vintage:
    """Return the vintage with an id. Raises UnknownName, which lists the newest five."""
    for vintage in vintages:
        if vintage.id == wanted:
            return vintage
    raise UnknownName("vintage", wanted, [vintage.id for vintage in reversed(vintages)])


def known_at(vintages: Sequence[Vintage], when: str | datetime) -> Vintage | None:
    """Return the newest vintage known at a time; None when it is not among `vintages`.

    `when`: as of `VaultReader.find`. `vintages`: oldest first.
    """
    if when == "latest":
        return next((v for v in reversed(vintages) if not v.held), None)
    if isinstance(when, str) and is_id(when):
        return next((v for v in vintages if v.id == when), None)
    at = parse_time(when) if isinstance(when, str) else utc(when)
    return next((v for v in reversed(vintages) if v.as_of <= at), None)
