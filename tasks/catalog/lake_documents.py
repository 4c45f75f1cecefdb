"""Documents of a lake that are made from its data package: dictionary and JSON-LD, README."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from tasks.catalog.lake_readme import readme

Json = Mapping[str, Any]
README: Final = "README.md"
DICTIONARY: Final = "catalog/dictionary.csv"
JSON_LD: Final = "catalog/dataset.jsonld"
COLUMNS: Final = ("path", "table", "column", "type", "is_key", "unit", "description", "null_means")


def documents_of(resources: Sequence[Json]) -> dict[str, bytes]:
    """Return the documents of a lake by path: its README, the dictionary and the JSON-LD."""
    return {
        README: readme(resources).encode(),
        DICTIONARY: dictionary(resources).write_csv().encode(),
        JSON_LD: (json.dumps(json_ld(resources), ensure_ascii=False) + "\n").encode(),
    }


def dictionary(resources: Sequence[Json]) -> pl.DataFrame:
    """Return one row per column of every file.

    Returns:
        path, table [<source>.<table>, and .<kind>], column, type [of Table Schema], is_key, unit
        ['' where it has none], description, null_means.
    """
    rows = [
        (
            one["path"],
            one["name"],
            field["name"],
            field["type"],
            field["name"] in one["schema"].get("primaryKey", ()),
            field.get("unit", ""),
            field.get("description", ""),
            field["null"],
        )
        for one in resources
        for field in one["schema"]["fields"]
    ]
    types = {name: pl.Boolean() if name == "is_key" else pl.String() for name in COLUMNS}
    return pl.DataFrame(rows, schema=types, orient="row")


def json_ld(resources: Sequence[Json]) -> dict[str, Any]:
    """Return the lake as a schema.org DataCatalog with a Dataset for each table of a source.

    Search engines for data read it where it is put on a page.
    """
    shown = [one for one in resources if one["kind"] in {"latest", ""}]
    return {
        "@context": "https://schema.org/",
        "@type": "DataCatalog",
        "name": "vaxwatch lake",
        "description": "Every version of vaccine dashboards and testing reports, as Parquet.",
        "dataset": [_dataset(one) for one in shown],
    }


def _dataset(one: Json) -> dict[str, Any]:
    licence = one.get("licenses", [{}])[0]
    sources = one.get("sources", [])
    terms = {
        "license": licence.get("path") or licence.get("title"),
        "creditText": one.get("attribution"),
        "isBasedOn": [source["path"] for source in sources],
    }
    return {
        "@type": "Dataset",
        "name": one["name"],
        "description": f"{one['title']}: {one['description']}",
        **{name: value for name, value in terms.items() if value},
        "distribution": {
            "@type": "DataDownload",
            "contentUrl": one["path"],
            "encodingFormat": one["mediatype"],
        },
        "variableMeasured": [_variable(field) for field in one["schema"]["fields"]],
    }


def _variable(field: Json) -> dict[str, Any]:
    optional = {"description": field.get("description"), "unitText": field.get("unit")}
    stated = {name: text for name, text in optional.items() if text}
    return {"@type": "PropertyValue", "name": field["name"], **stated}
