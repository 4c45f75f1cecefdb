"""The page of a country, and the parts of it that other sites can frame."""

from collections.abc import Mapping
from typing import Any, Final

import pycountry

from schemas.wording import day_only
from tasks.site.addresses import FOLDER, country_page, country_picture, embed_page
from tasks.site.country import country_sections as sections
from tasks.site.country import country_tables as tables
from tasks.site.country.country_alerts import alert_rows
from tasks.site.country.country_content import CountryContent, shown_by
from tasks.site.country.further_sections import further_sections
from tasks.site.country.pictures import (
    SIZES,
    files_of,
    lead_title,
    page_drawings,
    picture_kinds,
    picture_of,
)
from tasks.site.drawings.drawing_markup import page_picture
from tasks.site.figures.lead_choice import choice_text
from tasks.site.rendering import html_page

TESTING: Final = "testing"
KEYS: Final[Mapping[str, str]] = {"allocation": "s", "ladder": "l"}
"""By picture of the whole country, what sets its ids apart on the page."""
MOST_NAMES: Final = 3
"""Other names that the head of a page lists."""


def country_html(one: CountryContent) -> bytes:
    """Return the page of a country."""
    name, lead = country_page(one.iso3), one.lead
    versions = one.versions(lead.dataset) if lead else ()
    return html_page(
        "country/country.html",
        name,
        iso3=one.iso3,
        title=one.title,
        names=_other_names(one),
        as_of=sections.as_of_text(one),
        lead_text=sections.lead_text(one),
        lead_title=lead_title(one, lead) if lead else "",
        lead_source=shown_by(lead.source) if lead else "",
        lead_dataset=lead.dataset if lead else "",
        lead_as_of=day_only(max([*versions[-1:], lead.newest.as_of])) if lead else "",
        ladder_as_of=day_only(one.ladder["as_of_date"]) if one.ladder else "",
        lead_versions=sections.version_span(versions, lead) if lead else "",
        choice=choice_text(lead, one.series, one.ladder, shown_by=shown_by) if lead else "",
        sure=sections.sure_text(one),
        cards=sections.fact_cards(one),
        drawings={
            kind: page_picture(page_drawings(one, kind), key)
            for kind, key in KEYS.items()
            if kind in picture_kinds(one)
        },
        pictures={kind: files_of(one, kind) for kind in picture_kinds(one)},
        embeds=embeds_of(one),
        steps=sections.step_rows(one),
        left_out=max(0, len(lead.steps) - sections.MOST_STEPS) if lead else 0,
        rungs=sections.rung_rows(one),
        target_url=sections.target_address(one),
        tests=tables.test_rows(one),
        statuses=tables.status_rows(one),
        offers=tables.offer_rows(one),
        further=further_sections(one),
        alerts=alert_rows(one),
        alerts_in_all=len(one.alerts),
        figures=tables.figure_rows(one),
        sources=tables.source_rows(one),
        bodies=list(tables.raw_rows(one)),
        site_url=f"{one.content.base_url}/{FOLDER}/" if one.content.base_url else "",
        shared_picture=country_picture(one.iso3, "allocation-wide", "png"),
        shared_size=SIZES["wide"],
    )


def embeds_of(one: CountryContent) -> list[str]:
    """Return the names of the parts that other sites can frame."""
    return [*picture_kinds(one), *([] if one.tests.is_empty() else [TESTING])]


def embed_html(one: CountryContent, kind: str) -> bytes:
    """Return a part of the page for a frame. `kind`: one of `embeds_of`."""
    picture = None if kind == TESTING else picture_of(one, kind)
    tests = tables.test_rows(one) if kind == TESTING else []
    return html_page(
        "country/embed.html",
        embed_page(one.iso3, kind),
        iso3=one.iso3,
        kind=kind,
        title=picture.title if picture else f"Tests in {one.title}",
        source=picture.source if picture else "",
        drawings=page_picture(page_drawings(one, kind), "e") if picture else "",
        tests=tests,
    )


def _other_names(one: CountryContent) -> str:
    """Return what else the country is called, the usual name first; '' where nothing is known."""
    listed: Any = pycountry.countries.get(alpha_3=one.iso3)
    usual: str | None = getattr(listed, "common_name", None)
    known = one.content.part("dim_country", "iso3", one.iso3).to_dicts()
    aliases = (known[0]["aliases"] or "").split("; ") if known else []
    names = dict.fromkeys([usual, *aliases[:MOST_NAMES]])
    return ", ".join(name for name in names if name and name not in one.title)
