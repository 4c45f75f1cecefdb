"""The one comparison of two source schemas, and the sentences about its result.

Promises: pure. The notes of a vintage (`change_sentences`), guesses of renames and alert rule R18
are functions of this diff.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from schemas import wording
from tasks.formats.column_names import with_declared_spelling
from tasks.schema_drift.source_schema import SourceSchema

Part = Literal["answer", "sheet", "table", "column"]
"""What a schema consists of; an answer is one body of the snapshot."""
WITHIN: Final[Mapping[Part, Part]] = {"sheet": "answer", "column": "table"}
NAMED: Final = 8
"""Names that a sentence lists; the others are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaChange:
    """One difference between two schemas.

    `part`, `name`: what changed. `group`: the table of a column or the answer of a sheet, else ''.
    `before`, `after`: the kind of the cells of a column or the format of an answer; '' for a table,
    a sheet, a column that nobody reads, and what is not there. A change of kind `reordered` is
    about all columns of a table and has no name.
    """

    part: Part
    group: str
    name: str
    kind: Literal["added", "removed", "retyped", "reordered"]
    before: str = ""
    after: str = ""


def schema_diff(before: SourceSchema, now: SourceSchema) -> list[SchemaChange]:
    """Return the differences between two schemas; none between schemas of two parser versions.

    Returns:
        Answers, then sheets by answer, tables, and columns by table. Within each group first what
        was added or retyped, in the order of `now`, then what was removed, in the order of
        `before`. A table that was added or removed lists all of its columns.
    """
    if before.parser_version != now.parser_version:
        return []
    changes = [*_changes("answer", "", before.bodies, now.bodies)]
    for body in {**now.sheets, **before.sheets}:
        sheets = [dict.fromkeys(one.sheets.get(body, ()), "") for one in (before, now)]
        changes += _changes("sheet", body, *sheets)
    changes += _changes(
        "table", "", dict.fromkeys(before.tables, ""), dict.fromkeys(now.tables, "")
    )
    for table in {**now.tables, **before.tables}:
        columns = _spelled_alike(*(dict(one.tables.get(table, ())) for one in (before, now)))
        changes += _changes("column", table, *columns)
        if _is_reordered(*columns):
            changes.append(SchemaChange(part="column", group=table, name="", kind="reordered"))
    return changes


def _spelled_alike(
    before: Mapping[str, str], now: Mapping[str, str]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the kinds of two lists of columns, in which blanks and case make no other name."""
    spelled = with_declared_spelling([*before], now)
    return dict(zip(spelled, before.values(), strict=True)), now


def change_sentences(changes: Sequence[SchemaChange]) -> list[str]:
    """Return sentences about a diff: one about answers, sheets and tables, then one about columns.

    Tables with the same changes share a sentence. The columns of a table that was added or removed,
    and the sheets of an answer that changed, are not listed.
    """
    whole = {(change.part, change.name) for change in changes if not change.group}
    groups: dict[tuple[Part, str], list[SchemaChange]] = {}
    for change in changes:
        if (WITHIN.get(change.part), change.group) not in whole:
            groups.setdefault((change.part, change.group), []).append(change)
    others = [_words(part, group) for (part, _), group in groups.items() if part != "column"]
    sentences = [f"The wire format changed: {'; '.join(others)}."] if others else []
    alike: dict[str, list[str]] = {}
    for (part, table), group in groups.items():
        if part == "column":
            alike.setdefault(_words(part, group), []).append(table)
    return sentences + [
        f"The wire format changed in {', '.join(tables)}: {words}."
        for words, tables in alike.items()
    ]


def listed(names: Sequence[str]) -> str:
    """Return the first names in quotes, and how many more there are.

    >>> listed(["ind", "X"])
    "'ind', 'X'"
    """
    return wording.listed([f"'{name}'" for name in names], NAMED)


def _changes(
    part: Part, group: str, before: Mapping[str, str], now: Mapping[str, str]
) -> Iterator[SchemaChange]:
    """Yield what differs between the kinds of two lists of names.

    A blank column, or one that is not read, agrees with every kind.
    """
    for name, kind in now.items():
        if name not in before:
            yield SchemaChange(part=part, group=group, name=name, kind="added", after=kind)
        elif (was := before[name]) != kind and not {"", "blank"} & {was, kind}:
            yield SchemaChange(
                part=part, group=group, name=name, kind="retyped", before=was, after=kind
            )
    for name, kind in before.items():
        if name not in now:
            yield SchemaChange(part=part, group=group, name=name, kind="removed", before=kind)


def _is_reordered(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return [name for name in now if name in before] != [name for name in before if name in now]


def _words(part: Part, changes: Sequence[SchemaChange]) -> str:
    words: list[str] = []
    for word, kind in (("new", "added"), ("gone", "removed")):
        names = [change.name for change in changes if change.kind == kind]
        if names:
            words.append(f"{word} {part}{'s' if len(names) > 1 else ''} {listed(names)}")
    words += ["columns in another order" for change in changes if change.kind == "reordered"]
    for change in changes:
        if change.kind == "retyped" and part == "column":
            words.append(f"'{change.name}' holds {change.after} and held {change.before}")
        elif change.kind == "retyped":
            words.append(f"{change.name} is {change.after} and was {change.before}")
    return "; ".join(words)
