"""Looks at snapshots of one table, by the names of its columns."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tasks.alerts.rules.schema_input import ColumnTrait, SchemaObservation

DAY = datetime(2022, 2, 1, tzinfo=UTC)
TRAITS = {
    "iso3": ColumnTrait("text", "freeze", "iso3"),
    "doses": ColumnTrait("number", "freeze", "doses_allocated"),
    "people": ColumnTrait("number", "map", "people_last_dose"),
    "persons": ColumnTrait("number", "map", "people_last_dose"),
    "cases": ColumnTrait("number", "evolve", "cases_new"),
}


def look(
    number: int, columns: Sequence[str], broken: str = "", version: int = 1
) -> SchemaObservation:
    """Return a look at one table of the columns."""
    traits = {name: TRAITS.get(name, ColumnTrait()) for name in columns}
    return SchemaObservation(
        source="s",
        tables=("allocations", "tests"),
        id=f"v{number}",
        as_of=DAY + timedelta(days=number),
        sha256=f"{number:064}",
        url="https://example.org/s.csv",
        parser_version=version,
        columns={"allocations": traits},
        broken=broken,
        fault=f"s: {broken}" if broken else "",
    )


def line(*shapes: Sequence[str]) -> list[SchemaObservation]:
    """Return looks at snapshots with these columns, one a day."""
    return [look(number, columns) for number, columns in enumerate(shapes)]
