"""Countries: codes, names in seven languages, WHO region, population, other spellings."""

import gettext
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl
import pycountry

from schemas.countries import ALIASES, USER_ASSIGNED
from schemas.who_regions import who_regions
from schemas.wording import country
from tasks.marts.builders.allocation_ladder import with_population
from tasks.marts.lake_table import MartInputs

LANGUAGES: Final[Mapping[str, str]] = {
    "ar": "ar",
    "zh": "zh_CN",
    "fr": "fr",
    "ru": "ru",
    "es": "es",
    "ko": "ko",
}
"""Languages besides English, by the end of the column's name."""


def countries(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `dim_country`: the columns of DimCountry."""
    del inputs
    rows = pl.DataFrame([*_listed(), *_assigned()], infer_schema_length=None)
    return with_population(rows)


def _listed() -> Iterator[dict[str, Any]]:
    """Yield the countries of ISO 3166-1; translations are those of the iso-codes project."""
    speak = {
        name: gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[code])
        for name, code in LANGUAGES.items()
    }
    for one in pycountry.countries:
        common = getattr(one, "common_name", None)
        yield {
            **_common(one.alpha_3),
            "iso2": one.alpha_2,
            **{
                f"name_{name}": _translated(language, [common, one.name])
                for name, language in speak.items()
            },
        }


def _translated(language: gettext.NullTranslations, names: list[str | None]) -> str | None:
    found = ((name, language.gettext(name)) for name in names if name)
    return next((text for name, text in found if text != name), None)


def _assigned() -> Iterator[dict[str, Any]]:
    """Yield the codes that ISO 3166 leaves to its users."""
    for iso3, name in USER_ASSIGNED.items():
        nothing: dict[str, Any] = {f"name_{language}": None for language in LANGUAGES}
        yield {**_common(iso3), "name": name, "iso2": None, **nothing}


def _common(iso3: str) -> dict[str, Any]:
    return {
        "iso3": iso3,
        "name": country(iso3).removesuffix(f" ({iso3})"),
        "who_region": who_regions().get(iso3),
        "aliases": ALIASES.get(iso3),
    }
