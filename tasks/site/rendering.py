"""Rendering: a template and values become a page, in which nothing from a source is markup.

Promises: every value is escaped, and hidden characters are written out; the page states the policy
that nothing outside its folder is loaded; the same values give the same bytes.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from schemas.figure_wording import noun
from schemas.units import unit_of
from schemas.wording import country, day, day_only, figure, percent, printable
from tasks.site import addresses
from tasks.site.page_file import code_hash
from tasks.site.template_cache import TemplateCache

TEMPLATES: Final = Path(__file__).parent / "templates"
LINKS: Final = (
    addresses.country_page,
    addresses.country_csv,
    addresses.country_periods,
    addresses.country_data,
    addresses.country_picture,
    addresses.embed_page,
    addresses.table_page,
    addresses.vintage_page,
    addresses.source_page,
    addresses.alert_page,
    addresses.info_page,
)
"""Functions that templates call for addresses; `{{ root }}` goes before each."""
FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "figure": figure,
    "percent": percent,
    "day": day,
    "day_only": day_only,
    "country": country,
    "noun": noun,
    "unit": unit_of,
}
"""What templates write values with."""


def html_page(template: str, name: str, **values: Any) -> bytes:
    """Return a page as UTF-8.

    Args:
        template: One that extends `page.html`.
        name: The address of the page below `site/`.
        values: What the template shows. Beside them templates have `root` (the way up to `site/`),
            `name`, the functions of `LINKS`, and the filters of `FILTERS`.
    """
    shown = {"name": name, "root": addresses.root_from(name), **values}
    return _environment().get_template(template).render(shown).encode()


@lru_cache(maxsize=2048)
def country_link(iso3: str | None, root: str) -> Markup:
    """Return a link to the page of a country by its name; a few words where it is None.

    `root`: the way up to `site/`.
    """
    if not iso3:
        return Markup("no single country")
    link = Markup('<a href="{}{}">{}</a>')
    return link.format(root, shown(addresses.country_page(iso3)), shown(country(iso3)))


def shown(value: object) -> str:
    """Return a value as a page shows it: text without characters that hide or turn it around."""
    return printable("" if value is None else str(value))


class _Pages(Environment):
    """Jinja, which looks into a dictionary before it looks for an attribute of it."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a value of a dictionary, or what Jinja finds."""
        if type(obj) is dict:
            values = cast("dict[str, Any]", obj)
            if attribute in values:
                return values[attribute]
        return super().getattr(obj, attribute)


@cache
def _environment() -> Environment:
    environment = _Pages(
        loader=PackageLoader("tasks.site", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        bytecode_cache=TemplateCache(TEMPLATES / "__pycache__", code_hash()),
    )
    # Jinja leaves the types of both open.
    environment.filters |= FILTERS  # pyright: ignore[reportUnknownMemberType]
    environment.filters |= {"country_link": country_link}  # pyright: ignore[reportUnknownMemberType]
    environment.globals |= {link.__name__: link for link in LINKS}  # pyright: ignore[reportUnknownMemberType]
    return environment


def _harmless(value: Any) -> Any:
    """Return what a template prints; markup that a macro of ours made stays as it is."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else shown(value)
