"""The queries that readers have of a version: written down once with it, run for ever after.

Each query of a table is about days before 3 January 2022; the dataset is `publisher.<table>`.
"""

from collections.abc import Sequence
from string import Template

TABLE = Template("""\
-- Queries of readers of ${name}, as its columns were in this version. Run on every later one.

-- latest
SELECT ${columns}
FROM read_parquet(getvariable('lake') || '/${place}/latest.parquet')
ORDER BY ALL;

-- history
SELECT ${columns}, valid_from
FROM read_parquet(getvariable('lake') || '/${place}/history.parquet')
WHERE valid_from < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- history as of a day
SELECT ${columns}
FROM read_parquet(getvariable('lake') || '/${place}/history.parquet')
WHERE valid_from <= TIMESTAMPTZ '2022-01-01 12:00:00+00'
    AND (valid_to IS NULL OR valid_to > TIMESTAMPTZ '2022-01-01 12:00:00+00')
ORDER BY ALL;

-- changes
SELECT as_of, ${key}, "column", before_text, after_text, kind
FROM read_parquet(getvariable('lake') || '/${place}/changes.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- vintages
SELECT id, as_of, is_new, "rows", updated, "columns"
FROM read_parquet(getvariable('lake') || '/${place}/vintages.parquet')
WHERE as_of < TIMESTAMPTZ '2022-01-03 00:00:00+00'
ORDER BY ALL;

-- view as of a day
SELECT ${columns}
FROM ${view}_asof(DATE '2022-01-02')
ORDER BY ALL;

-- view of what changed
SELECT ${key}, "column", before_text, after_text, kind
FROM ${view}_diff('2022-01-01', '2022-01-02')
ORDER BY ALL;
""")
FILE = Template("""\
-- A query of readers of ${name}, as its columns were in this version. Run on every later one.

-- ${name}
SELECT ${columns}
FROM read_parquet(getvariable('lake') || '/${path}.parquet')
ORDER BY ALL;
""")
PATHS = {
    "alerts": "alerts/alerts",
    "alert_events": "alerts/alert_events",
    "dim_product": "catalog/dim_product",
}
"""Files of the lake; the others are those of a dataset."""
OF_MARTS = "marts."
"""How the names of the contracts of marts begin."""


def table_queries(name: str, columns: Sequence[str], *, key: Sequence[str]) -> str:
    """Return queries by which readers use all columns of a table."""
    dataset = dataset_of(name)
    return TABLE.substitute(
        name=name,
        columns=_listed(columns),
        key=_listed(key),
        place="/".join(dataset),
        view="_".join(dataset),
    )


def dataset_of(name: str) -> tuple[str, str]:
    """Return source and table: of a dataset of the lake's own its name says both."""
    source, _, table = name.rpartition(".")
    return source or "publisher", table


def file_queries(name: str, columns: Sequence[str], *, key: Sequence[str]) -> str:
    """Return the query by which readers use all columns that a file has of its own."""
    del key
    return FILE.substitute(name=name, columns=_listed(columns), path=path_of(name))


def path_of(name: str) -> str:
    """Return where a file lies in the small lake of the tests."""
    if name.startswith(OF_MARTS):
        return name.replace(".", "/")
    return PATHS.get(name, f"unicef_market/allocations/{name}")


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
