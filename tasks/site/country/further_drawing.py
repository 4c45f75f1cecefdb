"""The pictures of sections: of one figure of each dataset, the one that was revised most.

Over versions, and over months or years where the table has them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from schemas.figure_wording import noun
from schemas.wording import country, day_only
from tasks.site.change_lines import part_text
from tasks.site.country.country_content import CountryContent, cadence_of, shown_by
from tasks.site.drawings.drawing import Picture
from tasks.site.drawings.period_drawing import period_drawing
from tasks.site.drawings.step_drawing import step_drawing
from tasks.site.drawings.step_line import StepLine
from tasks.site.figures.further_lines import ELSEWHERE, FurtherLine, thinned
from tasks.site.figures.further_sentence import leading_lines, line_name
from tasks.site.period_text import period_word
from tasks.site.periods.period_lines import PeriodCount, PeriodLine, drawn_count, period_line


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnSection:
    """The picture of a section, over versions. `why`: why it is of this line, '' without others."""

    section: str
    line: FurtherLine
    picture: Picture
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnPeriods:
    """The picture of a section, over months or years. `load`: returns what it is of."""

    section: str
    load: Callable[[], PeriodLine]
    picture: Picture
    why: str


def further_datasets(one: CountryContent) -> list[list[FurtherLine]]:
    """Return the lines of each dataset that has a section."""
    own = [line for line in one.further if line.series.table not in ELSEWHERE]
    return [list(lines) for _, lines in groupby(own, key=lambda line: line.series.dataset)]


def section_name(dataset: str) -> str:
    """Return the name of a section in addresses of its pictures.

    >>> section_name("unicef_wuenic.coverage")
    'unicef_wuenic-coverage'
    """
    return dataset.replace(".", "-")


def periods_name(dataset: str) -> str:
    """Return the name of its picture over months or years in addresses.

    >>> periods_name("unicef_wuenic.coverage")
    'unicef_wuenic-coverage-years'
    """
    return f"{section_name(dataset)}-{period_word(dataset)}s"


def drawn_names(one: CountryContent) -> list[str]:
    """Return the names of the pictures of sections, in their order, before any is made."""
    with_periods = {count.dataset for count in one.period_counts}
    found: list[str] = []
    for head in one.further_heads:
        if head.table in ELSEWHERE:
            continue
        if head.dataset in with_periods:
            found.append(periods_name(head.dataset))
        if head.is_moving:
            found.append(section_name(head.dataset))
    return found


@lru_cache(maxsize=4)
def drawn_sections(one: CountryContent) -> Mapping[str, DrawnSection | DrawnPeriods]:
    """Return what is drawn of the sections that have a picture, by the names of the pictures."""
    found: dict[str, DrawnSection | DrawnPeriods] = {}
    for lines in further_datasets(one):
        dataset, line = lines[0].series.dataset, drawn_line(lines)
        name = section_name(dataset)
        if over := _count(one, dataset, line):
            found[periods_name(dataset)] = _drawn_periods(one, over, name)
        if line:
            found[name] = _drawn(one, lines, line, name)
    return found


def _count(one: CountryContent, dataset: str, line: FurtherLine | None) -> PeriodCount | None:
    """Return the months or years of the figure whose versions are drawn, else of another one."""
    own = [count for count in one.period_counts if count.dataset == dataset]
    return drawn_count(own, (line.series.measure, line.key) if line else None)


def drawn_line(lines: Sequence[FurtherLine]) -> FurtherLine | None:
    """Return the line of which a picture is drawn; None where no figure ever changed.

    Of the first figure that counts since the beginning, else of the first figure: the part of which
    most figures of the past were revised, then the one with the most steps, then the first.
    """
    moving = [one for one in leading_lines(lines) if len(one.series.steps) > 1]
    own = [one for one in moving if one.series.measure == moving[0].series.measure]
    return max(
        own,
        key=lambda one: (
            sum(found.count for found in one.revisions),
            max((abs(found.share) for found in one.revisions), default=0),
            len(one.series.steps),
        ),
        default=None,
    )


def _drawn_periods(one: CountryContent, count: PeriodCount, section: str) -> DrawnPeriods:
    name = noun(count.measure) + (f" ({part})" if (part := part_text(count.part)) else "")
    word, source = period_word(count.dataset), count.dataset.partition(".")[0]
    title = f"{name[:1].upper()}{name[1:]} in {country(one.iso3)}, {word} by {word}"
    versions = one.versions(count.dataset)
    as_of = f", as of {day_only(versions[-1])}" if versions else ""
    same = [
        other
        for other in one.period_counts
        if (other.dataset, other.measure) == (count.dataset, count.measure)
    ]
    load = cache(lambda: period_line(one.periods, count))
    return DrawnPeriods(
        section=section,
        load=load,
        why=f", of {len(same)} the one whose past was revised most"
        if len(same) > 1 and count.revised == max(other.revised for other in same) > 0
        else "",
        picture=Picture(
            title=title,
            source=f"Source: {shown_by(source)}{as_of}.",
            draw=lambda width, height: period_drawing(
                load(), title=title, width=width, height=height
            ),
        ),
    )


def _drawn(
    one: CountryContent, lines: Sequence[FurtherLine], line: FurtherLine, section: str
) -> DrawnSection:
    series, name = line.series, line_name(line)
    title = f"{name[:1].upper()}{name[1:]} in {country(one.iso3)}, version by version"
    same = [other for other in lines if other.series.measure == series.measure]
    most = "whose past was revised most" if line.revisions else "with the most steps"
    as_of = day_only(max(other.newest.as_of for other in lines))
    shown = StepLine(
        series=thinned(series),
        versions=one.versions(series.dataset),
        cadence=cadence_of(series.source),
    )
    return DrawnSection(
        section=section,
        line=line,
        why=f", of {len(same)} the one {most}" if len(same) > 1 else "",
        picture=Picture(
            title=title,
            source=f"Source: {shown_by(series.source)}, as of {as_of}.",
            draw=lambda width, height: step_drawing(shown, title=title, width=width, height=height),
        ),
    )
