"""R6: doses were delivered weeks ago and less than half of them are given, or they pile up.

Judged only in versions that change the table of doses given, and where the figure is fresh (R8).
Unknown expiry dates make it a risk.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import polars as pl

from schemas.rule_settings import Thresholds
from schemas.wording import country, figure
from tasks.alerts.rules.model.episode import Episode, Row, Step, spells, whole
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.model.supply_flow import levels, levels_at, table_with
from tasks.alerts.rules.model.together import NAMED, countries, name_of, together
from tasks.alerts.rules.reading.rule_input import RuleInput, Timeline

UNUSED: Final = "unused"
RISK: Final = "expiry risk"
FRESH_WEEKS: Final = 6
"""A figure of doses given that is older is not judged."""
USE_WEEKS: Final = 8
"""Weeks over which the present use is measured."""
NEAR: Final = 0.05
"""So much beyond its threshold a state ends, lest it come and go."""
LARGE: Final = 1_000_000
"""Doses that are not given, from which on the severity is medium."""


def unused_doses(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R6, those of many countries in one version as one."""
    delivered = table_with(source, ("doses_delivered",))
    used = table_with(source, ("doses_administered",))
    if delivered is None or used is None:
        return
    timeline = used[0].timeline
    states = _states(used[0].rule_input, delivered[0].rule_input, thresholds)
    weeks = f"{thresholds['weeks'] + thresholds['lag'] / 7:g} weeks"
    for about, flag in ((UNUSED, "is_unused"), (RISK, "is_risk")):
        concerned = states.filter(flag).select("iso3").unique()
        near = states.join(concerned, on="iso3", how="semi", maintain_order="left")
        episodes = [
            _episode(timeline, entry, end, about, weeks)
            for entry, end in spells(near, ["iso3"], flag)
        ]
        yield from together(
            episodes,
            least=thresholds["countries"],
            about=about,
            sentence=partial(_of_many, about, weeks),
        )


def _states(used: RuleInput, delivered: RuleInput, thresholds: Thresholds) -> pl.DataFrame:
    """Return every country at each vintage in which it can be judged.

    Returns:
        seq, iso3, used, weekly [doses given a week], delivered [what was there weeks before, and
        still is], stock [of it], is_unused, is_risk, sorted by iso3 and seq.
    """
    given, arrived = levels(used, "doses_administered"), levels(delivered, "doses_delivered")
    lag = timedelta(days=thresholds["lag"])
    grid = levels_at(
        used,
        {
            "used": (given, timedelta()),
            "used_then": (given, timedelta(weeks=USE_WEEKS)),
            "used_fresh": (given, timedelta(weeks=FRESH_WEEKS)),
            "arrived_now": (arrived, timedelta()),
            "arrived_then": (arrived, lag + timedelta(weeks=thresholds["weeks"])),
        },
    )
    weekly = (pl.col("used") - pl.col("used_then")) / USE_WEEKS
    states = (
        grid.join(used.cells.select("seq").unique(), on="seq", how="semi", maintain_order="left")
        .filter(pl.col("used") > pl.col("used_fresh"), weekly > 0)
        .with_columns(
            pl.when(pl.col("arrived_then").is_not_null())
            .then(pl.min_horizontal("arrived_now", "arrived_then"))
            .alias("delivered"),
            weekly.alias("weekly"),
        )
        .with_columns((pl.col("delivered") - pl.col("used")).alias("stock"))
        .sort("iso3", "seq")
    )
    share, stock = pl.col("used") / pl.col("delivered"), pl.col("stock")
    lasting, most = stock / pl.col("weekly"), 1 - thresholds["least_stock"]
    weeks, large = thresholds["weeks_to_expiry"], stock >= thresholds["least_doses"]
    unused = _between(
        (share < thresholds["least_used"]) & large, share >= thresholds["least_used"] + NEAR
    )
    risk = _between(
        (lasting > weeks) & large & (share <= most),
        (lasting < weeks * (1 - 2 * NEAR)) | (share > most + NEAR),
    )
    return states.with_columns(unused.alias("is_unused"), risk.alias("is_risk")).with_columns(
        pl.col("is_risk") & ~pl.col("is_unused")
    )


def _between(opens: pl.Expr, ends: pl.Expr) -> pl.Expr:
    """Return whether a state holds that begins with one condition and ends with the other."""
    state = pl.when(opens).then(statement=True).when(ends).then(statement=False)
    return state.forward_fill().over("iso3").fill_null(value=False)


def _episode(timeline: Timeline, entry: Row, end: Row | None, about: str, weeks: str) -> Episode:
    seq, used, before = entry["seq"], entry["used"], entry["delivered"]
    where, on = country(entry["iso3"]), timeline.day(seq)
    earlier = f"{figure(before)} that were delivered {weeks} before"
    text = f"showed {figure(used)} doses given in {where} on {on}, "
    if about == UNUSED:
        text += f"{used / before * 100:.0f} % of the {earlier}"
    else:
        lasting = figure(round(entry["stock"] / entry["weekly"]))
        text += (
            f"of the {earlier}; at the use of the last {USE_WEEKS} weeks the rest lasts for "
            f"{lasting} more. When it expires is not published: it is a risk"
        )
    opened = Step(
        seq=seq,
        since=None,
        severity="medium" if about == UNUSED and before - used >= LARGE else "low",
        before=before,
        after=used,
        sentence=f"{timeline.shown_by} {text}.",
        confidence="confirmed",
        evidence={"weekly_use": entry["weekly"], "stock": whole(entry["stock"])},
    )
    steps = [opened]
    if end:
        given, now = figure(end["used"]), figure(end["delivered"])
        text = f"The version of {timeline.day(end['seq'])} shows {given} given of {now}."
        what = {"before": end["delivered"], "after": end["used"]}
        steps.append(opened.then("resolved", end["seq"], text, **what))
    return Episode(
        timeline=timeline,
        key={"iso3": entry["iso3"]},
        column="doses_administered",
        steps=steps,
        values=[(seq, used)],
        about=about,
    )


def _of_many(about: str, weeks: str, children: Sequence[Episode]) -> str:
    timeline, firsts = children[0].timeline, [child.steps[0] for child in children]
    what = (
        f"less than half of the doses given that were delivered {weeks} before"
        if about == UNUSED
        else f"doses that were delivered {weeks} before and at their present use last for more "
        "than half a year, a risk of expiry"
    )
    names = [
        f"{name_of(child)} {figure(first.after)} given of {figure(first.before)}"
        for child, first in zip(children[:NAMED], firsts, strict=False)
    ]
    return (
        f"{timeline.shown_by} showed {what}, in {countries(children)} countries on "
        f"{timeline.day(firsts[0].seq)}. Largest: {', '.join(names)}."
    )


R6: Final = Rule(
    id="R6",
    title="delivered, not used",
    grain="country",
    severities=("low", "medium"),
    judge=unused_doses,
    parameters={
        "least_used": Parameter(0.5, "less of the doses delivered is given", "share"),
        "weeks": Parameter(12, "weeks after they were delivered"),
        "lag": Parameter(14, "days more, until doses that arrive can be given"),
        "weeks_to_expiry": Parameter(26, "weeks that the stock may last at its present use"),
        "least_stock": Parameter(0.25, "least stock of the doses delivered", "share"),
        "least_doses": Parameter(100_000, "least doses that are not given"),
        "countries": Parameter(3, "as many countries that begin in one version are one alert"),
    },
)
