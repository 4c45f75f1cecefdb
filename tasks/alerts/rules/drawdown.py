"""
R4: a promise stands far below its peak. One episode, however many steps the fall takes.

Promises: opens where a figure that is known for three vintages falls, or comes back, to 20 % or
more below the greatest one seen so far, escalates at every new step of 10 % and is updated in
between; it resolves when the figure is less than 10 % below the peak. Judged for the country's
total. `before` is the peak, and `previous_as_of` the vintage that showed it first. With two
vintages the peak is the version before, and its fall is a matter of R1 and R2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from schemas.alerts import EventKind, Finding
from schemas.wording import amount, day, figure, is_share, percent
from tasks.alerts.rules.evidence import series_of, with_life
from tasks.alerts.rules.promise_evidence import peak_proof
from tasks.alerts.rules.severity import severity_of_fall
from tasks.alerts.rules.thresholds import (
    DRAWDOWN_DOSES,
    DRAWDOWN_ENDS,
    DRAWDOWN_OPENS,
    DRAWDOWN_VINTAGES,
    SHARE_STEP,
)
from tasks.alerts.rules.timeline import Step, Timeline, lasting, plain, relative

Row = Mapping[str, Any]


def drawdown_findings(timeline: Timeline, country: pl.DataFrame) -> list[Finding]:
    """Return the episodes of R4. `country`: the totals of the promises, with their context."""
    below = pl.col("peak") - pl.col("after").fill_null(0)
    share = pl.col("column").str.ends_with("_share")
    far = below >= pl.when(share).then(SHARE_STEP).otherwise(float(DRAWDOWN_DOSES))
    deep = far & (below * 10 >= pl.col("peak") * DRAWDOWN_OPENS)
    concerned = country.filter((pl.col("peak") > 0) & deep).select("iso3", "column").unique()
    followed = country.join(concerned, on=["iso3", "column"], how="semi")
    series = followed.sort("iso3", "column", "seq").partition_by("iso3", "column")
    return [finding for rows in series for finding in _episodes(timeline, rows)]


def _episodes(timeline: Timeline, rows: pl.DataFrame) -> list[Finding]:
    """Return the episodes of one country's figure."""
    episodes: list[list[Step]] = []
    deepest = 0
    is_open = False
    for row in rows.iter_rows(named=True):
        now = _tenths(row)
        if not is_open:
            if now >= DRAWDOWN_OPENS and _far(row) and _is_judged(row, rows):
                episodes.append([_step(timeline, row, "opened", [])])
                is_open, deepest = True, now
            continue
        is_open = now >= DRAWDOWN_ENDS
        steps = episodes[-1]
        kind: EventKind = "escalated" if now > deepest else "updated"
        steps.append(_step(timeline, row, kind, steps) if is_open else _back(timeline, row, steps))
        deepest = max(deepest, now)
    iso3, column = rows.item(0, "iso3"), rows.item(0, "column")
    blank = Finding(
        rule="R4", dataset=timeline.dataset, key={"iso3": iso3}, column=column, events=()
    )
    series = series_of(rows, ["iso3"], [{"iso3": iso3}])[(iso3,)]
    return [
        with_life(timeline, blank, lasting(timeline, steps), series=series) for steps in episodes
    ]


def _tenths(row: Row) -> int:
    """Return how many whole steps of 10 % the figure stands below its peak."""
    peak = row["peak"]
    return int((peak - (row["after"] or 0)) * 10 // peak) if peak > 0 else 0


def _far(row: Row) -> bool:
    least = SHARE_STEP if is_share(row["column"]) else DRAWDOWN_DOSES
    return row["peak"] - (row["after"] or 0) >= least


def _is_judged(row: Row, rows: pl.DataFrame) -> bool:
    """Return whether an episode may open here: known for long enough, and not on a mere rise."""
    earlier = 0 if rows.item(0, "before") is None else 1
    known = row["seq"] - rows.item(0, "seq") + 1 + earlier
    rises = row["before"] and (row["after"] or 0) >= row["before"]
    return known >= DRAWDOWN_VINTAGES and not rises


def _step(timeline: Timeline, row: Row, kind: EventKind, earlier: Sequence[Step]) -> Step:
    """Return a step of an episode that goes on."""
    peak, after, column = row["peak"], row["after"], row["column"]
    proof = peak_proof(timeline, row, after)
    on = timeline.as_ofs[int(row["seq"])]
    highest = _peak(timeline, peak, row["peak_seq"], column)
    stands = f"{percent(proof['drawdown'])} from the peak of {highest}"
    since = f"; open since {day(timeline.as_ofs[earlier[0].seq])}" if earlier else ""
    shown = amount(column, {"iso3": row["iso3"]}, after)
    return Step(
        kind=kind,
        seq=row["seq"],
        since=row["peak_seq"],
        severity=severity_of_fall(peak, after, column=column) or "info",
        before=peak,
        after=after,
        sentence=f"{timeline.shown_by} showed {shown} on {day(on)}: {stands}{since}.",
        evidence={**proof, "previous": plain(row["before"])},
    )


def _back(timeline: Timeline, row: Row, earlier: Sequence[Step]) -> Step:
    """Return the end of an episode, measured against the peak that it fell from."""
    last, after, column = earlier[-1], row["after"], row["column"]
    peak = last.before or 0
    near = "within 10 % of" if after < peak else "at or above"
    shown = amount(column, {"iso3": row["iso3"]}, after)
    sentence = (
        f"{timeline.shown_by} showed {shown} on {day(timeline.as_ofs[int(row['seq'])])}: "
        f"the figure is back {near} its peak of {_peak(timeline, peak, last.since, column)}; "
        f"the drawdown was open since {day(timeline.as_ofs[earlier[0].seq])}."
    )
    proof = {"drawdown": relative(peak, after), "previous": plain(row["before"])}
    return replace(
        last,
        kind="resolved",
        seq=row["seq"],
        after=after,
        sentence=sentence,
        evidence={**last.evidence, **proof},
    )


def _peak(timeline: Timeline, peak: float, seen: int | None, column: str) -> str:
    first = "earlier" if seen is None else f"on {day(timeline.as_ofs[int(seen)])}"
    return f"{figure(peak, column)}, first seen {first}"
