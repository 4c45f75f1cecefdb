"""Changes of the parts of a source's schema, as rule R18 reports them.

A part is a column by its name, in however many tables it is, a table, a sheet, or an answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from schemas.alerts import Severity
from schemas.figure_wording import noun
from tasks.alerts.rules.model.severity import rank
from tasks.alerts.rules.reading.rule_input import ColumnTrait, SchemaObservation, Traits
from tasks.schema_drift.schema_diff import SchemaChange, listed, schema_diff
from tasks.schema_drift.source_schema import SourceSchema

Part = tuple[str, str]
"""What it is (column, table, sheet, answer) and its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaState:
    """What is known of a source's schema after a snapshot.

    `schema`: of the snapshot. `filled`: with absent tables and kinds of blank columns taken from
    earlier snapshots. `traits`: of all columns in `filled`.
    """

    schema: SourceSchema
    filled: SourceSchema
    traits: Traits

    @classmethod
    def after(cls, last: Self | None, observation: SchemaObservation) -> Self:
        """Return the state after a snapshot; `last`: the state before it, None for the first."""
        schema = observation.schema
        return cls(
            schema=schema,
            filled=schema.filled_from(last.filled if last else None),
            traits={**(last.traits if last else {}), **observation.traits},
        )

    def is_of(self, observation: SchemaObservation) -> bool:
        """Return whether a snapshot has the same schema, so that the state after it is this one."""
        known = self.traits
        is_same = self.schema == observation.schema
        return is_same and all(known.get(name) == own for name, own in observation.traits.items())

    def parts(self) -> list[Part]:
        """Return all parts: tables, answers, sheets, columns."""
        sheets = self.schema.sheets.values()
        return [
            *(("table", table) for table in self.schema.tables),
            *(("answer", name) for name in self.schema.bodies),
            *(("sheet", sheet) for body in sheets for sheet in body),
            *(("column", name) for table in self.filled.tables.values() for name, _ in table),
        ]

    def changes_to(self, now: "SchemaState") -> dict[Part, list[SchemaChange]]:
        """Return what differs now, by part; parser versions are not compared."""
        version = now.schema.parser_version
        found: dict[Part, list[SchemaChange]] = {}
        pairs = (False, self.schema, now.schema), (True, self.filled, now.filled)
        for of_columns, before, after in pairs:
            for change in schema_diff(replace(before, parser_version=version), after):
                if (change.part == "column") == of_columns and change.kind != "reordered":
                    found.setdefault((change.part, change.name), []).append(change)
        order = dict.fromkeys([*self.parts(), *now.parts()])
        return {part: found[part] for part in order if part in found}


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part that changed.

    `tables`: in which. `kinds`: of its cells before and now. `figure`: the canonical column that is
    read from it, '' for none; `instead`: the column that it is read from now, if mapped.
    """

    part: Part
    how: Literal["new", "gone", "kind", "mapped"]
    severity: Severity
    tables: tuple[str, ...] = ()
    kinds: tuple[str, str] = ("", "")
    figure: str = ""
    instead: str = ""

    def document(self) -> dict[str, Any]:
        """Return the change as evidence."""
        return {
            "what": self.part[0],
            "name": self.part[1],
            "how": self.how,
            "tables": list(self.tables),
            "kinds": list(self.kinds),
            "figure": self.figure,
            "instead": self.instead,
        }


def part_changes(before: SchemaState, now: SchemaState) -> list[PartChange]:
    """Return the parts that changed between two snapshots, in the order of `SchemaState.parts`."""
    return [
        _column_change(part, changes, before.traits, now.traits)
        if part[0] == "column"
        else _other_change(part, changes[0])
        for part, changes in before.changes_to(now).items()
    ]


def worst(changes: Sequence[PartChange]) -> Severity:
    """Return the severity of changes that are reported together."""
    severities: list[Severity] = [change.severity for change in changes]
    return max(severities or ["low"], key=rank)


def part_sentence(changes: Sequence[PartChange], every: Sequence[str] = ()) -> str:
    """Return changes in words: what is gone, what is new, what is read or holds something else now.

    `every`: the tables of the source; a change in all of several does not list them.

    >>> part_sentence([PartChange(("column", "x"), "gone", "low", tables=("a",))])
    "gone from a: column 'x'"
    """
    groups: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    words: list[str] = []
    for change in changes:
        (what, name), (was, now) = change.part, change.kinds
        if change.how == "mapped":
            shown = f"'{change.instead}' as declared, and was from '{name}'"
            words.append(f"{change.figure} is read from {shown}")
        elif change.how == "kind":
            words.append(f"{what} '{name}' is {now} and was {was}")
        else:
            groups.setdefault((change.how, change.tables, what), []).append(name)
    for (how, tables, what), names in groups.items():
        is_all = len(tables) > 1 and set(tables) == set(every)
        named = "all tables" if is_all else ", ".join(tables)
        where = f" {'from' if how == 'gone' else 'in'} {named}" if tables else ""
        words.append(f"{how}{where}: {what}{'s' if len(names) > 1 else ''} {listed(names)}")
    lost = dict.fromkeys(noun(one.figure) for one in changes if one.how == "gone" and one.figure)
    words += [f"so there is no figure any more for {', '.join(lost)}"] if lost else []
    return "; ".join(words)


def _other_change(part: Part, change: SchemaChange) -> PartChange:
    before, after = change.before, change.after
    if change.kind == "retyped":
        return PartChange(part, "kind", "low", kinds=(before, after))
    there = before or after or "there"
    if change.kind == "added":
        return PartChange(part, "new", "low", kinds=("", there))
    return PartChange(part, "gone", "medium" if part[0] == "table" else "low", kinds=(there, ""))


def _column_change(
    part: Part, changes: Sequence[SchemaChange], before: Traits, now: Traits
) -> PartChange:
    """Return the change of a column; one that is gone is judged by the worst of its tables."""
    name = part[1]
    gone = tuple(change.group for change in changes if change.kind == "removed")
    if gone:
        found = [_gone(part, gone, before[table][name], now.get(table, {})) for table in gone]
        return max(found, key=lambda change: (rank(change.severity), bool(change.figure)))
    new = tuple(change.group for change in changes if change.kind == "added")
    if new:
        figure = next((now[table][name].figure for table in new if now[table][name].figure), "")
        return PartChange(part, "new", "low", new, figure=figure)
    change = changes[0]
    trait, kinds = now[change.group][name], (change.before, change.after)
    return PartChange(part, "kind", _severity(trait), (change.group,), kinds, trait.figure)


def _gone(
    part: Part, tables: tuple[str, ...], trait: ColumnTrait, now: Mapping[str, ColumnTrait]
) -> PartChange:
    same = (name for name, one in now.items() if trait.figure and one.figure == trait.figure)
    if instead := next(same, ""):
        return PartChange(part, "mapped", "medium", tables, figure=trait.figure, instead=instead)
    return PartChange(part, "gone", _severity(trait), tables, figure=trait.figure)


def _severity(trait: ColumnTrait) -> Severity:
    return "low" if trait.policy == "evolve" else "high"
