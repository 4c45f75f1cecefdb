"""What all canonical tables share: columns with a meaning, a unit in brackets and a range.

A figure outside of its range is published with a flag.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import pandera.polars as pa
from pandera.api.polars.model_config import BaseConfig

from schemas.checks import Range

RANGE: Final = "range"
"""Under this name a column's metadata have its range."""
OUTBREAK: Final = date(2019, 12, 1)
"""No figure about COVID-19 is of an earlier day."""
SURVEILLANCE: Final = date(1995, 1, 1)
"""The oldest weeks of influenza surveillance, whose tests stand in the same table."""


class Table(pa.DataFrameModel):
    """What all tables share: no undeclared column, a `key` that is unique and never null."""

    class Config(BaseConfig):
        """Strict columns."""

        strict = True

    def __init_subclass__(cls, *, key: Sequence[str], **options: Any) -> None:
        class Config(Table.Config):
            unique = list(key)  # noqa: RUF012 (pandera wants a plain list)

        cls.Config = Config
        super().__init_subclass__(**options)  # pyright: ignore[reportUnknownMemberType]


def text(description: str) -> Any:
    """Return a column of texts that is never null."""
    return pa.Field(description=description)


def count(description: str) -> Any:
    """Return a column of counts, null where none is published."""
    return _figure(description, Range(rule="count_not_negative", least=0))


def share(description: str) -> Any:
    """Return a column of shares of population, null where none is published."""
    return _figure(description, Range(rule="share_in_range", least=0, most=20))


def price(description: str) -> Any:
    """Return a column of prices, null where none is published."""
    return _figure(description, Range(rule="price_in_range", above=0, most=1000))


def year(description: str) -> Any:
    """Return a column of years that is never null."""
    bounds = Range(rule="year_in_range", least=1950, most=2100)
    return pa.Field(description=description, metadata={RANGE: bounds})


def day(description: str, *, since: date = OUTBREAK) -> Any:
    """Return a column of days that is never null, from `since` on."""
    bounds = Range(rule="day_not_too_early", least=since)
    return pa.Field(description=description, metadata={RANGE: bounds})


def day_if_known(description: str) -> Any:
    """Return a column of days, null where none is published."""
    return _figure(description, Range(rule="day_not_too_early", least=OUTBREAK))


def _figure(description: str, bounds: Range) -> Any:
    return pa.Field(nullable=True, description=description, metadata={RANGE: bounds})
