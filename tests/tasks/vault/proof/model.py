"""What a vault promises, as simply as it can be said: a dictionary of what each snapshot said."""

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
class Said:
    """
    One snapshot: rows by key, columns with types, keys in quarantine, countries spoken of.

    `parser`: the version that reads it. `least`: doses below which its publisher prints no row.
    """

    rows: tuple[tuple[Key, int | None], ...]
    kind: str = "Int64"
    index: int | None = None
    unread: frozenset[Key] = frozenset()
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
        told = TableDraft(
            frame=self.frame(),
            key=KEY,
            quarantined=quarantine(*sorted(self.unread)) if self.unread else None,
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
            snapshot=snapshot, tables={"doses": told}, parser_version=self.parser, held=self.held
        )


def table(rows: Rows, said: Said) -> pl.DataFrame:
    """Return rows as a frame with the columns and types of a snapshot."""
    kinds = {"Int64": pl.Int64, "Float64": pl.Float64, "String": pl.String}
    frame = pl.DataFrame(
        [(*key, *(rows[key][name] for name in said.columns)) for key in sorted(rows)],
        schema=[*KEY, *said.columns],
        orient="row",
    )
    own = {"iso3": pl.String, "product": pl.String, "doses": kinds[said.kind], "index": pl.Int64}
    return frame.cast({name: own[name] for name in frame.columns})


@dataclass(frozen=True)
class Known:
    """
    What is known after a snapshot: rows that are seen, and rows hidden by quarantine.

    `last`: the last figures of both, by any snapshot. `gone`: the rows that went with this one.
    """

    said: Said
    seen: Rows
    hidden: frozenset[Key]
    last: Rows
    gone: dict[Key, str]

    def counts(self, before: "Known | None") -> tuple[int, ...]:
        """Return rows, seen, unchanged, unseen and hidden, in the order of these columns."""
        own = [key for key, _ in self.said.rows]
        same = [
            key
            for key in own
            if before
            and key in before.seen
            and all(before.last[key][name] == self.last[key][name] for name in self.said.columns)
        ]
        unseen = len(self.seen) - len(own)
        return len(self.seen), len(own), len(same), unseen, len(self.hidden)


def known(told: Mapping[int, Said]) -> list[Known]:
    """Return what is known after each snapshot, in the order of their times."""
    states: list[Known] = []
    seen: Rows = {}
    hidden: frozenset[Key] = frozenset()
    last: Rows = {}
    for _, said in sorted(told.items()):
        spoken = {*seen, *hidden}
        if said.covers is not None:
            spoken = {key for key in spoken if key[0] in said.covers}
        own: Rows = {key: {"doses": doses, "index": said.index} for key, doses in said.rows}
        hidden = (hidden - spoken - own.keys()) | (spoken & said.unread)
        seen = {key: row for key, row in seen.items() if key not in spoken} | own
        went = sorted(spoken - own.keys() - said.unread)
        nothing: dict[str, float | None] = {"doses": None, "index": None}
        now = {
            key: {
                name: row[name] if name in said.columns else last.get(key, nothing)[name]
                for name in nothing
            }
            for key, row in own.items()
        }
        gone = {key: naive_class(key, went, now, last, states, said) for key in went}
        last = {key: row for key, row in last.items() if key not in went} | now
        states.append(Known(said, seen, hidden, last, gone))
    return states


def naive_class(
    key: Key, went: list[Key], now: Rows, last: Rows, states: list[Known], said: Said
) -> str:
    """Return why a row went."""
    heard = [state.said for state in states if _meet(state.said.covers, said.covers)]
    if heard and heard[-1].parser != said.parser:
        return "our_parser"

    def like(key: Key, rows: Rows) -> tuple[object, ...]:
        return (key[0], *(rows[key][name] for name in said.columns))

    going = [one for one in went if like(one, last) == like(key, last)]
    coming = [one for one in now if one not in last and like(one, now) == like(key, last)]
    figures = like(key, last)[1:]
    if len(going) == len(coming) == 1 and any(figure is not None for figure in figures):
        return "renamed"
    doses = last[key]["doses"]
    return "below_threshold" if doses is not None and doses < said.least else "source_removed"


def _meet(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
    return one is None or other is None or bool({*one} & {*other})


def naive_diff(a: Known, b: Known) -> list[Sequence[object]]:
    """Return key, column, before and after of every figure that differs between two states."""
    skipped = a.hidden | b.hidden | a.said.unread | b.said.unread
    shared = [name for name in a.said.columns if name in b.said.columns]
    cells = [
        (*key, name, a.seen.get(key, {}).get(name), b.seen.get(key, {}).get(name))
        for key in sorted({*a.seen, *b.seen} - skipped)
        for name in shared
    ]
    return [cell for cell in cells if cell[-1] != cell[-2]]
