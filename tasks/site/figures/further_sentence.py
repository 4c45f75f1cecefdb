"""What a source shows of a country's further figures, as sentences made by rules."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from schemas.figure_kinds import figure_kind
from schemas.figure_wording import noun
from schemas.tables import key_of
from schemas.wording import country, day_only, figure, is_share, joined, listed, percent
from tasks.marts.lake_table import part_columns
from tasks.site.figures.country_series import Step
from tasks.site.figures.further_lines import FurtherLine, Revision
from tasks.site.period_text import period_name, period_text, period_word

MOST_PARTS: Final = 3
"""Parts whose figures a sentence states one by one."""
MOST_GONE: Final = 5
"""Figures without a value that a sentence names."""
SMALLEST: Final = 0.0005
"""Share of a change that is written as more than 0.0 %."""


def further_sentences(lines: Sequence[FurtherLine], iso3: str, *, shown_by: str) -> list[str]:
    """Return what one dataset shows of a country: newest figures, those gone, falls, revisions.

    `lines`: of the dataset, at least one. `shown_by`: the source, as sentences name it.
    """
    standing = [one for one in lines if one.newest.value is not None]
    return [
        *_newest(leading_lines(standing), iso3, shown_by),
        *_gone(lines, iso3, shown_by),
        *_falls(leading_lines(lines)),
        *_revisions(lines),
    ]


def leading_lines(lines: Sequence[FurtherLine]) -> list[FurtherLine]:
    """Return those that count since the beginning; all where none does."""
    counters = [one for one in lines if figure_kind(one.series.measure) == "counter"]
    return counters or list(lines)


def line_name(line: FurtherLine) -> str:
    """Return what a line counts, with its part."""
    name = noun(line.series.measure)
    return f"{name} ({line.part})" if line.part else name


def _newest(lines: Sequence[FurtherLine], iso3: str, shown_by: str) -> Iterator[str]:
    if not lines:
        return
    last = max(one.newest.as_of for one in lines)
    where, when = country(iso3), f"in the version of {day_only(last)}"
    if len({one.key for one in lines}) > MOST_PARTS:
        yield f"{shown_by} showed {_range(lines)} in {where} {when}."
        return
    texts: list[str] = []
    for on, group in groupby(lines, key=lambda one: one.newest.on):
        own = list(group)
        text = joined([_amount(one) for one in own])
        dataset, measure = own[0].series.dataset, own[0].series.measure
        texts.append(f"{text} {period_text(dataset, measure, on)}" if on else text)
    yield f"{shown_by} showed {joined(texts)} in {where}, {when}."


def _amount(line: FurtherLine) -> str:
    value, measure = line.newest.value, line.series.measure
    if is_share(measure):
        return f"{figure(value, measure)} {line_name(line)}"
    return f"{figure(value)} {line_name(line)}"


def _range(lines: Sequence[FurtherLine]) -> str:
    """Return the lowest and the highest figure of the first measure over many parts."""
    measure = lines[0].series.measure
    own = [one for one in lines if one.series.measure == measure]
    own.sort(key=lambda one: one.newest.value or 0)
    columns = part_columns(key_of(own[0].series.table))
    ends = [_end(one) for one in (own[0], own[-1])]
    return f"{noun(measure)} of {len(own)} {columns[0]}s, from {ends[0]} to {ends[1]},"


def _end(line: FurtherLine) -> str:
    on, series = line.newest.on, line.series
    when = f", {period_name(series.dataset, on)}" if on else ""
    return f"{figure(line.newest.value, series.measure)} ({line.part or 'not specified'}{when})"


def _gone(lines: Sequence[FurtherLine], iso3: str, shown_by: str) -> Iterator[str]:
    if all(one.value is None for line in lines for one in line.shown):
        yield f"{shown_by} lists {country(iso3)} without a figure."
        return
    gone = [
        one
        for one in lines
        if one.newest.value is None and any(shown.value is not None for shown in one.shown)
    ]
    if gone:
        since = day_only(max(one.newest.as_of for one in gone))
        names = listed([line_name(one) for one in gone], MOST_GONE)
        yield f"It shows no figure any more of {names} since {since}."


def _falls(lines: Sequence[FurtherLine]) -> Iterator[str]:
    """Yield how often a count since the beginning fell."""
    for line in lines:
        if figure_kind(line.series.measure) != "counter":
            continue
        falls = [one for one in line.series.steps[1:] if one.change < 0]
        if falls:
            largest = min(falls, key=lambda one: one.change)
            how_often = "once" if len(falls) == 1 else f"in {len(falls)} versions, most"
            name = line_name(line)
            yield f"{name[:1].upper()}{name[1:]} fell {how_often}, on {_fall(largest)}."


def _fall(step: Step) -> str:
    before = step.before or 0
    share = f" ({percent(step.change / before)})" if before else ""
    return f"{day_only(step.as_of)} from {figure(before)} to {figure(step.value)}{share}"


def _revisions(lines: Sequence[FurtherLine]) -> Iterator[str]:
    """Yield how the past was revised; nothing for a table without days, months or years."""
    dataset = lines[0].series.dataset
    word = period_word(dataset)
    if not word:
        return
    every = [revision for line in lines for revision in line.revisions]
    if not every:
        yield f"No figure of an earlier {word} was revised by a later version."
        return
    count = len({one.as_of for one in every})
    last = max(one.as_of for one in every)
    figures = sum(one.count for one in every if one.as_of == last)
    times = "in one version," if count == 1 else f"in {count:,} versions, last in that"
    largest = max(every, key=lambda one: (abs(one.share), one.count))
    yield (
        f"Figures of earlier {word}s were revised {times} of {day_only(last)}, where {figures:,} "
        f"{'differs' if figures == 1 else 'differ'} from the version before. "
        f"The largest revision was of {revision_text(largest, dataset)}."
    )


def revision_text(one: Revision, dataset: str) -> str:
    """Return a revision: what, of which day, from what to what, in which version."""
    name = f"{noun(one.measure)} ({one.part})" if one.part else noun(one.measure)
    after = figure(one.after, one.measure)
    share = f" ({percent(one.share)})" if one.before and abs(one.share) >= SMALLEST else ""
    return (
        f"{name} for {period_name(dataset, one.on)}, from {figure(one.before, one.measure)} to "
        f"{after}{share}, on {day_only(one.as_of)}"
    )
