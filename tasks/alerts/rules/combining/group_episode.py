"""R17: the one episode that findings of many countries or rows in one version become."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from schemas.alerts import Severity
from tasks.alerts.rules.combining.group_life import life_of_group
from tasks.alerts.rules.model.episode import (
    HISTORY,
    Episode,
    Family,
    Step,
    Values,
    relative_change,
    values_by_cell,
    whole,
)
from tasks.alerts.rules.model.rule import Rule
from tasks.alerts.rules.model.severity import at_most, in_doses, rank, severity_of_fall
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.source_wide.source_event import Record, group_evidence, group_sentence

SIDES: Final = ("before", "after")
CARRIED: Final = ("beside", "join", "also")
"""Evidence of a finding that the record of it in a group has, too."""


def counted_as(family: Family, child: Episode) -> str:
    """Return what a finding counts as in its group: its row, or its country."""
    return str(dict(child.key)) if family.counts == "row" else str(child.key["iso3"])


def group_episode(
    timeline: Timeline,
    mark: tuple[Family, str | None, int],
    children: Sequence[tuple[Rule, Episode]],
    compared: int,
    changes: pl.DataFrame | None,
) -> Episode:
    """Return the episode of a group.

    `mark`: family, column and seq of all children. `compared`: how many countries, or rows, had a
    figure. `changes`: of the figure by country (`DatasetContext.country_changes`), where all that
    moved count; None: the children do.
    """
    family, column, seq = mark
    by_row = family.counts == "row"
    chosen = _representatives(family, [child for _, child in children])
    others = [] if changes is None else _others_that_moved(changes, mark, chosen)
    records = sorted([*(_record(child, family) for child in chosen), *others], key=_badness)
    before, after = (sum(record[side] or 0 for record in records) for side in SIDES)
    severity = _worst(family, [child.steps[0].severity for _, child in children])
    doses, left = (sum(_in_doses(record, side) for record in records) for side in SIDES)
    if family.moved == "lower" and doses > 0:
        total: Severity = severity_of_fall(doses, left, column="doses") or "low"
        severity = max(severity, total, key=rank)
    evidence = group_evidence(
        records, family=family, rules={rule.id for rule, _ in children}, compared=compared
    )
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity=at_most(severity, "high"),
        before=None if by_row else before,
        after=None if by_row else after,
        sentence=group_sentence(timeline, records, family=family, seq=seq, compared=compared),
        confidence="unconfirmed" if family.is_fall else "confirmed",
        evidence=evidence | ({} if by_row else {"findings": len(chosen)}),
    )
    figures = [child.values for child in chosen]
    if changes is not None:
        moved = [record["key"]["iso3"] for record in records]
        near = changes.filter(pl.col("iso3").is_in(moved))
        figures = [*values_by_cell(near, ["iso3"]).values()]
    values = [] if by_row else sums(figures, seq)
    steps = [opened]
    if family.is_fall and seq < timeline.last:
        now = None if by_row else sums(figures, seq + 1)[-1][1]
        steps += life_of_group(timeline, opened, chosen, now)
        values += [(seq + 1, now)] if now != opened.after else []
    return Episode(
        timeline=timeline, key={}, column=column, steps=steps, values=values, about=family.name
    )


def _worst(family: Family, found: Sequence[Severity]) -> Severity:
    """Return the worst of the findings, if possible of those that no alert of their own reports."""
    apart = {"critical"} if family.keeps_critical_apart else set[Severity]()
    return max([one for one in found if one not in apart] or found, key=rank)


def _others_that_moved(
    changes: pl.DataFrame, mark: tuple[Family, str | None, int], chosen: Sequence[Episode]
) -> list[Record]:
    """Return the countries whose figure moved the same way and that are no findings."""
    family, column, seq = mark
    before, after = pl.col("before").fill_null(0), pl.col("after").fill_null(0)
    is_moved = after < before if family.moved == "lower" else after > before
    known = {str(child.key["iso3"]) for child in chosen}
    moved = changes.filter(pl.col("seq") == seq, is_moved, ~pl.col("iso3").is_in(list(known)))
    return [
        {
            "key": {"iso3": row["iso3"]},
            "before": whole(row["before"]),
            "after": whole(row["after"]),
            "rel_change": relative_change(row["before"], row["after"] or 0),
            "column": column,
            "rows": 1,
            "critical": False,
        }
        for row in moved.sort("iso3").iter_rows(named=True)
    ]


def _representatives(family: Family, children: Sequence[Episode]) -> list[Episode]:
    """Return one finding per country or row: a total before a row, a change before a drawdown."""
    chosen: dict[str, Episode] = {}
    for child in sorted(children, key=_preference):
        chosen.setdefault(counted_as(family, child), child)
    return list(chosen.values())


def _preference(child: Episode) -> tuple[bool, bool, str]:
    return "previous" in child.steps[0].evidence, len(child.key) > 1, str(dict(child.key))


def _record(child: Episode, family: Family) -> Record:
    opened = child.steps[0]
    before = whole(opened.evidence.get("previous", opened.before))
    after = whole(opened.after)
    is_gone = before and after is None
    change = -1.0 if is_gone else relative_change(before, after)
    return {
        "key": {name: str(value) for name, value in child.key.items()},
        "before": before,
        "after": after,
        "rel_change": change,
        "column": child.column,
        "rows": opened.evidence.get("days", opened.evidence.get("rows", 1)),
        "critical": opened.severity == "critical" and family.keeps_critical_apart,
        **{name: opened.evidence[name] for name in CARRIED if name in opened.evidence},
    }


def _in_doses(record: Record, side: str) -> float:
    return in_doses(record[side] or 0, column=record["column"], iso3=record["key"]["iso3"])


def _badness(record: Record) -> tuple[float, str]:
    """Sort by what is lost or gained, or too much; shares in doses, where people are known."""
    other = record["beside"]["value"] if "beside" in record else record["before"]
    change = (record["after"] or 0) - (other or 0)
    doses = in_doses(change, column=record["column"], iso3=record["key"]["iso3"])
    return -abs(doses or change), str(record["key"])


def sums(figures: Sequence[Values], last: int) -> list[tuple[int | None, float | None]]:
    """Return the sum of figures at each of the last vintages up to `last` that changed one."""
    histories = [
        {-1 if at is None else at: value for at, value in values if at is None or at <= last}
        for values in figures
    ]
    found: list[tuple[int | None, float | None]] = []
    for seq in sorted({seq for history in histories for seq in history})[-HISTORY:]:
        known = [
            history[max(at for at in history if at <= seq)]
            for history in histories
            if min(history, default=seq + 1) <= seq
        ]
        shown = [value for value in known if value is not None]
        found.append((None if seq < 0 else seq, sum(shown) if shown else None))
    return found
