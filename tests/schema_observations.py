"""Observations of the schema of one table, by the names of its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tasks.alerts.rules.reading.rule_input import ColumnTrait, SchemaObservation
from tasks.schema_drift.source_schema import SourceSchema

DAY = datetime(2022, 2, 1, tzinfo=UTC)
COLUMNS = {
    "iso3": ("text", ColumnTrait("freeze", "iso3")),
    "doses": ("number", ColumnTrait("freeze", "doses_allocated")),
    "people": ("number", ColumnTrait("map", "people_last_dose")),
    "persons": ("number", ColumnTrait("map", "people_last_dose")),
    "cases": ("number", ColumnTrait("evolve", "cases_new")),
}
OPTIONAL = ("", ColumnTrait())


def observed(
    number: int, columns: Sequence[str], broken: str = "", version: int = 1
) -> SchemaObservation:
    """Return an observation of one table with these columns."""
    known = {name: COLUMNS.get(name, OPTIONAL) for name in columns}
    table = tuple((name, kind) for name, (kind, _) in known.items())
    return SchemaObservation(
        source="s",
        tables=("allocations", "tests"),
        id=f"v{number}",
        as_of=DAY + timedelta(days=number),
        sha256=f"{number:064}",
        url="https://example.org/s.csv",
        schema=SourceSchema(
            bodies={}, sheets={}, tables={"allocations": table}, parser_version=version
        ),
        traits={"allocations": {name: trait for name, (_, trait) in known.items()}},
        broken=broken,
        fault=f"s: {broken}" if broken else "",
    )


def daily(*columns: Sequence[str]) -> list[SchemaObservation]:
    """Return observations with these columns, one a day."""
    return [observed(number, names) for number, names in enumerate(columns)]


def with_kinds(observation: SchemaObservation, kinds: Mapping[str, str]) -> SchemaObservation:
    """Return the observation with other kinds of its columns."""
    table = observation.schema.tables["allocations"]
    changed = tuple((name, kinds.get(name, kind)) for name, kind in table)
    schema = replace(observation.schema, tables={"allocations": changed})
    return replace(observation, schema=schema)
