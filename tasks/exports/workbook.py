"""Export to an Excel workbook: a sheet per table, and sheets of sources and columns.

Cells are numbers, dates and texts, never formulas or links. Instants are UTC; Excel has no zones.
The same tables give the same bytes.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from tasks.exports.exported_table import ExportedTable, columns_sheet, sources_sheet
from tasks.exports.spreadsheet_text import plain_cells

MOST_ROWS: Final = 1_048_575
"""Rows of a sheet below its header: all that Excel takes."""
LONGEST: Final = 32_767
"""Characters of a cell."""
LONGEST_NAME: Final = 31
"""Characters of the name of a sheet."""
EPOCH: Final = date(1899, 12, 30)
FIRST_DAY: Final = date(1900, 3, 1)
"""Before it Excel counts a day that never was; earlier days are written as text."""
DAY: Final = 86_400_000_000
OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
SHARES: Final = ("_share", "rel_change", "drawdown", "positivity", "ratio")
WIDTHS: Final = (9, 42)


def write_workbook(
    tables: Sequence[ExportedTable], path: Path, *, most_rows: int = MOST_ROWS
) -> list[tuple[str, int, list[str]]]:
    """Write tables as a workbook; return each table's name, rows and sheets.

    A table of more than `most_rows` rows is split over several sheets. Raises OSError.
    """
    newest = max((one.as_of for one in tables if one.as_of), default=datetime(2000, 1, 1))  # noqa: DTZ001
    done: list[tuple[str, int, list[str]]] = []
    placed: list[tuple[ExportedTable, int, str]] = []
    packed = io.BytesIO()  # the library leaves a traceback where a file cannot be written
    with _workbook(packed) as book:
        book.set_properties({"created": newest.replace(tzinfo=None), "author": "vaxwatch"})
        listed = [book.add_worksheet(name) for name in ("sources", "columns")]
        names = _sheet_names([one.name for one in tables])
        for table, name in zip(tables, names, strict=True):
            frame = table.read()
            sheets: list[str] = []
            for number, part in enumerate(_parts(frame, most_rows), start=1):
                sheets.append(name if number == 1 else _numbered(name, number))
                key = {column.name for column in table.columns if column.is_key}
                _write(book, book.add_worksheet(sheets[-1]), part, key=key)
            done.append((table.name, frame.height, sheets))
            placed.append((table, frame.height, ", ".join(sheets)))
        for sheet, frame in zip(
            listed, (sources_sheet(placed), columns_sheet(tables)), strict=True
        ):
            _write(book, sheet, frame, key=())
    path.write_bytes(packed.getbuffer())
    return done


def _workbook(file: io.BytesIO) -> Any:
    import xlsxwriter  # noqa: PLC0415 (only this export needs it)  # pyright: ignore[reportMissingTypeStubs]

    return xlsxwriter.Workbook(file, OPTIONS)


def _parts(frame: pl.DataFrame, most_rows: int) -> Iterator[pl.DataFrame]:
    return frame.iter_slices(most_rows) if frame.height else iter([frame])


def _sheet_names(names: Sequence[str]) -> list[str]:
    """Return a name for each table's sheet: at most 31 characters, no two the same.

    >>> _sheet_names(["undp_vaccine_equity.vaccinations_current", "a.b", "A.B"])
    ['undp_vacci.vaccinations_current', 'a.b', 'A.B (2)']
    """
    given: list[str] = []
    for name in names:
        source, _, table = name.partition(".")
        short = f"{source[: max(LONGEST_NAME - len(table) - 1, 1)]}.{table}"[:LONGEST_NAME]
        wanted, number = short if len(name) > LONGEST_NAME else name, 2
        while wanted.casefold() in {one.casefold() for one in given} | {"sources", "columns"}:
            wanted, number = _numbered(short, number), number + 1
        given.append(wanted)
    return given


def _numbered(name: str, number: int) -> str:
    suffix = f" ({number})"
    return name[: LONGEST_NAME - len(suffix)] + suffix


def _write(book: Any, sheet: Any, frame: pl.DataFrame, *, key: Sequence[str] | set[str]) -> None:
    """Write a frame with its header, row by row, as a workbook of constant memory demands."""
    frame = plain_cells(frame).with_columns(pl.col(pl.String).str.head(LONGEST))
    for place, (name, kind) in enumerate(frame.schema.items()):
        pattern = _number_format(name, kind, is_key=name in key)
        shown = book.add_format({"num_format": pattern} if pattern else {})
        sheet.set_column(place, place, _width(frame, name), shown)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(frame.height, 1), max(frame.width - 1, 0))
    sheet.write_row(0, 0, frame.columns, book.add_format({"bold": True, "bottom": 1}))
    cells = [_cells(column) for column in frame.get_columns()]
    for number, row in enumerate(zip(*cells, strict=True), start=1):
        for place, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(number, place, value)
            elif isinstance(value, bool):
                sheet.write_boolean(number, place, value)
            else:
                sheet.write_number(number, place, value)


def _cells(column: pl.Series) -> list[Any]:
    """Return the values of a column as Excel stores them: days since 1899-12-30 for dates."""
    kind = column.dtype
    if not (kind == pl.Date or kind.base_type() == pl.Datetime):
        return column.to_list()
    days = column.cast(pl.Datetime("us")) - datetime(1899, 12, 30)  # noqa: DTZ001 (UTC throughout)
    cells: list[Any] = (days.dt.total_microseconds() / DAY).to_list()
    early = (column.cast(pl.Date) < FIRST_DAY).fill_null(value=False)
    for place in early.arg_true().to_list():
        cells[place] = str(column[place])
    return cells


def _number_format(name: str, kind: pl.DataType, *, is_key: bool) -> str:
    if kind == pl.Date:
        return "yyyy-mm-dd"
    if kind.base_type() == pl.Datetime:
        return "yyyy-mm-dd hh:mm"
    if not kind.is_numeric() or is_key:
        return ""
    if name.endswith(SHARES):
        return "0.0%"
    return "#,##0" if kind.is_integer() else "#,##0.###"


def _width(frame: pl.DataFrame, name: str) -> int:
    shown = frame[name].head(100).cast(pl.String).str.len_chars().max()
    longest = max(len(name) + 4, shown if isinstance(shown, int) else 0)
    return min(max(longest, WIDTHS[0]), WIDTHS[1])
