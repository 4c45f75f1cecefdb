"""Products: one canonical name for every vaccine, whatever a publisher calls it.

Nothing is guessed: a name counts whatever its case, accents, spaces and punctuation, and one that
is not listed, or has broken characters, stays as published.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import polars as pl

from schemas.product_list import PRODUCT, PRODUCTS

DIM_COLUMNS: Final = {
    "product": "canonical name of the vaccine, as in the column product of all tables",
    "maker": "who makes it",
    "platform": "mRNA, viral vector, inactivated or protein subunit",
    "aliases": "what else publishers call it, separated by semicolons",
    "source": "where maker and platform are from",
}
"""The columns of the reference table and what they mean."""


@cache
def product_of(text: str) -> str:
    """Return the canonical name of a product, or the text itself where none is listed.

    >>> product_of("SII - COVISHIELD"), product_of("Oxford/AstraZeneca"), product_of("Unknown")
    ('Covishield', 'AstraZeneca - Vaxzevria', 'Unknown')
    """
    is_whole = text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text
    return _names().get(_letters(text), text) if is_whole else text


def with_canonical_products(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with canonical names in its column of products."""
    texts = frame[PRODUCT].unique().drop_nulls()
    canonical = {text: name for text in texts if (name := product_of(text)) != text}
    return frame.with_columns(pl.col(PRODUCT).replace(canonical))


def dim_product() -> pl.DataFrame:
    """Return the reference table of products, with the columns of DIM_COLUMNS, all texts."""
    rows = [(one.product, one.maker, one.platform, one.aliases, one.source) for one in PRODUCTS]
    return pl.DataFrame(rows, schema=dict.fromkeys(DIM_COLUMNS, pl.String), orient="row")


def _letters(name: str) -> str:
    from schemas.countries import letters  # noqa: PLC0415 (it imports pycountry)

    return letters(name)


@cache
def _names() -> dict[str, str]:
    return dict(_spellings())


def _spellings() -> Iterator[tuple[str, str]]:
    for one in PRODUCTS:
        yield from (
            (_letters(name), one.product) for name in (one.product, *one.aliases.split(";"))
        )
