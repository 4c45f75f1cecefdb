"""Dimensions: products, sources and days. They follow from declarations alone."""

import hashlib
from datetime import date, timedelta
from typing import Final

import polars as pl

from schemas.products import dim_product
from tasks.marts.lake_table import MartInputs
from tasks.sources import SOURCES

FIRST: Final = date(2019, 12, 1)
LAST: Final = date(2030, 12, 31)


def products(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `dim_product`: the columns of DimProduct."""
    del inputs
    return dim_product()


def sources(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `dim_source`: the columns of DimSource."""
    del inputs
    return pl.DataFrame(
        [
            {
                "source": one.name,
                "title": one.title,
                "publisher": one.publisher,
                "url": one.url,
                "licence": one.licence,
                "attribution": one.attribution,
                "cadence_days": one.cadence / timedelta(days=1),
                "tables": ", ".join(one.tables),
                "ended": one.ended or None,
                "by_hand": one.by_hand or None,
            }
            for one in SOURCES
        ],
        infer_schema_length=None,
    )


def days(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `dim_date`: the columns of DimDate."""
    del inputs
    day = pl.col("day")
    return pl.DataFrame({"day": pl.date_range(FIRST, LAST, eager=True)}).with_columns(
        year=day.dt.year(),
        quarter=day.dt.quarter(),
        month=day.dt.month(),
        month_begin=day.dt.truncate("1mo"),
        iso_year=day.dt.iso_year(),
        iso_week=day.dt.week(),
        week_begin=day.dt.truncate("1w"),
        weekday=day.dt.weekday(),
    )


def declared_products() -> str:
    """Return a hash of the list of products."""
    return _hash(dim_product().rows())


def declared_sources() -> str:
    """Return a hash of what the sources declare."""
    return _hash([(s.name, s.title, s.url, s.licence, s.attribution, s.ended) for s in SOURCES])


def _hash(declared: object) -> str:
    return hashlib.sha256(repr(declared).encode()).hexdigest()[:16]
