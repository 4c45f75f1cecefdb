"""A simple model of a vault: a dictionary of the rows of each snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import polars as pl

from schemas.records import Body, Snapshot
from tasks.vault.backdated_insert import Draft, TableDraft
from tests.tasks.vault.conftest import KEY, quarantine

Key = tuple[str, str]
Rows = dict[Key, dict[str, float | None]]
START = datetime(2022, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SnapshotModel:
    """One snapshot: rows by key, columns with types, keys in quarantine, countries covered.

    `parser`: the version that reads it. `least`: doses below which its publisher prints no row.
    """

    rows: tuple[tuple[Key, int | None], ...]
    kind: str = "Int64"
    index: int | None = None
    unparsable: frozenset[Key] = frozenset()
    covers: tuple[str, ...] | None = None
    held: bool = False
    parser: int = 1
    least: int = 0

    @property
    def columns(self) -> list[str]:
        """The figures of this snapshot."""
        return ["doses", "index"] if self.index is not None else ["doses"]

    def frame(self) -> pl.DataFrame:
        """Return the snapshot as a table, sorted by key."""
        return table({key: {"doses": doses, "index": self.index} for key, doses in self.rows}, self)

    def draft(self, hour: int) -> Draft:
        """Return the snapshot as it is committed; `hour` counts from the beginning of 2022."""
        body = Body(name="main", sha256=sha256(repr(self).encode()).hexdigest(), size=1)
        content = TableDraft(
            frame=self.frame(),
            key=KEY,
            quarantined=quarantine(*sorted(self.unparsable)) if self.unparsable else None,
            covers=None if self.covers is None else {"iso3": list(self.covers)},
            hides_below={"doses": self.least} if self.least else {},
        )
        snapshot = Snapshot(
            source="s",
            retrieved_at=START + timedelta(hours=hour),
            bodies=(body,),
            url="https://example.org/doses.csv",
        )
        return Draft(
            snapshot=snapshot, tables={"doses": content}, parser_version=self.parser, held=self.held
        )


def table(rows: Rows, snapshot: SnapshotModel) -> pl.DataFrame:
    """Return rows as a frame with the columns and types of a snapshot."""
    kinds = {"Int64": pl.Int64, "Float64": pl.Float64, "String": pl.String}
    frame = pl.DataFrame(
        [(*key, *(rows[key][name] for name in snapshot.columns)) for key in sorted(rows)],
        schema=[*KEY, *snapshot.columns],
        orient="row",
    )
    own = {
        "iso3": pl.String,
        "product": pl.String,
        "doses": kinds[snapshot.kind],
        "index": pl.Int64,
    }
    return frame.cast({name: own[name] for name in frame.columns})


@dataclass(frozen=True)
class Known:
    """What is known after a snapshot: rows that are seen, and rows hidden by quarantine.

    `last`: the last figures of both, by any snapshot. `gone`: the rows that went with this one.
    """

    snapshot: SnapshotModel
    seen: Rows
    hidden: frozenset[Key]
    last: Rows
    gone: dict[Key, str]

    def counts(self, before: "Known | None") -> tuple[int, ...]:
        """Return rows, seen, unchanged, unseen and hidden, in the order of these columns."""
        own = [key for key, _ in self.snapshot.rows]
        same = [
            key
            for key in own
            if before
            and key in before.seen
            and all(
                before.last[key][name] == self.last[key][name] for name in self.snapshot.columns
            )
        ]
        unseen = len(self.seen) - len(own)
        return len(self.seen), len(own), len(same), unseen, len(self.hidden)


def known(snapshots: Mapping[int, SnapshotModel]) -> list[Known]:
    """Return what is known after each snapshot, in the order of their times."""
    states: list[Known] = []
    seen: Rows = {}
    hidden: frozenset[Key] = frozenset()
    last: Rows = {}
    for _, snapshot in sorted(snapshots.items()):
        covered = {*seen, *hidden}
        if snapshot.covers is not None:
            covered = {key for key in covered if key[0] in snapshot.covers}
        own: Rows = {key: {"doses": doses, "index": snapshot.index} for key, doses in snapshot.rows}
        hidden = (hidden - covered - own.keys()) | (covered & snapshot.unparsable)
        seen = {key: row for key, row in seen.items() if key not in covered} | own
        went = sorted(covered - own.keys() - snapshot.unparsable)
        nothing: dict[str, float | None] = {"doses": None, "index": None}
        now = {
            key: {
                name: row[name] if name in snapshot.columns else last.get(key, nothing)[name]
                for name in nothing
            }
            for key, row in own.items()
        }
        gone = {key: naive_class(key, went, now, last, states, snapshot) for key in went}
        last = {key: row for key, row in last.items() if key not in went} | now
        states.append(Known(snapshot, seen, hidden, last, gone))
    return states


def naive_class(
    key: Key, went: list[Key], now: Rows, last: Rows, states: list[Known], snapshot: SnapshotModel
) -> str:
    """Return why a row went."""
    earlier = [state.snapshot for state in states if _meet(state.snapshot.covers, snapshot.covers)]
    if earlier and earlier[-1].parser != snapshot.parser:
        return "our_parser"

    def figures_of(key: Key, rows: Rows) -> tuple[object, ...]:
        return (key[0], *(rows[key][name] for name in snapshot.columns))

    going = [one for one in went if figures_of(one, last) == figures_of(key, last)]
    coming = [
        one for one in now if one not in last and figures_of(one, now) == figures_of(key, last)
    ]
    figures = figures_of(key, last)[1:]
    if len(going) == len(coming) == 1 and any(figure is not None for figure in figures):
        return "renamed"
    doses = last[key]["doses"]
    return "below_threshold" if doses is not None and doses < snapshot.least else "source_removed"


def _meet(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
    return one is None or other is None or bool({*one} & {*other})


def naive_diff(a: Known, b: Known) -> list[Sequence[object]]:
    """Return key, column, before and after of every figure that differs between two states."""
    skipped = a.hidden | b.hidden | a.snapshot.unparsable | b.snapshot.unparsable
    shared = [name for name in a.snapshot.columns if name in b.snapshot.columns]
    cells = [
        (*key, name, a.seen.get(key, {}).get(name), b.seen.get(key, {}).get(name))
        for key in sorted({*a.seen, *b.seen} - skipped)
        for name in shared
    ]
    return [cell for cell in cells if cell[-1] != cell[-2]]
