"""How a reader is asked: which time, which rows."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches

import polars as pl

from schemas.errors import UnknownName

Time = str | date | datetime
"""An instant, a day (its end is meant), as text or not; or a vintage's id, or 'latest'."""
Where = Mapping[str, object]
"""Which rows: column names and the value each must have, e.g. {"iso3": "PRK"}."""
NEAR = 5
"""Values that are offered where one was asked for that never occurred."""


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


def no_hit(known: pl.DataFrame, asked: Mapping[str, object]) -> str:
    """
    Return why nothing matched: for each value that never occurred, those that come near it.

    >>> no_hit(pl.DataFrame({"iso3": ["GHA", "PRK"]}), {"iso3": "prk"})
    "Values are matched exactly. There is no iso3 'prk'; near it: PRK."
    """
    told: list[str] = []
    for column, value in asked.items():
        values = _values(known, column)
        if value not in values:
            near = near_values(str(value), values)
            there = (
                f"near it: {', '.join(near)}." if near else f"nothing of {len(values):,} is near."
            )
            told.append(f"There is no {column} '{value}'; {there}")
    return " ".join(
        ["Values are matched exactly.", *(told or ["No row has all of these at once."])]
    )


def near_values(value: str, values: Sequence[str]) -> list[str]:
    """
    Return up to five values that look like one, the likest first; case does not count.

    >>> near_values("astra zeneca", ["AstraZeneca", "Covovax"])
    ['AstraZeneca']
    """
    folded = {known.casefold(): known for known in values}
    return [folded[it] for it in get_close_matches(value.casefold(), folded, n=NEAR, cutoff=0.5)]


def _values(known: pl.DataFrame, column: str) -> list[str]:
    """Return the values of a column as text; none where it is not there."""
    if column not in known.columns:
        return []
    return known[column].cast(pl.String).drop_nulls().unique().sort().to_list()
