"""
Wire changes: what is said, in sentences, when the shape in which tables come is another.

Promises: a pure function of two shapes; what moved in several tables alike is told once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from tasks.schema_drift.column_kinds import Columns
from tasks.schema_drift.source_schema import SourceSchema

NAMED = 8
"""Columns of one change that are named; the others are counted."""


def changes(
    before: SourceSchema,
    now: SourceSchema,
    *,
    read: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> list[str]:
    """
    Return in sentences what appeared and what vanished between two shapes.

    A column that was or is blank throughout has not changed its kind. Tables that changed alike
    are told together. Shapes of two versions of a parser have no changes. `read`: by table, the
    columns whose kind matters; all of a table that is not named.

    >>> old = SourceSchema(bodies={}, sheets={}, tables={"a": (("x", "text"),)}, parser_version=1)
    >>> new = SourceSchema(bodies={}, sheets={}, tables={"a": (("y", "text"),)}, parser_version=1)
    >>> changes(old, new)
    ["The wire format changed in a: new column 'y'; gone column 'x'."]
    """
    if before.parser_version != now.parser_version:
        return []
    said = _set_changes("answer", before.bodies, now.bodies)
    said += [
        f"{name} is {now.bodies[name]} and was {kind}"
        for name, kind in before.bodies.items()
        if now.bodies.get(name, kind) != kind
    ]
    for name, sheets in now.sheets.items():
        said += _set_changes("sheet", before.sheets.get(name, sheets), sheets)
    said += _set_changes("table", before.tables, now.tables)
    sentences = [f"The wire format changed: {'; '.join(said)}."] if said else []
    alike: dict[str, list[str]] = {}
    for table, columns in now.tables.items():
        kept = read.get(table, dict(columns))
        told = "; ".join(_column_changes(before.tables.get(table, columns), columns, kept))
        alike.setdefault(told, []).append(table)
    return sentences + [
        f"The wire format changed in {', '.join(tables)}: {told}."
        for told, tables in alike.items()
        if told
    ]


def _column_changes(before: Columns, now: Columns, read: Collection[str]) -> list[str]:
    was, is_now = dict(before), dict(now)
    said = _set_changes("column", was, is_now)
    stayed = [name for name in is_now if name in was]
    if stayed != [name for name in was if name in is_now]:
        said.append("columns in another order")
    for name in stayed:
        kinds = {was[name], is_now[name]}
        if name in read and len(kinds - {"blank"}) > 1:
            said.append(f"'{name}' holds {is_now[name]} and held {was[name]}")
    return said


def _set_changes(what: str, before: Iterable[str], now: Iterable[str]) -> list[str]:
    """Return which names are new and which are gone, in their order."""
    old, new = list(before), list(now)
    found = {
        "new": [name for name in new if name not in set(old)],
        "gone": [name for name in old if name not in set(new)],
    }
    return [
        f"{word} {what}{'s' if len(names) > 1 else ''} {listed(names)}"
        for word, names in found.items()
        if names
    ]


def listed(names: Sequence[str]) -> str:
    """
    Return names in quotes, the first few of them, and how many more there are.

    >>> listed(["ind", "X"])
    "'ind', 'X'"
    """
    shown = ", ".join(f"'{name}'" for name in names[:NAMED])
    more = len(names) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown
