"""
Looks: what rule R18 gets to see of a source, from the shapes of its snapshots and its vintages.

Promises: the shape of a vintage that was observed without being read is that of the one before, so
it is left out; what was refused for its rows and not for its shape is left out, too.
"""

from collections.abc import Sequence

from schemas.source import Source
from tasks.alerts.rules.schema_input import Columns, ColumnTrait, SchemaObservation
from tasks.schema_drift.declared_columns import policy_of
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault, Vintage

DRIFTED = frozenset({"SourceChanged", "SourceFrozen"})
"""Of the ways to break a contract those that are about the shape."""


def schema_observation(store: Store, source: Source, vault: Vault) -> list[SchemaObservation]:
    """Return the looks at all snapshots of a source, in the order of time."""
    return schema_observations(source, SchemaLogFile(store, source).log, vault.vintages())


def schema_observations(
    source: Source, shapes: SchemaLog, vintages: Sequence[Vintage]
) -> list[SchemaObservation]:
    """Return vintages and refused snapshots; one that was refused and read later comes twice."""
    seen: dict[int, Columns] = {}

    def columns(wire: SourceSchema) -> Columns:
        """Most snapshots share one shape, also in memory."""
        if id(wire) not in seen:
            seen[id(wire)] = _columns(source, wire)
        return seen[id(wire)]

    refused = [
        SchemaObservation(
            source=source.name,
            tables=tuple(source.tables),
            id=name,
            as_of=one.as_of,
            sha256=one.sha256,
            url=one.url,
            parser_version=one.schema.parser_version,
            columns=columns(one.schema),
            others=_others(one.schema),
            broken=one.seen,
            fault=one.fault,
            guesses=tuple(shapes.guesses.get(name, ())),
        )
        for name, one in shapes.refused.items()
        if one.broken in DRIFTED
    ]
    read = [
        SchemaObservation(
            source=source.name,
            tables=tuple(source.tables),
            id=vintage.id,
            as_of=vintage.as_of,
            sha256=vintage.manifest_sha256,
            url=vintage.url,
            parser_version=wire.parser_version,
            columns=columns(wire),
            others=_others(wire),
            guesses=tuple(shapes.guesses.get(vintage.id, ())),
        )
        for vintage in vintages
        if (wire := shapes.read.get(vintage.id)) is not None
    ]
    return sorted([*refused, *read], key=lambda look: (look.as_of, look.id, not look.broken))


def _columns(source: Source, wire: SourceSchema) -> Columns:
    return {
        table: {
            name: ColumnTrait(kind, policy_of(source, table, name), figures.get(name, ""))
            for name, kind in told
        }
        for table, told in wire.tables.items()
        if table in source.tables
        for figures in [
            {name: figure for figure, how in source.published_columns(table) for name in how.names}
        ]
    }


def _others(wire: SourceSchema) -> dict[tuple[str, str], str]:
    sheets = {("sheet", sheet): "there" for listed in wire.sheets.values() for sheet in listed}
    return {("answer", name): kind for name, kind in wire.bodies.items()} | sheets
