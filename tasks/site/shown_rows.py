"""Figures as accepted versions show them: a held version is not shown, what it changed may be.

A mart has a row where a version shows another figure than the one before, held or not. Where the
next accepted version shows what a held one showed first, it has none of its own.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from tasks.site.shown_revisions import with_shown_revisions
from tasks.vault.vault_reader import VaultReader

LINE: Final = ("dataset", "iso3", "measure")
"""What identifies a line of `country_totals`; of `further_figures` the part does, too."""


def shown_rows(rows: pl.DataFrame, vaults: Mapping[str, VaultReader]) -> pl.DataFrame:
    """Return the rows of a mart at the accepted versions that show them first.

    `rows`: of country_totals or further_figures. `vaults`: by source. A row of a held version is
    moved to the next accepted one, and left out where there is none yet, or where that shows other
    figures.
    """
    line = [*LINE, *(("part",) if "part" in rows.columns else ())]
    held = rows.filter("is_held").select(line).unique()
    if held.is_empty():
        return rows
    touched = rows.join(held, on=line, how="semi", nulls_equal=True)
    others = rows.join(held, on=line, how="anti", nulls_equal=True)
    moved = _moved(touched, line, vaults)
    return pl.concat([others, moved.select(rows.columns)]).sort(*line, "as_of", nulls_last=True)


def _moved(rows: pl.DataFrame, line: list[str], vaults: Mapping[str, VaultReader]) -> pl.DataFrame:
    """Return rows of some lines at accepted versions, each where something differs."""
    placed = rows.sort("as_of").join_asof(
        _accepted(vaults, rows["dataset"].unique().to_list()),
        left_on="as_of",
        right_on="shown_at",
        by="dataset",
        strategy="forward",
        check_sortedness=False,
    )
    last = (
        placed.filter(pl.col("shown_at").is_not_null())
        .sort(*line, "as_of")
        .unique([*line, "shown_at"], keep="last", maintain_order=True)
        .with_columns(
            as_of="shown_at",
            as_of_date=pl.col("shown_at").dt.date(),
            vintage_id="shown_id",
            source_url="shown_url",
            is_held=pl.lit(value=False),
        )
    )
    names = [name for name in ("total", "figure", "whole", "observed_on") if name in rows.columns]
    figures = pl.struct(names)
    if "revised" in rows.columns:
        last = with_shown_revisions(last, vaults)
    is_step = figures.ne_missing(figures.shift().over(line)).fill_null(value=True)
    is_first = pl.col("as_of") == pl.col("as_of").min().over(line)
    is_revision = pl.col("revised") > 0 if "revised" in rows.columns else pl.lit(value=False)
    return last.filter(is_step | is_first | is_revision)


def _accepted(vaults: Mapping[str, VaultReader], datasets: list[str]) -> pl.DataFrame:
    """Return dataset, shown_at, shown_id and shown_url of the versions that are not held."""
    found: list[tuple[object, ...]] = []
    for dataset in datasets:
        source, _, table = dataset.partition(".")
        vault = vaults.get(source)
        versions = vault.vintages(table) if vault else ()
        found += [(dataset, one.as_of, one.id, one.url) for one in versions if not one.held]
    schema = {
        "dataset": pl.String(),
        "shown_at": pl.Datetime("us", "UTC"),
        "shown_id": pl.String(),
        "shown_url": pl.String(),
    }
    return pl.DataFrame(found, schema=schema, orient="row").sort("shown_at")
