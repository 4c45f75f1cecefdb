"""Golden tables: what every source makes of its fixtures, as files that a person can review.

`python -m tests.golden` writes them again from `tests/fixtures/<source>/<name>.<suffix>`, and from
folders `tests/fixtures/<source>/<name>/` that hold the several bodies of one snapshot. Where
sources are named it writes theirs alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

from tasks.parsing.flags import flags_of
from tasks.sources import source_named
from tests.parsed import readings

FIXTURES = Path(__file__).parent / "fixtures"
BODIES = sorted(
    path for path in FIXTURES.glob("*/*") if not path.name.endswith((".golden.json", ".md"))
)


def bodies_of(body: Path) -> dict[str, bytes]:
    """Return the bodies of a fixture by name: `main`, or the files of a folder."""
    if body.is_dir():
        return {path.stem: path.read_bytes() for path in sorted(body.iterdir())}
    return {"main": body.read_bytes()}


def golden_file(body: Path) -> Path:
    """Return where the golden tables of a fixture are."""
    return body.with_name(f"{body.stem}.golden.json")


def golden_text(body: Path) -> str:
    """Return all tables that a fixture gives as JSON, one row a line; without reasons in words."""
    tables = readings(source_named(body.parent.name), bodies_of(body))
    parts = {
        f"{table}.{part}": _lines(frame)
        for table, reading in tables.items()
        for part, frame in (
            ("rows", reading.frame),
            ("quarantined", reading.quarantined.drop("reason")),
            ("flagged", flags_of(reading.frame, table).drop("reason")),
        )
    }
    listed = ",\n".join(f'"{name}": [{rows}]' for name, rows in parts.items())
    return f"{{\n{listed}\n}}\n"


def _lines(frame: pl.DataFrame) -> str:
    rows = [json.dumps(_plain(row), ensure_ascii=False) for row in frame.to_dicts()]
    return "".join(f"\n  {row}," for row in rows).removesuffix(",") + ("\n" if rows else "")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    known = (str, int, float, type(None))
    return {name: cell if isinstance(cell, known) else str(cell) for name, cell in row.items()}


if __name__ == "__main__":
    for one in BODIES:
        if one.parent.name in (sys.argv[1:] or [one.parent.name]):
            golden_file(one).write_text(golden_text(one), encoding="utf-8")
