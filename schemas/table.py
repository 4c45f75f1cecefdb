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


def text(description: str, *, nullable: bool = False) -> Any:
    """Return a column of texts; null, if ever, where none is published."""
    return pa.Field(description=description, nullable=nullable)


def count(description: str) -> Any:
    """Return a column of counts, null where none is published."""
    return ranged(description, Range(rule="count_not_negative", least=0))


def day(description: str, *, since: date = OUTBREAK, nullable: bool = False) -> Any:
    """Return a column of days from `since` on; null, if ever, where none is published."""
    return ranged(description, Range(rule="day_not_too_early", least=since), nullable=nullable)


def ranged(description: str, bounds: Range, *, nullable: bool = True) -> Any:
    """Return a column with a range, null where nothing is published unless it never is null."""
    return pa.Field(nullable=nullable, description=description, metadata={RANGE: bounds})
