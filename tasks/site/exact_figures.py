"""Figures beyond 2^53, exactly: the marts have them as floats, which hold fewer digits.

Promises: costs nothing where no figure is as large. Of a column of fractions nothing is added.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from schemas.units import unit_of
from tasks.marts.builders.changes_all import named_changes
from tasks.marts.builders.country_states import DAY, country_states
from tasks.marts.builders.part_entities import part_entities, with_parts
from tasks.marts.lake_table import LakeTable
from tasks.marts.published_inputs import lake_table
from tasks.vault.vault_reader import VaultReader

LARGEST: Final = 2**53
"""Up to which a float holds every whole number."""
WHOLE: Final = "whole"
"""The column that is added: the figure as a whole number where it is large, else null."""
KIND: Final = pl.Int128()
CHANGED: Final[Mapping[str, str]] = {"before": "before_whole", "after": "after_whole"}
"""The columns that are added to changes, by those that have them as floats."""
CHANGE: Final = ("dataset", "vintage_id", "measure", "iso3", "part", "observed_on")
"""What identifies a changed figure."""


def exact(row: Mapping[str, Any], name: str) -> float | None:
    """Return the figure of a row of a mart, as a whole number where the float is not exact.

    `name`: of the column that has it as a float.
    """
    whole: int | None = row.get(WHOLE)
    return row[name] if whole is None else whole


def with_exact(name: str, rows: pl.DataFrame, vaults: Mapping[str, VaultReader]) -> pl.DataFrame:
    """Return the rows of a mart with columns for large figures: `with_whole`, `with_whole_changes`.

    `name`: of the mart; others stay as they are. `vaults`: by source.
    """
    if name in {"country_totals", "further_figures"}:
        return with_whole(rows, vaults)
    return with_whole_changes(rows, vaults) if name == "changes_all" else rows


def with_whole(rows: pl.DataFrame, vaults: Mapping[str, VaultReader]) -> pl.DataFrame:
    """Return rows of country_totals or further_figures with the column WHOLE.

    Lines with a large figure are read again from the published tables. A version that shows
    another whole number than the one before, but the same float, has a row more. `vaults`: by
    source.
    """
    name = "figure" if "figure" in rows.columns else "total"
    large = rows.filter(pl.col(name).abs() >= LARGEST).select("dataset", "measure").unique()
    plain = rows.with_columns(pl.lit(None, KIND).alias(WHOLE))
    parts: list[pl.DataFrame] = [plain]
    for dataset, measure in large.sort("dataset", "measure").iter_rows():
        source, _, table = dataset.partition(".")
        if source not in vaults:
            continue
        states = _states(lake_table(vaults[source].lake, source, table), measure, name)
        if states is not None:
            is_own = (pl.col("dataset") == dataset) & (pl.col("measure") == measure)
            own = _joined(rows.filter(is_own), states)
            parts = [*(one.filter(~is_own) for one in parts), own.select(plain.columns)]
    if len(parts) == 1:
        return plain
    line = [one for one in ("dataset", "iso3", "measure", "part") if one in rows.columns]
    return pl.concat(parts).sort(*line, "as_of")


def _joined(rows: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of one figure of a dataset with the states that have none."""
    line = [one for one in ("iso3", "part") if one in rows.columns]
    about = [one for one in states.columns if one in rows.columns and one not in {*line, "as_of"}]
    own = rows.join(states.select(*line, "as_of", WHOLE), on=[*line, "as_of"], how="left")
    more = states.join(rows, on=[*line, "as_of"], how="anti")
    return pl.concat(
        [own, more.select(*line, "as_of", *about, WHOLE)], how="diagonal_relaxed"
    ).with_columns(
        pl.when(pl.col(WHOLE).cast(pl.Float64).abs() >= LARGEST).then(WHOLE).alias(WHOLE),
        *(pl.col(one).fill_null(0) for one in ("revised",) if one in rows.columns),
    )


def _states(table: LakeTable, measure: str, name: str) -> pl.DataFrame | None:
    """Return what versions show of a figure as whole numbers; None for a column of fractions."""
    if not table.history.schema[measure].is_integer():
        return None
    has_parts = name == "figure"
    states = country_states(
        part_entities(table) if has_parts else table, measure, with_days=has_parts, kind=KIND
    )
    found = with_parts(states) if has_parts else states
    line = ["iso3", *(["part"] if has_parts else [])]
    is_first = pl.col("as_of") == pl.col("as_of").min().over(line)
    versions = table.vintages.select(
        "as_of", vintage_id="id", is_held="held", source_url="source_url"
    )
    return (
        found.filter(~is_first | pl.col("total").is_not_null())
        .join(versions, on="as_of")
        .with_columns(
            *_names(table, measure),
            pl.col("total").alias(WHOLE),
            pl.col("total").cast(pl.Float64).alias(name),
            as_of_date=pl.col("as_of").dt.date(),
        )
        .drop("is_listed", *(["total"] if has_parts else [DAY]))
    )


def _names(table: LakeTable, measure: str) -> Iterator[pl.Expr]:
    named = {
        "source": table.source,
        "dataset": table.dataset,
        "measure": measure,
        "unit": unit_of(measure),
    }
    return (pl.lit(value).alias(name) for name, value in named.items())


def with_whole_changes(rows: pl.DataFrame, vaults: Mapping[str, VaultReader]) -> pl.DataFrame:
    """Return rows of changes_all with before_whole and after_whole, null unless one is large."""
    large = rows.filter(pl.max_horizontal(pl.col("before", "after").abs()) >= LARGEST)
    versions = large.select("dataset", "vintage_id").unique()
    parts = [
        _whole_changes(lake_table(vaults[source].lake, source, table), own["vintage_id"].to_list())
        for (dataset,), own in versions.partition_by("dataset", as_dict=True).items()
        for source, _, table in [str(dataset).partition(".")]
        if source in vaults
    ]
    if not parts:
        return rows.with_columns(pl.lit(None, KIND).alias(name) for name in CHANGED.values())
    found = pl.concat(parts)
    return rows.join(found, on=[*CHANGE], how="left", nulls_equal=True, maintain_order="left")


def _whole_changes(table: LakeTable, ids: list[str]) -> pl.DataFrame:
    """Return the large changes of some versions of a table, as whole numbers where they are."""
    is_large = pl.max_horizontal(pl.col("before", "after").abs()) >= LARGEST
    changes = table.changes(pl.col("id").is_in(ids), is_large)
    texts = (
        pl.col(f"{name}_text").cast(KIND, strict=False).alias(whole)
        for name, whole in CHANGED.items()
    )
    return named_changes(changes.with_columns(*texts), table, *CHANGED.values()).select(
        *CHANGE, *CHANGED.values()
    )
