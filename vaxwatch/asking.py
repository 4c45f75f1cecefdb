"""How a reader is asked: which time, which rows."""

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from schemas.errors import UnknownName

Time = str | date | datetime
"""An instant, a day (its end is meant), as text or not; or a vintage's id, or 'latest'."""
Where = Mapping[str, object]
"""Which rows: column names and the value each must have, e.g. {"iso3": "PRK"}."""


def chosen(frame: pl.DataFrame, where: Where | None) -> pl.DataFrame:
    """
    Return the rows whose columns have the values asked for; values are compared as text.

    Raises UnknownName for a column that is not there.

    >>> chosen(pl.DataFrame({"iso3": ["PRK", "GHA"], "doses": [0, 1]}), {"doses": 1}).rows()
    [('GHA', 1)]
    """
    for name in where or {}:
        if name not in frame.columns:
            raise UnknownName("column", name, frame.columns)
    tests = [pl.col(name).cast(pl.String) == str(value) for name, value in (where or {}).items()]
    return frame.filter(tests) if tests else frame


def asked(time: Time) -> str | datetime:
    """
    Return a time as the vault takes it.

    >>> asked(date(2022, 2, 10))
    '2022-02-10'
    """
    return time if isinstance(time, str | datetime) else time.isoformat()
