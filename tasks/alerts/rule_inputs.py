"""What the rules judge, read from a source's vault and schema log."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from schemas.source import Source
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.schema_observation import ColumnTrait, SchemaObservation, Traits
from tasks.schema_drift.declared_columns import policy_of
from tasks.schema_drift.schema_log import SchemaLog
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.manifest import Vintage
from tasks.vault.queries import all_cells
from tasks.vault.vault_reader import VaultReader

SCHEMA_FAULTS: Final = frozenset({"SourceChanged", "SourceFrozen"})
"""Errors of refused snapshots that are about the schema and not about rows."""
ORIGINS: Final = {
    "rows": pl.Int64,
    "is_part": pl.Boolean,
    "held": pl.Boolean,
    "sha256": pl.String,
    "source_url": pl.String,
}
"""Columns of `RuleInput.vintages` beside seq, id and as_of."""


def rule_inputs(vault: VaultReader) -> list[RuleInput]:
    """Return one rule input for each table of a source that has ever had a figure."""
    found = (rule_input_of(vault, table) for table in vault.tables())
    return [rule_input for rule_input in found if rule_input is not None]


def rule_input_of(vault: VaultReader, table: str) -> RuleInput | None:
    """Return the rule input of one table; None before its first figure."""
    cells = all_cells(vault, table)
    if cells is None:
        return None
    history = vault.table_history(table)
    origins = [
        (entry.rows, entry.covers is not None, vintage.held, vintage.manifest_sha256, vintage.url)
        for _, vintage, entry in history.entries()
    ]
    vintages = pl.DataFrame(origins, schema=ORIGINS, orient="row")
    is_number = pl.col("before").is_not_null() | pl.col("after").is_not_null()
    return RuleInput(
        dataset=f"{vault.source}.{table}",
        key=history.key,
        vintages=pl.concat([history.times(), vintages], how="horizontal"),
        cells=cells.filter(is_number).select(
            "seq", *history.key, "column", "before", "after", "is_baseline"
        ),
    )


def schema_observations(
    source: Source, schemas: SchemaLog, vintages: Sequence[Vintage]
) -> list[SchemaObservation]:
    """Return the schemas of vintages and refused snapshots, in the order of time.

    A snapshot that was refused and published later is there twice. Left out: vintages that repeat
    the bytes of the one before, and snapshots that were refused for their rows.
    """
    prepared: dict[int, tuple[SourceSchema, Traits]] = {}

    def observation(schema: SourceSchema, name: str, **fields: Any) -> SchemaObservation:
        """Return one observation; most snapshots share one schema object."""
        if id(schema) not in prepared:
            prepared[id(schema)] = _declared(source, schema)
        declared, traits = prepared[id(schema)]
        return SchemaObservation(
            source=source.name,
            tables=tuple(source.tables),
            id=name,
            schema=declared,
            traits=traits,
            guesses=tuple(schemas.guesses.get(name, ())),
            **fields,
        )

    refused = [
        observation(
            one.schema,
            name,
            as_of=one.as_of,
            sha256=one.sha256,
            url=one.url,
            broken=one.seen,
            fault=one.fault,
        )
        for name, one in schemas.refused.items()
        if one.broken in SCHEMA_FAULTS
    ]
    read = [
        observation(
            schema, vintage.id, as_of=vintage.as_of, sha256=vintage.manifest_sha256, url=vintage.url
        )
        for vintage in vintages
        if (schema := schemas.read.get(vintage.id)) is not None
    ]
    return sorted([*refused, *read], key=lambda one: (one.as_of, one.id, not one.broken))


def _declared(source: Source, schema: SourceSchema) -> tuple[SourceSchema, Traits]:
    """Return the schema of the tables that a source declares, and the traits of their columns."""
    tables = {name: columns for name, columns in schema.tables.items() if name in source.tables}
    traits: Traits = {
        table: {
            name: ColumnTrait(policy_of(source, table, name), figures.get(name, ""))
            for name, _ in columns
        }
        for table, columns in tables.items()
        for figures in [
            {name: figure for figure, how in source.published_columns(table) for name in how.names}
        ]
    }
    return replace(schema, tables=tables), traits
