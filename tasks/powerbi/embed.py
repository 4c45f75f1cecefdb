"""Embed: find the report that a web page embeds and the server that answers its queries.

Promises: a page without a report, or with several, is refused.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from schemas.errors import BadBody
from tasks.formats.json_records import parse_json
from tasks.formats.sniffing import CHECK_SOURCE, unpacked
from tasks.powerbi.json_values import object_in

VIEW = re.compile(
    r"""((?:https?:)?//[^\s"'<>\\/]{1,260})/view\?(?:[^\s"'<>]{0,500}?&)?r=([\w%+/=-]+)"""
)
"""The address of a report's view: its host, and which report in base64."""
NAME = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
PAGE = "a page that embeds a Power BI report (https://app.powerbi.com/view?r=…)"
CLUSTER = "a Power BI cluster with its FixedClusterUri"


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


def report_at(url: str) -> Report | None:
    """Return the report of an address that is itself a report's view, else None.

    >>> r = base64.b64encode(b'{"k": "1a", "t": "2b"}').decode().rstrip("=")
    >>> report_at(f"https://app.powerbi.com/view?r={r}&pageName=x").key
    '1a'
    """
    return next(iter(_reports(url)), None)


def report_on(page: bytes, *, where: str) -> Report:
    """Return the report that a web page embeds. `where` names the page in errors.

    Raises:
        BadBody: There is none on the page, or there are several.
    """
    text = html.unescape(unpacked(page, where, PAGE).decode("utf-8", "replace"))
    reports = list(dict.fromkeys(_reports(text.replace("\\/", "/").replace("\\u0026", "&"))))
    if len(reports) == 1:
        return reports[0]
    if not reports:
        start = " ".join(text[:60].split())
        raise BadBody(
            where, f"no report on the page that begins with '{start}'", PAGE, CHECK_SOURCE
        )
    seen = f"{len(reports)} reports: {', '.join(one.key for one in reports)}"
    choose = "Nothing was published. Set the address of the right view in vaxwatch.toml."
    raise BadBody(where, seen, "one report on the page", choose)


def api_of(body: bytes, *, where: str) -> str:
    """Return the address of the server that answers queries, from the cluster's routing document.

    Raises BadBody when the document has no such address.

    >>> routing = b'{"FixedClusterUri": "https://wabi-north-europe-redirect.analysis.windows.net/"}'
    >>> api_of(routing, where="example")
    'https://wabi-north-europe-api.analysis.windows.net'
    """
    routing = object_in(parse_json(body, where=where)) or {}
    address = routing.get("FixedClusterUri")
    parts = _parts(address) if isinstance(address, str) else urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise BadBody(where, f"the cluster {address!r}", CLUSTER, CHECK_SOURCE)
    first, dot, rest = parts.netloc.partition(".")
    return f"{parts.scheme}://{first.replace('-redirect', '-api')}{dot}{rest}"


def _parts(address: str) -> SplitResult:
    """Return the parts of an address; all are empty where it is invalid."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _reports(text: str) -> list[Report]:
    """Return the reports whose addresses a text contains, in its order."""
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
