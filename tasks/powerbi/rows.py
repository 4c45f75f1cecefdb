"""Rows: decompress the rows of one answer into whole columns.

A row contains only what differs from the row above. The format, as far as answers show it:

- `S`, the schema: for each column its name `N`, type `T` and, where its texts stand in a
  dictionary, the dictionary's name `DN`. It may come again: then nothing above it counts.
- `R`, bits (column 0 lowest) of the columns that repeat the row above; `Ø`, of those that are null.
- `C`, the other values from left to right. Without `C` they stand under the names of their columns.
- In a column with a dictionary a whole number is an index in it, and a text is itself.

Every cell is what the server had, null included, or the answer is refused with the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.formats.json_records import list_in
from tasks.powerbi.values import Column, OddError, Texts, columns_of, texts_of

NULL = "Ø"
MISREAD = frozenset({"Ã\u02dc", "Ã\x98"})
"""The key of the null bits, and its form after decoding with the wrong charset."""
NO_VALUES = frozenset({"S", "C", "R", NULL})
MATRIX = {"X": "cells of a matrix", "M": "groups inside of groups"}


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Where the cells of a row come from.

    `spelled`, `nulls`: positions of the columns with a value and with null; the others repeat the
    row above. `names`: the keys of the values; None where they are in `C`.
    """

    spelled: tuple[int, ...]
    nulls: tuple[int, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Block:
    """The rows under one schema; `first` is the number of the first of them."""

    columns: tuple[Column, ...]
    first: int
    rows: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])


def whole_columns(
    rows: Sequence[Any], dictionaries: Mapping[str, Any], where: str
) -> dict[str, Texts]:
    """Return the texts of columns that all rows have, by their names in the schema, null as None.

    `dictionaries`: `ValueDicts` of the same answer; each answer has its own. Raises BadBody, naming
    the row that has an unknown shape, such as a matrix's.
    """
    blocks = [block for block in _blocks(rows, dictionaries, where) if block.rows]
    parts: list[dict[str, Texts]] = []
    for block in blocks:
        cells, width = _cells(block, where), len(block.columns)
        texts = {
            column.name: texts_of(column, cells[at::width], first=block.first, where=where)
            for at, column in enumerate(block.columns)
        }
        parts.append(texts)
    names = [name for name in parts[0] if all(name in one for one in parts)] if parts else []
    return {name: [text for one in parts for text in one[name]] for name in names}


def _blocks(rows: Sequence[Any], dictionaries: Mapping[str, Any], where: str) -> list[Block]:
    """Return the rows grouped by schema; the first block has the rows before any schema."""
    blocks = [Block((), 1)]
    for number, raw in enumerate(rows, start=1):
        try:
            row = _object(raw)
            if "S" in row:
                blocks.append(Block(columns_of(row["S"], dictionaries), number))
        except OddError as odd:
            raise odd.in_row(number, where) from odd
        blocks[-1].rows.append(row)
    return blocks


def _object(raw: Any) -> Mapping[str, Any]:
    """Return a row, its null bits under the right key."""
    row: Mapping[str, Any] = raw
    if not isinstance(raw, dict):
        raise OddError(f"a {type(row).__name__}", "an object")
    if MISREAD.isdisjoint(row):
        return row
    if row.keys() >= MISREAD or NULL in row:
        raise OddError(f"null bits under {NULL} and what it is misread as", "one of them")
    return {NULL if key in MISREAD else key: value for key, value in row.items()}


def _cells(block: Block, where: str) -> list[Any]:
    """Return the cells of the decompressed rows, values as received, row after row.

    Each layout is checked once and cells are one flat list, which takes a third of the time.
    """
    layouts: dict[tuple[Any, ...], RowLayout] = {}
    above: list[Any] = [None] * len(block.columns)
    cells: list[Any] = []
    for number, row in enumerate(block.rows, start=block.first):
        repeated, nulls = row.get("R", 0), row.get(NULL, 0)
        if type(repeated) is not int or type(nulls) is not int:
            odd = OddError(f"the bits R {repeated!r} and Ø {nulls!r}", "a whole number each")
            raise odd.in_row(number, where)
        try:
            pattern = (*row, repeated, nulls)
            layout = layouts.get(pattern) or layouts.setdefault(
                pattern, _layout(row, block.columns)
            )
            values = _values(row, layout)
        except OddError as odd:
            raise odd.in_row(number, where) from odd
        for at, value in zip(layout.spelled, values, strict=True):
            above[at] = value
        for at in layout.nulls:
            above[at] = None
        cells.extend(above)
    return cells


def _values(row: Mapping[str, Any], layout: RowLayout) -> list[Any]:
    if layout.names is not None:
        return [row[name] for name in layout.names]
    values = list_in(row["C"])
    if values is None or len(values) != len(layout.spelled):
        seen = f"{'no list' if values is None else len(values)} in C"
        raise OddError(seen, f"{len(layout.spelled)} values")
    return values


def _layout(row: Mapping[str, Any], columns: Sequence[Column]) -> RowLayout:
    repeated, nulls = row.get("R", 0), row.get(NULL, 0)
    if not columns:
        raise OddError("values before any schema S", "S in the first row")
    if repeated and "S" in row:
        raise OddError("a repetition without a row above", "every value spelled out")
    for bits in (repeated, nulls):
        if bits < 0 or bits >> len(columns):
            raise OddError(f"the bits {bits}", f"those of {len(columns)} columns")
    if repeated & nulls:
        raise OddError("a column that repeats and is null at once", "R and Ø apart")
    places = range(len(columns))
    spelled = tuple(at for at in places if not (repeated | nulls) >> at & 1)
    return RowLayout(
        spelled=spelled,
        nulls=tuple(at for at in places if nulls >> at & 1),
        names=_names(row, [columns[at].name for at in spelled]),
    )


def _names(row: Mapping[str, Any], missing: Sequence[str]) -> tuple[str, ...] | None:
    """Return the keys of the values of columns that no bit covers; None where they are in `C`."""
    named = [key for key in row if key not in NO_VALUES]
    for key in MATRIX.keys() & set(named):
        raise OddError(f"{MATRIX[key]} ({key})", "a plain table; ask for one without columns")
    listed = ", ".join(named) or "nothing"
    if "C" not in row and set(named) != set(missing):
        seen = f"no C, and values for {listed}"
        raise OddError(seen, f"values for {', '.join(missing) or 'nothing'}")
    if "C" in row and named:
        raise OddError(f"values in C beside {listed}", f"{len(missing)} values in one of them")
    return None if "C" in row else tuple(missing)
