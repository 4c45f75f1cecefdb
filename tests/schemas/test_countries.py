"""Which texts are countries, and which are not."""

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.countries import ALIASES, USER_ASSIGNED, iso3_of, letters

COUNTRIES = tuple(pycountry.countries)


def test_every_code_is_itself() -> None:
    """Alpha-3 codes, user-assigned ones too, come back unchanged, spaces around them or not."""
    codes = [*USER_ASSIGNED, *(country.alpha_3 for country in COUNTRIES)]
    assert [iso3_of(code) for code in codes] == codes
    assert [iso3_of(f" {code}\u00a0") for code in codes] == codes


def test_every_official_name_is_known() -> None:
    """ISO's own names and alpha-2 codes are found, in capitals too."""
    for country in COUNTRIES:
        texts = [country.alpha_2, country.name, country.name.upper()]
        texts += [getattr(country, "official_name", None), getattr(country, "common_name", None)]
        assert {iso3_of(text) for text in texts if text} == {country.alpha_3}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NA", "NAM"),
        ("Namibia", "NAM"),
        ("XK", "XKX"),
        ("Kosovo", "XKX"),
        ("Kosovo (as per UNSCR 1244)'", "XKX"),
        ("Bonaire", "XAA"),
        ("Bonaire, Saint Eustatius and Saba", "BES"),
        ("Turkiye", "TUR"),
        ("Turkey", "TUR"),
        ("Türkiye", "TUR"),
        ("Swaziland", "SWZ"),
        ("oPt", "PSE"),
        ("CAR", "CAF"),
        ("DRC", "COD"),
        ("Congo", "COG"),
        ("Democratic Republic of the Congo", "COD"),
        ("Côte d\u2019Ivoire", "CIV"),
        ("Cote d'Ivoire", "CIV"),
        ("CotedIvoire", "CIV"),
        ("Iran", "IRN"),
        ("Iran (Islamic Republic of)", "IRN"),
        ("Republic of Korea", "KOR"),
        ("South Korea", "KOR"),
        ("RepublicofKorea", "KOR"),
        ("DPR Korea", "PRK"),
        ("North Korea", "PRK"),
        ("Democratic People's Republic of Korea", "PRK"),
        ("Syria", "SYR"),
        ("Laos", "LAO"),
        ("Lao People\u2019s Democratic Republic", "LAO"),
        ("Viet Nam", "VNM"),
        ("Vietnam", "VNM"),
        ("Bolivia (Plurinational State of)", "BOL"),
        ("BOSNIA & HERZEGOVINA", "BIH"),
        ("UK", "GBR"),
    ],
)
def test_publishers_spellings_are_known(text: str, code: str) -> None:
    """Old names, short names and odd spellings that publishers use are found."""
    assert iso3_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "N/A",
        "na",
        "prk",
        "ZZZ",
        "XYZ",
        "OWID_WRL",
        "World",
        "Korea",
        "Scotland",
        "Niger Delta",
        "Franc",
        "Atlantis",
        "#country+code",
        "NaN",
        "AFRO",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    """Regions, ambiguous or similar names and codes in small letters are unknown."""
    assert iso3_of(text) is None


def test_no_name_means_two_countries() -> None:
    """Each spelling belongs to one country, and none repeats what ISO 3166 already has."""
    official = {
        letters(name): country.alpha_3
        for country in COUNTRIES
        for field in ("name", "official_name", "common_name")
        if (name := getattr(country, field, None))
    }
    aliases = [
        (letters(name), code) for code, names in ALIASES.items() for name in names.split(";")
    ]
    assert len({name for name, _ in aliases}) == len(aliases)
    assert not [name for name, _ in aliases if name in official]
    assert {code for _, code in aliases} <= {*official.values(), *USER_ASSIGNED}


@given(st.text())
def test_any_text_is_a_code_or_unknown(text: str) -> None:
    """The answer is three capital letters or None, never an error."""
    code = iso3_of(text)
    assert code is None or (len(code) == 3 and code.isascii() and code.isupper())
