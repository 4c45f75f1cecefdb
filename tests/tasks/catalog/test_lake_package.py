"""The data package of a lake, and the documents that are made from it."""

import csv
import io
import json
import uuid
from pathlib import Path
from typing import Any

import frictionless
import polars as pl
import pytest

from tasks.catalog.datapackage import OF_LAKE, PACKAGE
from tasks.catalog.lake_documents import DICTIONARY, JSON_LD, README
from tasks.catalog.lake_package import (
    OTHER_FILES,
    describe_files,
    describe_source,
    package_problems,
    rebuild_package,
)
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import to_parquet
from tasks.vault.vault_reader import VaultReader
from tests.vaxwatch.lakes import fill

DOCUMENTS = {README, DICTIONARY, JSON_LD}
SOURCES = ("unicef_market", "who_searo_testing", "quarantine")
TYPES = {"string": "String", "integer": "Int", "number": "Float", "boolean": "Boolean"}
TYPES |= {"date": "Date", "datetime": "Datetime", "array": "List"}


@pytest.fixture
def store() -> Store:
    """Return a small lake with its catalog."""
    uri = f"memory:{uuid.uuid4().hex}"
    fill(uri)
    made = open_store(uri)
    describe_files(made, OTHER_FILES)
    return made


def vaults(store: Store) -> list[VaultReader]:
    """Return readers of the lake's vaults."""
    return [VaultReader(store, name) for name in SOURCES]


def text(store: Store, name: str) -> str:
    """Return a file of the lake."""
    blob = store.get(name)
    assert blob is not None
    return blob.body.decode()


def package(store: Store) -> dict[str, Any]:
    """Return the data package."""
    return json.loads(text(store, PACKAGE))


def test_the_package_describes_every_published_file_as_it_is(store: Store) -> None:
    """Columns, their order and types are those of the file; every column has a description."""
    described = {one["path"]: one for one in package(store)["resources"]}
    kinds = ("latest", "history", "changes", "vintages")
    tables = ("unicef_market/allocations", "who_searo_testing/tests", "quarantine/rows")
    assert set(described) == {f"{table}/{kind}.parquet" for table in tables for kind in kinds} | {
        *OTHER_FILES
    }
    for path, one in described.items():
        blob = store.get(path)
        if blob is None:  # `latest` of the held report
            continue
        types = pl.read_parquet_schema(io.BytesIO(blob.body))
        fields = one["schema"]["fields"]
        assert [field["name"] for field in fields] == [*types], path
        for field in fields:
            assert str(types[field["name"]]).startswith(TYPES[field["type"]]), (path, field)
            assert field["null"]
        assert set(one["schema"].get("primaryKey", [])) <= {*types}


def test_frictionless_finds_no_fault(store: Store) -> None:
    """The library of the standard accepts the package as it is in the lake."""
    faults = list(frictionless.Package.metadata_validate(package(store)))
    assert faults == []
    broken = package(store)
    broken["resources"][0]["path"] = "../elsewhere.parquet"
    broken["resources"][0]["name"] = "a b"
    assert list(frictionless.Package.metadata_validate(broken)) != []


def test_units_null_and_licences_are_stated(store: Store) -> None:
    """In the package, and in the documents made from it."""
    resources = {one["name"]: one for one in package(store)["resources"]}
    allocations = resources["unicef_market.allocations"]
    assert allocations["licenses"][0]["title"].startswith("UNICEF terms of use")
    assert allocations["attribution"] == "UNICEF COVID-19 Vaccine Market Dashboard"
    assert allocations["schema"]["primaryKey"] == ["iso3", "product", "mechanism"]
    rows = {
        (row["table"], row["column"]): row
        for row in csv.DictReader(io.StringIO(text(store, DICTIONARY)))
    }
    changed = rows["unicef_market.allocations.changes", "rel_change"]
    assert changed["null_means"] == "where before is null or 0"
    assert rows["unicef_market.allocations", "iso3"]["null_means"] == "never null"
    assert rows["unicef_market.allocations", "doses_allocated"]["null_means"] == "not published"
    assert rows["unicef_market.allocations", "doses_announced"]["null_means"] == "not published"
    assert rows["unicef_market.allocations", "as_of_date"]["type"] == "date"
    for kind in ("", ".history", ".changes", ".vintages"):
        one = resources[f"unicef_market.allocations{kind}"]
        file = store.get(one["path"])
        assert file is not None
        named = [field["name"] for field in one["schema"]["fields"]]
        assert named == pl.read_parquet(file.body).columns
    readme = text(store, README)
    assert "| `unicef_market` | [UNICEF Supply Division" in readme
    assert "`*/allocations/latest.parquet`" in readme
    [dataset] = [
        one
        for one in json.loads(text(store, JSON_LD))["dataset"]
        if one["name"] == "unicef_market.allocations"
    ]
    assert dataset["license"].startswith("UNICEF terms of use")
    assert dataset["distribution"]["contentUrl"] == "unicef_market/allocations/latest.parquet"


def test_the_same_lake_gives_the_same_bytes(store: Store) -> None:
    """In which order the sources came does not matter, and nothing is written twice."""
    before = {name: text(store, name) for name in (PACKAGE, *DOCUMENTS)}
    assert rebuild_package(store, vaults(store)) == []
    for vault in vaults(store):
        assert describe_source(store, vault) == []
    for name in before:
        store.delete(name)
    for vault in reversed(vaults(store)):
        describe_source(store, vault)
    describe_files(store, OTHER_FILES)
    assert {name: text(store, name) for name in before} == before


def test_a_run_killed_between_documents_and_package_is_completed(store: Store) -> None:
    """The package comes last: as long as it is old, the next run writes all of it."""
    new = text(store, PACKAGE)
    old = json.loads(new)
    old["resources"] = old["resources"][1:]
    store.update(PACKAGE, lambda _: json.dumps(old).encode())
    store.update(README, lambda _: b"half")
    rebuild_package(store, vaults(store))
    assert text(store, PACKAGE) == new
    assert [*package_problems(store, vaults(store))] == []


@pytest.mark.parametrize("name", [PACKAGE, *sorted(DOCUMENTS)])
@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b'{"resources": [1]}', b"[]", b"null"])
def test_damage_is_found_and_mended(store: Store, name: str, damage: bytes) -> None:
    """Whatever stands there."""
    right = text(store, name)
    store.update(name, lambda _: damage)
    [problem] = package_problems(store, vaults(store))
    assert problem.startswith(f"{store.uri}/{name} is not what the lake's tables give. Run ")
    assert rebuild_package(store, vaults(store)) == [name]
    assert text(store, name) == right


def test_a_mart_is_described_by_what_it_states_itself(store: Store) -> None:
    """Its columns come from its own metadata; a damaged file is left out."""
    frame = pl.DataFrame({"iso3": ["PRK"], "doses_allocated": [8_115_600]})
    columns = {"iso3": "country", "doses_allocated": "doses set aside [doses]; null = not stated"}
    about = "The steps of a dose. One row: a country."
    metadata = {"key": "iso3", "columns": json.dumps(columns), "layout": "3", "about": about}
    store.update("marts/ladder.parquet", lambda _: to_parquet(frame, metadata))
    store.update("marts/broken.parquet", lambda _: b"PAR1")
    paths = {**OTHER_FILES, "marts/ladder.parquet": 3}
    assert PACKAGE in describe_files(store, paths)
    assert describe_files(store, paths) == []
    [mart] = [one for one in package(store)["resources"] if one["section"] == "marts"]
    assert (mart["name"], mart["version"]) == ("marts.ladder", 3)
    assert mart["description"] == metadata["about"]
    assert mart["schema"]["fields"][1] == {
        "name": "doses_allocated",
        "type": "integer",
        "description": "doses set aside [doses]; null = not stated",
        "unit": "doses",
        "null": "not stated",
    }
    assert [*package_problems(store, vaults(store))] == []


def test_a_package_of_an_older_form_is_written_again_whole(store: Store) -> None:
    """A run of one source leaves no description of an older program that verify complains of."""
    vault, *_ = vaults(store)
    old = json.loads(text(store, PACKAGE)) | {"form": 2}
    for one in old["resources"]:
        one["description"] = OF_LAKE if not one["kind"] else one["description"]
    lines = [f"{json.dumps(name)}: {json.dumps(old[name])}," for name in old if name != "resources"]
    tables = ",\n".join(map(json.dumps, old["resources"]))
    body = "\n".join(["{", *lines, '"resources": [', tables, "]", "}"])
    store.update(PACKAGE, lambda _: body.encode())
    assert PACKAGE in describe_source(store, vault)
    assert PACKAGE in describe_files(store, OTHER_FILES)
    assert describe_files(store, OTHER_FILES) == []
    assert [*package_problems(store, vaults(store))] == []


def test_before_the_first_commit_there_is_nothing_to_describe(tmp_path: Path) -> None:
    """And no file of it."""
    empty = open_store(str(tmp_path))
    assert rebuild_package(empty, vaults(empty)) == []
    assert [*package_problems(empty, vaults(empty))] == []
    assert not [*tmp_path.iterdir()]
