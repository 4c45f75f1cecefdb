"""Model: read which model a dashboard queries, and the model's tables and columns.

Promises: a document without a number or a name that a query needs is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from schemas.errors import BadBody
from tasks.formats.json_records import parse_json
from tasks.formats.sniffing import CHECK_SOURCE
from tasks.powerbi.json_values import list_in, object_in

SCHEMA = "a Power BI model's schema"
MODEL = "a Power BI report's model and pages"


@dataclass(frozen=True, slots=True)
class Model:
    """The model, data set and report that a query names; data set and report may be missing."""

    id: int
    dataset: str | None
    report: str | None


@dataclass(frozen=True, slots=True)
class Entity:
    """A table of the model. `properties`: its columns, and True for those that are measures."""

    name: str
    properties: Mapping[str, bool]


def model_of(body: bytes, *, where: str) -> Model:
    """Return the model that an answer to modelsAndExploration names. Raises BadBody."""
    document = object_in(parse_json(body, where=where)) or {}
    models = list_in(document.get("models")) or [None]
    first = object_in(models[0]) or {}
    number, dataset = first.get("id"), first.get("dbName")
    if type(number) is not int:
        raise BadBody(where, f"a first model with the id {number!r}", MODEL, CHECK_SOURCE)
    exploration = object_in(document.get("exploration")) or {}
    report = object_in(exploration.get("report")) or {}
    known_as = report.get("objectId") or exploration.get("reportId")
    return Model(id=number, dataset=dataset, report=known_as)


def entities_of(body: bytes, *, where: str) -> list[Entity]:
    """Return the tables that an answer to conceptualschema lists. Raises BadBody."""
    document = object_in(parse_json(body, where=where)) or {}
    schemas = [
        (object_in(one) or {}).get("schema") for one in list_in(document.get("schemas")) or ()
    ]
    listed = [list_in((object_in(one) or {}).get("Entities")) or () for one in schemas]
    entities = [_entity(one, where) for one in chain.from_iterable(listed)]
    if not entities:
        raise BadBody(where, "no list of tables (Entities)", SCHEMA, CHECK_SOURCE)
    return entities


def _entity(entity: Any, where: str) -> Entity:
    fields = object_in(entity) or {}
    properties = [object_in(one) or {} for one in list_in(fields.get("Properties")) or ()]
    names = [fields.get("Name"), *(one.get("Name") for one in properties)]
    if not all(isinstance(name, str) for name in names):
        raise BadBody(where, "a table or column without a name", SCHEMA, CHECK_SOURCE)
    return Entity(fields["Name"], {one["Name"]: "Measure" in one for one in properties})
