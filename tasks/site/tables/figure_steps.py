"""The steps of figures: what a table shows for each country, whenever a version shows another one.

Promises: held versions are left out, as `latest` leaves them out: what one shows counts from the
next accepted version on.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import polars as pl

from schemas.wording import country
from tasks.marts.builders.country_states import DAY
from tasks.marts.builders.country_totals import TABLES
from tasks.site.exact_figures import KIND, WHOLE
from tasks.site.page_file import hash_of
from tasks.site.site_content import SiteContent
from tasks.vault.vault_reader import VaultReader

STEPS: Final = pl.Schema(
    {
        "iso3": pl.String(),
        "part": pl.String(),
        "measure": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
        DAY: pl.Date(),
        "total": pl.Float64(),
        WHOLE: KIND,
    }
)
LINE: Final = ("iso3", "part", "measure")
"""What identifies a line of steps."""


def figure_steps(
    content: SiteContent, vault: VaultReader, table: str, accepted: Sequence[datetime]
) -> pl.DataFrame:
    """Return the steps of a table's figures, in STEPS, sorted by line and time.

    `accepted`: the instants of the versions that are not held, oldest first. `part`: the rest of
    the key, '' where the figure is the country's total. `observed_on`: the day that the figure is
    about, in tables of days, months or years. `total`: null = no figure any more. `whole`: see
    `with_whole`. Without rows for a table that has no countries.
    """
    key = vault.key(table)
    if "iso3" not in key:
        return STEPS.to_frame()
    if table in TABLES:
        found = content.part("country_totals", "dataset", f"{vault.source}.{table}")
        steps = found.with_columns(part=pl.lit(""))
    else:
        found = content.part("further_figures", "dataset", f"{vault.source}.{table}")
        is_first = pl.col("as_of") == pl.col("as_of").min().over(LINE)
        steps = found.filter(~is_first | pl.col("figure").is_not_null()).rename({"figure": "total"})
    return _accepted_steps(
        steps.select(pl.col(name).cast(kind) for name, kind in STEPS.items()), accepted
    )


def by_country(steps: pl.DataFrame) -> pl.DataFrame:
    """Return steps sorted by the name of the country, then by part and measure."""
    names = {code: country(code) for code in steps["iso3"].unique()}
    name = pl.col("iso3").replace_strict(names, return_dtype=pl.String)
    return steps.sort(name, "part", "measure", maintain_order=True)


@lru_cache(maxsize=2**14)
def line_id(iso3: str, part: str, measure: str) -> str:
    """Return the identity of a line of steps, the same in a page and in the data beside it.

    >>> line_id("PRK", "", "doses_allocated")
    'PRK.doses_allocated'
    """
    return f"{iso3}.{measure}" + (f".{hash_of(part)[:8]}" if part else "")


def _accepted_steps(steps: pl.DataFrame, accepted: Sequence[datetime]) -> pl.DataFrame:
    """Return steps at the versions that are not held, each where something changes."""
    instants = pl.DataFrame({"shown_at": accepted}, schema={"shown_at": STEPS["as_of"]})
    placed = steps.sort("as_of").join_asof(
        instants.sort("shown_at"), left_on="as_of", right_on="shown_at", strategy="forward"
    )
    last = (
        placed.filter(pl.col("shown_at").is_not_null())
        .sort(*LINE, "as_of")
        .unique([*LINE, "shown_at"], keep="last", maintain_order=True)
    )
    shown = pl.struct("total", WHOLE, DAY)
    is_step = shown.ne_missing(shown.shift().over(LINE)).fill_null(value=True)
    is_first = pl.col("shown_at") == pl.col("shown_at").min().over(LINE)
    return (
        last.filter(is_step | is_first).with_columns(as_of=pl.col("shown_at")).select(STEPS.names())
    )
