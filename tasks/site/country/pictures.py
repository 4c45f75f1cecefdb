"""The pictures of a country: on its page in two widths, and as files in two sizes."""

import textwrap
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from schemas.figure_wording import subject
from schemas.wording import day_only, printable
from tasks.charts.svg_picture import svg_to_png
from tasks.site.addresses import country_picture
from tasks.site.alert_lines import grave
from tasks.site.country.country_content import CountryContent, cadence_of, shown_by
from tasks.site.country.further_drawing import drawn_names, drawn_sections
from tasks.site.drawings.drawing import PAGE_WIDTHS, Drawing, Picture
from tasks.site.drawings.drawing_markup import drawing_shapes
from tasks.site.drawings.ladder_drawing import STEPS, ladder_drawing, rungs_of
from tasks.site.drawings.step_drawing import step_drawing
from tasks.site.drawings.step_line import StepLine
from tasks.site.figures.country_series import Series
from tasks.site.rendering import html_page

SIZES: Final[Mapping[str, tuple[int, int]]] = {"wide": (1200, 630), "square": (1080, 1080)}
"""Pixels of the files; the wide one is what links to the page show."""
MARGIN, TITLE, FOOT_SIZE = 48, 34, 19


def picture_kinds(one: CountryContent) -> list[str]:
    """Return the names of the pictures that a country has."""
    has = {
        "allocation": one.iso3 in one.content.pictured,
        "ladder": one.content.has_part("allocation_ladder", "iso3", one.iso3),
    }
    return [*(name for name, is_there in has.items() if is_there), *drawn_names(one)]


def files_of(one: CountryContent, kind: str) -> list[tuple[str, str]]:
    """Return size and ending of the files of a picture.

    All have SVG in both sizes, and the one of its promise, which links show, is a wide PNG. A PNG
    costs as much as all else of a country: the ladder is one where a grave alert is on the country
    itself, whatever became of it; all are PNG in both sizes where the setting `site_png` is all.
    """
    if one.content.png == "all":
        return [(size, ending) for size in SIZES for ending in ("svg", "png")]
    has_alert = kind == "ladder" and any("iso3" in alert.key for alert in grave(one.alerts))
    wide = [("wide", "png")] if has_alert or kind == "allocation" else []
    return [("wide", "svg"), *wide, ("square", "svg")]


@lru_cache(maxsize=32)
def picture_of(one: CountryContent, kind: str) -> Picture:
    """Return a picture that a country has. Raises KeyError for another one."""
    if kind == "allocation" and one.lead:
        return _allocation(one, one.lead)
    if kind == "ladder" and one.ladder:
        return _ladder(one, one.ladder)
    if section := drawn_sections(one).get(kind):
        return section.picture
    raise KeyError(kind)


def lead_title(one: CountryContent, lead: Series) -> str:
    """Return what the leading figure counts, as a title."""
    by = f" by {lead.mechanism}" if lead.mechanism else ""
    text = f"{subject(lead.measure, {'iso3': one.iso3})}{by}"
    return text[:1].upper() + text[1:]


def _allocation(one: CountryContent, lead: Series) -> Picture:
    title, versions = lead_title(one, lead), one.versions(lead.dataset)
    line = StepLine(series=lead, versions=versions, cadence=cadence_of(lead.source))
    return Picture(
        title=title,
        source=f"Source: {shown_by(lead.source)}, as of {day_only(line.last)}.",
        draw=lambda width, height: step_drawing(line, title=title, width=width, height=height),
    )


def _ladder(one: CountryContent, ladder: Mapping[str, Any]) -> Picture:
    title = f"Doses for {one.title}, step by step"
    sources = sorted({str(ladder[f"{step}_source"]) for step in STEPS if ladder[f"{step}_source"]})
    names = {name: shown_by(name) for name in sources}
    rungs = rungs_of(ladder, names)
    where = ", ".join(names.values()) or "none has a figure"
    population = f"; population: {ladder['people_source']}" if ladder["people"] else ""
    return Picture(
        title=title,
        source=f"Sources: {where}{population}; as of {day_only(ladder['as_of_date'])}.",
        draw=lambda width, height: ladder_drawing(rungs, title=title, width=width, height=height),
    )


@lru_cache(maxsize=32)
def page_drawings(one: CountryContent, kind: str) -> dict[str, Drawing]:
    """Return a picture as drawn on pages, by the name of its width."""
    picture = picture_of(one, kind)
    return {name: picture.draw(width, None) for name, width in PAGE_WIDTHS.items()}


@lru_cache(maxsize=32)
def svg_file(one: CountryContent, kind: str, size: str) -> bytes:
    """Return a picture as an SVG file with its title and its source inside.

    `kind`: one of `picture_kinds`. `size`: one of SIZES.
    """
    picture = picture_of(one, kind)
    width, height = SIZES[size]
    room = width - 2 * MARGIN
    heading = _lines(picture.title, room / (TITLE * 0.56))
    foot = _lines(f"{picture.source} Picture: vaxwatch", room / (FOOT_SIZE * 0.5))
    top = 58 + 42 * len(heading) + 4
    scale = 1.35 if size == "wide" else 1.75
    left = (height - top - 46 - 25 * len(foot)) / scale
    drawing = picture.draw(room / scale, left)
    return html_page(
        "country/picture.svg",
        country_picture(one.iso3, f"{kind}-{size}", "svg"),
        about=drawing.about,
        shapes=drawing_shapes(drawing, "h"),
        heading=heading,
        foot=foot,
        title=picture.title,
        width=width,
        height=height,
        margin=MARGIN,
        top=top,
        scale=scale,
    )


def png_file(one: CountryContent, kind: str, size: str) -> bytes:
    """Return a picture as a PNG file with its description inside; the arguments of `svg_file`."""
    picture = picture_of(one, kind)
    svg = svg_file(one, kind, size).decode()
    return svg_to_png(svg, description=f"{picture.title}. {picture.source}")


def _lines(text: str, characters: float) -> list[str]:
    return textwrap.wrap(printable(text), int(characters))[:3]
