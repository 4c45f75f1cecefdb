"""Promise steps: how each promise changed, with its parts, its peak and the alert on it."""

from typing import Final

import polars as pl

from schemas.alerts import SEVERITIES
from schemas.figure_kinds import PROMISES
from tasks.marts.builders.country_totals import TABLES
from tasks.marts.lake_table import LakeTable, MartInputs, part_columns

TOTALS: Final = "country_totals"
FOUND: Final = ("opened", "updated", "escalated")
"""Kinds of events with which an alert covers another version."""


def promise_steps(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `promise_steps`: the columns of PromiseSteps."""
    steps = inputs.marts(TOTALS).filter(pl.col("measure").is_in(PROMISES))
    parts = [
        _parts(table, steps, measure)
        for table in inputs.named(*TABLES)
        for measure in PROMISES
        if measure in table.history.columns
    ]
    if not parts:
        return pl.DataFrame()
    there = pl.col("dataset").is_in([table.dataset for table in inputs.tables])
    keys = ["dataset", "iso3", "measure"]
    return (
        steps.filter(there)
        .join(pl.concat(parts), on=[*keys, "as_of"], how="left")
        .join(_alerts(inputs), on=[*keys, "vintage_id"], how="left")
    )


def _parts(table: LakeTable, steps: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Return the rows that make each total, as JSON text in the order of their keys."""
    names = part_columns(table.key)
    wanted = steps.filter(dataset=table.dataset, measure=measure).select("iso3", "as_of")
    rows = table.history.filter(pl.col(measure).is_not_null())
    standing = wanted.join(rows, on="iso3").filter(
        pl.col("valid_from") <= pl.col("as_of"),
        pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("as_of")),
    )
    row = pl.struct(*names, measure).struct.json_encode()
    return (
        standing.sort("iso3", "as_of", *names)
        .group_by("iso3", "as_of", maintain_order=True)
        .agg(parts=pl.format("[{}]", row.str.join(", ")))
        .with_columns(dataset=pl.lit(table.dataset), measure=pl.lit(measure))
    )


def _alerts(inputs: MartInputs) -> pl.DataFrame:
    """Return the worst alert on each country, figure and version; the country's total first."""
    known = inputs.alerts().select("fingerprint")
    worst = pl.col("severity").replace_strict(
        {name: rank for rank, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64
    )
    found = inputs.events().filter(pl.col("kind").is_in(FOUND), pl.col("iso3").is_not_null())
    return (
        found.join(known, on="fingerprint", how="semi")
        .with_columns(rank=worst, length=pl.col("key").str.len_chars())
        .sort("rank", "length", "fingerprint", descending=[True, False, False])
        .unique(["dataset", "iso3", "column", "id"], keep="first", maintain_order=True)
        .select("dataset", "iso3", measure="column", vintage_id="id", alert="fingerprint")
    )
