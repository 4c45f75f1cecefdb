"""What the rules judge, read from the vault: changed cells, vintages, and schemas of snapshots."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import polars as pl

from schemas.source import Source
from tasks.alerts.rules.reading.large_cells import has_large, large_figures
from tasks.alerts.rules.reading.rule_input import ColumnTrait, RuleInput, SchemaObservation, Traits
from tasks.schema_drift.declared_columns import policy_of
from tasks.schema_drift.schema_log import SchemaLog
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.manifest import Vintage
from tasks.vault.queries import all_cells, hidden_rows
from tasks.vault.vault_reader import VaultReader

SCHEMA_FAULTS: Final = frozenset({"SourceChanged", "SourceFrozen"})  # not about rows
ORIGINS: Final = {
    "rows": pl.Int64,
    "is_part": pl.Boolean,
    "held": pl.Boolean,
    "sha256": pl.String,
    "source_url": pl.String,
}
"""Columns of `RuleInput.vintages` beside seq, id and as_of."""


def rule_inputs(vault: VaultReader) -> list[RuleInput]:
    """Return one rule input for each table of a source that ever had a figure."""
    found: list[RuleInput] = []
    for table in vault.tables():
        if (cells := all_cells(vault, table, only_numbers=True)) is None:
            continue
        history = vault.table_history(table)
        origins = [
            (entry.rows, entry.covers is not None, one.held, one.manifest_sha256, one.url)
            for _, one, entry in history.entries()
        ]
        vintages = pl.DataFrame(origins, schema=ORIGINS, orient="row")
        is_number = pl.col("before").is_not_null() | pl.col("after").is_not_null()
        columns = ("seq", *history.key, "column", "before", "after", "is_baseline")
        found.append(
            RuleInput(
                dataset=f"{vault.source}.{table}",
                key=history.key,
                vintages=pl.concat([history.times(), vintages], how="horizontal"),
                cells=cells.filter(is_number).select(columns),
                hidden=hidden_rows(vault, table),
                large=_large(vault, table, cells),
            )
        )
    return found


def _large(vault: VaultReader, table: str, cells: pl.DataFrame) -> pl.DataFrame | None:
    """Return the figures of a table beyond 2^53; their texts are read only where there is one."""
    exact = all_cells(vault, table) if has_large(cells) else None
    return None if exact is None else large_figures(exact, vault.key(table))


def schema_observations(
    source: Source, schemas: SchemaLog, vintages: Sequence[Vintage]
) -> list[SchemaObservation]:
    """Return the schemas of vintages and refused snapshots, in the order of time.

    One that was refused and published later is there twice. Left out: what repeats the bytes of
    the one before, and snapshots that were refused for their rows.
    """
    read = [
        (schemas.read[one.id], one.id, one.as_of, one.manifest_sha256, one.url, "", "")
        for one in vintages
        if one.id in schemas.read
    ]
    refused = [
        (one.schema, name, one.as_of, one.sha256, one.url, one.seen, one.fault)
        for name, one in schemas.refused.items()
        if one.broken in SCHEMA_FAULTS
    ]
    prepared: dict[int, tuple[SourceSchema, Traits]] = {}  # most snapshots share one schema
    observed: list[SchemaObservation] = []
    for schema, name, as_of, sha256, url, broken, fault in [*refused, *read]:
        if id(schema) not in prepared:
            prepared[id(schema)] = _declared(source, schema)
        declared, traits = prepared[id(schema)]
        observed.append(
            SchemaObservation(
                source=source.name,
                tables=tuple(source.tables),
                id=name,
                as_of=as_of,
                sha256=sha256,
                url=url,
                schema=declared,
                traits=traits,
                broken=broken,
                fault=fault,
                guesses=tuple(schemas.guesses.get(name, ())),
            )
        )
    observed.sort(key=lambda one: (one.as_of, one.id, not one.broken))
    new = [b for a, b in pairwise(observed) if a.broken or b.broken or a.sha256 != b.sha256]
    return observed[:1] + new


def _declared(source: Source, schema: SourceSchema) -> tuple[SourceSchema, Traits]:
    """Return the schema of the tables that a source declares, and the traits of their columns."""
    tables = {name: columns for name, columns in schema.tables.items() if name in source.tables}
    traits: dict[str, dict[str, ColumnTrait]] = {}
    for table, columns in tables.items():
        declared = source.published_columns(table)
        figures = {name: figure for figure, how in declared for name in how.names}
        traits[table] = {
            name: ColumnTrait(policy_of(source, table, name), figures.get(name, ""))
            for name, _ in columns
        }
    return replace(schema, tables=tables), traits
