"""What the search box finds: countries, sources, tables, products and alerts, as one script.

Promises: nothing but names and addresses; at most 60 kB for 230 countries, and loaded only when
somebody begins to search.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

import orjson
import pycountry

from schemas.alerts import SEVERITIES
from schemas.countries import letters
from schemas.errors import short
from schemas.wording import country, printable
from tasks.site.addresses import alert_page, country_page, info_page, source_page, table_page
from tasks.site.page_file import PageFile, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES

NAME: Final = "search.js"
LANGUAGES: Final = ("fr", "es", "ru", "zh", "ar", "ko")
"""Languages of the names of countries, beside English."""
ALERTS_AT_MOST: Final = 60
"""Alerts that are found by their words, the worst open ones; the list has all of them."""
LONGEST: Final = 100
"""Characters of an alert's sentence, and of one country's other spellings each."""
Found = tuple[str, str, str, str]
"""Kind, address, name, and other names after `|`."""


def search_files(content: SiteContent) -> Iterator[PageFile]:
    """Yield the data of the search, and the page of products, which it leads to."""
    entries = [*_countries(content), *_tables(content), *_products(content), *_alerts(content)]
    yield page_file(NAME, _script, {"entries": entries})
    name = info_page("products")
    products = content.mart("dim_product").to_dicts()
    yield page_file(name, partial(html_page, "products.html", name), {"products": products})


def _countries(content: SiteContent) -> Iterator[Found]:
    known = {row["iso3"]: row for row in content.mart("dim_country").iter_rows(named=True)}
    for iso3 in content.countries:
        row: dict[str, Any] = known.get(iso3, {})
        names = [row.get(f"name_{language}") for language in LANGUAGES]
        aliases = (row.get("aliases") or "").split("; ")
        label = country(iso3)
        yield "country", country_page(iso3), label, _joined(label, [*_iso(iso3), *names, *aliases])


def _iso(iso3: str) -> list[str | None]:
    """Return the names of a country in ISO 3166-1: the one in common use, and the official one."""
    found: Any = pycountry.countries.get(alpha_3=iso3)
    return [getattr(found, name, None) for name in ("common_name", "name")]


def _tables(content: SiteContent) -> Iterator[Found]:
    for source in SOURCES:
        label = f"{source.name}: {source.title}"
        yield "source", source_page(source.name), label, source.publisher
    for dataset in content.datasets:
        yield "table", table_page(dataset), dataset, dataset.replace("_", " ").replace(".", " ")


def _products(content: SiteContent) -> Iterator[Found]:
    for place, row in enumerate(content.mart("dim_product").iter_rows(named=True)):
        names = _joined(row["product"], [*(row["aliases"] or "").split("; "), row["maker"]])
        yield "product", f"{info_page('products')}#product-{place}", row["product"], names


def _alerts(content: SiteContent) -> Iterator[Found]:
    standing = [one for one in content.alerts if one.state in {"open", "acked"}]
    standing.sort(key=lambda one: SEVERITIES.index(one.severity), reverse=True)
    for alert in standing[:ALERTS_AT_MOST]:
        sentence = short(alert.sentence, LONGEST)
        yield "alert", alert_page(alert.fingerprint), sentence, f"{alert.severity} {alert.rule}"


def _joined(label: str, names: Iterable[str | None]) -> str:
    """Return other names after `|`, without those that differ in no letter from one before."""
    kept: dict[str, str] = {letters(label): ""}
    for name in names:
        if name:
            kept.setdefault(letters(name), name[:LONGEST])
    return "|".join(name for name in kept.values() if name)


def _script(*, entries: Sequence[Found]) -> bytes:
    """Return a statement; texts are without hidden characters."""
    shown = [[printable(text) for text in entry] for entry in entries]
    return b"vaxwatchSearch = " + orjson.dumps(shown) + b";\n"
