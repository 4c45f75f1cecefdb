"""
R4: a promise stands far below its peak. One episode, however many steps the fall takes.

Promises: opens at the first vintage at least 20 % below the greatest figure seen so far, escalates
at every new step of 10 % and is updated in between; it resolves when the figure is less than 10 %
below the peak. Judged for the country's total. `before` is the peak, and `previous_as_of` the
vintage that showed it first.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.alerts import EventKind, Finding
from tasks.rules.defaults import DRAWDOWN_DOSES, DRAWDOWN_OPENS, SHARE_STEP
from tasks.rules.proofs import peak_proof
from tasks.rules.scene import Scene, Step, lasting, plain
from tasks.rules.severity import is_share, severity_of_fall
from tasks.rules.words import amount, day, figure, percent

Row = Mapping[str, Any]


def drawdown_findings(scene: Scene, country: pl.DataFrame) -> list[Finding]:
    """Return the episodes of R4. `country`: the totals of the promises, with their context."""
    below = pl.col("peak") - pl.col("after").fill_null(0)
    share = pl.col("column").str.ends_with("_share")
    far = below >= pl.when(share).then(SHARE_STEP).otherwise(float(DRAWDOWN_DOSES))
    deep = far & (below * 10 >= pl.col("peak") * DRAWDOWN_OPENS)
    concerned = country.filter((pl.col("peak") > 0) & deep).select("iso3", "column").unique()
    followed = country.join(concerned, on=["iso3", "column"], how="semi")
    series = followed.sort("iso3", "column", "seq").partition_by("iso3", "column")
    return [finding for rows in series for finding in _episodes(scene, rows)]


def _episodes(scene: Scene, rows: pl.DataFrame) -> list[Finding]:
    """Return the episodes of one country's figure."""
    episodes: list[list[Step]] = []
    deepest = 0
    is_open = False
    for row in rows.iter_rows(named=True):
        now = _tenths(row)
        if not is_open:
            if now >= DRAWDOWN_OPENS and _far(row):
                episodes.append([_step(scene, row, "opened")])
                is_open, deepest = True, now
            continue
        kind: EventKind = "resolved" if now < 1 else "escalated" if now > deepest else "updated"
        episodes[-1].append(_step(scene, row, kind))
        is_open, deepest = now >= 1, max(deepest, now)
    iso3, column = rows.item(0, "iso3"), rows.item(0, "column")
    return [
        Finding(
            rule="R4",
            dataset=scene.dataset,
            key={"iso3": iso3},
            column=column,
            events=lasting(scene, steps),
        )
        for steps in episodes
    ]


def _tenths(row: Row) -> int:
    """Return how many whole steps of 10 % the figure stands below its peak."""
    peak = row["peak"]
    return int((peak - (row["after"] or 0)) * 10 // peak) if peak > 0 else 0


def _far(row: Row) -> bool:
    least = SHARE_STEP if is_share(row["column"]) else DRAWDOWN_DOSES
    return row["peak"] - (row["after"] or 0) >= least


def _step(scene: Scene, row: Row, kind: EventKind) -> Step:
    peak, after, column = row["peak"], row["after"], row["column"]
    seen = row["peak_seq"]
    proof = peak_proof(scene, row, after)
    on, first = scene.as_ofs[int(row["seq"])], "earlier"
    if seen is not None:
        first = f"on {day(scene.as_ofs[int(seen)])}"
    stands = f"{percent(proof['drawdown'])} from the peak of {figure(peak, column)}"
    shown = amount(column, {"iso3": row["iso3"]}, after)
    return Step(
        kind=kind,
        seq=row["seq"],
        since=seen,
        severity=severity_of_fall(peak, after, column=column) or "info",
        before=peak,
        after=after,
        sentence=f"{scene.shown_by} showed {shown} on {day(on)}: {stands}, first seen {first}.",
        evidence={**proof, "previous": plain(row["before"])},
    )
