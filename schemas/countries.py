"""Countries: a publisher's code or name in, its ISO 3166-1 alpha-3 code out.

Nothing is guessed. Codes count as written; names count whatever their case, accents, spaces and
punctuation: "Côte d'Ivoire" and "CotedIvoire" are one name.
"""

import unicodedata
from functools import cache
from typing import cast

import pycountry

USER_ASSIGNED = {"XKX": "Kosovo", "XAA": "Bonaire", "XBA": "Sint Eustatius", "XCA": "Saba"}
"""Codes that ISO 3166 leaves to its users, as WHO uses them."""
USER_ASSIGNED_TWO = {"XK": "XKX", "XA": "XAA", "XB": "XBA", "XC": "XCA"}
"""The same in two letters. WHO also has a row for the three islands together, BQ or BES."""

ALIASES: dict[str, str] = {
    "ALA": "Aland",
    "BES": "Bonaire, Saint Eustatius and Saba; Caribbean Netherlands",
    "BHS": "The Bahamas; Bahamas, The",
    "BLM": "St. Barthelemy",
    "BRN": "Brunei",
    "CAF": "CAR; Central African Rep.",
    "CHN": "Mainland China; China, mainland; PR China",
    "CIV": "Ivory Coast",
    "COD": (
        "DRC; DR Congo; Democratic Republic of the Congo; Democratic Republic of Congo; Congo, "
        "Democratic Republic of the; Congo, Dem. Rep.; Congo, DR; Congo (Kinshasa); Congo (DRC)"
    ),
    "COG": "Congo, Rep.; Congo, Republic of the; the Republic of the Congo; Congo (Brazzaville)",
    "CPV": "Cape Verde",
    "DOM": "Dominican Rep.",
    "EGY": "Egypt, Arab Rep.",
    "FLK": "Falkland Islands",
    "FRO": "Faeroe Islands",
    "FSM": "Micronesia; Micronesia, Fed. Sts.; Micronesia (country)",
    "GBR": "UK; The United Kingdom; Great Britain",
    "GMB": "The Gambia; Gambia, The",
    "HKG": (
        "Hong Kong SAR; Hong Kong SAR, China; Hong Kong, China; China, Hong Kong SAR; China, "
        "Hong Kong Special Administrative Region"
    ),
    "IRN": "Iran, Islamic Rep.",
    "KNA": "St. Kitts and Nevis",
    "KOR": "Republic of Korea; Rep. of Korea; Korea, Rep.; ROK",
    "LAO": "Lao PDR; Laos PDR; Lao",
    "LCA": "St. Lucia",
    "MAC": (
        "Macau; Macao SAR; Macao SAR, China; China, Macao SAR; China, Macao Special "
        "Administrative Region"
    ),
    "MAF": "St. Martin; Saint Martin",
    "MKD": "Macedonia; The former Yugoslav Republic of Macedonia; TFYR Macedonia",
    "MMR": "Burma",
    "MNP": "Northern Mariana Islands (Commonwealth of the)",
    "NLD": "The Netherlands; Netherlands (Kingdom of the)",
    "PCN": "Pitcairn Islands",
    "PRK": (
        "DPRK; DPR Korea; Korea DPR; Korea, Dem. People's Rep.; Korea, Dem. Rep.; Dem. People's "
        "Republic of Korea"
    ),
    "PSE": (
        "oPt; Palestine; State of Palestine; Occupied Palestinian Territory; Occupied "
        "Palestinian Territory, including East Jerusalem; Palestinian Territories; West Bank "
        "and Gaza; WBG"
    ),
    "RUS": "Russia",
    "SHN": "Saint Helena; St. Helena",
    "SJM": "Svalbard and Jan Mayen Islands",
    "SWZ": "Swaziland",
    "SXM": "Sint Maarten",
    "TLS": "East Timor; Timor",
    "TUR": "Turkey",
    "TWN": "Taiwan, China; Chinese Taipei",
    "USA": "U.S.",
    "VAT": "Holy See; Vatican; Vatican City",
    "VCT": "St. Vincent and the Grenadines",
    "VEN": "Venezuela, RB",
    "VIR": "United States Virgin Islands; US Virgin Islands",
    "WLF": "Wallis and Futuna Islands",
    "XKX": (
        "OWID_KOS; Kosovo (as per UNSCR 1244); Kosovo (under UNSCR 1244); Kosovo (in accordance "
        "with UN Security Council resolution 1244 (1999))"
    ),
    "YEM": "Yemen, Rep.",
}
"""What publishers write and ISO 3166 does not. A new spelling belongs here, after a semicolon."""


def iso3_of(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-3 code of a country's code or name, or None for an unknown text.

    Read in this order: alpha-3 (with the user-assigned codes), alpha-2 ('NA' is Namibia), names.

    >>> iso3_of("NA"), iso3_of("Türkiye"), iso3_of("DPR Korea"), iso3_of("Atlantis")
    ('NAM', 'TUR', 'PRK', None)
    """
    text = text.strip()
    return _codes().get(text) or _names().get(letters(text))


def letters(name: str) -> str:
    """Return the letters and digits of a name in lower case: no accents, spaces or punctuation."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


@cache
def _codes() -> dict[str, str]:
    two = {country.alpha_2: country.alpha_3 for country in pycountry.countries}
    three = {country.alpha_3: country.alpha_3 for country in pycountry.countries}
    return two | USER_ASSIGNED_TWO | three | {code: code for code in USER_ASSIGNED}


@cache
def _names() -> dict[str, str]:
    named = {
        letters(name): country.alpha_3
        for country in pycountry.countries
        for field in ("name", "official_name", "common_name")
        if (name := cast("str | None", getattr(country, field, None)))
    }
    named |= {letters(name): code for code, name in USER_ASSIGNED.items()}
    aliases = ((code, alias) for code, names in ALIASES.items() for alias in names.split(";"))
    return named | {letters(alias): code for code, alias in aliases}
