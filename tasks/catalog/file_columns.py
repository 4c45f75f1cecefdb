"""One column of a published file: its type, its unit, and what null means in it."""

import re
from dataclasses import dataclass
from typing import Final

from schemas.units import unit_of
from schemas.wording import is_share

NOT_PUBLISHED: Final = "not published"
UNIT: Final = re.compile(r"\[([^\[\]]+)\]")
NULL: Final = re.compile(r"\bnull\b\s*[=:]?\s*([^;)]+)")
TYPES: Final = {
    "String": "string",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "datetime",
    "List": "array",
    "Struct": "object",
    "Float32": "number",
    "Float64": "number",
    "Decimal": "number",
    "Null": "any",
}
"""Types of Table Schema by how those of polars begin; all others are whole numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileColumn:
    """One column of a file. `type`: that of polars. `null_default`: what null means if not stated.

    `description` has the unit in brackets, and what null means after the word.
    """

    name: str
    type: str
    description: str = ""
    is_key: bool = False
    null_default: str = "not recorded"

    @property
    def kind(self) -> str:
        """The type as Table Schema names it."""
        return TYPES.get(self.type.partition("(")[0], "integer")

    @property
    def unit(self) -> str:
        """The unit of a figure; '' for texts, days and instants."""
        if is_share(self.name):
            return unit_of(self.name)
        found = UNIT.search(self.description)
        return found[1] if found else ""

    @property
    def null_means(self) -> str:
        """What null means in this column; a column of the key is never null."""
        if self.is_key:
            return "never null"
        found = NULL.search(self.description)
        return found[1].strip() if found else self.null_default
