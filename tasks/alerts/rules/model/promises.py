"""R0, R1 and R2: a promise is new or raised, cut, or withdrawn, from one version to the next.

One key gets at most one of the three. A row's own finding stands beside its country's only when it
is worse; else it is a part in the country's evidence. R1 and R2 open unconfirmed; the next vintage
confirms or reverts them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from schemas.alerts import Severity
from schemas.figure_wording import statement
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW, UNSPECIFIED, figure, part_name, percent
from tasks.alerts.rules.model.episode import (
    Episode,
    Family,
    Row,
    Step,
    Values,
    relative_change,
    values_by_cell,
    whole,
)
from tasks.alerts.rules.model.fall_life import life_of_fall
from tasks.alerts.rules.model.families import FALL_WITHIN, NEW, RISE_WITHIN
from tasks.alerts.rules.model.promise_parameters import STEADY
from tasks.alerts.rules.model.severity import at_most, rank, severity_of_fall
from tasks.alerts.rules.reading.figure_changes import notable_changes
from tasks.alerts.rules.reading.rule_input import Timeline

Place = tuple[str, str, int]
PLACE: Final = ("iso3", "column", "seq")
STEADY_TOTAL: Final = "country_total_change"
"""Evidence key of a single row's change: how far its country's total moved, if that is steady."""
Limits = Mapping[str, Thresholds]
"""The thresholds of R0, R1 and R2, by id of the rule."""


def promise_changes(
    timeline: Timeline, limits: Limits, *, totals: pl.DataFrame, rows: pl.DataFrame
) -> Iterator[tuple[str, Episode]]:
    """Yield the findings of R0, R1 and R2 at both grains, each with the id of its rule.

    `totals`, `rows`: the changes at both grains, as `with_peak_and_next` returns them.
    """
    found, cell = notable_changes(totals, limits), ["iso3", "column"]
    cases, own_cell = found.to_dicts(), [*timeline.key, "column"]
    fall = pl.col("after").fill_null(0) - pl.col("before").fill_null(0)
    parts: dict[Place, list[Row]] = {}
    near = rows.join(found, on=PLACE, how="semi").sort(fall, maintain_order=True)
    for row in near.iter_rows(named=True):
        parts.setdefault(_place(row), []).append(row)
    values = values_by_cell(totals.join(found, on=cell, how="semi"), cell)
    for case in cases:
        yield _finding(
            timeline, limits, case, values[_name(case, cell)], parts.get(_place(case), [])
        )
    worst = {_place(case): rank(_severity(case)) for case in cases}
    single = _with_totals(notable_changes(rows, limits), totals, limits)
    values = values_by_cell(rows.join(single, on=own_cell, how="semi"), own_cell)
    for case in single.iter_rows(named=True):
        if rank(_severity(case)) > worst.get(_place(case), -1):
            yield _finding(timeline, limits, case, values[_name(case, own_cell)], [])


def _with_totals(cases: pl.DataFrame, totals: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return rows' changes with `total`: the change of the country's total, null unless steady."""
    within = [
        pl.when(pl.col("rule") == rule).then(own["steady_total_within"])
        for rule, own in limits.items()
        if "steady_total_within" in own
    ]
    steady = pl.coalesce(*within, limits["R1"]["steady_total_within"])
    known = totals.select(*PLACE, pl.col("rel_change").alias("total"), pl.lit(1).alias("moved"))
    total = pl.when(pl.col("moved").is_null()).then(0.0).otherwise(pl.col("total"))
    return cases.join(known, on=PLACE, how="left", maintain_order="left").with_columns(
        pl.when(total.abs() < steady).then(total).alias("total")
    )


def _name(case: Row, cell: Sequence[str]) -> tuple[Any, ...]:
    return tuple(case[name] for name in cell)


def _place(row: Row) -> Place:
    return row["iso3"], row["column"], row["seq"]


def _severity(case: Row) -> Severity:
    """Return the severity of a country's change, or of a single row's, which has `total`."""
    if case["rule"] == "R0":
        return "info"
    before, after, column, iso3 = (case[name] for name in ("before", "after", "column", "iso3"))
    product = "total" in case
    found = severity_of_fall(before, after, column=column, iso3=iso3, product=product) or "low"
    return found if case.get("total") is None else at_most(found, "medium")


def _finding(
    timeline: Timeline, limits: Limits, case: Row, values: Values, parts: Sequence[Row]
) -> tuple[str, Episode]:
    seq, total, is_fall = case["seq"], case.get("total"), case["rule"] != "R0"
    key = {name: case[name] for name in timeline.key if "total" in case or name == "iso3"}
    steady = {} if total is None else {STEADY_TOTAL: total}
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity=_severity(case),
        before=case["before"],
        after=case["after"],
        sentence=_sentence(timeline, case, key, parts, limits),
        confidence="unconfirmed" if is_fall else "confirmed",
        evidence=_evidence(timeline, case, parts) | steady,
        family=_family(case, values),
    )
    steps = [opened]
    if is_fall and seq < timeline.last:
        back = None if case["rule"] == "R2" else limits["R1"]["back_within"]
        steps += life_of_fall(timeline, opened, case["column"], values, back)
    episode = Episode(timeline=timeline, key=key, column=case["column"], steps=steps, values=values)
    return case["rule"], episode


def _family(case: Row, values: Values) -> Family | None:
    """Return the family of a finding, None for that of its rule."""
    if case.get("total") is not None:
        return RISE_WITHIN if case["rule"] == "R0" else FALL_WITHIN
    return NEW if values[0][0] == case["seq"] else None


def _sentence(
    timeline: Timeline, case: Row, key: Mapping[str, Any], parts: Sequence[Row], limits: Limits
) -> str:
    """Return the sentence of a change, with what vanished and the drawdown from the peak."""
    column, before, after, peak = (case[name] for name in ("column", "before", "after", "peak"))
    on, total = timeline.as_of[int(case["seq"])], case.get("total")
    text = statement(timeline.shown_by, column, key=key, before=before, after=after, on=on)
    if total is not None:
        steady = limits[case["rule"]].get("steady_total_within", STEADY)
        within = f" within {steady * 100:g} % of what it was ({percent(total)})" if total else ""
        text += f"; the country's total stayed{within or ' the same'}"
    if case["rule"] != "R1":
        return f"{text}."
    gone = [
        f"{part_name(_key(timeline, part)) or UNSPECIFIED} {figure(part['before'], column)} "
        f"{ARROW} {figure(part['after'], column)}"
        for part in parts
        if part["before"] and not part["after"]
    ]
    if gone and after:
        text += f", with {', '.join(gone)}"
    if peak > before and case["peak_seq"] is not None:
        first = f"{figure(peak, column)}, first seen on {timeline.day(case['peak_seq'])}"
        text += f". The drawdown from the peak ({first}) is {percent(after / peak - 1)}"
    return f"{text}."


def _evidence(timeline: Timeline, case: Row, parts: Sequence[Row]) -> dict[str, Any]:
    """Return the evidence; parts are absent where no row names a product or donor."""
    has_peak = case["rule"] != "R0" and case["peak"]
    evidence = peak_evidence(timeline, case, case["after"]) if has_peak else {}
    if any(part_name(_key(timeline, part)) for part in parts):
        evidence["parts"] = [
            {
                "key": {name: str(value) for name, value in _key(timeline, part).items()},
                "before": whole(part["before"]),
                "after": whole(part["after"]),
                "rel_change": relative_change(part["before"], part["after"]),
            }
            for part in parts
        ]
    return evidence


def _key(timeline: Timeline, row: Row) -> dict[str, Any]:
    return {name: row[name] for name in timeline.key}


def peak_evidence(timeline: Timeline, row: Row, now: float | None) -> dict[str, Any]:
    """Return peak, its first instant (None when not known) and the drawdown of `now` from it."""
    seen: int | None = row["peak_seq"]
    return {
        "peak": whole(row["peak"]),
        "peak_as_of": None if seen is None else timeline.as_of[seen].isoformat(),
        "drawdown": relative_change(row["peak"], now or 0),
    }
