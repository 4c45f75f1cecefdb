"""R4: a country's total stands far below its peak; one episode, however many steps the fall takes.

A cut of one version is reported by the rules on cuts, with the drawdown from the peak: an episode
opens where falls that are no cuts lead further down than such a cut did.
`before` is the peak, and `previous_as_of` the vintage that showed it first.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from schemas.alerts import EventKind
from schemas.figure_wording import amount
from schemas.rule_settings import Thresholds
from schemas.wording import figure, is_share, percent
from tasks.alerts.rules.model.episode import (
    Episode,
    Family,
    Row,
    Step,
    relative_change,
    values_by_cell,
    whole,
    with_confirmation,
)
from tasks.alerts.rules.model.families import FALL
from tasks.alerts.rules.model.promises import peak_evidence
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.model.severity import SHARE_STEP, severity_of_fall
from tasks.alerts.rules.reading.figure_changes import NOTABLE
from tasks.alerts.rules.reading.rule_input import Timeline

OPENS: Final = 0.2
ENDS: Final = 0.1
STEP: Final = 0.1
TINY: Final = 1e-9
"""For depths that are a whole number of steps but for the last bit."""
LEAST_VINTAGES: Final = 3
LEAST_DOSES: Final = 100_000
RETURN: Final = Family(
    name="return",
    sentence="{noun} back, and below their peak, for {count} of {compared} countries on {on}",
)
"""A figure comes back after 0 or none, and is still far below its peak."""


def drawdowns(source: SourceContext, thresholds: Thresholds) -> list[Episode]:
    """Return the episodes of R4."""
    return [
        episode
        for dataset in source.country_datasets()
        if not dataset.promise_rows.is_empty()
        for rows in _series(dataset.promise_totals, thresholds)
        for episode in _episodes(dataset.timeline, rows, thresholds)
    ]


def _series(totals: pl.DataFrame, thresholds: Thresholds) -> list[pl.DataFrame]:
    """Return the changes of each country's figure that was ever deep below its peak."""
    below = pl.col("peak") - pl.col("after").fill_null(0)
    share = pl.col("column").str.ends_with("_share")
    least = pl.when(share).then(thresholds["least_share"]).otherwise(thresholds["least_doses"])
    deep = (below >= least) & (below >= pl.col("peak") * thresholds["opens_below_peak"] - TINY)
    cell = ["iso3", "column"]
    concerned = totals.filter((pl.col("peak") > 0) & deep).select(cell).unique()
    followed = totals.join(concerned, on=cell, how="semi")
    return followed.sort(*cell, "seq").partition_by(cell)


def _episodes(timeline: Timeline, rows: pl.DataFrame, thresholds: Thresholds) -> list[Episode]:
    episodes: list[list[Step]] = []
    deepest, is_open = 0, False
    first = rows.row(0, named=True)
    least = thresholds["least_share" if is_share(first["column"]) else "least_doses"]
    known_since = first["seq"] - (first["before"] is not None)
    for row in rows.iter_rows(named=True):
        lost, after = row["peak"] - (row["after"] or 0), row["after"] or 0
        depth = lost / row["peak"] + TINY if row["peak"] > 0 else 0.0
        now = int(depth // thresholds["step"])
        is_cut = bool(row["before"]) and after <= row["before"] * (1 - thresholds["own_cut"])
        if is_open:
            is_open = depth >= thresholds["ends_below_peak"]
            steps = episodes[-1]
            kind: EventKind = "escalated" if now > deepest and not is_cut else "updated"
            step = _step(timeline, row, kind, steps) if is_open else _end(timeline, row, steps)
            steps.append(step)
        elif not is_cut and now > deepest and depth >= thresholds["opens_below_peak"]:
            rises = row["before"] and after >= row["before"]
            is_known = row["seq"] - known_since + 1 >= thresholds["least_vintages"]
            if lost >= least and is_known and not rises:
                episodes.append([_step(timeline, row, "opened", [])])
                is_open = True
        if depth < thresholds["ends_below_peak"]:
            deepest = 0
        elif is_open or (is_cut and after > 0):
            deepest = max(deepest, now)
    if not episodes:
        return []
    [values] = values_by_cell(rows, ["iso3"]).values()
    return [
        Episode(
            timeline=timeline,
            key={"iso3": first["iso3"]},
            column=first["column"],
            steps=with_confirmation(timeline, steps),
            values=values,
        )
        for steps in episodes
    ]


def _step(timeline: Timeline, row: Row, kind: EventKind, earlier: Sequence[Step]) -> Step:
    peak, after, column, seq = row["peak"], row["after"], row["column"], row["seq"]
    evidence = peak_evidence(timeline, row, after)
    highest = _peak(timeline, peak, row["peak_seq"], column)
    stands = f"{percent(evidence['drawdown'])} from the peak of {highest}"
    since = f"; open since {timeline.day(earlier[0].seq)}" if earlier else ""
    shown = amount(column, {"iso3": row["iso3"]}, after)
    return Step(
        kind=kind,
        seq=seq,
        since=row["peak_seq"],
        severity=severity_of_fall(peak, after, column=column, iso3=row["iso3"]) or "info",
        before=peak,
        after=after,
        sentence=f"{timeline.shown_by} showed {shown} on {timeline.day(seq)}: {stands}{since}.",
        evidence={**evidence, "previous": whole(row["before"])},
        family=None if row["before"] else RETURN,
    )


def _end(timeline: Timeline, row: Row, earlier: Sequence[Step]) -> Step:
    """Return the end of an episode, measured against the peak that it fell from."""
    last, after, column = earlier[-1], row["after"], row["column"]
    peak = last.before or 0
    near = "within 10 % of" if after < peak else "at or above"
    shown = amount(column, {"iso3": row["iso3"]}, after)
    sentence = (
        f"{timeline.shown_by} showed {shown} on {timeline.day(row['seq'])}: "
        f"the figure is back {near} its peak of {_peak(timeline, peak, last.since, column)}; "
        f"the drawdown was open since {timeline.day(earlier[0].seq)}."
    )
    drawdown = {"drawdown": relative_change(peak, after), "previous": whole(row["before"])}
    evidence = {**last.evidence, **drawdown}
    return replace(
        last, kind="resolved", seq=row["seq"], after=after, sentence=sentence, evidence=evidence
    )


def _peak(timeline: Timeline, peak: float, seq: int | None, column: str) -> str:
    first = "earlier" if seq is None else f"on {timeline.day(seq)}"
    return f"{figure(peak, column)}, first seen {first}"


R4: Final = Rule(
    id="R4",
    title="drawdown from the peak",
    grain="country",
    family=FALL,
    severities=("info", "low", "medium", "high", "critical"),
    judge=drawdowns,
    parameters={
        "opens_below_peak": Parameter(OPENS, "opens this far below the peak", "share"),
        "ends_below_peak": Parameter(ENDS, "ends nearer to the peak than this", "share"),
        "step": Parameter(STEP, "escalates at every further step", "share"),
        "least_doses": Parameter(LEAST_DOSES, "least distance from the peak in doses"),
        "least_share": Parameter(SHARE_STEP, "the same for a share of population", "share"),
        "own_cut": Parameter(
            NOTABLE, "a version that falls by this much is left to the rules on cuts", "share"
        ),
        "least_vintages": Parameter(LEAST_VINTAGES, "versions of the figure before it is judged"),
    },
)
