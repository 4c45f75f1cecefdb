"""
Moves: what is otherwise in the shape of a snapshot than in the one before, part by part.

Promises: pure. A part is a column by its name, in however many tables it is, a table, a sheet, or
an answer. A column that is blank throughout has not changed its kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.alerts import SEVERITIES, Severity
from tasks.alerts.rules.schema_input import Columns, ColumnTrait, SchemaObservation
from tasks.alerts.rules.severity import rank
from tasks.schema_drift.schema_diff import listed

Part = tuple[str, str]
"""What it is (column, table, sheet, answer) and its name."""
State = Mapping[Part, Mapping[str, str]]
"""Of each part its kind, by the table that it is in; by '' for what is in no table."""
THERE: Final = "there"
NOWHERE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """
    One part that is otherwise now. `how`: new, gone, kind or mapped.

    `tables`: in which. `kinds`: what it held and holds, where it is that. `figure`: what is read
    from it, '' for none; `instead`: the column that it is read from now, where it is mapped.
    """

    part: Part
    how: str
    severity: Severity
    tables: tuple[str, ...] = ()
    kinds: tuple[str, str] = ("", "")
    figure: str = ""
    instead: str = ""


def state_of(look: SchemaObservation, columns: Columns) -> State:
    """Return the parts of a snapshot; `columns`: of all tables, also of those that it lacks."""
    found: dict[Part, dict[str, str]] = {("table", table): {"": THERE} for table in look.columns}
    for part, kind in look.others.items():
        found[part] = {"": kind}
    for table, traits in columns.items():
        for name, trait in traits.items():
            found.setdefault(("column", name), {})[table] = trait.kind
    return found


def known_columns(before: Columns, now: Columns) -> Columns:
    """
    Return the columns of all tables: of one that is lacking those of before.

    A column that is blank holds what it held when it was last filled.
    """
    filled = {
        table: {
            name: trait._replace(kind=was[name].kind)
            if trait.kind == "blank" and name in was
            else trait
            for name, trait in traits.items()
        }
        for table, traits in now.items()
        for was in [before.get(table, {})]
    }
    return {**before, **filled}


def is_same(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
    """
    Return whether a part is as it was.

    >>> is_same({"tests": "blank"}, {"tests": "number"}), is_same({"tests": ""}, {})
    (True, False)
    """
    return a.keys() == b.keys() and all(_alike(a[table], b[table]) for table in a)


def moved(before: State, now: State, *, was: Columns, has: Columns) -> list[Move]:
    """Return what is otherwise, in the order of the parts; `was`, `has`: the columns of both."""
    return [
        _move(part, before.get(part, NOWHERE), now.get(part, NOWHERE), was=was, has=has)
        for part in dict.fromkeys([*before, *now])
        if not is_same(before.get(part, NOWHERE), now.get(part, NOWHERE))
    ]


def worst(moves: Sequence[Move]) -> Severity:
    """Return the severity of moves that are told together."""
    return SEVERITIES[max((rank(move.severity) for move in moves), default=rank("low"))]


def words(moves: Sequence[Move], every: Sequence[str] = ()) -> str:
    """
    Return moves in words: what is gone, what is new, what is read or holds something else now.

    `every`: the tables of the source; what is in all of several is told without their names.

    >>> words([Move(part=("column", "ind"), how="gone", severity="low", tables=("tests",))])
    "gone from tests: column 'ind'"
    """
    groups: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    said: list[str] = []
    for move in moves:
        what, name = move.part
        if move.how in {"gone", "new"}:
            groups.setdefault((move.how, move.tables, what), []).append(name)
        else:
            said.append(_single(move))
    told = [
        f"{how}{_where(how, tables, every)}: {what}{'s' if len(names) > 1 else ''} {listed(names)}"
        for (how, tables, what), names in groups.items()
    ]
    return "; ".join([*said, *told])


def _where(how: str, tables: Sequence[str], every: Sequence[str]) -> str:
    if not tables:
        return ""
    is_all = len(tables) > 1 and set(tables) == set(every)
    named = "all tables" if is_all else ", ".join(tables)
    return f" {'from' if how == 'gone' else 'in'} {named}"


def _single(move: Move) -> str:
    what, name = move.part
    if move.how == "mapped":
        return f"{move.figure} is read from '{move.instead}' as declared, and was from '{name}'"
    was, now = move.kinds
    return f"{what} '{name}' is {now} and was {was}"


def _alike(a: str, b: str) -> bool:
    return a == b or "blank" in {a, b}


def _move(
    part: Part, old: Mapping[str, str], new: Mapping[str, str], *, was: Columns, has: Columns
) -> Move:
    what, name = part
    gone = tuple(table for table in old if table not in new)
    fresh = tuple(table for table in new if table not in old)
    if what != "column":
        how = "gone" if gone else "new" if fresh else "kind"
        kinds = (old.get("", ""), new.get("", ""))
        severity: Severity = "medium" if what == "table" and gone else "low"
        return Move(part=part, how=how, severity=severity, kinds=kinds)
    if gone:
        return _gone(name, gone, was=was, has=has)
    if fresh:
        figure = next((has[table][name].figure for table in fresh if has[table][name].figure), "")
        return Move(part=part, how="new", severity="low", tables=fresh, figure=figure)
    table = next(table for table in old if not _alike(old[table], new[table]))
    trait = has[table][name]
    return Move(
        part=part,
        how="kind",
        severity="low" if trait.policy == "evolve" else "high",
        tables=(table,),
        kinds=(old[table], new[table]),
        figure=trait.figure,
    )


def _gone(name: str, tables: tuple[str, ...], *, was: Columns, has: Columns) -> Move:
    """Return the move of a column that is gone, judged by the table in which that is worst."""
    part = "column", name
    found = [_of_trait(part, tables, was[table][name], has.get(table, {})) for table in tables]
    return max(found, key=lambda move: (rank(move.severity), bool(move.figure)))


def _of_trait(
    part: Part, tables: tuple[str, ...], trait: ColumnTrait, there: Mapping[str, ColumnTrait]
) -> Move:
    instead = next(
        (name for name, one in there.items() if trait.figure and one.figure == trait.figure), ""
    )
    if instead:
        how, severity = "mapped", "medium"
    else:
        how, severity = "gone", "low" if trait.policy == "evolve" else "high"
    return Move(
        part=part,
        how=how,
        severity=severity,
        tables=tables,
        figure=trait.figure,
        instead=instead,
    )
