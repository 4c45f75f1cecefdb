"""Revisions of the past as accepted versions show them, where held ones lie between.

Promises: a revision that held versions make and the next accepted one takes back is none.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from schemas.tables import key_of
from tasks.marts.builders.changes_all import HAS_FIGURE, without_thinned
from tasks.marts.builders.further_figures import LINE, REVISED, largest_revisions
from tasks.marts.builders.part_entities import period_of
from tasks.marts.published_inputs import lake_table
from tasks.vault.vault_reader import VaultReader

VERSIONS: Final = pl.Schema({"id": pl.String(), "shown_at": pl.Datetime("us", "UTC")})


def with_shown_revisions(rows: pl.DataFrame, vaults: Mapping[str, VaultReader]) -> pl.DataFrame:
    """Return rows of `further_figures` with what was revised since the last accepted version.

    `rows`: with shown_at, the instant of the accepted version that a row is placed at. Only those
    that follow a held version are touched. `vaults`: by source.
    """
    names = sorted(str(name) for name in rows["dataset"].unique())
    parts = [
        _with_revisions(rows.filter(dataset=name), vaults.get(name.partition(".")[0]), name)
        for name in names
    ]
    return pl.concat(parts) if parts else rows


def _with_revisions(rows: pl.DataFrame, vault: VaultReader | None, dataset: str) -> pl.DataFrame:
    """Return the rows of one dataset; those of one without days, months and years as they are."""
    table = dataset.partition(".")[2]
    period = period_of(key_of(table))
    versions = _after_held(vault, table) if vault else VERSIONS.to_frame()
    if vault is None or period is None or versions.is_empty():
        return rows
    net = _net_revisions(vault, table, versions, period)
    is_after_held = pl.col("shown_at").is_in(versions["shown_at"].implode())
    others, own = rows.filter(~is_after_held), rows.filter(is_after_held)
    found = own.drop(REVISED).join(net, on=[*LINE, "shown_at"], how="left")
    revised = found.with_columns(pl.col("revised").fill_null(0)).select(rows.columns)
    return pl.concat([others, revised])


def _net_revisions(
    vault: VaultReader, table: str, versions: pl.DataFrame, period: str
) -> pl.DataFrame:
    """Return LINE, shown_at and REVISED: what the versions up to each accepted one revised."""
    read = lake_table(vault.lake, vault.source, table)
    changes = read.changes(HAS_FIGURE, pl.col("id").is_in(versions["id"].to_list()))
    net = (
        changes.sort("as_of")
        .join(versions, on="id")
        .group_by(*read.key, "column", "shown_at", maintain_order=True)
        .agg(pl.col("before").first(), pl.col("after", "id").last())
        .filter(pl.col("before").is_not_null(), pl.col("after").ne_missing(pl.col("before")))
    )
    is_gone = pl.col("after").is_null()
    kind = pl.when(is_gone).then(pl.lit("withdrawn")).otherwise(pl.lit("revised"))
    kept = without_thinned(net.with_columns(as_of="shown_at", kind=kind), read)
    found = largest_revisions(kept, read, period)
    return found.select(*LINE, pl.col("as_of").alias("shown_at"), *REVISED)


def _after_held(vault: VaultReader, table: str) -> pl.DataFrame:
    """Return held versions and the accepted ones that follow them, each with the instant of those.

    Held ones that none follows yet are left out.
    """
    found: list[tuple[str, object]] = []
    held: list[str] = []
    for one in vault.vintages(table):
        held.append(one.id)
        if not one.held:
            found += [(name, one.as_of) for name in held] if len(held) > 1 else []
            held = []
    return pl.DataFrame(found, schema=VERSIONS, orient="row")
