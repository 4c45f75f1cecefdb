"""What all canonical tables share: columns with a meaning, a unit in brackets and a range.

A figure outside of its range is published with a flag. A table is declared without pandera, whose
import takes a second that who only reads does not need; its pandera schema is made when asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Union, get_args, get_origin

import polars as pl

from schemas.checks import Range

if TYPE_CHECKING:
    from pandera.polars import DataFrameSchema

PLAIN: Final[Mapping[Any, Any]] = {str: pl.String, bool: pl.Boolean}
"""Types of Python that stand for a type of polars."""
OUTBREAK: Final = date(2019, 12, 1)
"""No figure about COVID-19 is of an earlier day."""
SURVEILLANCE: Final = date(1995, 1, 1)
"""The oldest weeks of influenza surveillance, whose tests stand in the same table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a table. `description`: what it means, a unit in brackets.

    `bounds`: its range, None without one. `dtype`: its type of polars, which follows from its
    annotation. `required`: whether a frame of the table always has it.
    """

    description: str
    nullable: bool
    bounds: Range | None = None
    dtype: Any = None
    required: bool = True


class Table:
    """What all tables share: no undeclared column, a `key` that is unique and never null.

    `declared`: the columns by name, in order. `unique`: the key. An annotation is the type of a
    column, Optional for one that a frame need not have.
    """

    declared: ClassVar[Mapping[str, Column]]
    unique: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, *, key: Sequence[str]) -> None:
        cls.unique = tuple(key)
        cls.declared = {
            name: _typed(getattr(cls, name), annotation)
            for name, annotation in cls.__annotations__.items()
        }

    @classmethod
    def to_schema(cls) -> "DataFrameSchema":
        """Return the table as a pandera schema: exactly these columns, a key that is unique."""
        from pandera.polars import Column as Checked  # noqa: PLC0415 (see above)
        from pandera.polars import DataFrameSchema  # noqa: PLC0415 (as above)

        return DataFrameSchema(
            {
                name: Checked(
                    one.dtype,
                    nullable=one.nullable,
                    required=one.required,
                    description=one.description,
                )
                for name, one in cls.declared.items()
            },
            strict=True,
            unique=list(cls.unique),
        )


def _typed(column: Column, annotation: Any) -> Column:
    """Return a column with the type that its annotation stands for."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return replace(_typed(column, parts[0]), required=False)
    if origin is Annotated:
        return replace(column, dtype=parts[0](*parts[1:]))
    return replace(column, dtype=PLAIN.get(annotation, annotation))


def text(description: str, *, nullable: bool = False) -> Any:
    """Return a column of texts; null, if ever, where none is published."""
    return Column(description=description, nullable=nullable)


def count(description: str) -> Any:
    """Return a column of counts, null where none is published."""
    return ranged(description, Range(rule="count_not_negative", least=0))


def day(description: str, *, since: date = OUTBREAK, nullable: bool = False) -> Any:
    """Return a column of days from `since` on; null, if ever, where none is published."""
    return ranged(description, Range(rule="day_not_too_early", least=since), nullable=nullable)


def ranged(description: str, bounds: Range, *, nullable: bool = True) -> Any:
    """Return a column with a range, null where nothing is published unless it never is null."""
    return Column(description=description, nullable=nullable, bounds=bounds)
