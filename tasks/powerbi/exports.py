"""Exports: what people save by hand from a dashboard, as CSV or as a workbook.

A sheet is read as each table of which it has all required columns.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.columns import Columns, From
from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody
from tasks.formats.delimited import framed, read_csv
from tasks.formats.sniffing import CHECK_SOURCE, kind_of
from tasks.formats.workbooks import read_sheets

TITLES_AT_MOST = 20  # rows of a sheet, above its table, that may hold titles and filters


def exported(body: bytes, tables: Mapping[str, Columns], *, where: str) -> dict[str, pl.DataFrame]:
    r"""Return, for each table in an export, the sheet as it stands: strings, no row dropped.

    `body`: a CSV (gzip or not) or an .xlsx workbook. Raises BadBody: it cannot be read, or two
    sheets hold the same table; SourceChanged: it holds no table; says which columns are missing
    from the nearest one.

    >>> tables = {"prices": {"buyer": From(("Buyer",))}, "deliveries": {"iso3": From(("ISO",))}}
    >>> list(exported(b"ISO,Doses\nPRK,0\n", tables, where="example"))
    ['deliveries']
    """
    sheets = _sheets(body, tables, where)
    found: dict[str, pl.DataFrame] = {}
    for sheet in sheets:
        for table in _tables_in(sheet.columns, tables):
            if table in found:
                seen = f"the table {table} on two sheets"
                raise BadBody(where, seen, "each table on one sheet", CHECK_SOURCE)
            found[table] = sheet
    if not found:
        names = sheets[0].columns
        lacking = [(_lacking(names, columns), len(_needed(columns))) for columns in tables.values()]
        # of the closest table: fewest missing, then most present
        missing, _ = min(lacking, key=lambda one: (len(one[0]), len(one[0]) - one[1]))
        raise SourceChanged(where, missing, names)
    return found


def _sheets(body: bytes, tables: Mapping[str, Columns], where: str) -> list[pl.DataFrame]:
    """Return every sheet as a frame; a CSV is one sheet; sheets without a table are left out."""
    if kind_of(body) != "zip":
        return [read_csv(body, where=where)]
    sheets = [rows for rows in read_sheets(body, where=where).values() if rows]
    if not sheets:
        raise BadBody(where, "no filled cell on any sheet", "a table", CHECK_SOURCE)
    held: list[pl.DataFrame] = []
    for rows in sheets:
        header = next(
            (at for at, row in enumerate(rows[:TITLES_AT_MOST]) if _tables_in(row, tables)), None
        )
        if header is not None:
            held.append(framed(rows, where=where, header=header))
    return held or [framed(sheets[0], where=where)]


def _tables_in(names: Sequence[str], tables: Mapping[str, Columns]) -> list[str]:
    return [table for table, columns in tables.items() if not _lacking(names, columns)]


def _lacking(names: Sequence[str], columns: Columns) -> list[str]:
    """Return the declared columns that are not among the names, in words."""
    return [" or ".join(known) for known in _needed(columns) if not set(known) & set(names)]


def _needed(columns: Columns) -> list[tuple[str, ...]]:
    """Return the required columns, each with its alternative names."""
    declared = [how for how in columns.values() if isinstance(how, From)]
    return [how.names for how in declared if not how.optional]
