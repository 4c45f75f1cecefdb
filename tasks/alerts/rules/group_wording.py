"""Sentence and evidence of what happened to many countries, or rows, at once."""

from collections.abc import Collection, Mapping, Sequence
from statistics import median
from typing import Any, Final

from schemas.validation_rules import NOUNS
from schemas.wording import ARROW, country, figure, part_name, percent
from tasks.alerts.rules.episode import Family
from tasks.alerts.rules.rule_input import Timeline

Record = Mapping[str, Any]
"""
key, before, after, rel_change, column, critical; of a relation also beside: column and value of
the figure that it is too large beside, and join: the word between them.
"""
WORST: Final = 3
"""Countries that are named."""


def group_sentence(
    timeline: Timeline, records: Sequence[Record], *, family: Family, seq: int, compared: int
) -> str:
    """Return the sentence about all countries together.

    `records`: worst first. `compared`: how many countries, or rows, had a figure. The largest three
    and every critical one are named; critical ones are not in the span.
    """
    column = records[0]["column"]
    shown = family.sentence.format(
        what=column.replace("_", " "),
        noun=NOUNS.get(column, column),
        count=len(records),
        compared=compared,
        on=timeline.day(seq),
    )
    critical = [record for record in records if record["critical"]]
    others = [record for record in records if not record["critical"]]
    changes = [record["rel_change"] for record in others if record["rel_change"] is not None]
    text = f"{timeline.shown_by} showed {shown}"
    if changes and family.counts == "country":
        aside = ", without those told apart" if critical else ""
        span = f"{percent(min(changes))} to {percent(max(changes))}"
        text += f": {percent(median(changes))} in the median ({span}{aside})"
    text += f". Largest: {', '.join(map(_named, others[:WORST]))}." if others else "."
    if critical:
        text += f" Critical, told apart: {', '.join(map(_named, critical))}."
    return text


def group_evidence(
    records: Sequence[Record], *, family: Family, rules: Collection[str], compared: int
) -> dict[str, Any]:
    """Return the evidence of a group; `records`: worst first, `rules`: of its findings."""
    changes = [record["rel_change"] for record in records if record["rel_change"] is not None]
    return {
        "family": family.name,
        "rules": sorted(rules),
        "count": len(records),
        "compared": compared,
        "median": median(changes) if changes else None,
        "min": min(changes, default=None),
        "max": max(changes, default=None),
        "worst": [_named(record) for record in records[:WORST]],
        "critical": [_named(record) for record in records if record["critical"]],
        "children": list(records),
    }


def _named(record: Record) -> str:
    """Return one country, or row, with its figures before and after, or beside each other."""
    name = " ".join(filter(None, (country(record["key"]["iso3"]), part_name(record["key"]))))
    before, after = (figure(record[side], record["column"]) for side in ("before", "after"))
    if "beside" in record:
        return f"{name} {after} {record['join']} {figure(record['beside']['value'])}"
    return f"{name} {before} {ARROW} {after}"
