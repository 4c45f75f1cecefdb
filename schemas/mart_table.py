"""What all marts share: declared columns with a unit and the meaning of null, and plain types.

A mart is made again from published tables. Its columns are texts, whole numbers, numbers, days,
instants (UTC, microseconds) and booleans, which every BI tool reads.
"""

from typing import Annotated, Any, Optional

import pandera.polars as pa
import polars as pl

Words = Optional[pl.String]
Whole = Optional[pl.Int64]
Number = Optional[pl.Float64]
Day = Optional[pl.Date]
Instant = Annotated[pl.Datetime, "us", "UTC"]


def given(description: str) -> Any:
    """Return a column that is never null."""
    return pa.Field(description=description, nullable=False)


def known(description: str) -> Any:
    """Return a column that is null where its description says so."""
    return pa.Field(description=description, nullable=True)
