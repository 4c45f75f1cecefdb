"""Walk: fetch the bodies of one snapshot from a page's address, and read the tables in them.

    page -> report key and tenant -> cluster -> model -> schema -> for each table its pages

Every answer is a body, so a faulty answer is archived before parsing finds the fault. A table that
the model lacks, or that lacks a column, is not requested; the others are.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import polars as pl

from schemas.columns import Columns, distance, missing_names, publishers_names
from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody
from schemas.source import Ask, Bodies
from tasks.formats.column_names import with_declared_names, with_declared_spelling
from tasks.formats.delimited import framed, read_csv
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, kind_of, unpacked
from tasks.formats.workbooks import read_sheets
from tasks.powerbi.answer_pages import join_pages, read_page
from tasks.powerbi.model import Entity, api_of, entities_of, model_of, report_at, report_on
from tasks.powerbi.query import query, restart_of
from tasks.powerbi.wanted import Wanted, found_in, remarks_on, require_one

TITLES_AT_MOST = 20  # rows of a sheet, above its table, that may hold titles and filters
PAGES_AT_MOST = 40
"""Pages of one table: 1.2 million rows. The tables we know of fit on one page."""
T = TypeVar("T")
PAGE, CLUSTER, MODEL, SCHEMA = "page", "cluster", "model", "schema"


def tables_of(
    bodies: Bodies, tables: Sequence[Wanted], *, where: str
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Return the tables in the bodies of a walk, and sentences on the tables that are missing.

    Tables are strings under their declared names, null where the server had no value. Raises
    SourceChanged: every table that is there has lost a column; BadBody: a step failed, no table is
    there, or an answer is incomplete.
    """
    entities = _entities(bodies, where)
    found = found_in(tables, entities)
    require_one(tables, found, entities, where=where)
    names = [one.table for one in found if not one.missing]
    read = {name: _table(bodies, name, f"{where}, {name}") for name in names}
    return read, remarks_on(tables, found)


def _entities(bodies: Bodies, where: str) -> list[Entity]:
    """Return the tables of the model, or raise the error of the step that failed."""
    steps = {PAGE: report_on, CLUSTER: api_of, MODEL: model_of}
    for name, judge in steps.items():
        if name in bodies:
            judge(bodies[name], where=f"{where}, {name}")
    if SCHEMA not in bodies:
        seen = f"the bodies {', '.join(bodies)}"
        raise BadBody(where, seen, "those of a walk through a Power BI page", FETCH_AGAIN)
    return entities_of(bodies[SCHEMA], where=f"{where}, {SCHEMA}")


def _table(bodies: Bodies, table: str, where: str) -> pl.DataFrame:
    names = [f"{table}-{number}" for number in range(1, PAGES_AT_MOST + 1)]
    pages = [read_page(bodies[name], where=f"{where}: {name}") for name in names if name in bodies]
    return join_pages(pages, where=where)


def walk(tables: Sequence[Wanted], ask: Ask, url: str) -> Mapping[str, bytes]:
    """Return the bodies of a snapshot of these tables, up to the step that fails.

    They are called page (unless the address is the report's own view), cluster, model, schema, and
    for each table that the model has with all its columns `<table>-1`, `<table>-2` … An address
    that serves no web page but a file, such as somebody's export, gives that file alone, as main.

    Raises what `ask` raises, and nothing else: parsing the last body raises its error.
    """
    bodies: dict[str, bytes] = {}
    report = report_at(url)
    if report is None:
        body = ask(url)
        content = _if_sound(partial(unpacked, expected=""), body) or b""
        if kind_of(content) in {"text", "zip"}:  # saved by somebody, no page for people
            return {"main": body}
        bodies[PAGE] = body
        report = _if_sound(report_on, body)
    if report is None:
        return bodies
    bodies[CLUSTER] = ask(report.routing)
    address = _if_sound(api_of, bodies[CLUSTER])
    if address is None:
        return bodies
    request = partial(_request, ask, address, report.key)
    bodies[MODEL] = request(f"{report.key}/modelsAndExploration?preferReadOnlySession=true")
    model = _if_sound(model_of, bodies[MODEL])
    if model is None:
        return bodies
    bodies[SCHEMA] = request("conceptualschema", json={"modelIds": [model.id]})
    for one in found_in(tables, _if_sound(entities_of, bodies[SCHEMA]) or ()):
        if not one.missing:
            question = partial(query, one.entity.name, one.selected, model=model)
            bodies |= _pages(request, one.table, question)
    return bodies


def _request(ask: Ask, api: str, key: str, path: str, *, json: Any = None) -> bytes:
    headers = {"X-PowerBI-ResourceKey": key}
    return ask(f"{api}/public/reports/{path}", headers=headers, json=json)


def _pages(
    request: Callable[..., bytes], table: str, question: Callable[..., Any]
) -> dict[str, bytes]:
    bodies: dict[str, bytes] = {}
    restart: Any = None
    for number in range(1, PAGES_AT_MOST + 1):
        body = request("querydata?synchronous=true", json=question(restart=restart))
        bodies[f"{table}-{number}"] = body
        before, restart = restart, _if_sound(restart_of, body)
        if restart is None or restart == before:
            break
    return bodies


def _if_sound(judge: Callable[..., T], body: bytes) -> T | None:
    """Return what `judge` reads in a body; None where it refuses the body."""
    try:
        return judge(body, where="")
    except BadBody:
        return None


def exported(
    body: bytes,
    tables: Mapping[str, Columns],
    *,
    where: str,
    finer: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, pl.DataFrame]:
    """Return, for each table in an export, the sheet as it stands: strings, no row dropped.

    `finer`: by table the one that it is summed from; a sheet of that one is not also read as sums.
    `body`: a CSV (gzip or not) or an .xlsx workbook. Raises BadBody: it cannot be read, or two
    sheets hold the same table; SourceChanged: it holds no table; says which columns are missing
    from the nearest one.
    """
    sheets = _sheets(body, tables, where)
    found: dict[str, pl.DataFrame] = {}
    for sheet in sheets:
        there = _tables_in(sheet.columns, tables)
        for table in (one for one in there if finer.get(one) not in there):
            if table in found:
                seen = f"the table {table} on two sheets"
                raise BadBody(where, seen, "each table on one sheet", CHECK_SOURCE)
            found[table] = sheet
    if not found:
        names = sheets[0].columns
        table = min(tables, key=lambda table: distance(tables[table], names))
        missing = missing_names(tables[table], names)
        raise SourceChanged(where, missing, names, table=table, tables=len(tables))
    return found


def _sheets(body: bytes, tables: Mapping[str, Columns], where: str) -> list[pl.DataFrame]:
    """Return every sheet as a frame; a CSV is one sheet; sheets without a table are left out."""
    names = [name for table in tables.values() for name in publishers_names(table)]
    if kind_of(body) != "zip":
        return [with_declared_names(read_csv(body, where=where, odd_rows=True), names)]
    sheets = [rows for rows in read_sheets(body, where=where).values() if rows]
    if not sheets:
        raise BadBody(where, "no filled cell on any sheet", "a table", CHECK_SOURCE)
    held: list[pl.DataFrame] = []
    for rows in sheets:
        spelled = [with_declared_spelling(row, names) for row in rows[:TITLES_AT_MOST]]
        header = next((at for at, row in enumerate(spelled) if _tables_in(row, tables)), None)
        if header is not None:
            frame = framed(rows, where=where, header=header)
            held.append(with_declared_names(frame, names))
    return held or [framed(sheets[0], where=where)]


def _tables_in(names: Sequence[str], tables: Mapping[str, Columns]) -> list[str]:
    return [table for table, columns in tables.items() if not missing_names(columns, names)]
