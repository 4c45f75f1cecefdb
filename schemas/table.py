"""What all canonical tables share: no undeclared column, and a key that is unique, never null."""

from typing import Final

import pandera.polars as pa
from pandera.api.polars.model_config import BaseConfig

ISO3: Final = r"^[A-Z]{3}$"
"""An ISO 3166-1 alpha-3 code, or one of its user-assigned ones."""


class Table(pa.DataFrameModel):
    """What all tables share: no undeclared column, a key that is unique and never null."""

    class Config(BaseConfig):
        """Strict columns; each table adds its key as `unique`."""

        strict = True
