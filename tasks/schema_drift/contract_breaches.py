"""
Drift: what becomes of a snapshot that came in another shape than the last good one.

Promises: pure. A column that nobody reads may come and go; one that is read under several declared
names may change between these; one whose going or changing would change figures breaks the contract
with its source, unless the source declares that it comes and goes (`Source.drift`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.source import Source, missing_names
from schemas.tables import key_of
from tasks.schema_drift.declared_columns import policy_of, read_as
from tasks.schema_drift.schema_diff import listed
from tasks.schema_drift.source_schema import SourceSchema

OTHER_KINDS = {"number": {"text", "day"}, "day": {"number"}}
"""What a figure's column must not hold that held something; a day may be written in many words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """
    A column that went or changed its kind though nothing is published without it.

    `figures`: the canonical columns that were read from it. `kinds`: what it held and holds now;
    None where it is gone. `names`: other names under which it may be read.
    """

    table: str
    column: str
    figures: tuple[str, ...]
    kinds: tuple[str, str] | None
    names: tuple[str, ...]


def breaches(source: Source, before: SourceSchema, now: SourceSchema) -> list[Breach]:
    """
    Return what breaks the contract with a source, in the order of its tables and columns.

    A table that either lacks is not judged: whether it may be lacked is said by `may_lack`. Shapes
    of two versions of a parser have no breaches.
    """
    if before.parser_version != now.parser_version:
        return []
    return [
        breach
        for table in source.tables
        if table in before.tables and table in now.tables
        for breach in _of_table(source, table, dict(before.tables[table]), dict(now.tables[table]))
    ]


def _of_table(
    source: Source, table: str, was: Mapping[str, str], has: Mapping[str, str]
) -> list[Breach]:
    old, new = read_as(source, table, was), read_as(source, table, has)
    key = set(key_of(table))
    if table in source.may_lack and not set(new) - key:
        return []
    layout = source.layout_of(table, has)
    dropped = {*old} - {*layout} if not missing_names(layout, has) else set[str]()
    found: dict[str, Breach] = {}
    for figure, column in old.items():
        if figure in dropped:  # a declared layout without this figure
            continue
        name = new.get(figure)
        kinds = None if name is None else (was[column], has[name])
        if kinds is not None and (figure in key or kinds[1] not in OTHER_KINDS.get(kinds[0], ())):
            continue
        at = name or column
        if policy_of(source, table, at) != "evolve":
            known = found.get(at)
            found[at] = Breach(
                table=table,
                column=at,
                figures=(*(known.figures if known else ()), figure),
                kinds=kinds,
                names=tuple(one for one in _names(source, table, figure) if one != at),
            )
    return [*found.values(), *_unread(source, table, was, has)]


def _names(source: Source, table: str, figure: str) -> list[str]:
    """Return the declared names of a figure in all layouts, each once."""
    declared = [how.names for name, how in source.published_columns(table) if name == figure]
    return list(dict.fromkeys(name for names in declared for name in names))


def _unread(
    source: Source, table: str, was: Mapping[str, str], has: Mapping[str, str]
) -> list[Breach]:
    """Return the columns that nobody reads, and that are declared to freeze, which are gone."""
    read = {name for _, how in source.published_columns(table) for name in how.names}
    return [
        Breach(table=table, column=name, figures=(), kinds=None, names=())
        for name in was
        if name not in has and name not in read and policy_of(source, table, name) != "evolve"
    ]


def seen_words(found: Sequence[Breach], new: Sequence[str]) -> str:
    """
    Return in words what was seen: breaches, alike ones together, and which columns are new.

    >>> gone = Breach(table="tests", column="sum", figures=("tests",), kinds=None, names=())
    >>> seen_words([gone], ["total"])
    "column 'sum' of tests is gone (read as tests); new is column 'total'"
    """
    told: dict[str, list[str]] = {}
    for one in found:
        told.setdefault(_seen(one), []).append(one.table)
    said = [words.format(table=", ".join(tables)) for words, tables in told.items()]
    if new:
        are = "are columns" if len(new) > 1 else "is column"
        said.append(f"new {are} {listed(new)}")
    return "; ".join(said)


def expected_words(found: Sequence[Breach], since: str) -> str:
    """Return in words what was expected: the columns as before, or under other declared names."""
    names = dict.fromkeys(name for one in found if one.kinds is None for name in one.names)
    others = f", or under {listed(list(names))}" if names else ""
    return f"{'it' if len(found) == 1 else 'them'} as in the snapshot {since}{others}"


def _seen(breach: Breach) -> str:
    """Return a breach in words, with a place for the names of its tables."""
    column = f"column '{breach.column}'".replace("{", "{{").replace("}", "}}")
    figures = f" (read as {', '.join(breach.figures)})" if breach.figures else ""
    if breach.kinds is None:
        return f"{column} of {{table}} is gone{figures}"
    was, has = breach.kinds
    return f"{column} of {{table}} holds {has} and held {was}{figures}"
