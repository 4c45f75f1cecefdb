"""The sections of further figures: one for each dataset that has some of the country."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from schemas.figure_kinds import figure_kind
from schemas.wording import country, day_only
from tasks.site.country.country_content import CountryContent, cadence_of, shown_by
from tasks.site.country.country_tables import web_address
from tasks.site.country.drawing import Drawing
from tasks.site.country.further_lines import ELSEWHERE, FurtherLine, line_row, thinned
from tasks.site.country.further_sentence import further_sentences, leading_lines, line_name
from tasks.site.country.pictures import PAGE_WIDTHS
from tasks.site.country.step_drawing import change_text, step_drawing
from tasks.site.period_text import period_name, period_word

MOST_LINES, MOST_STEPS = 40, 20
"""Rows that a section shows; the CSV has all."""


def further_sections(one: CountryContent) -> list[dict[str, Any]]:
    """Return the sections, in the order of the declared tables, then of the datasets."""
    return [_section(one, lines) for lines in further_datasets(one)]


def further_datasets(one: CountryContent) -> list[list[FurtherLine]]:
    """Return the lines of each dataset that has a section."""
    own = [line for line in one.further if line.series.table not in ELSEWHERE]
    return [list(lines) for _, lines in groupby(own, key=lambda line: line.series.dataset)]


def first_sentence(one: CountryContent) -> str:
    """Return what the first section shows, in one sentence; '' where there is none."""
    found = further_datasets(one)
    return _sentences(one, found[0])[0] if found else ""


def _sentences(one: CountryContent, lines: Sequence[FurtherLine]) -> list[str]:
    return further_sentences(lines, one.iso3, shown_by=shown_by(lines[0].series.source))


def _section(one: CountryContent, lines: Sequence[FurtherLine]) -> dict[str, Any]:
    series, drawn = lines[0].series, drawn_line(lines)
    return {
        "id": f"further-{series.dataset.replace('.', '-')}",
        "title": series.table.replace("_", " ").capitalize(),
        "dataset": series.dataset,
        "source": series.source,
        "shown_by": shown_by(series.source),
        "as_of": day_only(max(line.newest.as_of for line in lines)),
        "texts": _sentences(one, lines),
        "word": period_word(series.dataset),
        "rows": [line_row(line) for line in lines[:MOST_LINES]],
        "left": max(0, len(lines) - MOST_LINES),
        "drawn": _drawn(one, lines, drawn) if drawn else None,
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


def _drawn(one: CountryContent, lines: Sequence[FurtherLine], line: FurtherLine) -> dict[str, Any]:
    series, name = line.series, line_name(line)
    title = f"{name[:1].upper()}{name[1:]} in {country(one.iso3)}, version by version"
    same = [other for other in lines if other.series.measure == series.measure]
    why = f", of {len(same)} the one whose past was revised most" if len(same) > 1 else ""
    if not line.revisions:
        why = f", of {len(same)} the one with the most steps" if len(same) > 1 else ""
    days = {shown.as_of: shown.on for shown in line.shown}
    return {
        "title": title,
        "why": why,
        "drawings": _drawings(one, line, title),
        "left": max(0, len(series.steps) - MOST_STEPS),
        "steps": [
            {
                "day": day_only(step.as_of),
                "change": change_text(step, series.measure),
                "about": period_name(series.dataset, on) if (on := days.get(step.as_of)) else "",
                "kind": "" if step is series.steps[0] else "rise" if step.change > 0 else "fall",
                "read_from": web_address(step.source_url),
            }
            for step in series.steps[-MOST_STEPS:]
        ],
        "is_count": figure_kind(series.measure) == "counter",
    }


def _drawings(one: CountryContent, line: FurtherLine, title: str) -> dict[str, Drawing]:
    series = thinned(line.series)
    return {
        name: step_drawing(
            series,
            one.versions(series.dataset),
            cadence=cadence_of(series.source),
            title=title,
            width=width,
        )
        for name, width in PAGE_WIDTHS.items()
    }
