"""Model: from a web page to the report it embeds, its server, its model and that model's tables."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

from schemas.errors import BadBody
from schemas.limits import PAGE_AT_MOST
from tasks.formats.json_records import list_in, object_in, parse_json
from tasks.formats.sniffing import CHECK_SOURCE, unpacked

VIEW = re.compile(
    r"""((?:https?:)?//[^\s"'<>\\/]{1,260})/view\?(?:[^\s"'<>]{0,500}?&)?r=([\w%+/=-]+)"""
)
"""The address of a report's view: its host, and which report in base64."""
ESCAPE = re.compile(r"\\+(?:u00([0-7][0-9A-Fa-f])|x([0-7][0-9A-Fa-f]))")
"""A sign of ASCII as a script writes it: \\u002F, \\x2F."""
LAYERS = 3
NAME = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
PAGE = "a page that embeds a Power BI report (https://app.powerbi.com/view?r=…)"
CLUSTER = "a Power BI cluster with its FixedClusterUri"
SCHEMA = "a Power BI model's schema"
MODEL = "a Power BI report's model and pages"


@dataclass(frozen=True, slots=True)
class Report:
    """A published report: its resource key, its tenant, and the host that shows it."""

    key: str
    tenant: str
    host: str

    @property
    def routing(self) -> str:
        """The address that returns the report's cluster, on the API host beside the public host.

        >>> Report("k", "t", "https://app.powerbi.com").routing
        'https://api.powerbi.com/public/routing/cluster/t'
        """
        host = re.sub(r"//app\.", "//api.", self.host, count=1)
        return f"{host}/public/routing/cluster/{self.tenant}"


@dataclass(frozen=True, slots=True)
class Model:
    """The model, data set and report that a query names; data set and report may be missing."""

    id: int
    dataset: str | None
    report: str | None


@dataclass(frozen=True, slots=True)
class Entity:
    """A table of the model. `properties`: its columns, and True for those that are measures."""

    name: str
    properties: Mapping[str, bool]


def report_at(url: str) -> Report | None:
    """Return the report of an address that is itself a report's view, else None."""
    return next(iter(_reports(url)), None)


def report_on(page: bytes, *, where: str) -> Report:
    """Return the report that a web page embeds. Raises BadBody where there is not exactly one."""
    content = unpacked(page, where, PAGE)
    if len(content) > PAGE_AT_MOST:
        seen = f"a page of {len(content):,} bytes"
        raise BadBody(where, seen, f"at most {PAGE_AT_MOST:,}", CHECK_SOURCE)
    text = content.decode("utf-8", "replace")
    reports = list(dict.fromkeys(chain.from_iterable(map(_reports, _spellings(text)))))
    if len(reports) == 1:
        return reports[0]
    if not reports:
        seen = f"no report on the page that begins with '{' '.join(text[:60].split())}'"
        raise BadBody(where, seen, PAGE, CHECK_SOURCE)
    seen = f"{len(reports)} reports: {', '.join(one.key for one in reports)}"
    choose = "Nothing was published. Set the address of the right view in vaxwatch.toml."
    raise BadBody(where, seen, "one report on the page", choose)


def _spellings(text: str) -> Iterator[str]:
    """Yield a page as it stands, then with one layer after another of its escapes undone.

    An address may be escaped for HTML, for a script, for a query, or for one inside of another.
    """
    yield text
    for _ in range(LAYERS):
        plain = html.unescape(text)
        plain = ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), plain)
        plain = unquote(plain.replace("\\/", "/"), errors="replace")
        if plain == text:
            return
        text = plain
        yield text


def _reports(text: str) -> list[Report]:
    found = [(host, _report_keys(packed)) for host, packed in VIEW.findall(text)]
    return [
        Report(report["k"], report["t"], host if host.startswith("http") else f"https:{host}")
        for host, report in found
        if _is_identifier(report.get("k")) and _is_identifier(report.get("t"))
    ]


def _report_keys(packed: str) -> Mapping[str, Any]:
    """Return the decoded `r` parameter of a view; empty where it is something else."""
    letters = unquote(packed).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        report = json.loads(base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return object_in(report) or {}


def _is_identifier(value: Any) -> bool:
    """Return whether a value is safe as part of an address."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def api_of(body: bytes, *, where: str) -> str:
    """Return the address of the server that answers queries, from the cluster's routing document.

    Raises BadBody when the document has no such address.
    """
    address = (object_in(parse_json(body, where=where)) or {}).get("FixedClusterUri")
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise BadBody(where, f"the cluster {address!r}", CLUSTER, CHECK_SOURCE)
    first, dot, rest = parts.netloc.partition(".")
    return f"{parts.scheme}://{first.replace('-redirect', '-api')}{dot}{rest}"


def model_of(body: bytes, *, where: str) -> Model:
    """Return the model that an answer to modelsAndExploration names. Raises BadBody."""
    document = object_in(parse_json(body, where=where)) or {}
    models = list_in(document.get("models")) or [None]
    first = object_in(models[0]) or {}
    number = first.get("id")
    if type(number) is not int:
        raise BadBody(where, f"a first model with the id {number!r}", MODEL, CHECK_SOURCE)
    exploration = object_in(document.get("exploration")) or {}
    report = object_in(exploration.get("report")) or {}
    known_as = report.get("objectId") or exploration.get("reportId")
    return Model(id=number, dataset=first.get("dbName"), report=known_as)


def entities_of(body: bytes, *, where: str) -> list[Entity]:
    """Return the tables that an answer to conceptualschema lists. Raises BadBody."""
    document = object_in(parse_json(body, where=where)) or {}
    schemas = [
        (object_in(one) or {}).get("schema") for one in list_in(document.get("schemas")) or ()
    ]
    listed = [list_in((object_in(one) or {}).get("Entities")) or () for one in schemas]
    entities: list[Entity] = []
    for fields in (object_in(one) or {} for one in chain.from_iterable(listed)):
        properties = [object_in(one) or {} for one in list_in(fields.get("Properties")) or ()]
        names = [fields.get("Name"), *(one.get("Name") for one in properties)]
        if not all(isinstance(name, str) for name in names):
            raise BadBody(where, "a table or column without a name", SCHEMA, CHECK_SOURCE)
        entities.append(
            Entity(fields["Name"], {one["Name"]: "Measure" in one for one in properties})
        )
    if not entities:
        raise BadBody(where, "no list of tables (Entities)", SCHEMA, CHECK_SOURCE)
    return entities
