"""Static feeds of alerts: Atom (RFC 4287), JSON Feed 1.1, and open alerts as CSV.

Promises: pure, and the same bytes for the same alerts. An alert is one entry for its whole life,
under a tag URI; `updated` moves with each event, and the history is inside.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

from schemas.alerts import Alert
from schemas.wording import printable
from tasks.delivery.feed_entries import TAG, Entry
from tasks.delivery.planning_input import OF_NOTE

TITLE: Final = "vaxwatch: alerts"
ATOM: Final = "http://www.w3.org/2005/Atom"
NEVER: Final = datetime(2022, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated."""
COLUMNS: Final = (
    *("fingerprint", "rule", "severity", "confidence", "state", "origin", "dataset", "iso3", "key"),
    *("column", "before", "after", "change", "rel_change", "as_of", "previous_as_of", "group"),
    "sentence",
)
"""Columns of open.csv, as in alerts.parquet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedHead:
    """What a feed states about itself.

    `id`: what follows TAG in its id. `own`, `home`: where the feed and the page about the same are;
    '' where that is not known. `pages`: where the page of an alert is, with `{}` for the beginning
    of its fingerprint; '' for entries without a page of ours.
    """

    id: str = "alerts"
    title: str = TITLE
    own: str = ""
    home: str = ""
    pages: str = ""

    def page_of(self, fingerprint: str) -> str:
        """Return where the page of an alert is; '' without one."""
        return self.pages.format(fingerprint) if self.pages and fingerprint else ""


def atom_feed(entries: Sequence[Entry], head: FeedHead = FeedHead()) -> bytes:
    """Return the entries as an Atom feed."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", f"{TAG}{head.id}")
    _add(feed, "title", head.title)
    _add(feed, "updated", _instant(entries[0].updated if entries else NEVER))
    for rel, address in (("self", head.own), ("alternate", head.home)):
        if address:
            _add(feed, "link", rel=rel, href=address)
    _add(_add(feed, "author"), "name", "vaxwatch")
    for entry in entries:
        element = _add(feed, "entry")
        _add(element, "id", entry.id)
        _add(element, "title", entry.title)
        _add(element, "published", _instant(entry.published))
        _add(element, "updated", _instant(entry.updated))
        for tag in entry.tags:
            _add(element, "category", term=printable(tag))
        if address := head.page_of(entry.alert):
            _add(element, "link", rel="alternate", href=address)
        if entry.page:
            _add(element, "link", rel="related", href=entry.page)
        _add(element, "content", "\n".join(entry.lines), type="text")
    ET.indent(feed)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True) + b"\n"


def json_feed(
    entries: Sequence[Entry], own: Mapping[str, Any], head: FeedHead = FeedHead()
) -> bytes:
    """Return the entries as a JSON Feed; `own`: the values of its extension `_vaxwatch`."""
    rows = [
        {
            "id": entry.id,
            "title": entry.title,
            "content_text": "\n".join(entry.lines),
            "date_published": _instant(entry.published),
            "date_modified": _instant(entry.updated),
            "tags": [printable(tag) for tag in entry.tags],
            **_given(url=head.page_of(entry.alert), external_url=entry.page),
        }
        for entry in entries
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        **_given(home_page_url=head.home, feed_url=head.own),
        "authors": [{"name": "vaxwatch"}],
        "_vaxwatch": own,
        "items": rows,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def open_csv(alerts: Sequence[Alert]) -> bytes:
    """Return the alerts that are open or acknowledged as CSV; an empty cell is null."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for alert in alerts:
        if alert.state in OF_NOTE and alert.origin != "shadow":
            document = alert.document()
            key = json.dumps(document["key"], ensure_ascii=False)
            row = {**document, "iso3": alert.key.get("iso3"), "key": key}
            writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue().encode()


def _given(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _cell(value: object) -> object:
    return printable(value) if isinstance(value, str) else value


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
