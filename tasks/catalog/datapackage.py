"""The data package of a lake: every table as a resource with schema, licence and attribution.

A Frictionless Data Package (version 1). Its paths are below the folder of `datapackage.json`, which
the standard demands. The same lake gives the same bytes. Sections are replaced one by one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tasks.catalog.file_columns import FileColumn
from tasks.catalog.file_descriptions import FileDescription
from tasks.catalog.licences import Credit, credit_of

Json = dict[str, Any]
PACKAGE: Final = "datapackage.json"
FORM: Final = 3
"""Version of how the package and the documents are written; those of another are written again."""
FORM_LINE: Final = f'"form": {FORM},'
HEAD: Final[Json] = {
    "profile": "data-package",
    "name": "vaxwatch-lake",
    "title": "Every version of vaccine dashboards and testing reports",
    "description": "Public dashboards as they were published at any time, as versioned Parquet. "
    "Null means not published, 0 is a published zero, an absent row is absent. Instants are UTC.",
}
MEDIA_TYPE: Final = "application/vnd.apache.parquet"
ABOUT: Final = {
    "alerts/alert_events.parquet": "what was recorded of the alerts. One row: an event of an alert",
    "alerts/alerts.parquet": "the alerts as they stand. One row: an alert",
    "catalog/dim_product.parquet": "the vaccines. One row: a canonical name",
}
"""What files hold whose metadata do not state it."""
OF_LAKE: Final = "made by vaxwatch from the tables of the sources"
"""The description of a file that does not state what it holds."""


def resource(file: FileDescription) -> Json:
    """Return a file as a resource of a data package."""
    credit = credit_of(file.section)
    table = file.name.removeprefix(f"{file.section}.").removesuffix(f".{file.kind}")
    about = f"{credit.title}: {table}" if credit else f"{file.section}: {table}"
    fields = [_field(column) for column in file.columns]
    return {
        "name": file.name,
        "path": file.path,
        "profile": "data-resource",
        "title": about,
        "description": file.about or ABOUT.get(file.path, OF_LAKE),
        "format": "parquet",
        "mediatype": MEDIA_TYPE,
        "section": file.section,
        "kind": file.kind,
        "version": file.version,
        **(_terms(credit) if credit else {}),
        "schema": {"fields": fields, **({"primaryKey": [*file.key]} if file.key else {})},
    }


def _terms(credit: Credit) -> Json:
    address = {"path": credit.licence_url} if credit.licence_url else {}
    return {
        "licenses": [{"name": credit.licence_id, **address, "title": credit.licence}],
        "sources": [{"title": f"{credit.publisher}: {credit.title}", "path": credit.url}],
        "attribution": credit.attribution,
    }


def _field(column: FileColumn) -> Json:
    optional = {"description": column.description, "unit": column.unit}
    return {
        "name": column.name,
        "type": column.kind,
        **{name: text for name, text in optional.items() if text},
        "null": column.null_means,
        **({"constraints": {"required": True}} if column.is_key else {}),
    }


def resources_in(body: bytes | None) -> list[Json]:
    """Return the resources of a data package as it was written; none where it is damaged."""
    try:
        package = json.loads(body or b"{}")
        return [one for one in package.get("resources", []) if {"name", "section"} <= one.keys()]
    except (ValueError, AttributeError, TypeError):
        return []


def resources_of(body: bytes | None, sections: Iterable[str]) -> list[Json]:
    """Return the resources of some sections of a data package in today's form; else none.

    Only their lines are parsed, since a run asks for its own among those of all sources.
    """
    lines = (body or b"").decode(errors="replace").splitlines()
    if FORM_LINE not in lines[: len(HEAD) + 2]:
        return []
    marks = [f'"section": {_line(section)}' for section in sections]
    own = [line.removesuffix(",") for line in lines if any(mark in line for mark in marks)]
    try:
        return [json.loads(line) for line in own]
    except ValueError:
        return []


def has_sections(body: bytes | None, sections: Mapping[str, Sequence[FileDescription]]) -> bool:
    """Return whether a data package as it was written has these sections, as they are now."""
    return resources_of(body, sections) == with_sections([], sections)


def with_sections(
    resources: Sequence[Json], sections: Mapping[str, Sequence[FileDescription]]
) -> list[Json]:
    """Return the resources with those of some sections in place of the ones there, sorted."""
    others = [one for one in resources if one["section"] not in sections]
    own = [resource(file) for files in sections.values() for file in files]
    return sorted([*others, *own], key=lambda one: (one["section"], one["path"]))


def package_bytes(resources: Sequence[Json], documents: Mapping[str, str]) -> bytes:
    """Return the data package, a resource a line: `json` indents a thousand tables in seconds.

    `documents`: the sha256 of what was made from it, by path.
    """
    head = {**HEAD, "form": FORM, "documents": dict(documents)}
    lines = [f"{json.dumps(name)}: {_line(value)},\n" for name, value in head.items()]
    tables = ",\n".join(map(_line, resources))
    return ("{\n" + "".join(lines) + f'"resources": [\n{tables}\n]\n}}\n').encode()


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
