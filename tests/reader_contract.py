"""The contract with readers: what columns each published table and file has, by version.

`python -m tests.reader_contract` writes down what a new version has, and the queries that readers
have of it; what is written once is never overwritten.
"""

import io
import json
import re
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from schemas.tables import TABLES, descriptions_of, dtypes_of, key_of
from schemas.versions import FILE_VERSIONS, MART_VERSIONS, SYSTEM_TABLE_VERSIONS, TABLE_VERSIONS
from tasks.marts.mart import Mart
from tasks.marts.registry import MARTS
from tasks.quality import results
from tasks.quarantine import lifecycle
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import read_metadata
from tests.reader_queries import OF_MARTS, PATHS, file_queries, path_of, table_queries
from tests.vaxwatch.lakes import fill_flagged

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "tests" / "contracts"
SYSTEM_SOURCES = {
    results.DATASET: (results.KEY, results.COLUMNS, results.DESCRIPTIONS),
    lifecycle.DATASET: (lifecycle.KEY, lifecycle.COLUMNS, lifecycle.DESCRIPTIONS),
}
"""Key, types and descriptions of the system tables."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column as readers know it. `always`: whether every source that fills the table has it."""

    name: str
    type: str
    always: bool
    unit: str
    meaning: str

    @property
    def shape(self) -> tuple[str, str, bool, str]:
        """What a reader's program relies on; the words of the meaning may get better."""
        return self.name, self.type, self.always, self.unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """The columns of one table, or those that a file has of its own, in their order."""

    name: str
    version: int
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """The name of the file that keeps it."""
        return f"{self.name}.{self.version}.json"

    @property
    def queries(self) -> str:
        """The name of the file with readers' queries."""
        return f"{self.name}.{self.version}.sql"


def declared() -> list[Contract]:
    """Return the contracts as the code has them now: of tables, system tables, files, and marts."""
    tables = [_table(name, version) for name, version in TABLE_VERSIONS.items()]
    tables += [_system_table(name, version) for name, version in SYSTEM_TABLE_VERSIONS.items()]
    uri = f"memory:{uuid.uuid4().hex}"
    fill_flagged(uri)
    store = open_store(uri)
    files = [_file(store, name, version) for name, version in FILE_VERSIONS.items()]
    return [*tables, *files, *map(_mart, MARTS)]


def write(contracts: Sequence[Contract], folder: Path) -> list[str]:
    """Write down the versions that are not yet, with their queries; return the names written."""
    done: list[str] = []
    for contract in contracts:
        names = [column.name for column in contract.columns]
        is_file = contract.name in FILE_VERSIONS or contract.name.startswith(OF_MARTS)
        queries = file_queries if is_file else table_queries
        sql = queries(contract.name, names, key=contract.key)
        for name, text in ((contract.file, _document(contract)), (contract.queries, sql)):
            if not (folder / name).exists():
                (folder / name).write_text(text, "utf-8")
                done.append(name)
    return done


def kept(folder: Path, name: str, version: int) -> Contract:
    """Return a contract as it was written down."""
    listed = json.loads((folder / f"{name}.{version}.json").read_text("utf-8"))
    columns = tuple(Column(**column) for column in listed["columns"])
    return Contract(
        name=listed["name"], version=listed["version"], key=tuple(listed["key"]), columns=columns
    )


def _document(contract: Contract) -> str:
    """Return a contract as JSON with a line for each column."""
    head = {"name": contract.name, "version": contract.version, "key": contract.key}
    columns = [json.dumps(asdict(it), ensure_ascii=False) for it in contract.columns]
    listed = ",\n".join(f"  {column}" for column in columns)
    return f'{json.dumps(head)[:-1]}, "columns": [\n{listed}\n]}}\n'


def _table(name: str, version: int) -> Contract:
    schema, types = TABLES[name].to_schema(), dtypes_of(name)
    columns = [
        _column(column, types[column], meaning, always=bool(schema.columns[column].required))
        for column, meaning in descriptions_of(name).items()
    ]
    return Contract(name=name, version=version, key=key_of(name), columns=tuple(columns))


def _system_table(name: str, version: int) -> Contract:
    key, types, descriptions = SYSTEM_SOURCES[name]
    columns = [_column(it, dtype, descriptions[it], always=True) for it, dtype in types.items()]
    return Contract(name=name, version=version, key=tuple(key), columns=tuple(columns))


def _file(store: Store, name: str, version: int) -> Contract:
    """Return what columns a file really has, beside those of the table that it is about."""
    blob = store.get(f"{path_of(name)}.parquet")
    assert blob is not None
    descriptions: dict[str, str] = json.loads(read_metadata(blob.body).get("columns", "{}"))
    types = pl.read_parquet_schema(io.BytesIO(blob.body))
    own = [column for column in types if name in PATHS or column not in dtypes_of("allocations")]
    columns = [_column(it, types[it], descriptions.get(it, ""), always=True) for it in own]
    return Contract(name=name, version=version, key=(), columns=tuple(columns))


def _mart(mart: Mart) -> Contract:
    columns = [
        _column(it, mart.schema[it], text, always=True) for it, text in mart.descriptions.items()
    ]
    return Contract(
        name=OF_MARTS + mart.name,
        version=MART_VERSIONS[mart.name],
        key=tuple(mart.key),
        columns=tuple(columns),
    )


def _column(name: str, dtype: pl.DataType, meaning: str, *, always: bool) -> Column:
    unit = re.search(r"\[([^\[\]]+)\]", meaning)
    unit_name = unit[1] if unit else ""
    return Column(name=name, type=str(dtype), always=always, unit=unit_name, meaning=meaning)


def main() -> int:
    """Write down what is new."""
    for name in write(declared(), CONTRACTS):
        sys.stdout.write(f"tests/contracts/{name} is new: review it, and tell in CHANGELOG.md.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
