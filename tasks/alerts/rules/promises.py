"""
R0, R1 and R2: a promise is new or raised, cut, or withdrawn, from one version to the next.

Promises: a change is judged for the country's total and for each row of the table; a row's own
finding stands beside its country's only when it is worse, else it is a part in the country's
evidence. While the country's total is steady a row's fall is at most medium, for then a product may
just have got another name. Of R1 and R2 one key gets one. R1 and R2 open unconfirmed; the next
vintage confirms or reverts them. Whether anything was delivered against a promise is not looked at.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from schemas.alerts import Finding, Severity
from schemas.wording import day, figure
from tasks.alerts.rules.evidence import series_of, with_life
from tasks.alerts.rules.promise_evidence import change_sentence, proof
from tasks.alerts.rules.severity import at_most, rank, severity_of_fall
from tasks.alerts.rules.thresholds import (
    BACK_WITHIN,
    NOTABLE,
    NOTABLE_DOSES,
    SHARE_STEP,
    SMALLEST_BASE,
    STEADY,
    WITHDRAWN_DOSES,
)
from tasks.alerts.rules.timeline import Step, Timeline

Row = Mapping[str, Any]
Place = tuple[str, str, int]
PLACE: Final = ("iso3", "column", "seq")
STEADY_TOTAL: Final = "country_total_change"
"""In the evidence of a single row's change: how far its country's total moved; only if steady."""


def promise_findings(
    timeline: Timeline, rows: pl.DataFrame, country: pl.DataFrame
) -> list[Finding]:
    """
    Return the findings of R0, R1 and R2 at both grains.

    `rows` and `country` are the two grains of the promises, each with its context.
    """
    cases = fired(country)
    if len(timeline.key) == 1:
        return _findings(timeline, cases, frame=country, grain=["iso3"])
    found = _findings(timeline, cases, frame=country, grain=["iso3"], parts=_parts(rows, cases))
    worst = {_place(case): rank(_severity(case)) for case in cases}
    own = [
        case
        for case in _with_totals(fired(rows), country)
        if rank(_severity(case)) > worst.get(_place(case), -1)
    ]
    return found + _findings(timeline, own, frame=rows, grain=timeline.key)


def _findings(
    timeline: Timeline,
    cases: Sequence[Row],
    *,
    frame: pl.DataFrame,
    grain: Sequence[str],
    parts: Mapping[Place, Sequence[Row]] = {},
) -> list[Finding]:
    """Return the findings of one grain. `frame`: where the history of their figures is."""
    cell = [*grain, "column"]
    series = series_of(frame, cell, cases)
    return [
        with_life(
            timeline,
            Finding(
                rule=case["rule"],
                dataset=timeline.dataset,
                key={name: case[name] for name in grain},
                column=case["column"],
                events=(),
            ),
            _steps(timeline, case, grain, parts.get(_place(case), [])),
            series=series[tuple(case[name] for name in cell)],
        )
        for case in cases
    ]


def _with_totals(cases: Sequence[Row], country: pl.DataFrame) -> list[dict[str, Any]]:
    """Return single rows' changes with `total`: how far the country's moved, None unless steady."""
    moved = {
        (iso3, column, seq): change
        for iso3, column, seq, change in country.join(_places(cases, country), on=PLACE, how="semi")
        .select(*PLACE, "rel_change")
        .iter_rows()
    }
    totals = [moved.get(_place(case), 0.0) for case in cases]
    return [
        {**case, "total": total if total is not None and abs(total) < STEADY else None}
        for case, total in zip(cases, totals, strict=True)
    ]


def _places(cases: Sequence[Row], like: pl.DataFrame) -> pl.DataFrame:
    schema = {name: like.schema[name] for name in PLACE}
    return pl.DataFrame([_place(case) for case in cases], schema=schema, orient="row")


def fired(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the changes that a rule fires on, with the name of the rule."""
    before, after, change = pl.col("before"), pl.col("after"), pl.col("change")
    share = pl.col("column").str.ends_with("_share")

    def least(doses: int) -> pl.Expr:
        return pl.when(share).then(SHARE_STEP).otherwise(float(doses))

    withdrawn = (after.is_null() | (after == 0)) & (before >= least(WITHDRAWN_DOSES))
    base = share | (before >= SMALLEST_BASE)
    cut = (pl.col("rel_change") <= -NOTABLE) & (-change >= least(NOTABLE_DOSES)) & base
    old = before.fill_null(0)
    raised = (
        (after - old >= least(NOTABLE_DOSES))
        & ((old <= 0) | (pl.col("rel_change") >= NOTABLE))
        & (pl.col("seq") > pl.col("debut"))
        & ~pl.col("is_baseline")
    )
    rule = (
        pl.when(withdrawn)
        .then(pl.lit("R2"))
        .when(cut)
        .then(pl.lit("R1"))
        .when(raised)
        .then(pl.lit("R0"))
    )
    return rows.with_columns(rule.alias("rule")).filter(pl.col("rule").is_not_null()).to_dicts()


def _place(row: Row) -> Place:
    return row["iso3"], row["column"], row["seq"]


def _severity(case: Row) -> Severity:
    """Return the severity of a country's change, or of a single row's, which has `total`."""
    if case["rule"] == "R0":
        return "info"
    column, product = case["column"], "total" in case
    found = severity_of_fall(case["before"], case["after"], column=column, product=product) or "low"
    return found if case.get("total") is None else at_most(found, "medium")


def _parts(rows: pl.DataFrame, cases: Sequence[Row]) -> dict[Place, list[Row]]:
    """Return, for each country with a finding, the rows that changed beside it, worst first."""
    near = rows.join(_places(cases, rows), on=PLACE, how="semi")
    lost = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    parts: dict[Place, list[Row]] = {}
    for row in near.sort(lost, maintain_order=True).iter_rows(named=True):
        parts.setdefault(_place(row), []).append(row)
    return parts


def _steps(timeline: Timeline, case: Row, grain: Sequence[str], parts: Sequence[Row]) -> list[Step]:
    """Return the life of one change; `parts`: the rows that make up a country's."""
    key = {name: case[name] for name in grain}
    total = case.get("total")
    steady = {} if total is None else {STEADY_TOTAL: total}
    opened = Step(
        kind="opened",
        seq=case["seq"],
        since=case["seq"] - 1 if case["seq"] else None,
        severity=_severity(case),
        before=case["before"],
        after=case["after"],
        sentence=change_sentence(timeline, case, key=key, parts=parts, total=total),
        confidence="confirmed" if case["rule"] == "R0" else "unconfirmed",
        evidence=proof(timeline, case, parts) | steady,
    )
    is_judged = case["rule"] != "R0" and opened.seq < timeline.last
    return [opened, _verdict(timeline, case, opened)] if is_judged else [opened]


def _verdict(timeline: Timeline, case: Row, opened: Step) -> Step:
    """Return what the very next vintage says about a fall."""
    seq = opened.seq + 1
    now: float | None = case["next_after"] if case["next_seq"] == seq else case["after"]
    threshold = 0.0 if case["rule"] == "R2" else case["before"] * (1 - BACK_WITHIN)
    back = now is not None and (now > threshold if case["rule"] == "R2" else now >= threshold)
    shown = f"the version of {day(timeline.as_ofs[seq])} shows {figure(now, case['column'])}."
    return Step(
        kind="reverted" if back else "confirmed",
        seq=seq,
        since=opened.since,
        severity=opened.severity,
        before=opened.before,
        after=now,
        sentence=f"{opened.sentence} {'Undone' if back else 'Confirmed'}: {shown}",
        confidence="unconfirmed" if back else "confirmed",
        evidence=opened.evidence,
    )
