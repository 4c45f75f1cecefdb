"""Encode tables as a Power BI server does, compression included."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NULL = "Ø"
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a server compresses.

    `schema_at`: rows before which the schema comes again. `reverse`: those schemas list their
    columns the other way round. `literal`: whether a text of a dictionary column stands as itself.
    `by_name`: whether values stand under the names of their columns. `repeat`: whether what is the
    same as above is left out. `null`: the key of the null bits.
    """

    schema_at: Collection[int] = ()
    reverse: bool = False
    literal: Callable[[int], bool] = lambda _: False
    by_name: Callable[[int], bool] = lambda _: False
    repeat: bool = True
    null: str = NULL


PLAIN = Style()


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The columns of an answer: what was asked for, the type of each, which have a dictionary."""

    names: Sequence[str]
    kinds: Sequence[int]
    dictionaries: Collection[int] = ()
    rows_key: str = "DM0"

    def code(self, at: int) -> str:
        """Return the name that a column has in the rows: figures are M, groups are G."""
        return f"{'G' if self.kinds[at] == 1 else 'M'}{at}"


def answer(
    shape: Shape, rows: Rows, *, style: Style = PLAIN, restart: Any = None, **fields: Any
) -> dict[str, Any]:
    """Return the answer whose table has these rows (values as the server encodes them)."""
    texts = {at: _dictionary(rows, at) for at in shape.dictionaries}
    data_set: dict[str, Any] = {
        "N": "DS0",
        "PH": [{"DM9": [{}]}, {shape.rows_key: _compressed(shape, rows, texts, style)}],
        "IC": restart is None,
        "HAD": True,
        "ValueDicts": {f"D{at}": words for at, words in texts.items()},
    }
    data_set |= fields if restart is None else {"RT": restart, **fields}
    selects = [
        {"Kind": 1, "Value": shape.code(at), "Name": name} for at, name in enumerate(shape.names)
    ]
    groups = {"Primary": {"Groupings": [{"Member": shape.rows_key}]}}
    data = {
        "descriptor": {"Select": selects, "Expressions": groups, "Version": 2},
        "dsr": {"Version": 2, "MinorVersion": 1, "DS": [data_set]},
    }
    return {"jobIds": ["1"], "results": [{"jobId": "1", "result": {"data": data}}]}


def order_of(shape: Shape) -> list[int]:
    """Return the columns as a schema lists them: groups first, then figures."""
    return sorted(range(len(shape.names)), key=lambda at: shape.kinds[at] != 1)


def _dictionary(rows: Rows, at: int) -> list[Any]:
    return list(dict.fromkeys(row[at] for row in rows if row[at] is not None))


def _compressed(
    shape: Shape, rows: Rows, texts: Mapping[int, list[Any]], style: Style
) -> list[dict[str, Any]]:
    order = order_of(shape)
    above: Sequence[Any] | None = None
    packed: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        entry: dict[str, Any] = {}
        if number == 0 or number in style.schema_at:
            order = order[::-1] if number and style.reverse else order
            entry["S"] = [_column(shape, at, texts) for at in order]
            above = None
        entry |= _values(shape, row, above, order=order, texts=texts, style=style, number=number)
        packed.append(entry)
        above = row
    return packed


def _column(shape: Shape, at: int, texts: Mapping[int, list[Any]]) -> dict[str, Any]:
    named = {"N": shape.code(at), "T": shape.kinds[at]}
    return named | ({"DN": f"D{at}"} if at in texts else {})


def _values(  # noqa: PLR0913 - one row and all that surrounds it
    shape: Shape,
    row: Sequence[Any],
    above: Sequence[Any] | None,
    *,
    order: Sequence[int],
    texts: Mapping[int, list[Any]],
    style: Style,
    number: int,
) -> dict[str, Any]:
    repeated = nulls = 0
    spelled: dict[str, Any] = {}
    for bit, at in enumerate(order):
        value = row[at]
        if style.repeat and above is not None and _is_same(above[at], value):
            repeated |= 1 << bit
        elif value is None:
            nulls |= 1 << bit
        else:
            is_index = at in texts and not style.literal(number)
            spelled[shape.code(at)] = texts[at].index(value) if is_index else value
    entry = {key: bits for key, bits in (("R", repeated), (style.null, nulls)) if bits}
    if style.by_name(number) or not spelled:
        return entry | spelled
    return entry | {"C": list(spelled.values())}


def _is_same(above: Any, value: Any) -> bool:
    return type(above) is type(value) and above == value
