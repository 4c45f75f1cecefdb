"""Writes a DuckDB database by an order on standard input: `python -m … FILE`.

The order is a JSON object: `sql`; `views`, the names of all that should be there; `about`, by path
what files hold that do not state it themselves; `lake`, a folder with the files that the SQL names,
null where it names them by their place. Every view and every column that the SQL creates gets the
description of its Parquet file as a comment.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import duckdb

VIEW: Final = re.compile(r'^CREATE OR REPLACE VIEW "?(\w+)"? AS', re.MULTILINE)
PARQUET: Final = re.compile(
    r"coalesce\(getvariable\('lake'\), '[^\n]*?'\) \|\| '/([\w/.-]+\.parquet)'"
)
ADDED: Final = {
    "source": "the source, see dim_source",
    "measure": "the figure, a column of the table",
    "alert_group": "fingerprint of the wider or weightier alert it comes with; null = none",
    "as_of": "instant (UTC) of the version",
    "as_of_date": "day (UTC) of as_of",
    "valid_from_date": "day (UTC) of valid_from",
}
"""Descriptions of the columns that only views have."""

SHORT: Final = {"measure": "column", "alert_group": "group"}
"""What a column of a view is called in its file."""


def write_database(path: str, order: Mapping[str, Any]) -> None:
    """Create or extend a database by an order. Raises duckdb.Error."""
    with duckdb.connect(path) as connection:
        connection.execute("BEGIN")  # a statement by itself takes four times as long
        if order["lake"]:
            connection.execute("SET VARIABLE lake = ?", [order["lake"]])
        connection.execute(order["sql"])
        there = "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        for (name,) in connection.execute(there).fetchall():
            if name not in order["views"]:
                connection.execute(f'DROP VIEW "{name}"')
        for statement in _comments(connection, order):
            connection.execute(statement)
        connection.execute("COMMIT")


def _comments(connection: Any, order: Mapping[str, Any]) -> Iterator[str]:
    """Yield the statements that comment on every view and every column that is described."""
    for name, place in _files_of_views(order["sql"]).items():
        about = {"": order["about"].get(place[1], name), **_described(connection, place[0])}
        rows = connection.execute(f'DESCRIBE "{name}"').fetchall()
        yield f"COMMENT ON VIEW \"{name}\" IS '{_text(about[''])}'"
        for column, *_ in rows:
            source = SHORT.get(column, column)
            text = about.get(str(source)) or ADDED.get(column)
            if text:
                yield f'COMMENT ON COLUMN "{name}"."{column}" IS \'{_text(text)}\''


def _files_of_views(script: str) -> dict[str, re.Match[str]]:
    """Return by view the SQL expression of the place of its file, with the path in the lake."""
    parts = VIEW.split(script)[1:]
    found = {name: PARQUET.search(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
    return {name: place for name, place in found.items() if place}


def _described(connection: Any, path: str) -> dict[str, str]:
    """Return what a file's own metadata say of its columns; '' stands for the file itself."""
    wanted = f"SELECT decode(key), decode(value) FROM parquet_kv_metadata({path})"  # noqa: S608 (ours)
    facts = dict(connection.execute(wanted).fetchall())
    described: dict[str, str] = json.loads(facts.get("vaxwatch.columns", "{}"))
    about = facts.get("vaxwatch.about")
    return {**described, **({"": about} if about else {})}


def _text(text: str) -> str:
    return text.replace("'", "''")


if __name__ == "__main__":
    write_database(sys.argv[1], json.load(sys.stdin))
    os._exit(0)  # without the binding's warnings on what it did not free
