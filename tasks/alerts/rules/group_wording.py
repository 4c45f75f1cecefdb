"""
The words for what happened to many countries at once.

Promises: the largest three and every critical one are named; what is told apart is not in the span.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

from schemas.relations import NOUNS
from schemas.validation_rules import VALIDATION_RULES
from schemas.wording import ARROW, country, day, figure, part_name, percent
from tasks.alerts.rules.timeline import Timeline

Record = Mapping[str, Any]
"""
key, before, after, rel_change, column, critical; of a relation also beside: column and value of
the figure that it is too large beside, and join: the word between them.
"""
WORST: Final = 3
"""So many countries are named."""
SAID: Final = {
    "fall": "lower {what} for {count} of {compared} countries on {on} than in the version before",
    "rise": "new or higher {what} for {count} of {compared} countries on {on}",
    "fall_within": (
        "lower {what} of single products for {count} of {compared} countries on {on} than in the "
        "version before, while the countries' totals stayed within 2 %"
    ),
    "rise_within": (
        "new or higher {what} of single products for {count} of {compared} countries on {on}, "
        "while the countries' totals stayed within 2 %"
    ),
    "return": "{what} back, and below their peak, for {count} of {compared} countries on {on}",
    "negative": "{what} below zero in {count} of {compared} rows on {on}",
}
SAID_OF_RELATIONS: Final = "more {what} than there can be in {count} of {compared} rows on {on}"


def is_of_rows(family: str) -> bool:
    """Return whether what happened is told of rows, each by itself: R11, in all its parts."""
    return family == "negative" or family in VALIDATION_RULES


def named(record: Record) -> str:
    """Return one country, or row, with its figures before and after, or beside each other."""
    name = " ".join(filter(None, (country(record["key"]["iso3"]), part_name(record["key"]))))
    before, after = (figure(record[side], record["column"]) for side in ("before", "after"))
    if "beside" in record:
        return f"{name} {after} {record['join']} {figure(record['beside']['value'])}"
    return f"{name} {before} {ARROW} {after}"


def group_sentence(
    timeline: Timeline, told: Sequence[Record], *, family: str, seq: int, compared: int
) -> str:
    """
    Return what is told of all countries together.

    `told`: their records, worst first. `compared`: how many had a figure.
    """
    column = told[0]["column"]
    what = NOUNS[column] if family in VALIDATION_RULES else column.replace("_", " ")
    on = day(timeline.as_ofs[seq])
    shown = SAID.get(family, SAID_OF_RELATIONS).format(
        what=what, count=len(told), compared=compared, on=on
    )
    apart = [record for record in told if record["critical"]]
    rest = [
        record["rel_change"]
        for record in told
        if record["rel_change"] is not None and not record["critical"]
    ]
    text = f"{timeline.shown_by} showed {shown}"
    if rest and not is_of_rows(family):
        aside = ", without those told apart" if apart else ""
        span = f"{percent(min(rest))} to {percent(max(rest))}"
        text += f": {percent(median(rest))} in the median ({span}{aside})"
    largest = [record for record in told if not record["critical"]][:WORST]
    text += f". Largest: {', '.join(map(named, largest))}." if largest else "."
    if apart:
        text += f" Critical, told apart: {', '.join(named(record) for record in apart)}."
    return text
