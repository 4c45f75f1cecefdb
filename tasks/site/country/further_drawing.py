"""The pictures of sections: of one figure of each dataset, the one that was revised most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from schemas.wording import country, day_only
from tasks.site.country.country_content import CountryContent, cadence_of, shown_by
from tasks.site.country.drawing import Picture
from tasks.site.country.further_lines import ELSEWHERE, FurtherLine, thinned
from tasks.site.country.further_sentence import leading_lines, line_name
from tasks.site.country.step_drawing import step_drawing


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnSection:
    """The picture of a section. `why`: why it is of this line, '' where there is no other."""

    line: FurtherLine
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


@lru_cache(maxsize=4)
def drawn_sections(one: CountryContent) -> Mapping[str, DrawnSection]:
    """Return what is drawn of the sections that have a picture, by their names."""
    return {
        section_name(line.series.dataset): _drawn(one, lines, line)
        for lines in further_datasets(one)
        if (line := drawn_line(lines))
    }


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


def _drawn(one: CountryContent, lines: Sequence[FurtherLine], line: FurtherLine) -> DrawnSection:
    series, name = line.series, line_name(line)
    title = f"{name[:1].upper()}{name[1:]} in {country(one.iso3)}, version by version"
    same = [other for other in lines if other.series.measure == series.measure]
    most = "whose past was revised most" if line.revisions else "with the most steps"
    as_of = day_only(max(other.newest.as_of for other in lines))
    shown = thinned(series)
    return DrawnSection(
        line=line,
        why=f", of {len(same)} the one {most}" if len(same) > 1 else "",
        picture=Picture(
            title=title,
            source=f"Source: {shown_by(series.source)}, as of {as_of}.",
            draw=lambda width, height: step_drawing(
                shown,
                one.versions(series.dataset),
                cadence=cadence_of(series.source),
                title=title,
                width=width,
                height=height,
            ),
        ),
    )
