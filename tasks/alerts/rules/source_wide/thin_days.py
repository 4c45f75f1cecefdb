"""R17, by days: a table with days shows a new one for fewer countries than new days had before.

Compared is the newest day of a version, as first shown, with those of the versions before. A day of
a few countries that are ahead is left out, and so is one that is younger than the newest days were:
it may still be filled. A later version resolves it by filling that day, or by a newer one of as
many countries as usual; so do as many versions in which that goes on. Countries that are gone from
the table do not count.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

import polars as pl

from schemas.rule_settings import Thresholds
from schemas.wording import day_only, percent
from tasks.alerts.rules.model.episode import Episode, Step, verdict
from tasks.alerts.rules.model.rule import DatasetContext, SourceContext
from tasks.alerts.rules.reading.report_days import DAY
from tasks.alerts.rules.reading.rule_input import Timeline

THIN_DAY: Final = "thin day"
AHEAD: Final = 0.2
"""A new day of less than this share of the fullest new day is of countries that are ahead."""
FILLED: Final = timedelta(days=14)
"""How far behind the newest one a day is filled."""


class _Arrival(NamedTuple):
    """The newest day of a version that has newer ones.

    `seq`: of the version. `age`: of the day in it [days]. `later`: how many countries that and
    later versions have for it, by seq.
    """

    seq: int
    day: date
    age: int
    countries: int
    later: Mapping[int, int]


def thin_days(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield one episode for each time in which the new days of a table have too few countries."""
    count = int(thresholds["new_days"])
    for dataset in source.country_datasets():
        whole = dataset.timeline.is_part.count(False)
        if DAY in dataset.timeline.key and whole > count:
            yield from _episodes(dataset, _arrivals(dataset, count), thresholds)


def _arrivals(dataset: DatasetContext, count: int) -> list[_Arrival]:
    """Return the versions after the first that show a newer day, in their order.

    Versions that cover a part of the table are none. `count`: of the arrivals before, whose least
    age a day must have.
    """
    timeline, found = dataset.timeline, list[_Arrival]()
    filled: dict[date, dict[int, int]] = {}
    last: date | None = None
    for (seq,), rows in _first_shown(dataset).group_by("seq", maintain_order=True):
        at, new = int(str(seq)), dict[date, int]()
        ages = [one.age for one in found[-count:]]
        youngest = timeline.as_of[at].date() - timedelta(
            days=min(ages) if len(ages) == count else 0
        )
        for on, _, fresh in rows.iter_rows():
            known = filled.setdefault(on, {})
            known[at] = fresh + max(known.values(), default=0)
            if (last is None or on > last) and on <= youngest:
                new[on] = known[at]
        if not new or timeline.is_part[at]:
            continue
        least = AHEAD * max(new.values())
        last = max(on for on, countries in new.items() if countries >= least)
        if at > 0:
            age = (timeline.as_of[at].date() - last).days
            found.append(_Arrival(at, last, age, new[last], filled[last]))
    return found


def _first_shown(dataset: DatasetContext) -> pl.DataFrame:
    """Return how many countries each version is the first to show a day for.

    Returns:
        observed_on, seq, len; only days near the newest one, none after its own version; sorted by
        seq and day.
    """
    cells, as_of = dataset.rule_input.cells, dataset.timeline.as_of
    seqs, days = cells["seq"], cells[DAY]
    starts = seqs.search_sorted(pl.Series(range(len(as_of)), dtype=seqs.dtype), side="left")
    ends = [*starts[1:], cells.height]
    newest, oldest = date.min + FILLED, list[date]()
    for at, start, end in zip(as_of, starts, ends, strict=True):
        own = days.slice(start, end - start)
        shown = own.filter(own <= at.date()).max()
        newest = max(newest, shown) if isinstance(shown, date) else newest
        oldest.append(newest - FILLED)
    limit = pl.Series([one.date() for one in as_of], dtype=pl.Date)
    return (
        cells.lazy()
        .filter(pl.col(DAY) > pl.lit(pl.Series(oldest)).gather("seq"))
        .filter(pl.col(DAY) <= pl.lit(limit).gather("seq"), pl.col("after").is_not_null())
        .group_by("iso3", DAY)
        .agg(pl.col("seq").min())
        .group_by(DAY, "seq")
        .len()
        .sort("seq", DAY)
        .collect()
    )


def _episodes(
    dataset: DatasetContext, arrivals: list[_Arrival], thresholds: Thresholds
) -> Iterator[Episode]:
    timeline, count = dataset.timeline, int(thresholds["new_days"])
    values = [(one.seq, one.countries) for one in arrivals]
    usual, waiting = list[int](), list[_Arrival]()
    for earlier, arrival in pairwise([None, *arrivals, None]):
        fewest = min(usual[-count:]) if len(usual) >= count else 0
        least = thresholds["of_countries"] * fewest if fewest >= thresholds["least_rows"] else 0
        is_thin = arrival is not None and arrival.countries < least
        if arrival and is_thin and arrival.countries + _gone(dataset, earlier, arrival) < least:
            waiting.append(arrival)
            if len(waiting) <= count:
                continue
        if waiting:
            steps = [*_steps(timeline, waiting[0], fewest, arrival, thresholds)]
            yield Episode(
                timeline=timeline, key={}, column=None, steps=steps, values=values, about=THIN_DAY
            )
            usual += [one.countries for one in waiting[:-1]] if len(waiting) > count else []
        waiting.clear()
        usual += [arrival.countries] if arrival else []


def _gone(dataset: DatasetContext, earlier: _Arrival | None, arrival: _Arrival) -> int:
    """Return how many countries lose the newest day before as well: that is another alert."""
    if earlier is None:
        return 0
    cells = dataset.rule_input.cells
    start, end = (cells["seq"].search_sorted(arrival.seq, side=side) for side in ("left", "right"))
    own = cells.slice(start, end - start).filter(pl.col(DAY) == earlier.day)
    return own.filter(pl.col("after").is_null())["iso3"].n_unique()


def _steps(
    timeline: Timeline, thin: _Arrival, fewest: int, end: _Arrival | None, thresholds: Thresholds
) -> Iterator[Step]:
    """Yield the steps of an episode; `end`: the arrival that ends it."""
    on, lost = day_only(thin.day), 1 - thin.countries / fewest
    opened = Step(
        seq=thin.seq,
        since=timeline.before(thin.seq),
        severity="medium" if lost >= thresholds["rows_change"] else "low",
        before=fewest,
        after=thin.countries,
        sentence=(
            f"{timeline.shown_by} showed {on}, a new day of {timeline.dataset}, for "
            f"{thin.countries:,} countries on {timeline.day(thin.seq)} ({percent(-lost)}); each of "
            f"the {int(thresholds['new_days'])} versions with a new day before showed it for "
            f"{fewest:,} countries or more."
        ),
        evidence={"family": THIN_DAY, "newest": thin.day.isoformat(), "unit": "countries"},
    )
    yield opened
    least = thresholds["of_countries"] * fewest
    ends = [(seq, thin.day, known) for seq, known in thin.later.items() if known >= least]
    ends += [(end.seq, end.day, end.countries)] if end else []
    until, day, after = min(ends, default=(None, thin.day, thin.countries))
    shown = f"has {day_only(day)} for {after:,} countries."
    if thin.seq == timeline.last:
        return
    seq = thin.seq + 1
    if until == seq:
        text = f"the version of {timeline.day(seq)} {shown}"
        yield verdict(opened, undone=True, after=after, text=text)
        return
    known = max(number for at, number in thin.later.items() if at <= seq)
    text = f"the version of {timeline.day(seq)} has {on} for {known:,} countries."
    confirmed = verdict(opened, undone=False, after=known, text=text)
    yield confirmed
    if until:
        text = f"The version of {timeline.day(until)} {shown}"
        yield confirmed.then("resolved", until, text, after=after)
