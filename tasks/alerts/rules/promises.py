"""R0, R1 and R2: a promise is new or raised, cut, or withdrawn, from one version to the next.

Promises: one key gets at most one of the three. A row's own finding stands beside its country's
only when it is worse; else it is a part in the country's evidence. R1 and R2 open unconfirmed; the
next vintage confirms or reverts them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from schemas.alerts import Severity
from schemas.wording import figure
from tasks.alerts.rules.episode import Episode, Family, Row, Step, values_by_cell, verdict
from tasks.alerts.rules.promise_evidence import STEADY, change_sentence, promise_evidence
from tasks.alerts.rules.rule_context import DatasetContext
from tasks.alerts.rules.severity import SHARE_STEP, at_most, rank, severity_of_fall
from tasks.alerts.rules.timeline import Timeline

NOTABLE: Final = 0.10
NOTABLE_DOSES: Final = 10_000
SMALLEST_BASE: Final = 1_000
WITHDRAWN_DOSES: Final = 100_000
BACK_WITHIN: Final = 0.02
Place = tuple[str, str, int]
PLACE: Final = ("iso3", "column", "seq")
STEADY_TOTAL: Final = "country_total_change"
"""Evidence key of a single row's change: how far its country's total moved, if that is steady."""
FALL: Final = Family(
    name="fall",
    sentence="lower {what} for {count} of {compared} countries on {on} than in the version before",
    is_fall=True,
)
RISE: Final = Family(
    name="rise", sentence="new or higher {what} for {count} of {compared} countries on {on}"
)
FALL_WITHIN: Final = Family(
    name="fall_within",
    sentence=(
        "lower {what} of single products for {count} of {compared} countries on {on} than in the "
        "version before, while the countries' totals stayed within 2 %"
    ),
    is_fall=True,
)
RISE_WITHIN: Final = Family(
    name="rise_within",
    sentence=(
        "new or higher {what} of single products for {count} of {compared} countries on {on}, "
        "while the countries' totals stayed within 2 %"
    ),
)


def promise_changes(dataset: DatasetContext) -> Iterator[tuple[str, Episode]]:
    """Yield the findings of R0, R1 and R2 at both grains, each with the id of its rule."""
    totals, rows = dataset.promise_totals, dataset.promise_rows
    cases, key = notable_changes(totals), dataset.timeline.key
    if len(key) == 1:
        yield from _episodes(dataset.timeline, cases, frame=totals, grain=key)
        return
    parts = _parts(rows, cases)
    yield from _episodes(dataset.timeline, cases, frame=totals, grain=["iso3"], parts=parts)
    worst = {_place(case): rank(_severity(case)) for case in cases}
    own = [
        case
        for case in _with_totals(notable_changes(rows), totals)
        if rank(_severity(case)) > worst.get(_place(case), -1)
    ]
    yield from _episodes(dataset.timeline, own, frame=rows, grain=key)


def notable_changes(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the changes that a rule applies to, with the id of the rule as `rule`."""
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
    rule = pl.when(withdrawn).then(pl.lit("R2")).when(cut).then(pl.lit("R1"))
    named = rows.with_columns(rule.when(raised).then(pl.lit("R0")).alias("rule"))
    return named.filter(pl.col("rule").is_not_null()).to_dicts()


def _episodes(
    timeline: Timeline,
    cases: Sequence[Row],
    *,
    frame: pl.DataFrame,
    grain: Sequence[str],
    parts: Mapping[Place, Sequence[Row]] = {},
) -> Iterator[tuple[str, Episode]]:
    """Yield the episodes of one grain. `frame`: all changes at that grain, for the history."""
    cell = [*grain, "column"]
    values = values_by_cell(frame, cell, cases)
    for case in cases:
        yield (
            case["rule"],
            Episode(
                timeline=timeline,
                key={name: case[name] for name in grain},
                column=case["column"],
                steps=_steps(timeline, case, grain, parts.get(_place(case), [])),
                values=values[tuple(case[name] for name in cell)],
            ),
        )


def _with_totals(cases: Sequence[Row], totals: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows' changes with `total`: the change of the country's total, None unless steady."""
    moved = {
        (iso3, column, seq): change
        for iso3, column, seq, change in totals.join(_places(cases, totals), on=PLACE, how="semi")
        .select(*PLACE, "rel_change")
        .iter_rows()
    }
    changes = [moved.get(_place(case), 0.0) for case in cases]
    return [
        {**case, "total": change if change is not None and abs(change) < STEADY else None}
        for case, change in zip(cases, changes, strict=True)
    ]


def _parts(rows: pl.DataFrame, cases: Sequence[Row]) -> dict[Place, list[Row]]:
    """Return the changed rows of each country with a finding, largest fall first."""
    near = rows.join(_places(cases, rows), on=PLACE, how="semi")
    change = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    parts: dict[Place, list[Row]] = {}
    for row in near.sort(change, maintain_order=True).iter_rows(named=True):
        parts.setdefault(_place(row), []).append(row)
    return parts


def _places(cases: Sequence[Row], like: pl.DataFrame) -> pl.DataFrame:
    schema = {name: like.schema[name] for name in PLACE}
    return pl.DataFrame([_place(case) for case in cases], schema=schema, orient="row")


def _place(row: Row) -> Place:
    return row["iso3"], row["column"], row["seq"]


def _severity(case: Row) -> Severity:
    """Return the severity of a country's change, or of a single row's, which has `total`."""
    if case["rule"] == "R0":
        return "info"
    column, product = case["column"], "total" in case
    found = severity_of_fall(case["before"], case["after"], column=column, product=product) or "low"
    return found if case.get("total") is None else at_most(found, "medium")


def _steps(timeline: Timeline, case: Row, grain: Sequence[str], parts: Sequence[Row]) -> list[Step]:
    """Return the steps of one change; `parts`: the rows that make up a country's."""
    seq, total, is_fall = case["seq"], case.get("total"), case["rule"] != "R0"
    key = {name: case[name] for name in grain}
    steady = {} if total is None else {STEADY_TOTAL: total}
    opened = Step(
        kind="opened",
        seq=seq,
        since=timeline.before(seq),
        severity=_severity(case),
        before=case["before"],
        after=case["after"],
        sentence=change_sentence(timeline, case, key=key, parts=parts, total=total),
        confidence="unconfirmed" if is_fall else "confirmed",
        evidence=promise_evidence(timeline, case, parts) | steady,
        family=(FALL_WITHIN if is_fall else RISE_WITHIN) if steady else None,
    )
    is_judged = is_fall and seq < timeline.last
    return [opened, _verdict(timeline, case, opened)] if is_judged else [opened]


def _verdict(timeline: Timeline, case: Row, opened: Step) -> Step:
    """Return what the very next vintage shows of a fall."""
    seq = opened.seq + 1
    now: float | None = case["next_after"] if case["next_seq"] == seq else case["after"]
    threshold = 0.0 if case["rule"] == "R2" else case["before"] * (1 - BACK_WITHIN)
    undone = now is not None and (now > threshold if case["rule"] == "R2" else now >= threshold)
    text = f"the version of {timeline.day(seq)} shows {figure(now, case['column'])}."
    return verdict(opened, undone=undone, after=now, text=text)
