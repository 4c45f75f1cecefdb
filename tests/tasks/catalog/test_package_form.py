"""How package and documents are written: under a number, so that a run can leave them alone."""

import hashlib
import json

from tasks.catalog.datapackage import FORM, package_bytes, resources_in
from tasks.catalog.lake_documents import documents_of

RESOURCES = [
    {
        "name": f"{section}.{table}.latest",
        "path": f"{section}/{table}/latest.parquet",
        "title": "Doses",
        "description": "The newest version.",
        "mediatype": "application/vnd.apache.parquet",
        "section": section,
        "kind": "latest",
        "version": 3,
        "licenses": [{"name": "CC-BY-4.0", "path": "https://example.org", "title": "CC BY 4.0"}],
        "sources": [{"title": "Publisher", "path": "https://example.org/data"}],
        "attribution": "Publisher, CC BY 4.0",
        "schema": {
            "fields": [
                {"name": "iso3", "type": "string", "null": "never", "description": "country"},
                {"name": "doses", "type": "integer", "null": "not stated", "unit": "doses"},
            ],
            "primaryKey": ["iso3"],
        },
    }
    for section, table in (("one", "allocations"), ("two", "deliveries"))
]
KNOWN = {
    2: "29d426de354231dcff9d397d7cb6596980b7edf3265c1b8c7f15fa8ff072fff5",
    3: "170043e3da552f2003aaba0c2135d6aada61e9d7ea791afda4a3f1f739cc2b4f",
}
"""By form, the sha256 of what is made of RESOURCES."""


def test_what_is_written_changes_only_with_its_number() -> None:
    """A run looks at its own section and at the number; else lakes would keep older documents.

    Where this fails after a change of the texts, count FORM up and note the new hash.
    """
    documents = documents_of(RESOURCES)
    parts = [*documents.values(), package_bytes(RESOURCES, {"README.md": "0" * 64})]
    assert KNOWN[FORM] == hashlib.sha256(b"".join(parts)).hexdigest()


def test_a_package_is_json_with_a_line_for_each_table() -> None:
    """Which people can read, and compare from day to day."""
    body = package_bytes(RESOURCES, {"README.md": "0" * 64})
    assert resources_in(body) == RESOURCES
    assert json.loads(body)["documents"] == {"README.md": "0" * 64}
    assert sum(line.startswith('{"name"') for line in body.decode().splitlines()) == 2
    assert json.loads(package_bytes([], {}))["resources"] == []
