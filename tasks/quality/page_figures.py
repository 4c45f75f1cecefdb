"""The figures on a dataset's page: the sum of each over the countries, as `latest` shows it."""

from collections.abc import Sequence

import polars as pl

from schemas.figure_kinds import COUNTERS, PROMISES
from schemas.figure_wording import noun
from schemas.wording import figure, is_share


def page_figures(rows: pl.DataFrame, key: Sequence[str]) -> list[dict[str, str]]:
    """Return the figures of a table that have a sum: `noun`, `total` and `countries`, as text.

    In a table of days the newest day of each country that has the figure counts. Without rows for
    a table that is not about countries.

    >>> rows = pl.DataFrame({"iso3": ["PRK", "GHA"], "doses_allocated": [1_540_800, None]})
    >>> page_figures(rows, ["iso3"])
    [{'noun': 'doses allocated', 'total': '1,540,800', 'countries': '1 country'}]
    """
    found: list[dict[str, str]] = []
    if "iso3" not in key or {"month", "year"} & {*key}:
        return found
    for name in (one for one in (*PROMISES, *COUNTERS) if one in rows.columns):
        own = rows.filter(pl.col(name).is_not_null())
        if is_share(name) or own.is_empty():
            continue
        if "observed_on" in key:
            rest = [one for one in key if one != "observed_on"]
            own = own.sort("observed_on").unique(rest, keep="last")
        count = own["iso3"].n_unique()
        found.append(
            {
                "noun": noun(name),
                "total": figure(float(own[name].sum())),
                "countries": f"{count:,} {'country' if count == 1 else 'countries'}",
            }
        )
    return found
