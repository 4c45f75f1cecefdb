"""
R11: figures that cannot be beside each other, such as more positives than tests.

Promises: both figures stay published; it is told once, when it enters, and resolves when it holds
again. Figures that go on breaking the relation with other values are no second finding.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from schemas.alerts import Finding, Severity
from schemas.relations import NOUNS, Relation, relations_of
from schemas.wording import UNSPECIFIED, Key, country, day, figure
from tasks.alerts.rules.evidence import Series, series_of, with_life
from tasks.alerts.rules.grains import moves
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.severity import at_most, severity_of_fall
from tasks.alerts.rules.timeline import Step, Timeline, plain

Row = Mapping[str, Any]


def relation_findings(timeline: Timeline, rule_input: RuleInput) -> list[Finding]:
    """Return one finding for each time that a row came to break a relation of its table."""
    table = rule_input.dataset.partition(".")[2]
    columns = set(rule_input.cells["column"].unique())
    return [
        finding
        for relation in relations_of(table)
        if relation.less in columns
        for finding in _findings(timeline, rule_input, relation, columns)
    ]


def _findings(
    timeline: Timeline, rule_input: RuleInput, relation: Relation, columns: Collection[str]
) -> list[Finding]:
    more = [name for name in relation.more if name in columns]
    near = _suspects(rule_input.cells, rule_input.key, relation, more)
    if near.is_empty():
        return []
    told = moves(replace(rule_input, cells=near), [relation.less, *more])
    episodes = _episodes(_states(told, rule_input.key, relation, more), rule_input.key)
    less = told.filter(pl.col("column") == relation.less)
    series = series_of(less, rule_input.key, [entry for entry, _ in episodes])
    return [
        _finding(timeline, entry, end, relation, series[_key(entry, rule_input.key)])
        for entry, end in episodes
    ]


def _suspects(
    cells: pl.DataFrame, key: Sequence[str], relation: Relation, more: Sequence[str]
) -> pl.DataFrame:
    """Return the cells of those rows alone whose figures can ever have broken the relation."""
    is_less, after = pl.col("column") == relation.less, pl.col("after")
    most = after.filter(is_less).max()
    least = after.filter(~is_less & (after >= 0)).min()
    near = cells.filter(pl.col("column").is_in([relation.less, *more]))
    suspects = near.group_by(key).agg((most > least * relation.factor).alias("is_suspect"))
    return near.join(suspects.filter("is_suspect"), on=list(key), how="semi")


def _states(
    told: pl.DataFrame, key: Sequence[str], relation: Relation, more: Sequence[str]
) -> pl.DataFrame:
    """
    Return both figures of every row whenever one of them changed.

    Returns:
        The key columns, seq, less, before [less in the state before], more [the greatest of the
        figures beside it], which [the column of that], is_broken, sorted by key and seq.
    """
    after, none = pl.col("after"), float("nan")
    names = (relation.less, *more)
    seen = [after.filter(pl.col("column") == n).first().alias(n) for n in names]
    less, beside = pl.col("less"), pl.col("more")
    broken = (less > beside * relation.factor) & (beside >= 0)
    is_greatest = [pl.when(pl.col(name) == beside).then(pl.lit(name)) for name in more]
    return (
        told.with_columns(after.fill_null(none))
        .group_by(*key, "seq")
        .agg(seen)
        .sort(*key, "seq")
        .with_columns(pl.col(names).forward_fill().over(key).fill_nan(None))
        .with_columns(pl.col(relation.less).alias("less"), pl.max_horizontal(more).alias("more"))
        .with_columns(
            less.shift(1).over(key).alias("before"),
            pl.coalesce(is_greatest).alias("which"),
            broken.fill_null(value=False).alias("is_broken"),
        )
    )


def _episodes(states: pl.DataFrame, key: Sequence[str]) -> list[tuple[Row, Row | None]]:
    """Return each state that broke the relation first, and the one that mended it, if any."""
    found: list[tuple[Row, Row | None]] = []
    for rows in states.partition_by(key, maintain_order=True):
        entry: Row | None = None
        for row in rows.iter_rows(named=True):
            if row["is_broken"]:
                entry = entry or row
            elif entry:
                found.append((entry, row))
                entry = None
        found += [(entry, None)] if entry else []
    return sorted(found, key=lambda pair: (pair[0]["seq"], *_key(pair[0], key)))


def _key(row: Row, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


def _finding(
    timeline: Timeline, entry: Row, end: Row | None, relation: Relation, series: Series
) -> Finding:
    key = {name: entry[name] for name in timeline.key}
    seq, less, more = int(entry["seq"]), entry["less"], entry["more"]
    opened = Step(
        kind="opened",
        seq=seq,
        since=seq - 1 if seq else None,
        severity=_severity(less, more, relation),
        before=entry["before"],
        after=less,
        sentence=f"{_shown(timeline, entry, key, relation)}. {_expected(relation)}",
        confidence="confirmed",
        evidence={"join": relation.join, "at_most": relation.factor, **_beside(entry)},
    )
    steps = [opened, *([_resolved(timeline, opened, end, relation)] if end else [])]
    blank = Finding(
        rule="R11",
        dataset=timeline.dataset,
        key=key,
        column=relation.less,
        events=(),
        about=relation.rule,
    )
    return with_life(timeline, blank, steps, series=series)


def _resolved(timeline: Timeline, opened: Step, end: Row, relation: Relation) -> Step:
    now, other, seq = figure(end["less"]), figure(end["more"]), int(end["seq"])
    said = f"The version of {day(timeline.as_ofs[seq])} shows {now} {relation.join} {other}."
    return replace(
        opened,
        kind="resolved",
        seq=seq,
        since=opened.seq,
        before=opened.after,
        after=end["less"],
        sentence=f"{opened.sentence} {said}",
        evidence={**opened.evidence, **_beside(end)},
    )


def _beside(row: Row) -> dict[str, Any]:
    return {"beside": {"column": row["which"], "value": plain(row["more"])}}


def _severity(less: float, more: float, relation: Relation) -> Severity:
    """Return how bad it is: as if the greater figure had fallen to the other; medium at most."""
    return at_most(severity_of_fall(less, more, column=relation.less) or "low", "medium")


def _shown(timeline: Timeline, row: Row, key: Key, relation: Relation) -> str:
    rest = [str(key[name]) for name in key if name != "iso3" and key[name] != UNSPECIFIED]
    whom = country(str(key["iso3"])) + (f" ({', '.join(rest)})" if rest else "")
    less = f"{figure(row['less'])} {NOUNS[relation.less]}"
    more = f"{figure(row['more'])} {NOUNS[row['which']]}"
    on = day(timeline.as_ofs[int(row["seq"])])
    return f"{timeline.shown_by} showed {less} {relation.join} {more} for {whom} on {on}"


def _expected(relation: Relation) -> str:
    if relation.factor == 1:
        return "There cannot be more of the first; both are published as the source shows them."
    return (
        f"The first is expected to be at most {relation.factor:g} times the second; "
        f"both are published as the source shows them."
    )
