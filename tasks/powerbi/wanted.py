"""Wanted: the tables and columns to request, and which of them a model has."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from schemas.columns import Across, Columns, From, printed
from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody
from tasks.powerbi.model import Entity

RENAMED = (
    "Nothing was published and the last good vintage stands. If the publisher has renamed a table, "
    "add its new name to the declaration of this source."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A table to request: our name for it, and the names that the model has used for it.

    `columns`: what to request, and whether it is a figure, which the server sums over all rows that
    share the other columns. `finer`: a table that this one is summed from, '' for none: where the
    model has it, this one is not requested.
    """

    table: str
    entities: tuple[str, ...]
    columns: tuple[tuple[From, bool], ...]
    finer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selected:
    """A column found: `name` as declared, `property` as the model writes it."""

    name: str
    property: str
    is_summed: bool
    is_measure: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A wanted table that the model has.

    `selected`: the columns found. `missing`: required columns that are absent, in words.
    """

    table: str
    entity: Entity
    selected: tuple[Selected, ...]
    missing: tuple[str, ...]


def wanted(
    table: str,
    columns: Columns,
    entities: tuple[str, ...],
    *,
    summed: Collection[str],
    finer: str = "",
) -> Wanted:
    """Return what to request, from the declaration of a canonical table.

    The canonical columns in `summed` are summed by the server; all others are requested
    unchanged. Of a figure in columns side by side each one is requested, and their total. A column
    that is read instead of another is requested where the model has it.
    """
    declared = printed(columns)
    known = {name for how in declared.values() for name in how.names}
    instead = dict.fromkeys(name for how in declared.values() for name in how.instead)
    beside = {name: how for name, how in columns.items() if isinstance(how, Across)}
    own = [(how, name in summed) for name, how in declared.items() if name not in beside]
    cells = [
        (From((name,)), True)
        for how in beside.values()
        for name in filter(None, (*how.names, how.total))
    ]
    others = [(From((name,), optional=True), False) for name in instead if name not in known]
    return Wanted(table=table, entities=entities, columns=(*own, *cells, *others), finer=finer)


def found_in(tables: Iterable[Wanted], entities: Sequence[Entity]) -> list[Found]:
    """Return the wanted tables that a model has, each by the first declared name that is present.

    A measure is a figure that the model computes: it is found only where a figure is wanted. A
    table that is summed from a finer one is left out where the model has that one whole.
    """
    there = {_normalized(entity.name): entity for entity in entities}
    known = [
        (asked, [there[name] for name in map(_normalized, asked.entities) if name in there])
        for asked in tables
    ]
    found = [(asked, _found(asked, entities_[0])) for asked, entities_ in known if entities_]
    whole = {asked.table for asked, one in found if not one.missing}
    return [one for asked, one in found if asked.finer not in whole]


def _found(asked: Wanted, entity: Entity) -> Found:
    there = {_normalized(name): name for name in entity.properties}
    selected: list[Selected] = []
    missing: list[str] = []
    for how, is_figure in asked.columns:
        known = ((name, there[key]) for name in how.names if (key := _normalized(name)) in there)
        fitting = [one for one in known if is_figure or not entity.properties[one[1]]]
        if fitting:
            name, real = fitting[0]
            is_measure = entity.properties[real]
            is_summed = is_figure and not is_measure
            one = Selected(name=name, property=real, is_summed=is_summed, is_measure=is_measure)
            selected.append(one)
        elif not how.optional:
            missing.append(" or ".join(how.names))
    return Found(table=asked.table, entity=entity, selected=tuple(selected), missing=tuple(missing))


def _normalized(name: str) -> str:
    return "".join(name.casefold().split())


def require_one(
    tables: Sequence[Wanted], found: Sequence[Found], entities: Iterable[Entity], *, where: str
) -> None:
    """Raise SourceChanged where all wanted tables lack a column, BadBody where none is there."""
    if any(not one.missing for one in found):
        return
    if found:
        one = min(found, key=lambda one: len(one.missing) / len(one.selected or one.missing))
        there = list(one.entity.properties)
        raise SourceChanged(where, one.missing, there, table=one.table, tables=len(tables))
    names = ", ".join(f"'{name}'" for one in tables for name in one.entities)
    there = ", ".join(f"'{entity.name}'" for entity in entities)
    raise BadBody(where, f"tables {there}", f"at least one of {names}", RENAMED)


def remarks_on(tables: Sequence[Wanted], found: Sequence[Found]) -> list[str]:
    """Return sentences on the tables that a model lacks and those that lack a column."""
    there = {one.table for one in found}
    whole = {one.table for one in found if not one.missing}
    absent = [asked for asked in tables if asked.table not in there and asked.finer not in whole]
    sentences = [
        f"The report's table '{one.entity.name}' has no column {', '.join(one.missing)} (it has "
        f"{', '.join(one.entity.properties)}): this vintage says nothing of {one.table}."
        for one in found
        if one.missing
    ]
    if absent:
        names = ", ".join(f"'{name}'" for asked in absent for name in asked.entities)
        lost = ", ".join(asked.table for asked in absent)
        sentences.append(
            f"The report has none of the tables {names}: this vintage says nothing of {lost}."
        )
    return sentences
