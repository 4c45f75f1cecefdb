"""
Walk: from the address of a page to the bodies of one snapshot, and from the bodies to its tables.

    page -> report key and tenant -> cluster -> model -> schema -> for each table its pages

Promises: everything that was answered is a body, so that what is wrong with an answer is found by
reading the bodies, after they were kept. A table that the model lacks, or of which it lacks a
column, is not asked for; the others are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import polars as pl

from schemas.errors import BadBody
from schemas.source import Ask, Bodies, Gather
from tasks.formats.sniffing import FETCH_AGAIN, kind_of, unpacked
from tasks.powerbi.answer_pages import joined, page_of
from tasks.powerbi.embed import api_of, report_at, report_on
from tasks.powerbi.model import Entity, Model, entities_of, model_of
from tasks.powerbi.query import query
from tasks.powerbi.query_answers import restart_of
from tasks.powerbi.wanted import Wanted, found_in, remarks_on, require_one

PAGES_AT_MOST = 40
"""Pages of one table: 1.2 million rows. The tables we know of fit on one page."""
T = TypeVar("T")
PAGE, CLUSTER, MODEL, SCHEMA = "page", "cluster", "model", "schema"


def walk(tables: Sequence[Wanted]) -> Gather:
    """
    Return how the bodies of a snapshot of these tables are asked for.

    They are called page (unless the address is the report's own view), cluster, model, schema, and
    for each table that the model has with all its columns `<table>-1`, `<table>-2` … An address
    that serves no web page but a file, such as somebody's export, gives that file alone, as main.

    What is returned raises whatever its `ask` raises, and nothing else.
    """
    return partial(_gather, tuple(tables))


def tables_of(
    bodies: Bodies, tables: Sequence[Wanted], *, where: str
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """
    Return the tables that the bodies of a walk have, and sentences on those that they have not.

    Tables are strings under their declared names, null where the server had none. `where` names the
    source in errors.

    Raises:
        SourceChanged: Every table that is there has lost a column.
        BadBody: A step does not lead to the tables, none of them is there, or an answer is not
            whole.
    """
    entities = _entities(bodies, where)
    found = found_in(tables, entities)
    require_one(tables, found, entities, where=where)
    names = [one.table for one in found if not one.missing]
    read = {name: _table(bodies, name, f"{where}, {name}") for name in names}
    return read, remarks_on(tables, found)


@dataclass(frozen=True, slots=True)
class Server:
    """Who answers questions about one report: how it is asked, its address, the report's key."""

    ask: Ask
    address: str
    key: str

    def told(self, path: str, *, json: Any = None) -> bytes:
        """Return the answer to a GET, or to a POST of `json`."""
        headers = {"X-PowerBI-ResourceKey": self.key}
        return self.ask(f"{self.address}/public/reports/{path}", headers=headers, json=json)


def _gather(tables: tuple[Wanted, ...], ask: Ask, url: str) -> Mapping[str, bytes]:
    """Return every body up to where the way ends; reading the last one tells why it does."""
    bodies: dict[str, bytes] = {}
    report = report_at(url)
    if report is None:
        body = ask(url)
        if _is_export(body):
            return {"main": body}
        bodies[PAGE] = body
        report = _if_sound(report_on, body)
    if report is None:
        return bodies
    bodies[CLUSTER] = ask(report.routing)
    address = _if_sound(api_of, bodies[CLUSTER])
    if address is None:
        return bodies
    server = Server(ask, address, report.key)
    bodies[MODEL] = server.told(f"{report.key}/modelsAndExploration?preferReadOnlySession=true")
    model = _if_sound(model_of, bodies[MODEL])
    if model is None:
        return bodies
    bodies[SCHEMA] = server.told("conceptualschema", json={"modelIds": [model.id]})
    return bodies | _asked(server, tables, _if_sound(entities_of, bodies[SCHEMA]) or (), model)


def _asked(
    server: Server, tables: Sequence[Wanted], entities: Sequence[Entity], model: Model
) -> dict[str, bytes]:
    """Return the pages of every table that the model has with all its columns."""
    bodies: dict[str, bytes] = {}
    for one in found_in(tables, entities):
        if not one.missing:
            question = partial(query, one.entity.name, one.selected, model=model)
            bodies |= _pages(server, one.table, question)
    return bodies


def _pages(server: Server, table: str, question: Callable[..., Any]) -> dict[str, bytes]:
    """Return the pages of one table, asked for until there is no further one."""
    bodies: dict[str, bytes] = {}
    restart: Any = None
    for number in range(1, PAGES_AT_MOST + 1):
        body = server.told("querydata?synchronous=true", json=question(restart=restart))
        bodies[f"{table}-{number}"] = body
        before, restart = restart, _if_sound(restart_of, body)
        if restart is None or restart == before:
            break
    return bodies


def _is_export(body: bytes) -> bool:
    """Return whether a body is a table that somebody saved, rather than a page for people."""
    return kind_of(_if_sound(_unpacked, body) or b"") in {"text", "zip"}


def _unpacked(body: bytes, *, where: str) -> bytes:
    return unpacked(body, where, "a page or a file")


def _if_sound(judge: Callable[..., T], body: bytes) -> T | None:
    """Return what a body says, None where it says nothing that leads on."""
    try:
        return judge(body, where="")
    except BadBody:
        return None


def _entities(bodies: Bodies, where: str) -> list[Entity]:
    """Return the tables of the model, or raise what ended the way there."""
    steps = {PAGE: report_on, CLUSTER: api_of, MODEL: model_of}
    for name, judge in steps.items():
        if name in bodies:
            judge(bodies[name], where=f"{where}, {name}")
    if SCHEMA not in bodies:
        seen = f"the bodies {', '.join(bodies)}"
        raise BadBody(where, seen, "those of a walk through a Power BI page", FETCH_AGAIN)
    return entities_of(bodies[SCHEMA], where=f"{where}, {SCHEMA}")


def _table(bodies: Bodies, table: str, where: str) -> pl.DataFrame:
    """Return one table from its pages."""
    numbers = range(1, PAGES_AT_MOST + 1)
    names = [name for number in numbers if (name := f"{table}-{number}") in bodies]
    return joined([page_of(bodies[name], where=f"{where}: {name}") for name in names], where=where)
