"""The files of countries: page, data, CSV, pictures and embeds of each, and the list of all."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from tasks.site.addresses import (
    country_csv,
    country_data,
    country_page,
    country_periods,
    country_picture,
    embed_page,
    info_page,
)
from tasks.site.country.country_content import CountryContent, country_contents
from tasks.site.country.country_data import figures_csv, periods_csv, time_machine_script
from tasks.site.country.country_list import country_list_page
from tasks.site.country.country_page import country_html, embed_html, embeds_of
from tasks.site.country.pictures import files_of, picture_kinds, png_file, svg_file
from tasks.site.page_file import PageFile, hash_of
from tasks.site.site_content import SiteContent

PICTURES: Final[Mapping[str, Callable[[CountryContent, str, str], bytes]]] = {
    "svg": svg_file,
    "png": png_file,
}
"""What renders a picture, by the ending of its name."""


def country_files(content: SiteContent) -> Iterator[PageFile]:
    """Yield the files of every country, then the list of countries."""
    every = list(country_contents(content))
    for one in every:
        yield from _files_of(one)
    name = info_page("countries")
    yield PageFile(
        name=name,
        made_of=hash_of([name, *(one.made_of for one in every)]),
        render=lambda: country_list_page(name, every),
    )


def _files_of(one: CountryContent) -> Iterator[PageFile]:
    """Yield the files of a country. All change with anything that is known of it."""
    made_of = one.made_of
    for name, render in _renderers(one):
        yield PageFile(name=name, made_of=hash_of([name, made_of]), render=render)


def _renderers(one: CountryContent) -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield country_page(one.iso3), partial(country_html, one)
    yield country_data(one.iso3), partial(time_machine_script, one)
    yield country_csv(one.iso3), partial(figures_csv, one)
    if one.has_periods:
        yield country_periods(one.iso3), partial(periods_csv, one)
    for kind in picture_kinds(one):
        for size, ending in files_of(one, kind):
            name = country_picture(one.iso3, f"{kind}-{size}", ending)
            yield name, partial(PICTURES[ending], one, kind, size)
    for kind in embeds_of(one):
        yield embed_page(one.iso3, kind), partial(embed_html, one, kind)
