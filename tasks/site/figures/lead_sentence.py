"""The first sentence of a country page, made by rules from the steps of a figure and the ladder."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.figure_wording import subject
from schemas.wording import day_only, figure, is_share
from tasks.site.figures.country_series import Series, Step

MOST: Final = 4
"""Moves that a sentence lists one by one."""
PATIENCE: Final = 2
"""Cadences of a source after which a step may be older than the version that shows it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A step, or several in the same direction in one month. `when`: as the sentence has it."""

    value: float | None
    is_rise: bool
    when: str


def lead_sentence(
    series: Series, iso3: str, *, shown_by: str, cadence: timedelta, versions: Sequence[datetime]
) -> str:
    """Return what became of a promise from its peak on, with days.

    Args:
        series: The figure.
        iso3: The country.
        shown_by: The source, as sentences name it.
        cadence: How often it publishes.
        versions: as_of of its versions, oldest first.
    """
    by = f" by {series.mechanism}" if series.mechanism else ""
    what = f"{subject(series.measure, {'iso3': iso3})}{by}"
    peak, first, newest = series.peak, series.steps[0], series.newest
    shown = figure(peak.value, series.measure)
    if len(series.steps) == 1:
        joint = "as " if is_share(series.measure) else ""
        since = f"from {day_only(first.as_of)} on, and no other figure"
        return f"{shown_by} showed {shown} {joint}{what} {since}."
    whole = f"The {what}"
    if peak.value is None or peak.value == 0:
        return f"{shown_by} showed no {what} above 0 in any version."
    after = list(_moves(series.steps[series.steps.index(peak) + 1 :], cadence, versions))
    if not after:
        start = f"{figure(first.value, series.measure)}, shown on {day_only(first.as_of)},"
        return f"{whole} rose from {start} to {shown} on {day_only(newest.as_of)}, the highest."
    text = f"{whole} fell from {shown}, shown on {day_only(peak.as_of)},"
    return f"{text}{_moves_text(after, series.measure)}."


def _moves_text(moves: Sequence[Move], measure: str) -> str:
    if len(moves) > MOST:
        least, newest = min(moves[:-1], key=lambda one: one.value or 0), moves[-1]
        is_higher = (newest.value or 0) > (least.value or 0)
        moves = [least, replace(newest, is_rise=is_higher)]
    parts: list[str] = []
    is_rise = False
    for move in moves:
        verb = "" if move.is_rise == is_rise else (" rose" if move.is_rise else " fell")
        parts.append(f"{verb} to {figure(move.value, measure)} {move.when}")
        is_rise = move.is_rise
    return ",".join(parts[:-1]) + (" and" if len(parts) > 1 else "") + parts[-1]


def _moves(
    steps: Sequence[Step], cadence: timedelta, versions: Sequence[datetime]
) -> Iterator[Move]:
    """Yield the moves of steps, those of one direction in one month as one."""
    groups: list[list[Step]] = []
    for step in steps:
        last = groups[-1][-1] if groups else None
        is_same = last is not None and (
            (last.change > 0, _month(last.as_of)) == (step.change > 0, _month(step.as_of))
        )
        if is_same:
            groups[-1].append(step)
        else:
            groups.append([step])
    for group in groups:
        newest = group[-1]
        before = max((at for at in versions if at < newest.as_of), default=newest.as_of)
        word = "by" if newest.as_of - before > PATIENCE * cadence else "on"
        when = f"{word} {day_only(newest.as_of)}"
        if len(group) > 1:
            when = f"in {newest.as_of:%B %Y}"
        yield Move(value=newest.value, is_rise=newest.change > 0, when=when)


def _month(at: datetime) -> tuple[int, int]:
    return at.year, at.month


def delivered_sentence(ladder: Mapping[str, Any] | None, names: Mapping[str, str]) -> str:
    """Return what is shown as delivered.

    `ladder`: the newest row of the mart `allocation_ladder`; None where the country has none.
    `names`: sources as sentences name them.
    """
    source = (ladder or {}).get("delivered_source")
    if ladder is None or source is None:
        return "No source shows a figure of doses delivered."
    shown_by, doses = names.get(source, source), ladder["delivered"]
    if doses is None:
        return f"{shown_by} no longer shows a figure of doses delivered."
    return (
        f"{shown_by} shows {figure(doses)} doses delivered by {day_only(ladder['delivered_on'])}."
    )
