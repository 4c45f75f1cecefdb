"""Arguments of a query: a time, and the rows that are wanted."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches

import polars as pl

from schemas.errors import UnknownName

Time = str | date | datetime
"""An instant; a day, which means its end; either as text; a vintage's id; or 'latest'."""
Where = Mapping[str, object]
"""Which rows: column names and the value each must have, e.g. {"iso3": "PRK"}."""
NEAR = 5
"""Similar values that are offered for one that never occurred."""


def matching_rows(frame: pl.DataFrame, where: Where | None) -> pl.DataFrame:
    """Return the rows whose columns have the values in `where`; values are compared as text.

    Raises UnknownName for a column that the frame lacks.

    >>> frame = pl.DataFrame({"iso3": ["PRK", "GHA"], "doses": [0, 1]})
    >>> matching_rows(frame, {"doses": 1}).rows()
    [('GHA', 1)]
    """
    conditions = where or {}
    for name in conditions:
        if name not in frame.columns:
            raise UnknownName("column", name, frame.columns)
    tests = [pl.col(name).cast(pl.String) == str(value) for name, value in conditions.items()]
    return frame.filter(tests) if tests else frame


def time_text(time: Time) -> str | datetime:
    """Return a time as the vault takes it: a day as text, anything else unchanged.

    >>> time_text(date(2022, 2, 10))
    '2022-02-10'
    """
    return time if isinstance(time, str | datetime) else time.isoformat()


def explain_no_match(known: pl.DataFrame, where: Where) -> str:
    """Return why no row matched: each value that never occurred, with up to five similar ones.

    >>> explain_no_match(pl.DataFrame({"iso3": ["GHA", "PRK"]}), {"iso3": "prk"})
    "Values are matched exactly. There is no iso3 'prk'; near it: PRK."
    """
    sentences: list[str] = []
    for column, value in where.items():
        values = _values(known, column)
        if value not in values:
            near = near_values(str(value), values)
            similar = (
                f"near it: {', '.join(near)}." if near else f"nothing of {len(values):,} is near."
            )
            sentences.append(f"There is no {column} '{value}'; {similar}")
    sentences = sentences or ["No row has all of these at once."]
    return " ".join(["Values are matched exactly.", *sentences])


def near_values(value: str, values: Sequence[str]) -> list[str]:
    """Return up to five values similar to one, the most similar first; case does not count.

    >>> near_values("astra zeneca", ["AstraZeneca", "Covovax"])
    ['AstraZeneca']
    """
    by_lower = {known.casefold(): known for known in values}
    near = get_close_matches(value.casefold(), by_lower, n=NEAR, cutoff=0.5)
    return [by_lower[name] for name in near]


def _values(known: pl.DataFrame, column: str) -> list[str]:
    """Return the distinct values of a column as text; none where the frame lacks it."""
    if column not in known.columns:
        return []
    return known[column].cast(pl.String).drop_nulls().unique().sort().to_list()
