"""Validate: separate the sound rows of a table from those that cannot be published.

Promises: no row is lost and none is repaired; a row with one bad cell waits in quarantine whole. A
figure that can be read but is implausible is sound: it is published with a flag, and the alert
rules judge it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from schemas.columns import ROW, LeaveOut
from schemas.source import Budget
from schemas.tables import checks_of, dtypes_of, key_of
from tasks.parsing.row_checks import BrokenCheck, duplicates_of, faults_of
from tasks.parsing.row_faults import (
    cell_faults,
    duplicate_faults,
    fault_table,
    no_faults,
    unreadable_faults,
)
from tasks.parsing.transform import Canonical

LISTED: Final = 1_000
"""Most faults that are listed of a table over its budget; some of every rule."""
ORDINARY: Final = Budget()


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedTable:
    """What one table of one snapshot says.

    frame: the sound rows, canonical columns only.
    quarantined: one row per fault: row (in the publisher's table, the first is 1), column (the
        publisher's name, or ours where it prints none), rule, rule_version, value (the cell as
        published; null where the publisher prints none), reason (a sentence), then the key columns
        (null where they could not be read). A row with two faults is there twice. Over budget
        these are examples, of every rule some.
    rows: of the parser's table. left_out: those declared to be no country or to be left out;
        left_out_by: how many of them by which declaration of `Source.leave_out`; no_countries: how
        many by which reason of `Source.not_countries`. bad: those in quarantine, listed or not.
        rows = frame's + left_out + bad, always.
    is_over_budget: whether there are more bad rows than the source's budget allows.

    Raises ValueError: the rows do not add up, which is a fault of the software.
    """

    frame: pl.DataFrame
    quarantined: pl.DataFrame
    rows: int
    left_out: int
    bad: int
    is_over_budget: bool
    left_out_by: Mapping[LeaveOut, int] = field(default_factory=dict[LeaveOut, int])
    no_countries: Mapping[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        """Keep the promise that no row is lost."""
        counted = self.frame.height + self.left_out + self.bad
        if self.rows != counted:
            seen = f"{self.frame.height} sound, {self.left_out} left out, {self.bad} bad"
            raise ValueError(
                f"{self.rows} rows in, {counted} out ({seen}): a row was lost or doubled"
            )


def validate_table(table: Canonical, name: str, *, budget: Budget = ORDINARY) -> ParsedTable:
    """Return the sound rows of the canonical `table` called `name`, and the bad ones with reasons.

    A row is bad when a cell of it is unreadable (readable, known_country), when it has slipped or
    holds a known error of the publisher (row_shape, known_error), when its key is not complete
    (key_not_null) or not unique (unique_key: every row of that key is bad), or when it breaks a
    check of its table whose rule is of the kind `unreadable`.
    """
    rows, dtypes = table.frame.drop(ROW), dtypes_of(name)
    checks = [one for one in checks_of(name, rows.columns) if one.rule.kind == "unreadable"]
    unreadable = [*unreadable_faults(table, faults_of(rows, checks, dtypes))]
    duplicates = duplicates_of(rows, key_of(name), dtypes)
    if not unreadable and duplicates.is_empty() and table.unreadable.is_empty():
        return _sound_table(table, name, rows)
    is_sound = _sound(table, [*(at for _, at in unreadable), duplicates])
    bad = len(is_sound) - int(is_sound.sum())
    count = rows.height + table.left_out
    is_over = budget.is_exceeded(bad, count)
    most = _most(table, unreadable, duplicates) if is_over else None
    faults = _quarantined(table, name, unreadable, duplicates, most=most)
    return ParsedTable(
        frame=rows.filter(is_sound) if bad else rows,
        quarantined=fault_table(table, name, faults),
        rows=count,
        left_out=table.left_out,
        left_out_by=table.left_out_by,
        no_countries=table.no_countries,
        bad=bad,
        is_over_budget=is_over,
    )


def _sound_table(table: Canonical, name: str, rows: pl.DataFrame) -> ParsedTable:
    return ParsedTable(
        frame=rows,
        quarantined=no_faults(table, name),
        rows=rows.height + table.left_out,
        left_out=table.left_out,
        left_out_by=table.left_out_by,
        no_countries=table.no_countries,
        bad=0,
        is_over_budget=False,
    )


def _sound(table: Canonical, bad: Sequence[pl.Series]) -> pl.Series:
    """Return for each row whether no list of positions has it and all its cells are readable."""
    is_sound = pl.repeat(value=True, n=table.frame.height, eager=True)
    unreadable = table.frame[ROW].search_sorted(table.unreadable[ROW].unique())
    for at in (unreadable, *bad):
        is_sound = is_sound.scatter(at, False) if len(at) else is_sound  # noqa: FBT003
    return is_sound


def _most(table: Canonical, unreadable: Sequence[BrokenCheck], duplicates: pl.Series) -> int:
    """Return how many faults are listed per rule, so that each rule has some."""
    rules = table.unreadable["rule"].n_unique() + len(unreadable) + bool(len(duplicates))
    return max(LISTED // max(rules, 1), 1)


def _quarantined(
    table: Canonical,
    name: str,
    unreadable: Sequence[BrokenCheck],
    duplicates: pl.Series,
    *,
    most: int | None,
) -> list[pl.DataFrame]:
    """Return the faults as rows of UNREADABLE, at most `most` per rule."""
    cells = table.unreadable
    if most is not None:
        cells = cells.filter(pl.int_range(pl.len()).over("rule") < most)
    return [
        cells,
        *(cell_faults(table, check, at.head(most or len(at))) for check, at in unreadable),
        *([duplicate_faults(table, name, duplicates, most=most)] if len(duplicates) else []),
    ]
