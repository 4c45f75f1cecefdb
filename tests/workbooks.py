"""Workbooks made of rows, for what people save from a spreadsheet."""

import io
import re
from collections.abc import Iterable

import xlsxwriter

WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d{0,14}", re.ASCII)


def workbook(rows: Iterable[Iterable[str | None]]) -> bytes:
    """Return rows as an Excel workbook of texts, its whole numbers as numbers."""
    packed = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(packed, options) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell and WHOLE_NUMBER.fullmatch(cell):
                    sheet.write_number(at, place, int(cell))
                else:
                    sheet.write_string(at, place, cell or "")
    return packed.getvalue()


def error_workbook(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as an Excel workbook in which a cell that begins with # shows that error."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell.startswith("#"):
                    sheet.write_formula(at, place, "=A1", None, cell)  # pyright: ignore[reportArgumentType]
                elif WHOLE_NUMBER.fullmatch(cell):
                    sheet.write_number(at, place, int(cell))
                else:
                    sheet.write_string(at, place, cell)
    return packed.getvalue()
