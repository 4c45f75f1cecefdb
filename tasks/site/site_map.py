"""The site map (sitemaps.org): the address of every page, where it is known what it begins with."""

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from tasks.site.addresses import (
    FOLDER,
    FRONT,
    alert_page,
    country_page,
    info_page,
    source_page,
    table_page,
)
from tasks.site.page_file import PageFile, page_file
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES

NAME: Final = "sitemap.xml"
SCHEMA: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
INFO: Final = (
    "countries",
    "tables",
    "alerts",
    "products",
    "status",
    "methods",
    "glossary",
    "feeds",
)


def site_map(content: SiteContent) -> Iterator[PageFile]:
    """Yield the site map; none where the base URL is not known, since addresses are absolute."""
    if content.base_url:
        values = {"way": f"{content.base_url}/{FOLDER}/", "pages": page_names(content)}
        yield page_file(NAME, _rendered, values)


def page_names(content: SiteContent) -> list[str]:
    """Return the names of the pages that people look for, the front page first."""
    return [
        FRONT,
        *map(info_page, INFO),
        *map(country_page, content.countries),
        *map(table_page, content.datasets),
        *(source_page(source.name) for source in SOURCES),
        *(alert_page(alert.fingerprint) for alert in content.alerts),
    ]


def _rendered(*, way: str, pages: list[str]) -> bytes:
    ET.register_namespace("", SCHEMA)
    top = ET.Element(f"{{{SCHEMA}}}urlset")
    for page in pages:
        place = ET.SubElement(ET.SubElement(top, f"{{{SCHEMA}}}url"), f"{{{SCHEMA}}}loc")
        place.text = way + page
    ET.indent(top)
    return ET.tostring(top, encoding="utf-8", xml_declaration=True) + b"\n"
