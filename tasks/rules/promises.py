"""
R0, R1 and R2: a promise is new or raised, cut, or withdrawn, from one version to the next.

Promises: a change is judged for the country's total and for each row of the table; a row's own
finding stands beside its country's only when it is worse, else it is a part in the country's
evidence. Of R1 and R2 one key gets one. R1 and R2 open unconfirmed; the next vintage confirms or
reverts them. Whether anything was delivered against a promise is not looked at.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from schemas.alerts import Finding, Severity
from tasks.rules.defaults import (
    BACK_WITHIN,
    NOTABLE,
    NOTABLE_DOSES,
    SHARE_STEP,
    SMALLEST_BASE,
    WITHDRAWN_DOSES,
)
from tasks.rules.proofs import change_sentence, proof
from tasks.rules.scene import Scene, Step, event
from tasks.rules.severity import rank, severity_of_fall
from tasks.rules.words import day, figure

Row = Mapping[str, Any]
Place = tuple[str, str, int]
"""iso3, column, seq."""


def promise_findings(scene: Scene, rows: pl.DataFrame, country: pl.DataFrame) -> list[Finding]:
    """
    Return the findings of R0, R1 and R2 at both grains.

    `rows` and `country` are the two grains of the promises, each with its context.
    """
    cases = _cases(country)
    worst = {_place(case): rank(_severity(case, product=False)) for case in cases}
    parts = _parts(rows, cases) if len(scene.key) > 1 else {}
    found = [_finding(scene, case, ["iso3"], parts.get(_place(case), [])) for case in cases]
    if len(scene.key) > 1:
        found += [
            _finding(scene, case, scene.key, None)
            for case in _cases(rows)
            if rank(_severity(case, product=True)) > worst.get(_place(case), -1)
        ]
    return found


def _cases(rows: pl.DataFrame) -> list[dict[str, Any]]:
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


def _severity(case: Row, *, product: bool) -> Severity:
    if case["rule"] == "R0":
        return "info"
    column = case["column"]
    found = severity_of_fall(case["before"], case["after"], column=column, product=product)
    return found or "low"


def _parts(rows: pl.DataFrame, cases: Sequence[Row]) -> dict[Place, list[Row]]:
    """Return, for each country with a finding, the rows that changed beside it, worst first."""
    wanted = pl.DataFrame(
        [_place(case) for case in cases],
        schema={"iso3": pl.String, "column": pl.String, "seq": rows.schema["seq"]},
        orient="row",
    )
    near = rows.join(wanted, on=["iso3", "column", "seq"], how="semi")
    lost = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    parts: dict[Place, list[Row]] = {}
    for row in near.sort(lost, maintain_order=True).iter_rows(named=True):
        parts.setdefault(_place(row), []).append(row)
    return parts


def _finding(scene: Scene, case: Row, grain: Sequence[str], parts: Sequence[Row] | None) -> Finding:
    """Return one change with its life; `parts` is None for a finding of a single row."""
    key = {name: case[name] for name in grain}
    opened = Step(
        kind="opened",
        seq=case["seq"],
        since=case["seq"] - 1 if case["seq"] else None,
        severity=_severity(case, product=parts is None),
        before=case["before"],
        after=case["after"],
        sentence=change_sentence(scene, case, key=key, parts=parts or []),
        confidence="confirmed" if case["rule"] == "R0" else "unconfirmed",
        evidence=proof(scene, case, parts or []),
    )
    steps = [opened]
    if case["rule"] != "R0" and opened.seq < scene.last:
        steps.append(_verdict(scene, case, opened))
    return Finding(
        rule=case["rule"],
        dataset=scene.dataset,
        key=key,
        column=case["column"],
        events=tuple(event(scene, step) for step in steps),
    )


def _verdict(scene: Scene, case: Row, opened: Step) -> Step:
    """Return what the very next vintage says about a fall."""
    seq = opened.seq + 1
    now: float | None = case["next_after"] if case["next_seq"] == seq else case["after"]
    threshold = 0.0 if case["rule"] == "R2" else case["before"] * (1 - BACK_WITHIN)
    back = now is not None and (now > threshold if case["rule"] == "R2" else now >= threshold)
    shown = f"the version of {day(scene.as_ofs[seq])} shows {figure(now, case['column'])}."
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
