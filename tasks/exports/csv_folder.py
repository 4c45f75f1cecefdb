"""Export to a folder of CSV files: one per table, `sources.csv` and `columns.csv`."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tasks.exports.exported_table import ExportedTable, columns_sheet, sources_sheet
from tasks.exports.replaced_output import SOURCES
from tasks.exports.spreadsheet_text import plain_cells, without_formulas

INSTANT = "%Y-%m-%dT%H:%M:%S%.fZ"
COLUMNS = "columns.csv"


def write_csv_folder(
    tables: Sequence[ExportedTable], folder: Path, *, is_safe: bool = False
) -> list[tuple[str, int, list[str]]]:
    """Write tables as CSV in UTF-8 to a new folder; return each table's name, rows and files.

    Null is an empty field, a published 0 is 0; instants are ISO 8601 in UTC. `is_safe`: no text is
    a formula in a spreadsheet. Raises OSError, PolarsError.
    """
    folder.mkdir()
    done: list[tuple[str, int, list[str]]] = []
    placed: list[tuple[ExportedTable, int, str]] = []
    for table in tables:
        frame, name = table.read(), f"{table.name}.csv"
        _write(frame, folder / name, is_safe=is_safe)
        done.append((table.name, frame.height, [name]))
        placed.append((table, frame.height, name))
    write_credits(placed, folder, is_safe=is_safe)
    return done


def write_credits(
    placed: Sequence[tuple[ExportedTable, int, str]], folder: Path, *, is_safe: bool = False
) -> None:
    """Write whom to credit and what the columns mean. Raises OSError, PolarsError."""
    _write(sources_sheet(placed), folder / SOURCES, is_safe=is_safe)
    _write(columns_sheet([table for table, _, _ in placed]), folder / COLUMNS, is_safe=is_safe)


def _write(frame: pl.DataFrame, path: Path, *, is_safe: bool) -> None:
    cells = plain_cells(frame)
    (without_formulas(cells) if is_safe else cells).write_csv(path, datetime_format=INSTANT)
