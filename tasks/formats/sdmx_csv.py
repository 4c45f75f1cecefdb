r"""SDMX-CSV: one observation a row, dimensions and attributes by code.

Format: SDMX-CSV 1.0 (a column DATAFLOW first) and 2.0 (STRUCTURE, STRUCTURE_ID, ACTION first), as
https://github.com/sdmx-twg/sdmx-csv describes it. With labels (`labels=both`) names and cells read
`CODE: label`; the code is kept.
"""

from collections.abc import Sequence
from functools import partial

import polars as pl

from schemas.errors import BadBody
from schemas.source import Bodies, Parser
from tasks.formats.column_names import with_declared_spelling
from tasks.formats.delimited import read_csv
from tasks.formats.sniffing import CHECK_SOURCE

VALUE, PERIOD = "OBS_VALUE", "TIME_PERIOD"
LABEL = ":"


def read_sdmx_csv(body: bytes, *, where: str) -> pl.DataFrame:
    r"""Return the observations as strings, columns named by code; rows that do not fit are odd.

    Raises BadBody as `read_csv`, and where it is no SDMX-CSV: without value or period.

    >>> body = b"DATAFLOW,REF_AREA:Area,TIME_PERIOD:Time,OBS_VALUE\nX,MEX: Mexico,2020: 2020,74\n"
    >>> read_sdmx_csv(body, where="example").row(0)
    ('X', 'MEX', '2020', '74')
    """
    frame = read_csv(body, where=where, odd_rows=True)
    labelled = [name for name in frame.columns if LABEL in name]
    codes = {name: name.partition(LABEL)[0].strip() for name in labelled}
    names = with_declared_spelling(
        [codes.get(name, name) for name in frame.columns], (PERIOD, VALUE)
    )
    missing = [name for name in (PERIOD, VALUE) if name not in names]
    if missing or len(set(names)) < len(names):
        seen = f"a table without {missing[0]}" if missing else "a column twice, by its code"
        raise BadBody(where, seen, f"SDMX-CSV with {PERIOD} and {VALUE}", CHECK_SOURCE)
    cells = [pl.col(name).str.extract(r"^([^:]*)", 1).str.strip_chars() for name in labelled]
    return frame.with_columns(cells).rename(dict(zip(frame.columns, names, strict=True)))


def sdmx_tables(*tables: str, where: str) -> Parser:
    """Return the parser of a source of one SDMX-CSV, `where`, from which `tables` are made."""
    return partial(_tables, tables=tables, where=where)


def _tables(bodies: Bodies, *, tables: Sequence[str], where: str) -> dict[str, pl.DataFrame]:
    return dict.fromkeys(tables, read_sdmx_csv(bodies["main"], where=where))
