"""Products: one canonical name for every vaccine, whatever a publisher calls it."""

import hashlib

import polars as pl
import pytest

from schemas.columns import printed
from schemas.product_list import PRODUCTS
from schemas.products import dim_product, product_of, with_canonical_products
from tasks.catalog.reference_tables import (
    DIM_PRODUCT,
    are_reference_tables_right,
    publish_reference_tables,
)
from tasks.sources import SOURCES, source_named
from tasks.vault.backends.memory_store import MemoryStore

EXPORT = """\
AstraZeneca - Vaxzevria; Anhui Zhifei - Zifivax; BBIL - Covaxin; CIGB - Abdala; \
CanSino - CONVIDECIA; Chumakov - Covi-Vac; CovIran Barekat; Gamaleya - Sputnik Light; \
Gamaleya - Sputnik V; Janssen - Ad26.COV 2.S; Medigen - MVC-COV1901; Moderna - Spikevax; \
Novavax - Nuvaxovid; Pfizer BioNTech - Comirnaty; RIBSP - QazCovid; Razi Cov Pars; SII - Covavax; \
SII - Covishield; SK Bio - SKYCovione; Sinopharm (Beijing) - BBIBP-CorV; Sinovac - CoronaVac; \
Soberana 2; Turkovac; Unknown"""
"""Every name in the export of UNICEF's dashboard of 5 October 2022."""


def test_no_name_is_that_of_two_products() -> None:
    """Neither as a canonical name nor as an alias, however it is written."""
    for one in PRODUCTS:
        assert product_of(one.product) == one.product
        for alias in one.aliases.split("; "):
            assert product_of(alias) == one.product, alias


@pytest.mark.parametrize(
    ("published", "canonical"),
    [
        ("AstraZeneca", "AstraZeneca - Vaxzevria"),
        ("oxford / astrazeneca", "AstraZeneca - Vaxzevria"),
        ("SII - Covishield", "Covishield"),
        ("SII - Covavax", "Covovax"),
        ("Pfizer", "Pfizer BioNTech - Comirnaty"),
        ("J&J", "Janssen - Ad26.COV 2.S"),
        ("Janssen - Ad26.COV 2-S", "Janssen - Ad26.COV 2.S"),
        ("Sinopharm", "Sinopharm (Beijing) - BBIBP-CorV"),
        ("Unknown", "Unknown"),
        ("unspecified", "unspecified"),
        ("Martian", "Martian"),
    ],
)
def test_what_publishers_write_has_one_name(published: str, canonical: str) -> None:
    """A name that the list does not know stays as it is."""
    assert product_of(published) == canonical


def test_every_product_of_the_real_export_is_known() -> None:
    """Each is a product of its own, but the one that nobody knows."""
    names = EXPORT.split("; ")
    known = {one.product for one in PRODUCTS}
    assert [name for name in names if product_of(name) not in known] == ["Unknown"]
    assert len({product_of(name) for name in names}) == len(names)


def test_column_of_products_gets_canonical_names() -> None:
    """And nulls stay nulls."""
    named = pl.DataFrame({"product": ["Pfizer", None, "x"]})
    assert with_canonical_products(named)["product"].to_list() == [product_of("Pfizer"), None, "x"]


NAMES = "630b9317eb65300a"
KEYS = {"covax_allocations": 4, "covax_offers": 1, "unicef_market": 3}
"""The names of products, and since which version of its parser each source has them; else 1."""


def test_other_names_renew_the_keys_of_the_sources_that_have_them() -> None:
    """Else the rows of older vintages would seem to be withdrawn.

    Where a name or an alias has changed, raise `parser_version` of these sources, set `keys_since`
    to it, and write both down here.
    """
    names = repr([(one.product, one.aliases) for one in PRODUCTS])
    there = {
        source.name: source.keys_since
        for source in SOURCES
        if any("product" in printed(layout) for layout in source.tables.values())
    }
    assert (hashlib.sha256(names.encode()).hexdigest()[:16], there) == (
        NAMES,
        dict.fromkeys(there, 1) | KEYS,
    )
    assert all(source_named(name).parser_version >= since for name, since in KEYS.items())


def test_reference_table_is_written_once_and_mended() -> None:
    """One row a product; what is damaged or of another list is replaced."""
    store = MemoryStore()
    assert not are_reference_tables_right(store)
    assert publish_reference_tables(store)
    assert are_reference_tables_right(store)
    assert not publish_reference_tables(store)
    blob = store.get(DIM_PRODUCT)
    assert blob is not None
    store.update(DIM_PRODUCT, lambda _: blob.body[:-9] + b"x" + blob.body[-8:])
    assert not are_reference_tables_right(store)
    assert publish_reference_tables(store)
    assert dim_product()["product"].is_unique().all()
    assert dim_product().null_count().sum_horizontal().item() == 0
