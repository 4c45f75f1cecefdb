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
from schemas.errors import short
from schemas.wording import day, printable
from tasks.delivery.numbered_events import Lives, NumberedEvent
from tasks.delivery.planning_input import OF_NOTE

TITLE: Final = "vaxwatch: alerts"
TAG: Final = "tag:vaxwatch.org,2022:"
"""The beginning of all ids (RFC 4151)."""
ATOM: Final = "http://www.w3.org/2005/Atom"
NEVER: Final = datetime(2022, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated."""
ENTRIES_AT_MOST: Final = 500
"""Alerts of a feed, those that changed last; open.csv has every open one."""
COLUMNS: Final = (
    *("fingerprint", "rule", "severity", "confidence", "state", "origin", "dataset", "iso3", "key"),
    *("column", "before", "after", "change", "rel_change", "as_of", "previous_as_of", "group"),
    "sentence",
)
"""Columns of open.csv, as in alerts.parquet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Messages to a target that were given up: how many, and when the newest one was."""

    target: str
    count: int
    since: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a feed. `tags`: severity, state, rule, dataset, country."""

    id: str
    title: str
    published: datetime
    updated: datetime
    lines: Sequence[str]
    tags: Sequence[str] = ()
    page: str = ""


def entries_of(
    lives: Lives, states: Mapping[str, Alert], problems: Sequence[Problem] = ()
) -> list[Entry]:
    """Return the entries of a feed, the newest change first; problems of delivery among them.

    Alerts of rules that are on trial (origin shadow) are left out.
    """
    found = [
        _alert_entry(life, states.get(name))
        for name, life in lives.items()
        if life[-1].origin != "shadow"
    ]
    found += [_problem_entry(problem) for problem in problems]
    found.sort(key=lambda entry: (entry.updated, entry.id), reverse=True)
    return found[:ENTRIES_AT_MOST]


def _alert_entry(life: Sequence[NumberedEvent], alert: Alert | None) -> Entry:
    last = life[-1]
    key = last.alert.key
    state = alert.state if alert else "superseded"
    severity = alert.severity if alert else last.alert.event.severity
    sentence = printable(alert.sentence if alert else last.alert.event.sentence)
    doubt = ", unconfirmed" if alert and alert.confidence == "unconfirmed" else ""
    return Entry(
        id=f"{TAG}alert/{last.alert.fingerprint}",
        title=f"[{severity}{doubt}, {state}] {short(sentence, 140)}",
        published=life[0].recorded_at,
        updated=max(one.recorded_at for one in life),
        lines=[sentence, *(_history_line(one) for one in life)],
        tags=[
            severity,
            state,
            last.alert.rule,
            last.alert.dataset,
            *filter(None, [key.get("iso3")]),
        ],
        page=last.page,
    )


def _history_line(one: NumberedEvent) -> str:
    event = one.alert.event
    return f"{day(event.as_of)} {event.kind} ({event.severity}): {printable(event.sentence)}"


def _problem_entry(problem: Problem) -> Entry:
    since = datetime.fromisoformat(problem.since)
    sentence = (
        f"{problem.count} message(s) to {problem.target} were given up after repeated failures. "
        f"vaxwatch deliver --dry-run lists them."
    )
    return Entry(
        id=f"{TAG}delivery/{problem.target}",
        title=f"[delivery] {sentence}",
        published=since,
        updated=since,
        lines=[sentence],
        tags=["delivery"],
    )


def atom_feed(entries: Sequence[Entry]) -> bytes:
    """Return the entries as an Atom feed."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", f"{TAG}alerts")
    _add(feed, "title", TITLE)
    _add(feed, "updated", _instant(entries[0].updated if entries else NEVER))
    _add(_add(feed, "author"), "name", "vaxwatch")
    for entry in entries:
        element = _add(feed, "entry")
        _add(element, "id", entry.id)
        _add(element, "title", entry.title)
        _add(element, "published", _instant(entry.published))
        _add(element, "updated", _instant(entry.updated))
        for tag in entry.tags:
            _add(element, "category", term=printable(tag))
        if entry.page:
            _add(element, "link", rel="related", href=entry.page)
        _add(element, "content", "\n".join(entry.lines), type="text")
    ET.indent(feed)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True) + b"\n"


def json_feed(entries: Sequence[Entry], own: Mapping[str, Any]) -> bytes:
    """Return the entries as a JSON Feed; `own`: the values of its extension `_vaxwatch`."""
    rows = [
        {
            "id": entry.id,
            "title": entry.title,
            "content_text": "\n".join(entry.lines),
            "date_published": _instant(entry.published),
            "date_modified": _instant(entry.updated),
            "tags": [printable(tag) for tag in entry.tags],
            **({"external_url": entry.page} if entry.page else {}),
        }
        for entry in entries
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
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


def _cell(value: object) -> object:
    return printable(value) if isinstance(value, str) else value


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
