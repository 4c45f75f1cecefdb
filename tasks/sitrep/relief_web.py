"""ReliefWeb's API, version 2: which reports there are, where their publisher lists none.

Format: https://apidoc.reliefweb.int (a POST of a query, answered by `data` with `fields`). Since
1 November 2025 every call needs an `appname` that ReliefWeb has approved, else it answers 403;
version 1 answers 410.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from schemas.errors import BadBody, WrongUse
from tasks.formats.json_records import list_in, object_in, parse_json
from tasks.formats.sniffing import CHECK_SOURCE

LISTED: Final = 50
"""Reports that are requested, the newest first."""
QUERY: Final[Mapping[str, Any]] = {
    "filter": {
        "operator": "AND",
        "conditions": [
            {"field": "source.shortname", "value": "WHO"},
            {"field": "format.name", "value": "Situation Report"},
        ],
    },
    "fields": {"include": ["title", "date.created", "file.url"]},
    "sort": ["date.created:desc"],
    "limit": LISTED,
}
"""WHO's situation reports, with the addresses of their files."""


def is_relief_web(url: str) -> bool:
    """Return whether an address is that of the reports in ReliefWeb's API, of any version.

    >>> is_relief_web("https://api.reliefweb.int/v2/reports?appname=desk")
    True
    """
    path = urlsplit(url).path.rstrip("/").split("/")
    return path[-1] == "reports" and path[-2:-1] in (["v1"], ["v2"])


def require_appname(url: str, where: str) -> None:
    """Refuse an address that ReliefWeb would refuse: without `appname`, or of version 1.

    Raises WrongUse.
    """
    parts = urlsplit(url)
    if "/v1/" in parts.path:
        raise WrongUse(
            f"{where}: seen version 1 of ReliefWeb's API, which has ended; expected /v2/reports."
        )
    if not any(parse_qs(parts.query).get("appname", [])):
        raise WrongUse(
            f"{where}: seen ReliefWeb's address without an appname; expected one that ReliefWeb "
            f"has approved. Ask for one at apidoc.reliefweb.int and give the address as url in "
            f"[sources.{where}] of vaxwatch.toml: https://api.reliefweb.int/v2/reports?appname=…"
        )


def files_in(body: bytes, where: str) -> list[str]:
    """Return the addresses of the files of all reports in an answer, in its order.

    Raises BadBody where it is no answer of the API.
    """
    reports = list_in((object_in(parse_json(body, where=where)) or {}).get("data"))
    if reports is None:
        raise BadBody(where, "JSON without a list 'data'", "an answer of ReliefWeb", CHECK_SOURCE)
    fields = [object_in((object_in(one) or {}).get("fields")) or {} for one in reports]
    files = [list_in(one.get("file")) or [] for one in fields]
    addresses = [(object_in(file) or {}).get("url") for listed in files for file in listed]
    return [url for url in addresses if isinstance(url, str)]
