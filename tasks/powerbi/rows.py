"""
Rows: the compressed rows of one answer in, whole columns out.

A row says only what differs from the one above it. The format, as far as answers show it:

- `S`, the schema: for each column its name `N`, type `T` and, where its texts stand in a
  dictionary, the dictionary's name `DN`. It may come again: then nothing above it counts.
- `R`, bits (column 0 lowest) of the columns that repeat the row above; `Ø`, of those that are null.
- `C`, the other values from left to right. Without `C` they stand under the names of their columns.
- In a column with a dictionary a whole number is an index in it, and a text is itself.

Promises: every cell is what the server had, null included, or the answer is refused with the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tasks.powerbi.columns import Column, Texts, columns_of, refused, texts_of
from tasks.powerbi.json_values import list_in
from tasks.powerbi.values import OddError

NULL = "Ø"
MISREAD = frozenset({"Ã\u02dc", "Ã\x98"})
"""The key of the null bits, and what becomes of it where somebody decoded it wrongly."""
NO_VALUES = frozenset({"S", "C", "R", NULL})
MATRIX = {"X": "cells of a matrix", "M": "groups inside of groups"}


@dataclass(frozen=True, slots=True)
class Way:
    """
    Where the cells of a row are said.

    `spelled`, `nulls`: the places of these columns; the others repeat. `names`: the keys of the
    values that are spelled out, None where they stand in C.
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
    """
    Return the texts of the columns that all rows have, by their names in the schema, null as None.

    Args:
        rows: The rows of one member (DM0, DM1 …) as the answer has them.
        dictionaries: `ValueDicts` of the same answer; each answer has its own.
        where: Names the answer in errors.

    Raises:
        BadBody: A row of a shape that we do not know, such as a matrix's; says which row.

    >>> first = {"S": [{"N": "G0", "T": 1, "DN": "D0"}, {"N": "M0", "T": 4}], "C": [1, 5]}
    >>> rows = [first, {"C": [0], "R": 2}, {"R": 1, "Ø": 2}]
    >>> whole_columns(rows, {"D0": ["KHM", "PRK"]}, "example")
    {'G0': ['PRK', 'KHM', 'KHM'], 'M0': ['5', '5', None]}
    """
    blocks = _blocks(rows, dictionaries, where)
    told = [_texts(block, where) for block in blocks if block.rows]
    names = [name for name in told[0] if all(name in one for one in told)] if told else []
    return {name: [text for one in told for text in one[name]] for name in names}


def _blocks(rows: Sequence[Any], dictionaries: Mapping[str, Any], where: str) -> list[Block]:
    """Return the rows under their schemas; the first block is of those that stand before any."""
    blocks = [Block((), 1)]
    for number, said in enumerate(rows, start=1):
        try:
            row = _object(said)
            if "S" in row:
                blocks.append(Block(columns_of(row["S"], dictionaries), number))
        except OddError as odd:
            raise refused(odd, number, where) from odd
        blocks[-1].rows.append(row)
    return blocks


def _object(said: Any) -> Mapping[str, Any]:
    """Return a row, its null bits under the right key."""
    row: Mapping[str, Any] = said
    if not isinstance(said, dict):
        raise OddError(f"a {type(row).__name__}", "an object")
    return row if MISREAD.isdisjoint(row) else _reread(row)


def _reread(row: Mapping[str, Any]) -> Mapping[str, Any]:
    wrong = sorted(MISREAD & row.keys())
    if len(wrong) > 1 or NULL in row:
        raise OddError(f"null bits under {NULL} and what it is misread as", "one of them")
    return {NULL if key == wrong[0] else key: value for key, value in row.items()}


def _texts(block: Block, where: str) -> dict[str, Texts]:
    """Return the texts of a block's columns."""
    cells, width = _cells(block, where), len(block.columns)
    return {
        column.name: texts_of(column, cells[at::width], first=block.first, where=where)
        for at, column in enumerate(block.columns)
    }


def _cells(block: Block, where: str) -> list[Any]:
    """
    Return the cells of whole rows, values as they came, row behind row.

    A way of saying rows is judged once, and no row is a list of its own: a third of the time.
    """
    ways: dict[tuple[Any, ...], Way] = {}
    above: list[Any] = [None] * len(block.columns)
    cells: list[Any] = []
    for number, row in enumerate(block.rows, start=block.first):
        repeated, nulls = row.get("R", 0), row.get(NULL, 0)
        try:
            if type(repeated) is not int or type(nulls) is not int:
                _refuse_bits(repeated, nulls)
            likeness = (*row, repeated, nulls)
            way = ways.get(likeness) or ways.setdefault(likeness, _way(row, block.columns))
            values = _values(row, way)
        except OddError as odd:
            raise refused(odd, number, where) from odd
        for at, value in zip(way.spelled, values, strict=True):
            above[at] = value
        for at in way.nulls:
            above[at] = None
        cells.extend(above)
    return cells


def _refuse_bits(repeated: Any, nulls: Any) -> NoReturn:
    raise OddError(f"the bits R {repeated!r} and Ø {nulls!r}", "a whole number each")


def _values(row: Mapping[str, Any], way: Way) -> list[Any]:
    """Return the values that a row spells out."""
    if way.names is not None:
        return [row[name] for name in way.names]
    values = list_in(row["C"])
    if values is None or len(values) != len(way.spelled):
        seen = f"{'no list' if values is None else len(values)} in C"
        raise OddError(seen, f"{len(way.spelled)} values")
    return values


def _way(row: Mapping[str, Any], columns: Sequence[Column]) -> Way:
    """Return where a row says its cells."""
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
    return Way(
        spelled=spelled,
        nulls=tuple(at for at in places if nulls >> at & 1),
        names=_names(row, [columns[at].name for at in spelled]),
    )


def _names(row: Mapping[str, Any], missing: Sequence[str]) -> tuple[str, ...] | None:
    """Return the keys of the values of the columns that bits do not tell, None for those in C."""
    named = [key for key in row if key not in NO_VALUES]
    for key in MATRIX.keys() & set(named):
        raise OddError(f"{MATRIX[key]} ({key})", "a plain table; ask for one without columns")
    told = ", ".join(named) or "nothing"
    if "C" not in row and set(named) != set(missing):
        seen = f"no C, and values for {told}"
        raise OddError(seen, f"values for {', '.join(missing) or 'nothing'}")
    if "C" in row and named:
        raise OddError(f"values in C beside {told}", f"{len(missing)} values in one of them")
    return None if "C" in row else tuple(missing)
