"""The text of a message: title, plain text and HTML, at most one screen, the sentence first.

Promises: text from outside has no control character and no line break left; HTML is escaped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from schemas.alerts import Alert
from schemas.errors import short
from schemas.redaction import redacted_address
from schemas.wording import day, figure, percent, printable
from tasks.delivery.message_leads import lead_of, next_command
from tasks.delivery.messages import Message
from tasks.delivery.numbered_events import NumberedEvent

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES: Final = Path(__file__).parent / "templates"
TITLE: Final = 110
"""Characters of a sentence in a title."""
IN_FULL, LISTED = 1, 12
"""Alerts of a message that are shown with figures and addresses, and as one sentence each."""
DIGITS: Final = 12
"""Digits of a fingerprint in the command that shows the alert."""
LABELS: Final = {
    "escalated": "Escalated",
    "confirmed": "Confirmed",
    "reverted": "Undone",
    "resolved": "All clear",
    "superseded": "Withdrawn",
}
"""What is new about an alert; an opening needs no word."""
BANNER: Final = "UNCONFIRMED: one version shows this; the next one confirms or undoes it."


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A message as it is sent. `lake`: the address of the lake.

    `events`: what it is about, overtaken ones left out. `picture`: a PNG.
    """

    id: str
    kind: str
    title: str
    text: str
    html: str
    at: datetime
    lake: str = ""
    events: Sequence[NumberedEvent] = ()
    is_test: bool = False
    picture: bytes | None = None


def rendered(
    message: Message,
    events: Sequence[NumberedEvent],
    *,
    target: str,
    lake: str,
    states: Mapping[str, Alert],
    picture: bytes | None = None,
) -> Rendered:
    """Return a message to a target as it is sent. `lake`: the address of the lake."""
    views = [_view(one, message, lake, states) for one in events]
    lead = lead_of(message, len(views))
    page = {
        "lead": lead,
        "full": views[:IN_FULL] if message.kind == "alert" else [],
        "listed": (views[IN_FULL:] if message.kind == "alert" else views)[:LISTED],
        "more": max(0, len(views) - LISTED - (IN_FULL if message.kind == "alert" else 0)),
        "command": next_command(message),
    }
    title = _title(views[0]) if message.kind == "alert" and views else lead
    return Rendered(
        id=message.id(target),
        kind=message.kind,
        title=f"vaxwatch: {title}",
        text=text(page),
        html=html(page),
        at=message.due_at,
        lake=lake,
        events=events,
        picture=picture,
    )


def html(page: Mapping[str, Any]) -> str:
    """Return the page of a message as HTML; every value is escaped."""
    return _template().render(page)


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 (a run without targets needs none)

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    ).get_template("message.html")


def _view(
    one: NumberedEvent, message: Message, lake: str, states: Mapping[str, Alert]
) -> dict[str, Any]:
    """Return what a text shows of one event."""
    alert, event = one.alert, one.alert.event
    label = "Still open" if message.kind == "reminder" else LABELS.get(event.kind, "")
    if one.ordinal and event.kind == "opened":
        label = "Corrected"
    current = states.get(alert.fingerprint)
    sentence = event.sentence
    if message.kind == "reminder" and current:
        sentence = current.sentence
    is_open = event.kind not in {"reverted", "resolved", "superseded"}
    column = alert.column or ""
    figures = (
        []
        if event.before is None and event.after is None
        else [
            (name, figure(value, column))
            for name, value in (("before", event.before), ("after", event.after))
        ]
    )
    if figures and event.rel_change is not None:
        figures.append(("change", percent(event.rel_change)))
    return {
        "label": label,
        "severity": event.severity,
        "sentence": printable(" ".join(sentence.split())),
        "banner": BANNER if event.confidence == "unconfirmed" and is_open else "",
        "figures": figures,
        "archived": _archived(event.evidence, lake),
        "command": f"vaxwatch alerts show {alert.fingerprint[:DIGITS]}",
        "runbook": f"docs/rules.md#{alert.rule.lower()}",
    }


def _archived(evidence: Mapping[str, Any], lake: str) -> list[tuple[str, str]]:
    """Return the addresses of the two archived versions, and of the page that was archived."""
    found: list[tuple[str, str]] = []
    for name, key in (("version before", "compared_with"), ("version now", "vintage")):
        origin: Mapping[str, Any] = evidence.get(key) or {}
        if origin.get("raw"):
            at = day(datetime.fromisoformat(origin["as_of"])) if origin.get("as_of") else ""
            found.append((name, printable(f"{lake}/{origin['raw']} ({at})")))
    page: Mapping[str, Any] = evidence.get("vintage") or {}
    if page.get("source_url"):
        found.append(("page", printable(redacted_address(page["source_url"]))))
    return found


def _title(view: Mapping[str, Any]) -> str:
    doubt = ", unconfirmed" if view["banner"] else ""
    label = f"{view['label']}: " if view["label"] else ""
    return f"[{view['severity']}{doubt}] {label}{short(view['sentence'], TITLE)}"


def text(page: Mapping[str, Any]) -> str:
    """Return the page of a message as plain text."""
    lines = [f"{page['lead'][0].upper()}{page['lead'][1:]}.", ""] if page["lead"] else []
    for view in page["full"]:
        lines += [_sentence(view), ""]
        lines += [view["banner"], ""] if view["banner"] else []
        rows = [*view["figures"], *view["archived"]]
        rows += [("evidence", view["command"]), ("rule", view["runbook"])]
        lines += [f"{name:<15} {value}" for name, value in rows]
    lines += [""] if page["full"] and page["listed"] else []
    for view in page["listed"]:
        doubt = " [unconfirmed]" if view["banner"] else ""
        lines += [f"- {view['severity']}{doubt}: {_sentence(view)}", f"  {view['command']}"]
    lines += [f"and {page['more']} more"] if page["more"] else []
    lines += ["", page["command"]] if page["command"] and not page["full"] else []
    return "\n".join(lines).strip() + "\n"


def _sentence(view: Mapping[str, Any]) -> str:
    return f"{view['label']}: {view['sentence']}" if view["label"] else view["sentence"]
