"""The sections of further figures: one for each dataset that has some of the country."""

from collections.abc import Sequence
from typing import Any, Final

from schemas.wording import day_only, figure
from tasks.site.country.country_content import CountryContent, shown_by
from tasks.site.country.country_tables import web_address
from tasks.site.country.further_drawing import (
    DrawnPeriods,
    DrawnSection,
    drawn_sections,
    further_datasets,
    periods_name,
    section_name,
)
from tasks.site.country.pictures import page_drawings
from tasks.site.drawings.drawing_markup import page_picture
from tasks.site.drawings.step_drawing import change_text
from tasks.site.figures.further_lines import FurtherLine, line_row
from tasks.site.figures.further_sentence import further_sentences
from tasks.site.period_text import period_name, period_word
from tasks.site.periods.period_lines import Period, revision_text

MOST_LINES, MOST_STEPS, MOST_PERIODS = 40, 20, 60
"""Rows that a section shows; the CSV has all."""
MOST_REVISIONS: Final = 3
"""Revisions of a month or year that its row states."""


def further_sections(one: CountryContent) -> list[dict[str, Any]]:
    """Return the sections, in the order of the declared tables, then of the datasets."""
    return [_section(one, lines, place) for place, lines in enumerate(further_datasets(one), 1)]


def first_sentence(one: CountryContent) -> str:
    """Return what the first section shows, in one sentence; '' where there is none."""
    found = further_datasets(one)
    return _sentences(one, found[0])[0] if found else ""


def _sentences(one: CountryContent, lines: Sequence[FurtherLine]) -> list[str]:
    return further_sentences(lines, one.iso3, shown_by=shown_by(lines[0].series.source))


def _section(one: CountryContent, lines: Sequence[FurtherLine], place: int) -> dict[str, Any]:
    series = lines[0].series
    name = section_name(series.dataset)
    pictures = drawn_sections(one)
    drawn, periods = pictures.get(name), pictures.get(periods_name(series.dataset))
    return {
        "id": f"further-{name}",
        "name": name,
        "title": series.table.replace("_", " ").capitalize(),
        "dataset": series.dataset,
        "source": series.source,
        "shown_by": shown_by(series.source),
        "as_of": day_only(max(line.newest.as_of for line in lines)),
        "texts": _sentences(one, lines),
        "word": period_word(series.dataset),
        "rows": [line_row(line) for line in lines[:MOST_LINES]],
        "left": max(0, len(lines) - MOST_LINES),
        "drawn": _drawn(one, name, drawn, place) if isinstance(drawn, DrawnSection) else None,
        "periods": _periods(one, series.dataset, periods, place)
        if isinstance(periods, DrawnPeriods)
        else None,
    }


def _periods(one: CountryContent, dataset: str, drawn: DrawnPeriods, place: int) -> dict[str, Any]:
    line, name = drawn.load(), periods_name(dataset)
    shown = line.periods[: -MOST_PERIODS - 1 : -1]
    return {
        "name": name,
        "title": drawn.picture.title,
        "why": drawn.why,
        "source": drawn.picture.source,
        "drawings": page_picture(page_drawings(one, name), f"p{place}"),
        "left": len(line.periods) - len(shown),
        "rows": [
            {
                "on": period_name(dataset, period.on),
                "value": figure(period.newest, line.measure),
                "since": day_only(period.shown[-1][0]),
                "changes": revisions_text(period, line.measure),
            }
            for period in shown
        ],
    }


def revisions_text(period: Period, measure: str) -> str:
    """Return how versions revised a month or year, the newest first; 'never' where none did."""
    changes = [*period.changes][::-1]
    texts = [
        f"{revision_text(one, measure)} on {day_only(one.as_of)}"
        for one in changes[:MOST_REVISIONS]
    ]
    if left := len(changes) - len(texts):
        texts.append(f"{left} earlier")
    return "; ".join(texts) or "never"


def _drawn(one: CountryContent, name: str, drawn: DrawnSection, place: int) -> dict[str, Any]:
    line, series = drawn.line, drawn.line.series
    days = {shown.as_of: shown.on for shown in line.shown}
    return {
        "title": drawn.picture.title,
        "why": drawn.why,
        "source": drawn.picture.source,
        "drawings": page_picture(page_drawings(one, name), f"f{place}"),
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
    }
